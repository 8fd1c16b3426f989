package due

import (
	"math"
	"sync"
	"time"
)

// Lanes share rows out among what they ask, so that one that hangs holds up no other.
// Implementations are safe for concurrent use.
type Lanes interface {
	// Shut lists the lanes that take nothing now, and tells how much any of the others
	// takes at least: no more is claimed at once, and nothing if it is 0.
	Shut() (lanes []string, width int)
	// Enter takes a place in a lane; false when there is none now.
	Enter(lane string) bool
	// Leave gives a place back.
	Leave(lane string)
	// Waits reports whether a row that finds no place waits for one; else it is handed
	// back.
	Waits(lane string) bool
}

// Places are n places for rows of any kind. Nothing is claimed while none is free, and
// nothing is begun while open, if it is given, answers false.
func Places(n int, open func() bool) Lanes {
	if open == nil {
		open = func() bool { return true }
	}
	return &places{free: n, open: open}
}

type places struct {
	open func() bool
	mu   sync.Mutex
	free int
}

func (p *places) Shut() ([]string, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free == 0 || !p.open() {
		return nil, 0
	}
	return nil, math.MaxInt
}

func (p *places) Enter(string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free == 0 || !p.open() {
		return false
	}
	p.free--
	return true
}

func (p *places) Leave(string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free++
}

func (p *places) Waits(string) bool { return p.open() }

// Backoff is how long a row waits after a try that failed: First after the first one,
// twice as long after each further, never more than Longest.
type Backoff struct{ First, Longest time.Duration }

// After is the wait after so many tries.
func (b Backoff) After(tries int) time.Duration {
	wait := b.First
	for ; tries > 1 && wait < b.Longest; tries-- {
		wait *= 2
	}
	return min(wait, b.Longest)
}
