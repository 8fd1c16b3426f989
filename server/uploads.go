package server

import (
	"context"
	"sync"

	"github.com/handsel-dev/handsel/fault"
)

// Uploads at the same time: a file is in memory until it is stored.
const (
	maxUploads     = 4
	maxUserUploads = 1
)

// uploads bounds what files in memory cost. A body is not read before its turn.
type uploads struct {
	slots chan struct{}

	mu     sync.Mutex
	byUser map[string]int
}

func newUploads() *uploads {
	return &uploads{slots: make(chan struct{}, maxUploads), byUser: map[string]int{}}
}

// enter waits for a turn; leave gives it back. One user has one at a time, so that
// nobody takes them all; a backend, which has no name here, sends for many.
func (u *uploads) enter(ctx context.Context, user string) (leave func(), err error) {
	if user != "" && !u.count(user) {
		return nil, fault.New(fault.RateLimited, "too_many_uploads", "a user may send one file at a time").With("retry_after", int64(1))
	}
	select {
	case u.slots <- struct{}{}:
		return func() {
			<-u.slots
			u.forget(user)
		}, nil
	case <-ctx.Done():
		u.forget(user)
		return nil, fault.Wrap(ctx.Err(), fault.Unavailable, "busy", "too many files are sent at the same time; try again in a moment")
	}
}

func (u *uploads) count(user string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byUser[user] >= maxUserUploads {
		return false
	}
	u.byUser[user]++
	return true
}

func (u *uploads) forget(user string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byUser[user]--; u.byUser[user] <= 0 {
		delete(u.byUser, user)
	}
}
