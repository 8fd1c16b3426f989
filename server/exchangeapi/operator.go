package exchangeapi

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

// operatorRoutes are for tokens with the role "operator"; for everybody else they
// do not exist.
func (p face) operatorRoutes() []web.Route {
	const get, post, operator = http.MethodGet, http.MethodPost, base + "operator/"
	return []web.Route{
		{
			Method: get, Path: operator + "disputes", Access: web.Users,
			Summary: "List open disputes, for operators", Query: []string{"limit", "offset"}, Answer: web.JSON[numberedPage[openDisputeOut]](),
			Serve: p.Operator(p.disputes),
		},
		{
			Method: post, Path: operator + "orders/{id}/assign", Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Take a dispute on", Body: web.MaybeJSON[web.NoFields](), Answer: web.JSON[orderOut](),
			Serve: p.Operator(p.assign),
		},
		{
			Method: post, Path: operator + "orders/{id}/preview", Access: web.Users, Repeats: web.ChangesNothing,
			Summary: "What a decision would move", Body: web.JSON[verdictIn](), Answer: web.JSON[deal.PreviewOut](),
			Serve: p.Operator(p.preview),
		},
		{
			Method: post, Path: operator + "orders/{id}/resolve", Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Decide a dispute", Dry: true, Awaits: true, Body: web.JSON[verdictIn](), Answer: web.JSON[orderOut](),
			Serve: p.Operator(p.resolve),
		},
		{
			Method: post, Path: operator + "users/{id}/ban", Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Ban a user", Body: web.JSON[banning](), Answer: web.JSON[empty](),
			Serve: p.Operator(p.ban),
		},
		{
			Method: post, Path: operator + "users/{id}/unban", Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Lift a ban", Body: web.JSON[banning](), Answer: web.JSON[empty](),
			Serve: p.Operator(p.unban),
		},
	}
}

// openDisputeOut is an order that waits for an operator.
type openDisputeOut struct {
	OrderID    int64     `json:"order_id"`
	Order      orderOut  `json:"order"`
	OpenedBy   *string   `json:"opened_by"` // null: the release deadline
	Reason     *string   `json:"reason"`
	OpenedAt   time.Time `json:"opened_at"`
	AssignedTo *string   `json:"assigned_to"`
}

func (p face) disputes(r *trade.Request) error {
	page, err := r.Page(ordersPerPage)
	if err != nil {
		return err
	}
	all, total, err := p.trading.Disputes(r.Request.Context(), r.User, page)
	if err != nil {
		return err
	}
	shown := each(all, func(d exchange.Dispute) openDisputeOut {
		return openDisputeOut{
			d.Order.ID, p.showOrder(d.Order), web.OptionalText(d.OpenedBy), web.OptionalText(d.Reason), d.OpenedAt.UTC(), web.OptionalText(d.AssignedTo),
		}
	})
	return web.Send(r.Context, http.StatusOK, paged(shown, total, page))
}

func (p face) assign(r *trade.Request) error {
	id, err := r.PathID(trade.ErrNoOrder)
	if err := cmp.Or(err, r.Nothing()); err != nil {
		return err
	}
	return r.Once(func() (any, error) {
		o, err := p.trading.Assign(r.Request.Context(), r.User, id)
		return p.showOrder(o), err
	})
}

// verdictIn is the body of a resolution. The amounts, in minor units of the
// order's currency, belong to a split alone.
type verdictIn struct {
	Outcome      *string `json:"outcome" required:"true"`
	BuyerAmount  *int64  `json:"buyer_amount"`
	SellerAmount *int64  `json:"seller_amount"`
	Reason       *string `json:"reason" required:"true"`
}

func (in verdictIn) verdict() (v exchange.Verdict, err error) {
	reason := web.Paragraphs("reason", *in.Reason, web.MaxText)
	outcome, err := trade.Word("outcome", *in.Outcome, string(exchange.Release), string(exchange.Refund), string(exchange.Split), string(exchange.Close))
	v = exchange.Verdict{Outcome: exchange.Outcome(outcome), Reason: *in.Reason}
	if err := fault.All(reason, err, in.checkAmounts(v.Outcome)); err != nil || v.Outcome != exchange.Split {
		return v, err
	}
	v.BuyerAmount, v.SellerAmount = *in.BuyerAmount, *in.SellerAmount
	return v, nil
}

func (in verdictIn) checkAmounts(o exchange.Outcome) error {
	switch {
	case o == exchange.Split:
		return fault.All(web.Whole("buyer_amount", in.BuyerAmount, 1, web.MaxAssetAmount, "out_of_range"),
			web.Whole("seller_amount", in.SellerAmount, 1, web.MaxAssetAmount, "out_of_range"))
	case in.BuyerAmount != nil || in.SellerAmount != nil:
		return web.Invalid("unknown_field", "buyer_amount", "send amounts only with the outcome split")
	}
	return nil
}

// preview answers what a resolution would move, and changes nothing.
func (p face) preview(r *trade.Request) error {
	id, err := r.PathID(trade.ErrNoOrder)
	if err != nil {
		return err
	}
	v, err := p.verdict(r)
	if err != nil {
		return err
	}
	would, err := p.trading.Preview(r.Request.Context(), r.User, id, v)
	return p.Foresee(r.Context, trade.ExchangeWords(), would, err)
}

// verdict reads an operator's decision.
func (p face) verdict(r *trade.Request) (exchange.Verdict, error) {
	var in verdictIn
	if err := r.Read(&in); err != nil {
		return exchange.Verdict{}, err
	}
	return in.verdict()
}

func (p face) resolve(r *trade.Request) error {
	v, err := p.verdict(r)
	if err != nil {
		return err
	}
	return p.step(r, func(id int64, q exchange.Request) (out trade.Outcome) {
		out.Order, out.Replay, out.Err = p.trading.Resolve(r.Request.Context(), r.User, id, v, q)
		return out
	})
}

// banning is the body of a ban and of its end.
type banning struct {
	Reason *string `json:"reason" required:"later"`
}

// ban ends a user's access at once, open websockets included.
func (p face) ban(r *trade.Request) error { return p.decide(r, p.trading.Ban) }

// unban lets a user trade again.
func (p face) unban(r *trade.Request) error { return p.decide(r, p.trading.Unban) }

// decide carries out what an operator decides about the path's user, with a reason.
func (p face) decide(r *trade.Request, do func(ctx context.Context, operator exchange.User, user, reason string) error) error {
	other, err := p.otherUser(r)
	if err != nil {
		return err
	}
	reason, err := p.reason(r)
	if err != nil {
		return err
	}
	if reason == "" {
		return web.Missing("reason")
	}
	return r.Once(func() (any, error) { return empty{}, do(r.Request.Context(), r.User, other, reason) })
}
