package stage

import "time"

// Clock is virtual time that several emulators can share. Worlds are clocks.
type Clock interface {
	Now() time.Time
	Advance(d time.Duration) error
	Freeze()
	Follow()
}

// LastYear is how far the clock may go: RFC 3339 ends with the year 9999, and deadlines must fit too.
const LastYear = 9900

// maxStops bounds the stops of one Advance; what is due later is then due at its end.
const maxStops = 2_000

// virtual is the clock of a world.
type virtual struct {
	cfg    *Config
	start  time.Time
	offset time.Duration // by how much it was advanced, and ran before began
	// running tells whether it follows the real clock, since the real time began.
	running bool
	began   time.Time
}

func newVirtual(cfg *Config) virtual {
	v := virtual{cfg: cfg, began: cfg.Now().Round(0), running: cfg.Follow}
	v.start = Or(cfg.Start.IsZero(), v.began, cfg.Start).UTC()
	if !v.running {
		v.start = v.start.Truncate(time.Second)
	}
	return v
}

// Now is the virtual time in whole seconds, UTC.
func (v *virtual) Now() time.Time {
	if v.cfg.Clock != nil {
		return v.cfg.Clock.Now().UTC().Truncate(time.Second)
	}
	return v.start.Add(v.offset + v.elapsed()).Truncate(time.Second)
}

// elapsed is how long the clock has run by itself since began.
func (v *virtual) elapsed() time.Duration {
	if !v.running {
		return 0
	}
	return v.cfg.Now().Round(0).Sub(v.began)
}

// run lets the clock run with the real one, or stand, without a jump.
func (v *virtual) run(running bool) {
	v.offset += v.elapsed()
	v.began = v.cfg.Now().Round(0)
	v.running = running
}

// Now returns the virtual time, UTC in whole seconds.
func (w *World[S]) Now() time.Time {
	w.stage.mu.Lock()
	defer w.stage.mu.Unlock()
	return w.core.Now()
}

// Advance moves the virtual clock forward. Steps that fall due on the way are taken in order, each stamped with its own
// time; webhooks that a delay fault held go out. It returns a refusal with code invalid_seconds for a negative duration or
// one beyond the year 9900. A clock that is kept elsewhere is moved there.
func (w *World[S]) Advance(d time.Duration) error {
	cfg := &w.stage.cfg
	if cfg.Clock != nil {
		if err := cfg.Clock.Advance(d); err != nil {
			return err
		}
		w.Tick()
		return nil
	}
	if cfg.Stops == nil || w.number != 1 {
		return w.jump(d)
	}
	target, began := w.Now().Add(d), w.Now()
	for range maxStops {
		now := w.Now()
		next, ok := w.nextStop(now, target)
		if !ok || d < 0 {
			break
		}
		if err := w.jump(next.Sub(now)); err != nil {
			return err
		}
	}
	if moved := w.Now().Sub(began); d > 0 {
		d = max(d-moved, 0)
	}
	return w.jump(d)
}

// nextStop is the first instant after now and before target at which something is due, here or outside, in whole seconds.
func (w *World[S]) nextStop(now, target time.Time) (time.Time, bool) {
	own, some := w.Next()
	next, ok := w.stage.cfg.Stops(now, target)
	if some && own.After(now) && (!ok || own.Before(next)) {
		next, ok = own, true
	}
	if whole := next.Truncate(time.Second); whole.Before(next) {
		next = whole.Add(time.Second)
	}
	return next, ok && next.After(now) && next.Before(target)
}

// jump moves the clock at once.
func (w *World[S]) jump(d time.Duration) error {
	refused := false
	Do(w, func(S) {
		target := w.core.Now().Add(d)
		if refused = d < 0 || target.Year() > LastYear; refused {
			return
		}
		w.core.Timers.run(target)
		w.core.offset += d
		w.core.releaseHeld()
	})
	if refused {
		return w.stage.kind.refuse("invalid_seconds")
	}
	w.announceTime()
	return nil
}

// Tick takes the steps that fell due since the last one, in order, each stamped with its own time. It also lets go of the
// webhooks that delay faults hold.
func (w *World[S]) Tick() {
	Do(w, func(S) {
		w.core.Timers.run(w.core.Now())
		w.core.releaseHeld()
	})
}

// Next is when the next step is due, if any is.
func (w *World[S]) Next() (at time.Time, ok bool) {
	Do(w, func(S) { at, ok = w.core.Timers.first() })
	return at, ok
}

// Changes counts the steps that were taken, the events that were told, and the calls that may have changed something or that a fault
// has hit: while it stays the same, who looks again sees what they saw.
func (w *World[S]) Changes() (n int) {
	Do(w, func(S) { n = w.core.Timers.fired + w.core.Told + w.core.touched })
	return n
}

// Freeze makes the virtual clock stand still, also one that follows the real clock, until Follow.
func (w *World[S]) Freeze() {
	if w.stage.cfg.Clock != nil {
		w.stage.cfg.Clock.Freeze()
		return
	}
	Do(w, func(S) { w.core.run(false) })
}

// Follow makes the virtual clock run with the real one from where it stands.
func (w *World[S]) Follow() {
	if w.stage.cfg.Clock != nil {
		w.stage.cfg.Clock.Follow()
		return
	}
	Do(w, func(S) { w.core.run(true) })
}

// announceTime tells the hooks, which follow the main world only.
func (w *World[S]) announceTime() {
	if w.number != 1 {
		return
	}
	now := w.Now()
	for _, hook := range w.stage.cfg.OnAdvance {
		hook(now)
	}
}
