package notices

import "sync"

// Hub wakes who waits for news of a user, or of nobody for the log of a community's events,
// within one process. A wake is a hint:
// whoever is woken reads the feed. It is safe for concurrent use.
type Hub struct {
	mu      sync.Mutex
	waiting map[reader]map[chan struct{}]struct{}
}

type reader struct {
	community int64
	user      string
}

// NewHub returns a hub.
func NewHub() *Hub { return &Hub{waiting: map[reader]map[chan struct{}]struct{}{}} }

// Listen returns a channel that gets a value after news for the user, and a
// function that ends it. Several wakes may come as one.
func (h *Hub) Listen(community int64, user string) (woken <-chan struct{}, stop func()) {
	ch, key := make(chan struct{}, 1), reader{community, user}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting[key] == nil {
		h.waiting[key] = map[chan struct{}]struct{}{}
	}
	h.waiting[key][ch] = struct{}{}
	return ch, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.waiting[key], ch)
		if len(h.waiting[key]) == 0 {
			delete(h.waiting, key)
		}
	}
}

// Wake wakes all who listen to a user. It never blocks.
func (h *Hub) Wake(community int64, user string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.waiting[reader{community, user}] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}
