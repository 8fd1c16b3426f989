package stage

import (
	"encoding/json"
	"fmt"
	"time"
)

// SavedClock is the beginning of every snapshot. Version grows with every change of an emulator's format that old snapshots
// do not survive.
type SavedClock struct {
	Version int           `json:"version"`
	Start   time.Time     `json:"start"`
	Offset  time.Duration `json:"offset_nanoseconds"`
}

// SavedTraffic is the end of every snapshot.
type SavedTraffic struct {
	Faults        []Fault    `json:"faults"`
	Deliveries    []Delivery `json:"deliveries"`
	DeliveryCount int        `json:"delivery_count"`
	EventCount    int        `json:"event_count"`
	Drawn         uint64     `json:"drawn,omitempty"`
}

// Saved is what a snapshot holds besides the gateway's own, and besides the webhook endpoint, which holds a password.
func (c *Core) Saved(version int) (SavedClock, SavedTraffic) {
	traffic := SavedTraffic{Faults: c.faults, DeliveryCount: c.outbox.count, EventCount: c.Told, Drawn: c.drawn}
	for _, d := range c.outbox.log {
		traffic.Deliveries = append(traffic.Deliveries, *d)
	}
	return SavedClock{version, c.start, c.offset + c.elapsed()}, traffic
}

// Load takes over what Saved gave; false means that it cannot be from a snapshot.
func (c *Core) Load(clock SavedClock, traffic SavedTraffic) bool {
	if clock.Offset < 0 || clock.Start.Add(clock.Offset).Year() > LastYear ||
		len(traffic.Deliveries) > keptDeliveries || traffic.DeliveryCount < len(traffic.Deliveries) || traffic.EventCount < 0 {
		return false
	}
	c.start, c.offset = clock.Start, clock.Offset
	c.faults, c.Told, c.drawn = traffic.Faults, traffic.EventCount, traffic.Drawn
	c.outbox.count = traffic.DeliveryCount
	for _, d := range traffic.Deliveries {
		kept := &d
		c.outbox.log = append(c.outbox.log, kept)
		if d.State == DeliveryPending || d.State == DeliveryHeld {
			kept.State = DeliveryHeld
			c.outbox.held = append(c.outbox.held, kept)
		}
	}
	return true
}

// Snapshot writes the world down as JSON, for Restore: objects, ids, clock, faults, effects and the log of webhooks. It holds
// what callers have stored, such as names and addresses. Its error is that of encoding.
func (w *World[S]) Snapshot() ([]byte, error) {
	var b []byte
	var err error
	Do(w, func(state S) { b, err = json.Marshal(w.stage.kind.Save(state)) })
	if err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	return b, nil
}

// Restore brings the world back to how Snapshot found it; a clock that is kept elsewhere stays. Webhooks that were on their
// way then are held until the next Advance or Flush. It returns a refusal with code invalid_snapshot, and changes nothing, for
// anything that Snapshot of this version has not written.
func (w *World[S]) Restore(raw []byte) error {
	core := newCore(&w.stage.cfg, w.number)
	state := w.stage.fresh(core)
	if !w.stage.kind.Load(state, raw) {
		return w.stage.kind.refuse("invalid_snapshot")
	}
	Do(w, func(S) {
		core.outbox.endpoint = w.core.outbox.endpoint
		core.running = w.core.running
		w.become(core, state)
	})
	w.announceTime()
	return nil
}
