package trade

import (
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// Keyed names the request: who asks for what on which route, and with which content.
func (r *Request) Keyed(value string) {
	scope := "user " + strconv.FormatInt(r.User.Community, 10) + " " + r.User.ID + " " + r.Request.Method + " " + r.FullPath()
	r.Key = &orchestrator.Key{Scope: scope, Value: value, Hash: web.ContentHash(r.Request.URL.Path, r.Body), Hold: r.kit.RenderApproval}
}

// Keep reads the request's idempotency key, which covers the body, and answers a
// request that was answered before.
func (r *Request) Keep() (done bool, err error) {
	value, err := web.IdempotencyKey(r.Request.Header, web.KeyHonoured)
	if err != nil || value == "" {
		return false, err
	}
	r.Keyed(value)
	return r.Replayed()
}

// Replayed answers a request that was answered before. It comes before all
// checks: what was allowed then may not be so now.
// Replay answers like the first time.
func (r *Request) Replayed() (done bool, err error) {
	stored, found, err := web.NewRepeats(r.kit.Replies, r.kit.Now).Find(r.Request.Context(), r.Key)
	if found {
		r.Replay(stored)
	}
	return found, err
}

func (r *Request) Replay(stored orchestrator.Reply) {
	r.Header("Idempotent-Replayed", "true")
	r.Data(stored.Status, web.JSONType, stored.Body)
}

// Outcome is what came of a command of the exchange.
type Outcome struct {
	Order  exchange.Order
	Replay *orchestrator.Reply
	Err    error
}

// Order carries out a command of the exchange, under the idempotency key if there
// is one, and answers with the order as view shows it.
func (r *Request) Order(view func(exchange.Order) any, run func(exchange.Request) Outcome) error {
	if r.dry {
		var would orchestrator.Preview
		out := run(exchange.Request{ID: web.RequestID(r.Context), DryRun: &would})
		return r.kit.Foresee(r.Context, ExchangeWords(), would, out.Err)
	}
	var status int
	var body []byte
	render := func(o exchange.Order) (int, []byte) {
		status, body = r.Encode(view(o))
		return status, body
	}
	out := run(exchange.Request{ID: web.RequestID(r.Context), Key: r.Key, Render: render})
	switch {
	case out.Err != nil:
		return out.Err
	case out.Replay != nil:
		r.Replay(*out.Replay)
		return nil
	case body == nil:
		render(out.Order)
	}
	r.Data(status, web.JSONType, body)
	return nil
}

// Once carries out what the engine does not key itself, under the request's
// idempotency key if there is one, and answers with what do returns.
func (r *Request) Once(do func() (any, error)) error {
	keep := web.NewRepeats(r.kit.Replies, r.kit.Now)
	stored, again, err := keep.Run(r.Context, r.Key, r.User.Community, func() (int, []byte, error) {
		v, err := do()
		if err != nil {
			return 0, nil, err
		}
		status, body := r.Encode(v)
		return status, body, nil
	})
	switch {
	case err != nil:
		return err
	case again:
		r.Replay(stored)
	default:
		r.Data(stored.Status, web.JSONType, stored.Body)
	}
	return nil
}

// ExchangeWords are those of the exchange's documents: statuses of orders.
func ExchangeWords() deal.Words {
	w := deal.PlainWords()
	w.State = func(_ orchestrator.Transaction, s process.State) string { return string(exchange.StatusOf(s)) }
	return w
}

// Encode writes a successful answer.
func (r *Request) Encode(v any) (status int, body []byte) {
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		status, _, body = r.kit.Failure(r.Context, fault.As(err))
		return status, body
	}
	return http.StatusOK, body
}
