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

var errNoOrder = fault.New(fault.NotFound, "order_not_found", "there is no such order")

func (p p2p) orderRoutes() []p2pRoute {
	const get, post, orders = http.MethodGet, http.MethodPost, p2pBase + "orders"
	const order, user = orders + "/{id}/", p2pBase + "users/{id}/block"
	return []p2pRoute{
		{method: post, path: orders, run: p.createOrder},
		{method: get, path: orders, run: p.listOrders},
		{method: get, path: orders + "/{id}", run: p.readOrder},
		{method: post, path: order + "confirm-paid", run: p.confirmPaid},
		{method: post, path: order + "confirm-received", run: p.confirmReceived},
		{method: post, path: order + "cancel", run: p.cancelOrder},
		{method: post, path: order + "call-operator", run: p.callOperator},
		{method: post, path: order + "appeal", run: p.appeal},
		{method: post, path: order + "messages", run: p.sendMessage},
		{method: get, path: order + "messages", run: p.listMessages},
		{method: post, path: order + "rate", run: p.rate},
		{method: get, path: p2pBase + "sessions", run: p.sessions},
		{method: get, path: p2pBase + "balance", run: p.balance},
		{method: post, path: user, run: p.block(true)},
		{method: http.MethodDelete, path: user, run: p.block(false)},
	}
}

// orderIn is the body of POST /orders. The amount has two names, of which the
// customer's is usdt_amount. Who names the version of the ad that they have seen
// does not take another one.
type orderIn struct {
	AdID           *int64         `json:"ad_id"`
	USDTAmount     *int64         `json:"usdt_amount"`
	AmountMinor    *int64         `json:"amount_minor"`
	Currency       *string        `json:"currency"`
	PaymentMethod  *string        `json:"payment_method"`
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
	id := func(o exchange.Order) any {
		return struct {
			ID int64 `json:"id"`
		}{o.ID}
	}
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
	return send(r.Context, http.StatusOK, list{each(all, p.showOrder), total, page.Limit, page.Offset})
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
func (r *request) step(run func(id int64, q exchange.Request) outcome) error {
	id, err := r.pathID(errNoOrder)
	if err != nil {
		return err
	}
	return r.order(r.p2p.showOrder, func(q exchange.Request) outcome { return run(id, q) })
}

func (p p2p) confirmPaid(r *request) error {
	if err := r.nothing(); err != nil {
		return err
	}
	return r.step(func(id int64, q exchange.Request) (out outcome) {
		out.order, out.replay, out.err = p.Trading.ConfirmPaid(r.Request.Context(), r.user, id, q)
		return out
	})
}

func (p p2p) confirmReceived(r *request) error {
	if err := r.nothing(); err != nil {
		return err
	}
	return r.step(func(id int64, q exchange.Request) (out outcome) {
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

// cancelIn is the body of a cancellation, which may be left out.
type cancelIn struct {
	NotPaid bool `json:"not_paid"`
}

func (p p2p) cancelOrder(r *request) error {
	var in cancelIn
	if err := r.readOptional(&in); err != nil {
		return err
	}
	return r.step(func(id int64, q exchange.Request) (out outcome) {
		out.order, out.replay, out.err = p.Trading.Cancel(r.Request.Context(), r.user, id, in.NotPaid, q)
		return out
	})
}

// reason reads the body {"reason": …}, which may be left out.
func (r *request) reason() (string, error) {
	var in struct {
		Reason *string `json:"reason"`
	}
	if err := r.readOptional(&in); err != nil || in.Reason == nil {
		return "", err
	}
	return *in.Reason, paragraphs("reason", *in.Reason, maxText)
}

func (p p2p) callOperator(r *request) error {
	reason, err := r.reason()
	if err != nil {
		return err
	}
	return r.step(func(id int64, q exchange.Request) (out outcome) {
		out.order, out.replay, out.err = p.Trading.CallOperator(r.Request.Context(), r.user, id, reason, q)
		return out
	})
}

func (p p2p) appeal(r *request) error {
	reason, err := r.reason()
	if err != nil {
		return err
	}
	return r.step(func(id int64, q exchange.Request) (out outcome) {
		out.order, out.replay, out.err = p.Trading.Appeal(r.Request.Context(), r.user, id, reason, q)
		return out
	})
}
