package outbound

import (
	"cmp"
	"container/heap"
	"time"
)

// item is an event at an endpoint, until it is delivered or dead.
type item struct {
	sequence, deal int64
	row            Delivery
	stored         bool      // it has a row
	next           time.Time // not before; zero: at once
	message        *message  // nil: not read yet
}

// line is which events stand one behind the other: those of a deal. One without a deal is
// alone.
func (i *item) line() int64 {
	if i.deal == 0 {
		return -i.sequence
	}
	return i.deal
}

// waiting has what is not delivered: a line for each deal, and the first of each line that is
// not being sent by the time at which it may be. It belongs to one goroutine.
type waiting struct {
	lines map[int64][]*item
	heads heads
	count int
}

// add puts an event at the end of its line and reports whether it is the first there.
func (w *waiting) add(i *item) (first bool) {
	line := i.line()
	first = len(w.lines[line]) == 0
	w.lines[line] = append(w.lines[line], i)
	w.count++
	return first
}

// ready puts the first of a line among those that may be sent at their time.
func (w *waiting) ready(i *item) { heap.Push(&w.heads, i) }

// due takes the head whose time comes first, if it has come.
func (w *waiting) due(now time.Time) *item {
	if len(w.heads) == 0 || w.heads[0].next.After(now) {
		return nil
	}
	i, _ := heap.Pop(&w.heads).(*item) // there is nothing else in it
	return i
}

// earliest takes the head whose time comes first, whenever that is.
func (w *waiting) earliest() *item {
	if len(w.heads) == 0 {
		return nil
	}
	i, _ := heap.Pop(&w.heads).(*item)
	return i
}

// next is when a head may be sent; zero: there is none.
func (w *waiting) next(now time.Time) time.Time {
	switch {
	case len(w.heads) == 0:
		return time.Time{}
	case w.heads[0].next.Before(now):
		return now
	}
	return w.heads[0].next
}

// leave takes the first of a line away, which is delivered or dead; what stands behind it
// may be sent.
func (w *waiting) leave(i *item) {
	line := i.line()
	left := w.lines[line][1:]
	w.count--
	if len(left) == 0 {
		delete(w.lines, line)
		return
	}
	w.lines[line] = left
	w.ready(left[0])
}

// behind are those that wait for the first of its line.
func (w *waiting) behind(i *item) []*item { return w.lines[i.line()][1:] }

// hurry lets all heads be sent at once.
func (w *waiting) hurry() {
	for _, i := range w.heads {
		i.next = time.Time{}
	}
	heap.Init(&w.heads)
}

// heads are a heap by time, and of one time by number.
type heads []*item

func (h heads) Len() int { return len(h) }
func (h heads) Less(i, j int) bool {
	return cmp.Or(h[i].next.Compare(h[j].next), cmp.Compare(h[i].sequence, h[j].sequence)) < 0
}
func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)   { i, _ := x.(*item); *h = append(*h, i) }
func (h *heads) Pop() any {
	last := len(*h) - 1
	i := (*h)[last]
	(*h)[last], *h = nil, (*h)[:last]
	return i
}

// window are the events that were read and not written yet, oldest first. The position of
// an endpoint is the number before the first of them that has no result.
type window struct {
	open []*item
	read int64 // up to where it was read
}

// position drops what has a result from the front and returns up to where all has one.
func (w *window) position() int64 {
	for len(w.open) > 0 && w.open[0].stored {
		w.open = w.open[1:]
	}
	if len(w.open) == 0 {
		w.open = nil
		return w.read
	}
	return w.open[0].sequence - 1
}
