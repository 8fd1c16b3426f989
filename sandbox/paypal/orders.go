package paypal

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// The statuses of orders.
const (
	isCreated      = "CREATED"
	needsPayer     = "PAYER_ACTION_REQUIRED"
	isApproved     = "APPROVED"
	isVoided       = "VOIDED"
	isCompleted    = "COMPLETED"
	forAuthorizing = "AUTHORIZE"
	forCapturing   = "CAPTURE"
)

// orderLife is how long an order that nobody approves can be approved; our choice.
const orderLife = 3 * time.Hour

// order is what a buyer approves.
type order struct {
	ID, Intent, Status string
	Unit               json.RawMessage // as it was sent
	Amount             money
	Custom, Invoice    string
	Payee              string
	Delayed            bool   // PayPal keeps what is captured until a referenced payout
	Fee                int64  // the platform's, of what is captured then
	Way                string // how the buyer approved it
	Source             bool   // it was made with a payment source
	Return, Cancel     string // where the buyer is led back to
	Created            time.Time
	Ended              bool // it can no longer be approved
	Timer              uint64
}

// Name implements stage.Object.
func (o *order) Name() string { return o.ID }

type newOrder struct {
	Intent string            `json:"intent"`
	Units  []json.RawMessage `json:"purchase_units"`
	Source *struct {
		PayPal *struct {
			Context urls `json:"experience_context"`
		} `json:"paypal"`
		Card  json.RawMessage `json:"card"`
		Token json.RawMessage `json:"token"`
	} `json:"payment_source"`
	Context urls `json:"application_context"`
}

type urls struct {
	Return string `json:"return_url"`
	Cancel string `json:"cancel_url"`
}

type unit struct {
	Reference   string `json:"reference_id"`
	Description string `json:"description"`
	Custom      string `json:"custom_id"`
	Invoice     string `json:"invoice_id"`
	Amount      *struct {
		amountIn
		Breakdown map[string]*amountIn `json:"breakdown"`
	} `json:"amount"`
	Payee *struct {
		Email    string `json:"email_address"`
		Merchant string `json:"merchant_id"`
	} `json:"payee"`
	Instruction *instruction `json:"payment_instruction"`
}

func (c *call) createOrder() (answer, error) {
	in, err := read[newOrder](c)
	if err != nil {
		return answer{}, err
	}
	o := &order{ID: c.newID(), Intent: in.Intent, Status: isCreated, Created: c.Now().UTC(), Return: in.Context.Return, Cancel: in.Context.Cancel}
	switch {
	case in.Intent != forAuthorizing && in.Intent != forCapturing:
		return answer{}, invalid("/intent", "INVALID_PARAMETER_VALUE")
	case len(in.Units) == 0:
		return answer{}, invalid("/purchase_units", "MISSING_REQUIRED_PARAMETER")
	case len(in.Units) > 1:
		return answer{}, &refusal{status: http.StatusUnprocessableEntity, field: "/purchase_units", issue: "UNSUPPORTED_MULTIPLE_PURCHASE_UNITS"}
	case in.Source != nil && in.Source.PayPal == nil:
		return answer{}, &refusal{status: http.StatusUnprocessableEntity, field: "/payment_source", issue: "PAYMENT_SOURCE_NOT_SUPPORTED"}
	case in.Source != nil && c.key == "":
		return answer{}, unprocessable("PAYPAL_REQUEST_ID_REQUIRED")
	}
	if in.Source != nil {
		o.Status, o.Source = needsPayer, true
		o.Return, o.Cancel = in.Source.PayPal.Context.Return, in.Source.PayPal.Context.Cancel
	}
	for field, to := range map[string]string{"return_url": o.Return, "cancel_url": o.Cancel} {
		if to != "" && !stage.IsWeb(to) {
			return answer{}, invalid("/payment_source/paypal/experience_context/"+field, "INVALID_PARAMETER_SYNTAX")
		}
	}
	if err := c.fill(o, in.Units[0]); err != nil {
		return answer{}, err
	}
	c.Orders.Add(o)
	c.lapse(o)
	c.effect("open", o.ID, o.Amount, c.key)
	return answer{status: http.StatusCreated, object: o}, nil
}

// fill reads the purchase unit.
func (c *call) fill(o *order, raw json.RawMessage) error {
	u, refused := stage.Decode[unit](raw)
	if refused != nil {
		return &refusal{status: http.StatusBadRequest, issue: "MALFORMED_REQUEST_JSON"}
	}
	const at = "/purchase_units/@reference_id=='default'"
	if u.Amount == nil {
		return invalid(at+"/amount", "MISSING_REQUIRED_PARAMETER")
	}
	var err error
	if o.Amount, err = u.Amount.read(at + "/amount/value"); err != nil {
		return err
	}
	for field, text := range map[string]string{"/custom_id": u.Custom, "/invoice_id": u.Invoice, "/description": u.Description} {
		if len(text) > 127 {
			return invalid(at+field, "INVALID_STRING_MAX_LENGTH")
		}
	}
	var sum int64
	for name, part := range u.Amount.Breakdown {
		if part == nil || strings.Trim(part.Value, "0.") == "" {
			continue
		}
		m, err := part.read(at + "/amount/breakdown/" + name)
		if err != nil {
			return err
		}
		sum += stage.Or(strings.HasSuffix(name, "discount"), -m.Minor, m.Minor)
	}
	if len(u.Amount.Breakdown) > 0 && sum != o.Amount.Minor {
		return &refusal{status: http.StatusUnprocessableEntity, field: at + "/amount/value", issue: "AMOUNT_MISMATCH"}
	}
	o.Unit, o.Custom, o.Invoice = raw, u.Custom, u.Invoice
	if u.Payee != nil {
		o.Payee = stage.Or(u.Payee.Merchant == "", u.Payee.Email, u.Payee.Merchant)
	}
	return c.instruct(o, u.Instruction)
}

// lapse sets the end of an order that nobody approves.
func (s *state) lapse(o *order) {
	if o.Ended || o.Status == isCompleted || o.Status == isVoided {
		return
	}
	o.Timer = s.Timers.Set(o.Created.Add(orderLife), func(time.Time) {
		o.Ended = o.Status == isCreated || o.Status == needsPayer
	})
}

// payable refuses an order that cannot be paid now.
func (c *call) payable(o *order, intent string) error {
	done := map[string]string{forAuthorizing: "ORDER_ALREADY_AUTHORIZED", forCapturing: "ORDER_ALREADY_CAPTURED"}
	switch {
	case o.Intent != intent:
		return unprocessable("ACTION_DOES_NOT_MATCH_INTENT")
	case o.Status == isCompleted:
		return unprocessable(done[intent])
	case o.Status == isVoided:
		return unprocessable("ORDER_COMPLETED_OR_VOIDED")
	case o.Ended:
		return unprocessable("ORDER_EXPIRED")
	case o.Status != isApproved:
		return unprocessable("ORDER_NOT_APPROVED")
	case o.Invoice != "" && c.Invoices[o.Invoice] != "" && c.Invoices[o.Invoice] != o.ID:
		return unprocessable("DUPLICATE_INVOICE_ID")
	}
	if issue := ways[o.Way].declines; issue != "" {
		o.Status = stage.Or(o.Source, needsPayer, isCreated)
		refused := unprocessable(issue)
		refused.links = []stage.Members{c.link("redirect", http.MethodGet, o.page())}
		return refused
	}
	if o.Invoice != "" {
		c.Invoices[o.Invoice] = o.ID
	}
	return nil
}

func (c *call) authorizeOrder() (answer, error) {
	o, err := inPath(c, &c.Orders)
	if err == nil {
		err = c.payable(o, forAuthorizing)
	}
	if err != nil {
		return answer{}, err
	}
	a := &authorization{ID: c.newID(), Order: o.ID, Amount: o.Amount, Status: isCreated, Created: c.Now().UTC(), First: c.Now().UTC()}
	if ways[o.Way].review {
		a.Status, a.Reason = isPending, "PENDING_REVIEW"
	}
	c.Auths.Add(a)
	c.expire(a)
	o.Status = isCompleted
	c.effect("authorize", a.ID, a.Amount, c.key)
	c.tell("PAYMENT.AUTHORIZATION.CREATED", "authorization", "A payment authorization was created", a.view(c.state))
	return answer{status: http.StatusCreated, object: o}, nil
}

func (c *call) captureOrder() (answer, error) {
	o, err := inPath(c, &c.Orders)
	if err == nil {
		err = c.payable(o, forCapturing)
	}
	if err != nil {
		return answer{}, err
	}
	o.Status = isCompleted
	c.take(o, "", o.Amount, taking{final: true, invoice: o.Invoice})
	c.tell("CHECKOUT.ORDER.COMPLETED", "checkout-order", "Checkout Order Completed", o.view(c.state))
	return answer{status: http.StatusCreated, object: o}, nil
}

// page is the path of the page on which the buyer approves an order.
func (o *order) page() string { return "/checkoutnow?token=" + o.ID }

func (o *order) view(s *state) stage.Members {
	unit := stage.Members{}
	_ = json.Unmarshal(o.Unit, &unit) // was read when the order was made
	unit["reference_id"] = stage.Or[any](unit["reference_id"] == nil, "default", unit["reference_id"])
	if unit["payee"] == nil {
		unit["payee"] = stage.Members{"email_address": "merchant@example.com", "merchant_id": "SANDBOXMERCHANT"}
	}
	if paid := s.paymentsOf(o); len(paid) > 0 {
		unit["payments"] = paid
	}
	path := "/v2/checkout/orders/" + o.ID
	links := []stage.Members{s.link("self", http.MethodGet, path)}
	switch o.Status {
	case isCreated:
		links = append(links, s.link("approve", http.MethodGet, o.page()), s.link("update", http.MethodPatch, path))
	case needsPayer:
		links = append(links, s.link("payer-action", http.MethodGet, o.page()))
	}
	if o.Status == isCreated || o.Status == isApproved {
		verb := stage.Or(o.Intent == forAuthorizing, "authorize", "capture")
		links = append(links, s.link(verb, http.MethodPost, path+"/"+verb))
	}
	v := stage.Members{"id": o.ID, "intent": o.Intent, "status": o.Status, "purchase_units": []stage.Members{unit}, "create_time": shown(o.Created), "links": links}
	if o.Source {
		v["payment_source"] = stage.Members{"paypal": stage.Members{}}
	}
	if o.Way != "" {
		v["payer"] = stage.Members{"payer_id": "SANDBOXBUYER1", "email_address": "buyer@example.com"}
	}
	return v
}

// paymentsOf are what became of an order.
func (s *state) paymentsOf(o *order) stage.Members {
	paid := map[string][]stage.Members{}
	mine := map[string]bool{}
	for _, a := range s.Auths.All {
		if a.Order == o.ID {
			paid["authorizations"] = append(paid["authorizations"], a.view(s))
		}
	}
	for _, c := range s.Captures.All {
		if c.Order == o.ID {
			mine[c.ID] = true
			paid["captures"] = append(paid["captures"], c.view(s))
		}
	}
	for _, r := range s.Refunds.All {
		if mine[r.Capture] {
			paid["refunds"] = append(paid["refunds"], r.view(s))
		}
	}
	v := stage.Members{}
	for name, list := range paid {
		v[name] = list
	}
	return v
}

// heading is what is sold.
func (o *order) heading() string {
	u, _ := stage.Decode[unit](o.Unit)
	return stage.Or(u.Description == "", "Payment", u.Description)
}
