package trade

import (
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// Keyed names the request: who asks for what on which route, and with which content.
func (r *Request) Keyed(value string) {
	who := "user " + strconv.FormatInt(r.User.Community, 10) + " " + r.User.ID
	r.Key = &orchestrator.Key{Key: web.RequestKey(r.Context, who, value, r.Body), Hold: r.kit.RenderApproval}
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
func (r *Request) Replayed() (done bool, err error) {
	stored, err := r.keyed().Answered(r.Request.Context(), r.Key.Key)
	if stored != nil {
		web.Repeat(r.Context, *stored)
	}
	return stored != nil, err
}

func (r *Request) keyed() idempotency.Requests { return r.kit.Keyed(r.kit.Replies) }

// Outcome is what came of a command of the exchange.
type Outcome struct {
	Order  exchange.Order
	Replay *idempotency.Reply
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
	var written web.Written
	render := func(o exchange.Order) (int, []byte) { return written.Keep(r.Encode(view(o))) }
	out := run(exchange.Request{ID: web.RequestID(r.Context), Key: r.Key, Render: render})
	switch {
	case out.Err != nil:
		return out.Err
	case out.Replay != nil:
		web.Repeat(r.Context, *out.Replay)
	default:
		written.Send(r.Context, func() (int, []byte) { return render(out.Order) })
	}
	return nil
}

// Once carries out what the engine does not key itself, under the request's
// idempotency key if there is one, and answers with what do returns; nil: with nothing.
func (r *Request) Once(do func() (any, error)) error {
	var key *idempotency.Key
	if r.Key != nil {
		key = &r.Key.Key
	}
	return web.Once(r.Context, r.keyed(), key, r.User.Community, func() (int, []byte, error) {
		v, err := do()
		if err != nil {
			return 0, nil, err
		}
		status, body := r.Encode(v)
		return status, body, nil
	})
}

// ExchangeWords are those of the exchange's documents: statuses of orders.
func ExchangeWords() deal.Words {
	w := deal.PlainWords()
	w.State = func(_ orchestrator.Transaction, s process.State) string { return string(exchange.StatusOf(s)) }
	return w
}

// Encode writes a successful answer.
func (r *Request) Encode(v any) (status int, body []byte) {
	if v == nil {
		return http.StatusNoContent, nil
	}
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		status, _, body = r.kit.Failure(r.Context, fault.As(err))
		return status, body
	}
	return http.StatusOK, body
}
