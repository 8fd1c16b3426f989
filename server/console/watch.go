package console

import (
	"context"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/notices/events"
)

// watch tells the viewers of pages that something has changed. One reader for each community that has viewers reads the log of
// events, however many they are; a viewer costs no read of it. It is safe for concurrent use.
type watch struct {
	log Log
	hub Hub

	mu    sync.Mutex
	rooms map[int64]*room
}

// room is where the viewers of a community wait.
type room struct {
	last    int64 // the newest event that its viewers were told of; 0: none was read yet
	viewers map[*viewer]struct{}
	close   context.CancelFunc
}

// viewer waits for changes of one deal, or of all.
type viewer struct {
	deal    int64 // 0: all
	seen    int64 // the newest event when their page was made
	changed chan struct{}
}

func newWatch(log Log, hub Hub) *watch { return &watch{log: log, hub: hub, rooms: map[int64]*room{}} }

// lookAgain is how often the log is read without a wake, which may get lost.
const lookAgain = 2 * time.Second

// join lets a viewer wait who has seen the log up to an event; who is behind is told at once. leave ends it.
func (w *watch) join(community, deal, seen int64) (v *viewer, leave func()) {
	v = &viewer{deal, seen, make(chan struct{}, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.rooms[community]
	if r == nil {
		ctx, cancel := context.WithCancel(context.Background())
		r = &room{viewers: map[*viewer]struct{}{}, close: cancel}
		w.rooms[community] = r
		go w.read(ctx, community, r)
	}
	r.viewers[v] = struct{}{}
	v.catchUp(r.last)
	return v, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if delete(r.viewers, v); len(r.viewers) == 0 && w.rooms[community] == r {
			r.close()
			delete(w.rooms, community)
		}
	}
}

// read reads the log of a community as long as it has viewers.
func (w *watch) read(ctx context.Context, community int64, r *room) {
	woken, stop := w.hub.Listen(community, "")
	defer stop()
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	for after, begun := int64(0), false; ; {
		after, begun = w.tell(ctx, community, r, after, begun)
		select {
		case <-woken:
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

// tell reads what is new, and tells it. Where the log cannot be read on, it begins with what is newest, and everybody looks.
func (w *watch) tell(ctx context.Context, community int64, r *room, after int64, begun bool) (int64, bool) {
	for begun {
		page, err := w.log.ReadEvents(ctx, events.Filter{CommunityID: community, After: after, Limit: 100})
		if err != nil {
			break
		}
		w.spread(r, page)
		if after = page.Next; !page.More {
			return after, true
		}
	}
	last, err := w.log.LastEvent(ctx, community)
	if err != nil {
		return 0, false // the next look begins again
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r.last = last
	for v := range r.viewers {
		v.catchUp(last)
	}
	return last, true
}

// spread wakes the viewers of what has changed.
func (w *watch) spread(r *room, page events.Page) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.last = max(r.last, page.Next)
	for _, e := range page.Events {
		for v := range r.viewers {
			if v.deal == 0 || v.deal == e.TransactionID {
				v.wake()
			}
		}
	}
}

// last is the newest event of which a community's viewers were told.
func (w *watch) last(community int64) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.rooms[community]; r != nil {
		return r.last
	}
	return 0
}

func (v *viewer) catchUp(last int64) {
	if last > v.seen {
		v.seen = last
		v.wake()
	}
}

// wake never blocks; several wakes may come as one.
func (v *viewer) wake() {
	select {
	case v.changed <- struct{}{}:
	default:
	}
}
