package server

import (
	"context"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// Uploads at the same time: a file is in memory until it is stored.
const (
	maxUploads     = 4
	maxUserUploads = 1
)

// Messages of gateways that are read at the same time. Who sends one is known after it
// was read: before, it is anybody's, and in memory.
const (
	maxMessages        = 256
	maxAddressMessages = 32
	messageTime        = 5 * time.Second // for a body; a gateway sends it with the header
)

var (
	errUploads  = fault.New(fault.RateLimited, "too_many_uploads", "a user may send one file at a time").With("retry_after", int64(1))
	errMessages = fault.New(fault.RateLimited, "too_many_messages", "an address may send %d messages at the same time", maxAddressMessages).With("retry_after", int64(1))
)

// uploads bounds what files in memory cost. A body is not read before its turn.
type uploads struct {
	slots  chan struct{}
	each   int   // that one user may have
	refuse error // of one more

	mu     sync.Mutex
	byUser map[string]int
}

func newUploads(all, each int, refuse error) *uploads {
	return &uploads{slots: make(chan struct{}, all), each: each, refuse: refuse, byUser: map[string]int{}}
}

// enter waits for a turn; leave gives it back. One user has few at a time, so that
// nobody takes them all; a backend, which has no name here, sends for many.
func (u *uploads) enter(ctx context.Context, user string) (leave func(), err error) {
	if user != "" && !u.count(user) {
		return nil, u.refuse
	}
	select {
	case u.slots <- struct{}{}:
		return func() {
			<-u.slots
			u.forget(user)
		}, nil
	case <-ctx.Done():
		u.forget(user)
		return nil, fault.Wrap(ctx.Err(), fault.Unavailable, "busy", "too much is sent at the same time; try again in a moment")
	}
}

func (u *uploads) count(user string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byUser[user] >= u.each {
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
