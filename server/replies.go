package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// abandoned is after how long a claim without an answer is that of a replica
// which died: longer than any request may take.
const abandoned = 2 * time.Minute

// repeats keeps the answers to keyed requests that are no commands of the engine,
// which keeps its own.
type repeats struct {
	replies Replies
	now     func() time.Time
	log     *slog.Logger
}

func (s *Server) repeats(c *gin.Context, replies Replies) repeats {
	return repeats{replies, s.Now, s.Log.With("request_id", requestID(c))}
}

// find returns the answer to a request that was answered before.
func (r repeats) find(ctx context.Context, key *orchestrator.Key) (stored orchestrator.Reply, found bool, err error) {
	if key == nil {
		return stored, false, nil
	}
	stored, found, err = r.replies.Reply(ctx, key.Scope, key.Value)
	switch {
	case err != nil:
		return stored, false, fmt.Errorf("read stored reply: %w", err)
	case !found:
		return stored, false, nil
	case stored.Hash != key.Hash:
		return stored, false, fault.New(fault.KeyReused, "idempotency_key_reused", "this Idempotency-Key was used with another request; make a new key for a new request")
	}
	return stored, stored.Status != 0, nil // else who carries it out tells what becomes of it
}

// run carries out a request that was not answered before, with a key at most one
// of its repeats at a time, and keeps the answer. One that fails may be repeated.
func (r repeats) run(ctx context.Context, key *orchestrator.Key, community int64, do func() (status int, body []byte, err error)) (int, []byte, error) {
	if key == nil {
		return do()
	}
	now := r.now()
	reply := orchestrator.Reply{Scope: key.Scope, Key: key.Value, Hash: key.Hash, CommunityID: community, At: now}
	claimed, err := r.replies.ClaimReply(ctx, reply, now.Add(-abandoned))
	if err != nil {
		return 0, nil, fmt.Errorf("claim idempotency key: %w", err)
	}
	if !claimed {
		return 0, nil, fault.New(fault.Conflict, "request_in_progress", "a request with this Idempotency-Key is under way; repeat it in a moment")
	}
	reply.Status, reply.Body, err = do()
	kept := context.WithoutCancel(ctx) // what was done is done, whoever still listens
	if err != nil {
		if freed := r.replies.FreeReply(kept, reply); freed != nil {
			r.log.WarnContext(ctx, "idempotency key not freed", "error", freed)
		}
		return 0, nil, err
	}
	if err := r.replies.SaveReply(kept, reply); err != nil {
		r.log.WarnContext(ctx, "reply not saved", "error", err)
	}
	return reply.Status, reply.Body, nil
}

// created makes something that is no transaction, under the request's idempotency
// key if it has one, and answers with it.
func (s *Server) created(c *gin.Context, who caller, body []byte, create func() (any, error)) error {
	var key *orchestrator.Key
	if who.idempotencyKey != "" {
		key = newKey(c, who, body)
	}
	ctx, r := c.Request.Context(), s.repeats(c, s.Replies)
	stored, found, err := r.find(ctx, key)
	if err != nil {
		return err
	}
	if found {
		replay(c, stored)
		return nil
	}
	status, shown, err := r.run(ctx, key, who.community(), func() (int, []byte, error) {
		v, err := create()
		if err != nil {
			return 0, nil, err
		}
		shown, err := json.Marshal(v, json.Deterministic(true))
		return http.StatusCreated, shown, err
	})
	if err != nil {
		return err
	}
	answer(c, status, shown)
	return nil
}
