package sandbox

import (
	"container/heap"
	"time"
)

// lastYear is how far the clock may go: RFC 3339 ends with the year 9999, and deadlines must fit too.
const lastYear = 9900

// now is the virtual time in whole seconds, UTC.
func (w *world) now() time.Time { return w.start.Add(w.offset + w.elapsed()).Truncate(time.Second) }

// elapsed is how long the clock has run by itself since began.
func (w *world) elapsed() time.Duration {
	if !w.running {
		return 0
	}
	return w.cfg.Now().Sub(w.began)
}

// run lets the clock run with the real one, or stand, without a jump.
func (w *world) run(running bool) {
	w.offset += w.elapsed()
	w.began = w.cfg.Now()
	w.running = running
}

// advance moves the clock forward and takes all steps that fall due on the way, each at its own time.
func (w *world) advance(d time.Duration) *Error {
	target := w.now().Add(d)
	if d < 0 || target.Year() > lastYear {
		return refuse("invalid_seconds")
	}
	w.timers.run(target)
	w.offset += d
	return nil
}

// timers holds steps by the virtual time at which they are due; steps of the same time run in the order they were set.
type timers struct {
	queue timerQueue
	next  uint64
}

type timer struct {
	at    time.Time
	order uint64
	fire  func(at time.Time)
}

// set adds a step and returns its place in the order of setting.
func (s *timers) set(at time.Time, fire func(at time.Time)) uint64 {
	s.next++
	heap.Push(&s.queue, timer{at: at, order: s.next, fire: fire})
	return s.next
}

// run fires everything due at or before now, including what the fired steps set.
func (s *timers) run(now time.Time) {
	for len(s.queue) > 0 && !s.queue[0].at.After(now) {
		t, _ := heap.Pop(&s.queue).(timer)
		t.fire(t.at)
	}
}

type timerQueue []timer

func (q timerQueue) Len() int      { return len(q) }
func (q timerQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q timerQueue) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].order < q[j].order
	}
	return q[i].at.Before(q[j].at)
}

func (q *timerQueue) Push(x any) {
	t, _ := x.(timer)
	*q = append(*q, t)
}

func (q *timerQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = timer{}
	*q = old[:len(old)-1]
	return last
}
