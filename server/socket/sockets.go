package socket

import (
	"context"
	"sync"
)

// How many websockets a user may have open at one replica, and an address that has
// not logged in yet.
const (
	maxSockets   = 5
	maxStrangers = 20
)

// Sockets are the open websockets of a server. The HTTP server does not know them
// any more: they are ended, and waited for, here.
type Sockets struct {
	pace    pace
	ctx     context.Context // ends with the server
	end     context.CancelFunc
	serving sync.WaitGroup

	mu     sync.Mutex
	byUser map[string]int
	ended  bool
}

// NewSockets are none yet.
func NewSockets() *Sockets {
	ctx, end := context.WithCancel(context.Background())
	return &Sockets{pace: defaultPace(), ctx: ctx, end: end, byUser: map[string]int{}}
}

// enter counts one more socket of a user, unless there are enough.
func (s *Sockets) enter(user string, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byUser[user] >= most {
		return false
	}
	s.byUser[user]++
	return true
}

func (s *Sockets) leave(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byUser[user]--; s.byUser[user] == 0 {
		delete(s.byUser, user)
	}
}

// serve runs a socket beside the request that opened it.
func (s *Sockets) serve(run func(context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended { // it is told so at once, and nobody waits
		go run(s.ctx)
		return
	}
	s.serving.Go(func() { run(s.ctx) })
}

// Close ends the open websockets and waits for them until ctx ends. Call it
// when the HTTP server shuts down: http.Server.Shutdown does not know them.
func (s *Sockets) Close(ctx context.Context) error {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.end()
	done := make(chan struct{})
	go func() {
		s.serving.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
