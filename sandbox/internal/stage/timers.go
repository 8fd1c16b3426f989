package stage

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// Timers hold steps by the virtual time at which they are due; steps of the same time run in the order they were set.
type Timers struct {
	queue timerQueue
	next  uint64
	fired int
}

type timer struct {
	at    time.Time
	order uint64
	fire  func(at time.Time)
}

// Set adds a step and returns its place in the order of setting, by which a restored world sets it again.
func (s *Timers) Set(at time.Time, fire func(at time.Time)) uint64 {
	s.next++
	heap.Push(&s.queue, timer{at: at, order: s.next, fire: fire})
	return s.next
}

// first is when the first step is due, if there is any.
func (s *Timers) first() (time.Time, bool) {
	if len(s.queue) == 0 {
		return time.Time{}, false
	}
	return s.queue[0].at, true
}

// run fires everything due at or before now, including what the fired steps set.
func (s *Timers) run(now time.Time) {
	for len(s.queue) > 0 && !s.queue[0].at.After(now) {
		t, _ := heap.Pop(&s.queue).(timer)
		s.fired++
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

// Again is a step that a restored world sets again; Order is what Set returned for it.
type Again struct {
	Order uint64
	Set   func()
}

// SetAgain sets steps in the order in which they were set first.
func SetAgain(all []Again) {
	slices.SortStableFunc(all, func(a, b Again) int { return cmp.Compare(a.Order, b.Order) })
	for _, a := range all {
		a.Set()
	}
}
