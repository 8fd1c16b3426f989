package server

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// abandoned is after how long a claim without an answer is that of a replica
// which died: longer than any request may take.
const abandoned = 2 * time.Minute

// keyed names the request: who asks for what on which route, and with which content.
func (r *request) keyed(value string) {
	scope := "user " + strconv.FormatInt(r.user.Community, 10) + " " + r.user.ID + " " + r.Request.Method + " " + r.FullPath()
	r.key = &orchestrator.Key{Scope: scope, Value: value, Hash: contentHash(r.Request.URL.Path, r.body)}
}

// replayed answers a request that was answered before. It comes before all
// checks: what was allowed then may not be so now.
func (r *request) replayed() (done bool, err error) {
	if r.key == nil {
		return false, nil
	}
	stored, found, err := r.p2p.Replies.Reply(r.Request.Context(), r.key.Scope, r.key.Value)
	switch {
	case err != nil:
		return false, fmt.Errorf("read stored reply: %w", err)
	case !found:
		return false, nil
	case stored.Hash != r.key.Hash:
		return false, fault.New(fault.KeyReused, "idempotency_key_reused", "this Idempotency-Key was used with another request; make a new key for a new request")
	case stored.Status == 0:
		return false, nil // who carries it out tells what becomes of it
	}
	r.replay(stored)
	return true, nil
}

func (r *request) replay(stored orchestrator.Reply) {
	r.Header("Idempotent-Replayed", "true")
	r.Data(stored.Status, jsonType, stored.Body)
}

// outcome is what came of a command of the exchange.
type outcome struct {
	order  exchange.Order
	replay *orchestrator.Reply
	err    error
}

// order carries out a command of the exchange, under the idempotency key if there
// is one, and answers with the order as view shows it.
func (r *request) order(view func(exchange.Order) any, run func(exchange.Request) outcome) error {
	var status int
	var body []byte
	render := func(o exchange.Order) (int, []byte) {
		status, body = r.encode(view(o))
		return status, body
	}
	out := run(exchange.Request{ID: requestID(r.Context), Key: r.key, Render: render})
	switch {
	case out.err != nil:
		return out.err
	case out.replay != nil:
		r.replay(*out.replay)
		return nil
	case body == nil:
		render(out.order)
	}
	r.Data(status, jsonType, body)
	return nil
}

// once carries out what the engine does not key itself, under the request's
// idempotency key if there is one, and answers with what do returns.
func (r *request) once(do func() (any, error)) error {
	if r.key == nil {
		v, err := do()
		if err != nil {
			return err
		}
		return send(r.Context, http.StatusOK, v)
	}
	ctx, now := r.Request.Context(), r.p2p.Now()
	reply := orchestrator.Reply{Scope: r.key.Scope, Key: r.key.Value, Hash: r.key.Hash, CommunityID: r.user.Community, At: now}
	claimed, err := r.p2p.Replies.ClaimReply(ctx, reply, now.Add(-abandoned))
	if err != nil {
		return fmt.Errorf("claim idempotency key: %w", err)
	}
	if !claimed {
		return fault.New(fault.Conflict, "request_in_progress", "a request with this Idempotency-Key is under way; repeat it in a moment")
	}
	v, err := do()
	if err != nil {
		if freed := r.p2p.Replies.FreeReply(ctx, reply); freed != nil {
			r.p2p.Log.WarnContext(ctx, "idempotency key not freed", "request_id", requestID(r.Context), "error", freed)
		}
		return err
	}
	reply.Status, reply.Body = r.encode(v)
	if err := r.p2p.Replies.SaveReply(ctx, reply); err != nil {
		r.p2p.Log.WarnContext(ctx, "reply not saved", "request_id", requestID(r.Context), "error", err)
	}
	r.Data(reply.Status, jsonType, reply.Body)
	return nil
}

// encode writes a successful answer.
func (r *request) encode(v any) (status int, body []byte) {
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		status, _, body = r.p2p.failure(r.Context, fault.As(err))
		return status, body
	}
	return http.StatusOK, body
}
