package server

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/exchange"
)

// operatorRoutes are for tokens with the role "operator"; for everybody else they
// do not exist.
func (p p2p) operatorRoutes() []Route {
	const get, post, operator = http.MethodGet, http.MethodPost, p2pBase + "operator/"
	return []Route{
		{
			Method: get, Path: operator + "disputes", Access: Users,
			Summary: "List open disputes, for operators", Query: []string{"limit", "offset"}, Answer: is[numberedPage[openDisputeOut]](),
			Serve: p.Operator(p.disputes),
		},
		{
			Method: post, Path: operator + "orders/{id}/assign", Access: Users, Keying: KeyHonoured,
			Summary: "Take a dispute on", Body: maybe[noFields](), Answer: is[orderOut](),
			Serve: p.Operator(p.assign),
		},
		{
			Method: post, Path: operator + "orders/{id}/preview", Access: Users,
			Summary: "What a decision would move", Body: is[verdictIn](), Answer: is[previewOut](),
			Serve: p.Operator(p.preview),
		},
		{
			Method: post, Path: operator + "orders/{id}/resolve", Access: Users, Keying: KeyHonoured,
			Summary: "Decide a dispute", Dry: true, Awaits: true, Body: is[verdictIn](), Answer: is[orderOut](),
			Serve: p.Operator(p.resolve),
		},
		{
			Method: post, Path: operator + "users/{id}/ban", Access: Users, Keying: KeyHonoured,
			Summary: "Ban a user", Body: is[banning](), Answer: is[empty](),
			Serve: p.Operator(p.ban),
		},
		{
			Method: post, Path: operator + "users/{id}/unban", Access: Users, Keying: KeyHonoured,
			Summary: "Lift a ban", Body: is[banning](), Answer: is[empty](),
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

func (p p2p) disputes(r *request) error {
	page, err := r.page(ordersPerPage)
	if err != nil {
		return err
	}
	all, total, err := p.Trading.Disputes(r.Request.Context(), r.user, page)
	if err != nil {
		return err
	}
	shown := each(all, func(d exchange.Dispute) openDisputeOut {
		return openDisputeOut{
			d.Order.ID, p.showOrder(d.Order), optionalText(d.OpenedBy), optionalText(d.Reason), d.OpenedAt.UTC(), optionalText(d.AssignedTo),
		}
	})
	return send(r.Context, http.StatusOK, paged(shown, total, page))
}

func (p p2p) assign(r *request) error {
	id, err := r.pathID(errNoOrder)
	if err := cmp.Or(err, r.nothing()); err != nil {
		return err
	}
	return r.once(func() (any, error) {
		o, err := p.Trading.Assign(r.Request.Context(), r.user, id)
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
	if in.Outcome == nil || in.Reason == nil {
		return v, cmp.Or(required("outcome", in.Outcome != nil), missing("reason"))
	}
	if err := paragraphs("reason", *in.Reason, maxText); err != nil {
		return v, err
	}
	outcome, err := word("outcome", *in.Outcome, string(exchange.Release), string(exchange.Refund), string(exchange.Split), string(exchange.Close))
	if err != nil {
		return v, err
	}
	v = exchange.Verdict{Outcome: exchange.Outcome(outcome), Reason: *in.Reason}
	if v.Outcome != exchange.Split {
		if in.BuyerAmount != nil || in.SellerAmount != nil {
			return v, invalid("unknown_field", "buyer_amount", "amounts belong to a split alone")
		}
		return v, nil
	}
	if err := cmp.Or(whole("buyer_amount", in.BuyerAmount, 1, maxAssetAmount, "out_of_range"),
		whole("seller_amount", in.SellerAmount, 1, maxAssetAmount, "out_of_range")); err != nil {
		return v, err
	}
	v.BuyerAmount, v.SellerAmount = *in.BuyerAmount, *in.SellerAmount
	return v, nil
}

// preview answers what a resolution would move, and changes nothing.
func (p p2p) preview(r *request) error {
	id, err := r.pathID(errNoOrder)
	if err != nil {
		return err
	}
	v, err := p.verdict(r)
	if err != nil {
		return err
	}
	would, err := p.Trading.Preview(r.Request.Context(), r.user, id, v)
	return p.foresee(r.Context, exchangeWords(), would, err)
}

// verdict reads an operator's decision.
func (p p2p) verdict(r *request) (exchange.Verdict, error) {
	var in verdictIn
	if err := r.read(&in); err != nil {
		return exchange.Verdict{}, err
	}
	return in.verdict()
}

func (p p2p) resolve(r *request) error {
	v, err := p.verdict(r)
	if err != nil {
		return err
	}
	return p.step(r, func(id int64, q exchange.Request) (out outcome) {
		out.order, out.replay, out.err = p.Trading.Resolve(r.Request.Context(), r.user, id, v, q)
		return out
	})
}

// banning is the body of a ban and of its end.
type banning struct {
	Reason *string `json:"reason" required:"true"`
}

// ban ends a user's access at once, open websockets included.
func (p p2p) ban(r *request) error { return p.decide(r, p.Trading.Ban) }

// unban lets a user trade again.
func (p p2p) unban(r *request) error { return p.decide(r, p.Trading.Unban) }

// decide carries out what an operator decides about the path's user, with a reason.
func (p p2p) decide(r *request, do func(ctx context.Context, operator exchange.User, user, reason string) error) error {
	other, err := p.otherUser(r)
	if err != nil {
		return err
	}
	reason, err := p.reason(r)
	if err != nil {
		return err
	}
	if reason == "" {
		return missing("reason")
	}
	return r.once(func() (any, error) { return empty{}, do(r.Request.Context(), r.user, other, reason) })
}
