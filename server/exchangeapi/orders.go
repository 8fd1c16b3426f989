package exchangeapi

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

func (p face) orderRoutes() []web.Route {
	const get, post, orders = http.MethodGet, http.MethodPost, base + "orders"
	const order = orders + "/{id}/"
	return []web.Route{
		{
			Method: post, Path: orders, Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Take an ad", Dry: true, Body: web.JSON[orderIn](), Answer: web.JSON[orderID](),
			Serve: p.User(p.createOrder),
		},
		{
			Method: get, Path: orders, Access: web.Users,
			Summary: "List one's orders", Query: []string{"status", "role", "limit", "offset"}, Answer: web.JSON[numberedPage[orderOut]](),
			Serve: p.User(p.listOrders),
		},
		{
			Method: get, Path: orders + "/{id}", Access: web.Users,
			Summary: "Read an order", Answer: web.JSON[orderOut](),
			Serve: p.User(p.readOrder),
		},
		{
			Method: post, Path: order + "confirm-paid", Access: web.Users, Keying: web.KeyHonoured,
			Name: "exchange.confirmPaid", Summary: "Say that the fiat money was sent", Dry: true, Body: web.MaybeJSON[web.NoFields](), Answer: web.JSON[orderOut](),
			Serve: p.User(p.confirmPaid),
		},
		{
			Method: post, Path: order + "confirm-received", Access: web.Users, Keying: web.KeyHonoured,
			Name: "exchange.confirmReceived", Summary: "Say that the fiat money came, and release", Dry: true, Body: web.MaybeJSON[web.NoFields](), Answer: web.JSON[orderOut](),
			Serve: p.User(p.confirmReceived),
		},
		{
			Method: post, Path: order + "cancel", Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Cancel an order", Dry: true, Body: web.MaybeJSON[trade.CancelIn](), Answer: web.JSON[orderOut](),
			Serve: p.User(p.cancelOrder),
		},
		{
			Method: post, Path: order + "call-operator", Access: web.Users, Keying: web.KeyHonoured,
			Name: "exchange.callOperator", Summary: "Open a dispute", Dry: true, Body: web.MaybeJSON[complaint](), Answer: web.JSON[orderOut](),
			Serve: p.User(p.callOperator),
		},
		{
			Method: post, Path: order + "appeal", Access: web.Users, Keying: web.KeyHonoured,
			Summary: "Appeal against a decision", Dry: true, Body: web.MaybeJSON[complaint](), Answer: web.JSON[orderOut](),
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
	PaymentDetails jsontext.Value `json:"payment_details" is:"object null"`
	Format         *string        `json:"format"`
	AdVersion      *int64         `json:"expected_ad_version"` // default: any
}

func (in orderIn) take() (t exchange.Take, err error) {
	amount, ofAmount := in.amount()
	details, ofDetails := listings.ParseDetails(in.PaymentDetails)
	t = exchange.Take{AdID: *in.AdID, Amount: amount, Method: *in.PaymentMethod, Details: details}
	if in.AdVersion != nil {
		t.AdVersion = *in.AdVersion
	}
	if in.Format != nil {
		t.Format, err = trade.Word("format", *in.Format, "fast_pay", "p2p")
	}
	return t, fault.All(ofAmount, web.Text("payment_method", t.Method, web.MaxName), ofDetails,
		web.OptionalWhole("expected_ad_version", in.AdVersion, 1, web.MaxAmount, "out_of_range"), err)
}

func (in orderIn) amount() (int64, error) {
	n := cmp.Or(in.USDTAmount, in.AmountMinor)
	if err := web.Whole("usdt_amount", n, 0, web.MaxAssetAmount, "out_of_range"); err != nil {
		return 0, err
	}
	if in.AmountMinor != nil && *in.AmountMinor != *n {
		return 0, web.Invalid("amounts_differ", "amount_minor", "usdt_amount and amount_minor are two names of one amount and must be equal")
	}
	return *n, nil
}

// orderID is the answer to POST /orders.
type orderID struct {
	ID int64 `json:"id"`
}

// createOrder answers with the id alone, as the customer's document prints it.
func (p face) createOrder(r *trade.Request) error {
	var in orderIn
	if err := r.Read(&in); err != nil {
		return err
	}
	take, err := in.take()
	var unit error
	if in.Currency != nil {
		take.Asset, unit = p.traded("currency", *in.Currency)
	}
	if err := fault.All(err, unit); err != nil {
		return err
	}
	id := func(o exchange.Order) any { return orderID{o.ID} }
	return r.Order(id, func(q exchange.Request) (out trade.Outcome) {
		out.Order, out.Replay, out.Err = p.trading.Take(r.Request.Context(), r.User, take, q)
		return out
	})
}

func (p face) listOrders(r *trade.Request) error {
	page, err := r.Page(ordersPerPage)
	if err != nil {
		return err
	}
	status, err := r.OneOf("status", statuses()...)
	if err != nil {
		return err
	}
	role, err := r.OneOf("role", "buyer", "seller")
	if err != nil {
		return err
	}
	all, total, err := p.trading.Orders(r.Request.Context(), r.User, exchange.OrderFilter{Status: exchange.Status(status), Role: role, Page: page})
	if err != nil {
		return err
	}
	return web.Send(r.Context, http.StatusOK, paged(each(all, p.showOrder), total, page))
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

func (p face) readOrder(r *trade.Request) error {
	id, err := r.PathID(trade.ErrNoOrder)
	if err != nil {
		return err
	}
	o, err := p.trading.Order(r.Request.Context(), r.User, id)
	if err != nil {
		return err
	}
	return web.Send(r.Context, http.StatusOK, p.showOrder(o))
}

// step carries out a step of the path's order and answers with the order.
func (p face) step(r *trade.Request, run func(id int64, q exchange.Request) trade.Outcome) error {
	id, err := r.PathID(trade.ErrNoOrder)
	if err != nil {
		return err
	}
	return r.Order(p.orderView, func(q exchange.Request) trade.Outcome { return run(id, q) })
}

func (p face) orderView(o exchange.Order) any { return p.showOrder(o) }

func (p face) confirmPaid(r *trade.Request) error {
	if err := r.Nothing(); err != nil {
		return err
	}
	return p.step(r, func(id int64, q exchange.Request) (out trade.Outcome) {
		out.Order, out.Replay, out.Err = p.trading.ConfirmPaid(r.Request.Context(), r.User, id, q)
		return out
	})
}

func (p face) confirmReceived(r *trade.Request) error {
	if err := r.Nothing(); err != nil {
		return err
	}
	return p.step(r, func(id int64, q exchange.Request) (out trade.Outcome) {
		if err := p.notEarly(r, id); err != nil {
			return trade.Outcome{Err: err}
		}
		out.Order, out.Replay, out.Err = p.trading.ConfirmReceived(r.Request.Context(), r.User, id, q)
		return out
	})
}

// notEarly refuses what only the buy flow's document allows: to release before the
// buyer has marked the payment.
func (p face) notEarly(r *trade.Request, id int64) error {
	if !p.ReleaseEarly {
		return nil
	}
	o, err := p.trading.Order(r.Request.Context(), r.User, id)
	if err != nil || o.SellerID != r.User.ID || o.Status != exchange.Pending {
		return err
	}
	return fault.New(fault.Conflict, "invalid_order_status", "the buyer has not marked the payment yet").With("current_status", string(o.Status))
}

func (p face) cancelOrder(r *trade.Request) error {
	var in trade.CancelIn
	if err := r.ReadOptional(&in); err != nil {
		return err
	}
	return p.step(r, func(id int64, q exchange.Request) (out trade.Outcome) {
		out.Order, out.Replay, out.Err = p.trading.Cancel(r.Request.Context(), r.User, id, in.NotPaid, q)
		return out
	})
}

// complaint is a body with a reason, which may be left out.
type complaint struct {
	Reason *string `json:"reason"`
}

// reason reads the body {"reason": …}, which may be left out.
func (p face) reason(r *trade.Request) (string, error) {
	var in complaint
	if err := r.ReadOptional(&in); err != nil || in.Reason == nil {
		return "", err
	}
	return *in.Reason, web.Paragraphs("reason", *in.Reason, web.MaxText)
}

func (p face) callOperator(r *trade.Request) error {
	reason, err := p.reason(r)
	if err != nil {
		return err
	}
	return p.step(r, func(id int64, q exchange.Request) (out trade.Outcome) {
		out.Order, out.Replay, out.Err = p.trading.CallOperator(r.Request.Context(), r.User, id, reason, q)
		return out
	})
}

func (p face) appeal(r *trade.Request) error {
	reason, err := p.reason(r)
	if err != nil {
		return err
	}
	return p.step(r, func(id int64, q exchange.Request) (out trade.Outcome) {
		out.Order, out.Replay, out.Err = p.trading.Appeal(r.Request.Context(), r.User, id, reason, q)
		return out
	})
}
