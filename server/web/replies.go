package web

import (
	"context"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Replies keeps the answers to requests with an idempotency key; sqlstore.DB does.
type Replies interface {
	Reply(ctx context.Context, scope, key string) (r orchestrator.Reply, found bool, err error)
	// Once carries out a request that has no answer yet, and stores what it did and
	// its answer together: a crash leaves both or neither. What do does it does with the
	// context that it is given; its error undoes everything and leaves the key free.
	// first tells whether do was carried out; if not, stored is the answer of who was
	// first, or has no status while they are still at it.
	Once(ctx context.Context, r orchestrator.Reply, do func(context.Context) (status int, body []byte, err error)) (stored orchestrator.Reply, first bool, err error)
}

// Repeats keeps the answers to keyed requests that are no commands of the engine,
// which keeps its own.
type Repeats struct {
	replies Replies
	now     func() time.Time
}

// NewRepeats keeps answers in a store.
func NewRepeats(replies Replies, now func() time.Time) Repeats { return Repeats{replies, now} }

// Find returns the answer to a request that was answered before.
func (r Repeats) Find(ctx context.Context, key *orchestrator.Key) (stored orchestrator.Reply, found bool, err error) {
	if key == nil {
		return stored, false, nil
	}
	stored, found, err = r.replies.Reply(ctx, key.Scope, key.Value)
	switch {
	case err != nil:
		return stored, false, fmt.Errorf("read stored reply: %w", err)
	case !found:
		return stored, false, nil
	}
	if err := sameRequest(stored, key); err != nil {
		return stored, false, err
	}
	return stored, stored.Status != 0, nil // else who carries it out tells what becomes of it
}

func sameRequest(stored orchestrator.Reply, key *orchestrator.Key) error {
	if stored.Hash == key.Hash {
		return nil
	}
	return fault.New(fault.KeyReused, "idempotency_key_reused", "this Idempotency-Key was used with another request; make a new key for a new request")
}

// Run carries out a request that was not answered before. With a key that is once,
// and what is done is stored together with the answer: for as long, the request's
// context is that of one transaction of the store. One that fails may be repeated.
func (r Repeats) Run(c *gin.Context, key *orchestrator.Key, community int64, do func() (status int, body []byte, err error)) (reply orchestrator.Reply, again bool, err error) {
	if key == nil {
		reply.Status, reply.Body, err = do()
		return reply, false, err
	}
	reply = orchestrator.Reply{Scope: key.Scope, Key: key.Value, Hash: key.Hash, CommunityID: community, At: r.now()}
	outside := c.Request
	reply, first, err := r.replies.Once(outside.Context(), reply, func(ctx context.Context) (int, []byte, error) {
		c.Request = outside.WithContext(ctx)
		defer func() { c.Request = outside }()
		return do()
	})
	if err != nil || first {
		return reply, false, err
	}
	if err := sameRequest(reply, key); err != nil {
		return reply, false, err
	}
	if reply.Status == 0 {
		return reply, false, fault.New(fault.Conflict, "request_in_progress", "a request with this Idempotency-Key is in progress; repeat it in a moment")
	}
	return reply, true, nil
}
