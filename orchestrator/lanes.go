package orchestrator

import (
	"slices"
	"sync"
	"time"
)

// How due work is shared out among gateways; our choice.
const (
	laneWidth    = 4                // pieces of due work that one gateway, or our own books, may be busy with
	breakAfter   = 5                // calls in a row without any answer that open a gateway's breaker
	failedOften  = 3                // calls in a row without success after which the next success is news
	firstPause   = 5 * time.Second  // of an open breaker, then twice as long each time
	longestPause = 30 * time.Second // so that a gateway that is well again is noticed soon
	slowAfter    = time.Second      // without an end to any of its work a lane is slow
)

// Breaker is the state of a gateway's lane.
type Breaker string

// The states of a breaker. Half open lets one piece of work through as a probe.
const (
	BreakerClosed   Breaker = "closed"
	BreakerHalfOpen Breaker = "half_open"
	BreakerOpen     Breaker = "open"
)

// Lanes keep a gateway that hangs from holding up the due work of all others: each
// has a lane of its own with a breaker. The lane without a name is for work that asks
// no gateway. Lanes are safe for concurrent use; calls that users wait for pass by
// them, but are heard. They are due.Lanes.
type Lanes struct {
	now   func() time.Time
	mu    sync.Mutex
	lanes map[string]*lane
}

type lane struct {
	busy    int
	silent  int       // calls in a row without an answer
	failed  int       // calls in a row without success
	opened  time.Time // zero: closed
	pause   time.Duration
	probing bool
	moved   time.Time // when some of its work began on an empty lane, or ended last
}

func newLanes(now func() time.Time, gateways []string) *Lanes {
	l := &Lanes{now: now, lanes: map[string]*lane{"": {}}}
	for _, name := range gateways {
		l.lanes[name] = &lane{}
	}
	return l
}

// Of is the name of the lane that a gateway's work is done in.
func (l *Lanes) Of(gateway string) string {
	if _, ok := l.lanes[gateway]; ok {
		return gateway
	}
	return ""
}

// find is the lane of a gateway; work of one that is not asked shares the nameless one.
func (l *Lanes) find(gateway string) *lane {
	return l.lanes[l.Of(gateway)]
}

func (l *lane) state(now time.Time) Breaker {
	switch {
	case l.opened.IsZero():
		return BreakerClosed
	case now.Before(l.opened.Add(l.pause)):
		return BreakerOpen
	}
	return BreakerHalfOpen
}

// free is how much more work a lane takes now.
func (l *lane) free(now time.Time) int {
	switch l.state(now) {
	case BreakerOpen:
		return 0
	case BreakerHalfOpen:
		if l.probing {
			return 0
		}
		return 1
	}
	return laneWidth - l.busy
}

// Enter takes a place for one piece of due work; false when its gateway has none now.
func (l *Lanes) Enter(gateway string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, now := l.find(gateway), l.now()
	if found.free(now) <= 0 {
		return false
	}
	if found.busy == 0 {
		found.moved = now
	}
	found.busy++
	found.probing = found.state(now) == BreakerHalfOpen
	return true
}

// Leave gives a place back.
func (l *Lanes) Leave(gateway string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.find(gateway)
	found.busy--
	found.moved = l.now()
	found.probing = false
}

// Waits reports whether due work that finds no place waits for one: what asks no gateway
// is quick.
func (l *Lanes) Waits(gateway string) bool { return l.Of(gateway) == "" }

// slow reports whether a lane may hold up the others: nothing in it gets on, or it is
// being tried out.
func (l *lane) slow(now time.Time) bool {
	return l.state(now) != BreakerClosed || l.silent > 0 || l.busy > 0 && now.Sub(l.moved) > slowAfter
}

// Shut lists the gateways that take no work now, in order. Width is how much any of
// the others takes at least, but for slow ones: so little room would make everybody's
// work be claimed in small pieces for as long as one gateway hangs. What finds no room
// in a slow lane is given back, and then the lane is full.
func (l *Lanes) Shut() (gateways []string, width int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	width = laneWidth
	for name, found := range l.lanes {
		now := l.now()
		free := found.free(now)
		switch {
		case free <= 0 && name != "":
			gateways = append(gateways, name)
		case !found.slow(now):
			width = min(width, max(free, 1))
		}
	}
	slices.Sort(gateways)
	return gateways, width
}

// Ready reports whether a gateway can be asked: its breaker is not open.
func (l *Lanes) Ready(gateway string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.find(gateway).state(l.now()) != BreakerOpen
}

// States tells the state of every gateway's breaker, for metrics.
func (l *Lanes) States() map[string]Breaker {
	l.mu.Lock()
	defer l.mu.Unlock()
	states := map[string]Breaker{}
	for name, found := range l.lanes {
		if name != "" {
			states[name] = found.state(l.now())
		}
	}
	return states
}

// heard is how a gateway's lane learns of a call.
type heard int

const (
	answered  heard = iota // whatever it was
	failing                // an answer, or a broken line, that says nothing
	unheardOf              // no answer in time, or nobody there
)

// hear notes a call, and reports whether a gateway that was failing is well again.
func (l *Lanes) hear(gateway string, what heard) (well bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found, now := l.find(gateway), l.now()
	switch what {
	case answered:
		well = found.failed >= failedOften
		found.silent, found.failed, found.opened, found.pause = 0, 0, time.Time{}, 0
	case failing:
		found.failed++
		found.silent = 0
		// Somebody is there: the next piece of work is not held back.
		found.opened, found.pause = time.Time{}, 0
	default:
		found.failed++
		found.silent++
		switch found.state(now) {
		case BreakerHalfOpen:
			found.opened, found.pause = now, min(2*found.pause, longestPause)
		case BreakerClosed:
			if found.silent >= breakAfter {
				found.opened, found.pause = now, firstPause
			}
		}
	}
	return well
}
