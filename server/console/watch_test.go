package console

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
)

// aLog is a log in memory that counts who reads it.
type aLog struct {
	mu      sync.Mutex
	deals   []int64 // of its events
	fails   bool
	readers int // that have asked where it ends
}

func (l *aLog) ReadEvents(_ context.Context, f events.Filter) (p events.Page, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fails {
		return p, errors.New("removed already")
	}
	p.Next = int64(len(l.deals))
	for i, deal := range l.deals[f.After:] {
		p.Events = append(p.Events, events.Event{Sequence: f.After + int64(i) + 1, TransactionID: deal})
	}
	return p, nil
}

func (l *aLog) LastEvent(context.Context, int64) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.readers++
	return int64(len(l.deals)), nil
}

func (l *aLog) add(deals ...int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deals = append(l.deals, deals...)
}

// One reader tells all viewers of a community what concerns them, who is behind is told at once, and the last one closes the room.
func TestWatch(t *testing.T) {
	t.Parallel()
	log, hub := &aLog{deals: []int64{1, 2}}, notices.NewHub()
	w := newWatch(log, hub)
	behind, leaveBehind := w.join(7, 0, 1)
	<-behind.changed
	if got := w.last(7); got != 2 {
		t.Errorf("the log ends with %d", got)
	}
	var viewers []*viewer
	leaves := []func(){leaveBehind}
	for i := range 200 {
		v, leave := w.join(7, []int64{0, 1, 3}[i%3], 2)
		viewers, leaves = append(viewers, v), append(leaves, leave)
	}
	late, leave := w.join(7, 3, 1)
	leaves = append(leaves, leave)
	<-late.changed
	log.add(3)
	hub.Wake(7, "")
	for _, v := range viewers {
		if v.deal != 1 {
			<-v.changed
		}
	}
	for i, v := range viewers {
		select {
		case <-v.changed:
			t.Fatalf("viewer %d of deal %d is told of what does not concern it", i, v.deal)
		default:
		}
	}
	if log.readers != 1 {
		t.Errorf("%d readers", log.readers)
	}
	log.mu.Lock()
	log.fails = true
	log.mu.Unlock()
	log.add(9)
	hub.Wake(7, "")
	for _, v := range viewers { // the log cannot be read on: everybody looks
		<-v.changed
	}
	for _, leave := range leaves {
		leave()
	}
	if len(w.rooms) > 0 || w.last(7) != 0 {
		t.Errorf("the room stays: %v", w.rooms)
	}
}
