package server

import (
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// keyed names the request: who asks for what on which route, and with which content.
func (r *request) keyed(value string) {
	scope := "user " + strconv.FormatInt(r.user.Community, 10) + " " + r.user.ID + " " + r.Request.Method + " " + r.FullPath()
	r.key = &orchestrator.Key{Scope: scope, Value: value, Hash: contentHash(r.Request.URL.Path, r.body), Hold: r.kit.renderApproval}
}

// keep reads the request's idempotency key, which covers the body, and answers a
// request that was answered before.
func (r *request) keep() (done bool, err error) {
	value, err := idempotencyKey(r.Request.Header, KeyHonoured)
	if err != nil || value == "" {
		return false, err
	}
	r.keyed(value)
	return r.replayed()
}

// replayed answers a request that was answered before. It comes before all
// checks: what was allowed then may not be so now.
func (r *request) replayed() (done bool, err error) {
	stored, found, err := repeats{r.kit.Replies, r.kit.Now}.find(r.Request.Context(), r.key)
	if found {
		r.replay(stored)
	}
	return found, err
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
	if r.dry {
		var would orchestrator.Preview
		out := run(exchange.Request{ID: requestID(r.Context), DryRun: &would})
		return r.kit.foresee(r.Context, exchangeWords(), would, out.err)
	}
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
	keep := repeats{r.kit.Replies, r.kit.Now}
	stored, again, err := keep.run(r.Context, r.key, r.user.Community, func() (int, []byte, error) {
		v, err := do()
		if err != nil {
			return 0, nil, err
		}
		status, body := r.encode(v)
		return status, body, nil
	})
	switch {
	case err != nil:
		return err
	case again:
		r.replay(stored)
	default:
		r.Data(stored.Status, jsonType, stored.Body)
	}
	return nil
}

// exchangeWords are those of the exchange's documents: statuses of orders.
func exchangeWords() words {
	w := plainWords()
	w.state = func(_ orchestrator.Transaction, s process.State) string { return string(exchange.StatusOf(s)) }
	return w
}

// encode writes a successful answer.
func (r *request) encode(v any) (status int, body []byte) {
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		status, _, body = r.kit.failure(r.Context, fault.As(err))
		return status, body
	}
	return http.StatusOK, body
}
