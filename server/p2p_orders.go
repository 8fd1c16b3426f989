package server

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
)

func (p p2p) orderRoutes() []Route {
	const get, post, orders = http.MethodGet, http.MethodPost, p2pBase + "orders"
	const order = orders + "/{id}/"
	return []Route{
		{
			Method: post, Path: orders, Access: Users, Keying: KeyHonoured,
			Summary: "Take an ad", Dry: true, Body: is[orderIn](), Answer: is[orderID](),
			Serve: p.User(p.createOrder),
		},
		{
			Method: get, Path: orders, Access: Users,
			Summary: "List one's orders", Query: []string{"status", "role", "limit", "offset"}, Answer: is[numberedPage[orderOut]](),
			Serve: p.User(p.listOrders),
		},
		{
			Method: get, Path: orders + "/{id}", Access: Users,
			Summary: "Read an order", Answer: is[orderOut](),
			Serve: p.User(p.readOrder),
		},
		{
			Method: post, Path: order + "confirm-paid", Access: Users, Keying: KeyHonoured,
			Summary: "Say that the fiat money was sent", Dry: true, Body: maybe[noFields](), Answer: is[orderOut](),
			Serve: p.User(p.confirmPaid),
		},
		{
			Method: post, Path: order + "confirm-received", Access: Users, Keying: KeyHonoured,
			Summary: "Say that the fiat money came, and release", Dry: true, Body: maybe[noFields](), Answer: is[orderOut](),
			Serve: p.User(p.confirmReceived),
		},
		{
			Method: post, Path: order + "cancel", Access: Users, Keying: KeyHonoured,
			Summary: "Cancel an order", Dry: true, Body: maybe[cancelIn](), Answer: is[orderOut](),
			Serve: p.User(p.cancelOrder),
		},
		{
			Method: post, Path: order + "call-operator", Access: Users, Keying: KeyHonoured,
			Summary: "Open a dispute", Dry: true, Body: maybe[complaint](), Answer: is[orderOut](),
			Serve: p.User(p.callOperator),
		},
		{
			Method: post, Path: order + "appeal", Access: Users, Keying: KeyHonoured,
			Summary: "Appeal against a decision", Dry: true, Body: maybe[complaint](), Answer: is[orderOut](),
			Serve: p.User(p.appeal),
		},
	}
}

// orderIn is the body of POST /orders. The amount has two names, of which the
// customer's is usdt_amount. Who names the version of the ad that they have seen
// does not take another one.
type orderIn struct {
	AdID           *int64         `json:"ad_id" required:"true"`
	USDTAmount     *int64         `json:"usdt_amount"`
	AmountMinor    *int64         `json:"amount_minor"`
	Currency       *string        `json:"currency"`
	PaymentMethod  *string        `json:"payment_method" required:"true"`
	PaymentDetails jsontext.Value `json:"payment_details"`
	Format         *string        `json:"format"`
	AdVersion      *int64         `json:"expected_ad_version"` // default: any
}

func (in orderIn) take() (t exchange.Take, err error) {
	amount, err := in.amount()
	if err != nil {
		return t, err
	}
	if in.AdID == nil || in.PaymentMethod == nil {
		return t, cmp.Or(required("ad_id", in.AdID != nil), missing("payment_method"))
	}
	if err := text("payment_method", *in.PaymentMethod, maxName); err != nil {
		return t, err
	}
	details, err := listings.ParseDetails(in.PaymentDetails)
	if err != nil {
		return t, err
	}
	t = exchange.Take{AdID: *in.AdID, Amount: amount, Method: *in.PaymentMethod, Details: details}
	if in.AdVersion != nil {
		if err := whole("expected_ad_version", in.AdVersion, 1, maxAmount, "out_of_range"); err != nil {
			return t, err
		}
		t.AdVersion = *in.AdVersion
	}
	if in.Format != nil {
		t.Format, err = word("format", *in.Format, "fast_pay", "p2p")
	}
	return t, err
}

func (in orderIn) amount() (int64, error) {
	n := cmp.Or(in.USDTAmount, in.AmountMinor)
	if err := whole("usdt_amount", n, 0, maxAssetAmount, "out_of_range"); err != nil {
		return 0, err
	}
	if in.AmountMinor != nil && *in.AmountMinor != *n {
		return 0, invalid("amounts_differ", "amount_minor", "usdt_amount and amount_minor are two names of one amount and must be equal")
	}
	return *n, nil
}

// orderID is the answer to POST /orders.
type orderID struct {
	ID int64 `json:"id"`
}

// createOrder answers with the id alone, as the customer's document prints it.
func (p p2p) createOrder(r *request) error {
	var in orderIn
	if err := r.read(&in); err != nil {
		return err
	}
	take, err := in.take()
	if err != nil {
		return err
	}
	if in.Currency != nil {
		if take.Asset, err = p.traded("currency", *in.Currency); err != nil {
			return err
		}
	}
	id := func(o exchange.Order) any { return orderID{o.ID} }
	return r.order(id, func(q exchange.Request) (out outcome) {
		out.order, out.replay, out.err = p.Trading.Take(r.Request.Context(), r.user, take, q)
		return out
	})
}

func (p p2p) listOrders(r *request) error {
	page, err := r.page(ordersPerPage)
	if err != nil {
		return err
	}
	status, err := r.oneOf("status", statuses()...)
	if err != nil {
		return err
	}
	role, err := r.oneOf("role", "buyer", "seller")
	if err != nil {
		return err
	}
	all, total, err := p.Trading.Orders(r.Request.Context(), r.user, exchange.OrderFilter{Status: exchange.Status(status), Role: role, Page: page})
	if err != nil {
		return err
	}
	return send(r.Context, http.StatusOK, paged(each(all, p.showOrder), total, page))
}

func statuses() []string {
	all := []exchange.Status{exchange.Pending, exchange.PaidByBuyer, exchange.Completed, exchange.Cancelled, exchange.Disputed}
	return slices.Collect(func(yield func(string) bool) {
		for _, s := range all {
			if !yield(string(s)) {
				return
			}
		}
	})
}

func (p p2p) readOrder(r *request) error {
	id, err := r.pathID(errNoOrder)
	if err != nil {
		return err
	}
	o, err := p.Trading.Order(r.Request.Context(), r.user, id)
	if err != nil {
		return err
	}
	return send(r.Context, http.StatusOK, p.showOrder(o))
}

// step carries out a step of the path's order and answers with the order.
func (p p2p) step(r *request, run func(id int64, q exchange.Request) outcome) error {
	id, err := r.pathID(errNoOrder)
	if err != nil {
		return err
	}
	return r.order(p.orderView, func(q exchange.Request) outcome { return run(id, q) })
}

func (p p2p) orderView(o exchange.Order) any { return p.showOrder(o) }

func (p p2p) confirmPaid(r *request) error {
	if err := r.nothing(); err != nil {
		return err
	}
	return p.step(r, func(id int64, q exchange.Request) (out outcome) {
		out.order, out.replay, out.err = p.Trading.ConfirmPaid(r.Request.Context(), r.user, id, q)
		return out
	})
}

func (p p2p) confirmReceived(r *request) error {
	if err := r.nothing(); err != nil {
		return err
	}
	return p.step(r, func(id int64, q exchange.Request) (out outcome) {
		if err := p.notEarly(r, id); err != nil {
			return outcome{err: err}
		}
		out.order, out.replay, out.err = p.Trading.ConfirmReceived(r.Request.Context(), r.user, id, q)
		return out
	})
}

// notEarly refuses what only the buy flow's document allows: to release before the
// buyer has marked the payment.
func (p p2p) notEarly(r *request, id int64) error {
	if !p.ReleaseEarly {
		return nil
	}
	o, err := p.Trading.Order(r.Request.Context(), r.user, id)
	if err != nil || o.SellerID != r.user.ID || o.Status != exchange.Pending {
		return err
	}
	return fault.New(fault.Conflict, "invalid_order_status", "the buyer has not marked the payment yet").With("current_status", string(o.Status))
}

func (p p2p) cancelOrder(r *request) error {
	var in cancelIn
	if err := r.readOptional(&in); err != nil {
		return err
	}
	return p.step(r, func(id int64, q exchange.Request) (out outcome) {
		out.order, out.replay, out.err = p.Trading.Cancel(r.Request.Context(), r.user, id, in.NotPaid, q)
		return out
	})
}

// complaint is a body with a reason, which may be left out.
type complaint struct {
	Reason *string `json:"reason"`
}

// reason reads the body {"reason": …}, which may be left out.
func (p p2p) reason(r *request) (string, error) {
	var in complaint
	if err := r.readOptional(&in); err != nil || in.Reason == nil {
		return "", err
	}
	return *in.Reason, paragraphs("reason", *in.Reason, maxText)
}

func (p p2p) callOperator(r *request) error {
	reason, err := p.reason(r)
	if err != nil {
		return err
	}
	return p.step(r, func(id int64, q exchange.Request) (out outcome) {
		out.order, out.replay, out.err = p.Trading.CallOperator(r.Request.Context(), r.user, id, reason, q)
		return out
	})
}

func (p p2p) appeal(r *request) error {
	reason, err := p.reason(r)
	if err != nil {
		return err
	}
	return p.step(r, func(id int64, q exchange.Request) (out outcome) {
		out.order, out.replay, out.err = p.Trading.Appeal(r.Request.Context(), r.user, id, reason, q)
		return out
	})
}
