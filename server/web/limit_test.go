package web

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// TestC4_madeUpNames fills a Limiter with names: whoever has used its tokens up
// stays limited, and the memory stays bounded.
func TestC4_madeUpNames(t *testing.T) {
	t.Parallel()
	l, now := NewLimiter(5, 20), time.Unix(1e9, 0)
	for range 20 {
		if l.Take("guesser", now) != 0 {
			t.Fatal("limited too early")
		}
	}
	for i := range 4 * maxBuckets {
		l.Take(fmt.Sprint("name ", i), now)
	}
	if l.Take("guesser", now) == 0 || l.spent("guesser", now) == 0 {
		t.Error("made-up names emptied the Limiter")
	}
	if len(l.full) > maxBuckets {
		t.Errorf("%d buckets", len(l.full))
	}
	if left, _ := l.left("guesser", now.Add(time.Second)); left != 5 {
		t.Errorf("%d tokens after a second, want 5", left)
	}
}

// TestC3_uploadsHaveTurns lets 48 users send files: a few are in memory at a time,
// one user has one, and who waits too long is told to come again.
func TestC3_uploadsHaveTurns(t *testing.T) {
	t.Parallel()
	u := NewTurns(maxUploads, maxUserUploads, errUploads)
	var leaves []func()
	for i := range maxUploads {
		leave, err := u.Enter(t.Context(), fmt.Sprint("user ", i), fmt.Sprint("address ", i))
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, leave)
	}
	if _, err := u.Enter(t.Context(), "user 0", ""); fault.CodeOf(err) != fault.RateLimited {
		t.Errorf("a second file of one user: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := u.Enter(gone, "late", "address"); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("one more than there are turns: %v", err)
	}
	var served sync.WaitGroup
	for i := range 48 - maxUploads {
		served.Go(func() {
			leave, err := u.Enter(t.Context(), fmt.Sprint("waiting ", i), fmt.Sprint("address ", i%7))
			if err != nil {
				t.Error(err)
				return
			}
			if n := len(u.slots); n > maxUploads {
				t.Errorf("%d at a time", n)
			}
			leave()
		})
	}
	for _, leave := range leaves {
		leave()
	}
	served.Wait()
	if len(u.byUser) != 0 || len(u.lines) != 0 || len(u.slots) != 0 {
		t.Errorf("left behind: %v, %v, %d", u.byUser, u.lines, len(u.slots))
	}
}
