package paypal

import (
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// The statuses of captures, besides isCompleted and isPending.
const (
	isDeclined     = "DECLINED"
	isRefunded     = "REFUNDED"
	isPartRefunded = "PARTIALLY_REFUNDED"
)

// capture is money that was taken.
type capture struct {
	ID, Order, Auth, Status, Reason string
	Amount                          money
	Fee                             int64
	Invoice                         string
	Final                           bool
	Returned                        int64 // by refunds that did not fail
	Delayed                         bool  // see order
	Platform                        int64 // the platform's fee, less what went back of it
	Created, Updated                time.Time
}

// Name implements stage.Object.
func (c *capture) Name() string { return c.ID }

type newCapture struct {
	Amount  *amountIn `json:"amount"`
	Invoice string    `json:"invoice_id"`
	Final   bool      `json:"final_capture"`
	Note    string    `json:"note_to_payer"`
	Soft    string    `json:"soft_descriptor"`
}

func (c *call) captureAuthorization() (answer, error) {
	a, err := inPath(c, &c.Auths)
	if err != nil {
		return answer{}, err
	}
	in, err := read[newCapture](c)
	if err != nil {
		return answer{}, err
	}
	m := a.Amount.of(a.Amount.Minor - a.Captured)
	if in.Amount != nil {
		if m, err = in.Amount.read("/amount"); err != nil {
			return answer{}, err
		}
	}
	o, _ := c.Orders.Get(a.Order)
	if err := c.acts(o); err != nil {
		return answer{}, err
	}
	if err := c.capturable(a, o, m, in); err != nil {
		return answer{}, err
	}
	taken := c.take(o, a.ID, m, taking{final: in.Final, invoice: stage.Or(in.Invoice == "", o.Invoice, in.Invoice)})
	if taken.Status != isDeclined {
		a.Captured += m.Minor
		a.Count++
		a.Status = stage.Or(in.Final || a.Captured >= a.Amount.Minor, isCaptured, isPartly)
		if a.Status == isCaptured {
			c.closeOthers(a)
		}
	}
	return answer{status: http.StatusCreated, object: taken}, nil
}

// closeOthers ends the authorization that a reauthorization has replaced.
func (s *state) closeOthers(a *authorization) {
	for _, other := range s.Auths.All {
		if other.Order == a.Order && other.open() {
			other.Status = isCaptured
		}
	}
}

// capturable refuses what cannot be captured of an authorization.
func (c *call) capturable(a *authorization, o *order, m money, in newCapture) error {
	switch {
	case len(in.Soft) > 22:
		return invalid("/soft_descriptor", "INVALID_STRING_MAX_LENGTH")
	case len(in.Invoice) > 127:
		return invalid("/invoice_id", "INVALID_STRING_MAX_LENGTH")
	case !c.Now().Before(a.ends()):
		return unprocessable("AUTHORIZATION_EXPIRED")
	case a.Status == isVoided:
		return unprocessable("AUTHORIZATION_VOIDED")
	case a.Status == isDenied:
		return unprocessable("AUTHORIZATION_DENIED")
	case a.Status == isCaptured:
		return unprocessable("AUTHORIZATION_ALREADY_CAPTURED")
	case a.Count >= maxCaptures:
		return unprocessable("MAX_CAPTURE_COUNT_EXCEEDED")
	case m.Currency != a.Amount.Currency:
		return unprocessable("AUTH_CAPTURE_CURRENCY_MISMATCH")
	case (a.Captured+m.Minor)*100 > a.Amount.Minor*overPercent:
		return unprocessable("MAX_CAPTURE_AMOUNT_EXCEEDED")
	case in.Invoice != "" && c.Invoices[in.Invoice] != "" && c.Invoices[in.Invoice] != a.Order:
		return unprocessable("DUPLICATE_INVOICE_ID")
	case ways[o.Way].refusesLate && !c.Now().Before(a.Created.Add(honoured)):
		return unprocessable("TRANSACTION_REFUSED")
	}
	if in.Invoice != "" {
		c.Invoices[in.Invoice] = a.Order
	}
	return nil
}

// taking is how money is captured.
type taking struct {
	final   bool
	invoice string
}

// take captures money, as the buyer's way to pay lets it.
func (c *call) take(o *order, auth string, m money, how taking) *capture {
	way := ways[o.Way]
	taken := &capture{
		ID: c.newID(), Order: o.ID, Auth: auth, Status: isCompleted, Amount: m, Invoice: how.invoice, Final: how.final,
		Created: c.Now().UTC(), Updated: c.Now().UTC(), Delayed: o.Delayed, Platform: min(o.Fee, m.Minor),
	}
	switch {
	case way.pending != "":
		taken.Status, taken.Reason = isPending, way.pending
	case way.declinesCapture:
		taken.Status = isDeclined
	}
	c.Captures.Add(taken)
	c.settled(taken, c.key)
	return taken
}

// settled books a capture as it has become, and tells.
func (s *state) settled(t *capture, key string) {
	switch t.Status {
	case isCompleted:
		t.Fee = s.cfg.Fees.of(t.Amount.Minor)
		if !t.Delayed {
			s.book(t.Amount.Currency, t.Amount.Minor-t.Fee)
		}
		s.effect("capture", t.ID, t.Amount, key)
		s.tell("PAYMENT.CAPTURE.COMPLETED", "capture", "Payment completed", t.view(s))
	case isPending:
		s.effect("capture_pending", t.ID, t.Amount, key)
		s.tell("PAYMENT.CAPTURE.PENDING", "capture", "Payment pending", t.view(s))
	default:
		s.effect("capture_failed", t.ID, t.Amount, key)
		s.tell("PAYMENT.CAPTURE.DECLINED", "capture", "Payment declined", t.view(s))
	}
}

// endCapture says what becomes of a capture that is pending.
func (s *state) endCapture(t *capture, status string) error {
	switch {
	case status != isCompleted && status != isDeclined:
		return invalid("status", "INVALID_PARAMETER_VALUE")
	case t.Status != isPending:
		return conflict("NOT_PENDING")
	}
	t.Status, t.Reason, t.Updated = status, "", s.Now().UTC()
	s.settled(t, "")
	return nil
}

func (c *capture) view(s *state) stage.Members {
	o, _ := s.Orders.Get(c.Order)
	path := "/v2/payments/captures/" + c.ID
	links := []stage.Members{s.link("self", http.MethodGet, path), s.link("refund", http.MethodPost, path+"/refund")}
	related := stage.Members{"order_id": c.Order}
	if c.Auth != "" {
		related["authorization_id"] = c.Auth
		links = append(links, s.link("up", http.MethodGet, "/v2/payments/authorizations/"+c.Auth))
	}
	v := stage.Members{
		"id": c.ID, "status": c.Status, "amount": c.Amount.view(), "final_capture": c.Final, "create_time": shown(c.Created), "update_time": shown(c.Updated),
		"links": links, "supplementary_data": stage.Members{"related_ids": related},
	}
	ours(v, o)
	if c.Invoice != "" {
		v["invoice_id"] = c.Invoice
	}
	if c.Reason != "" {
		v["status_details"] = stage.Members{"reason": c.Reason}
	}
	if c.Status != isPending && c.Status != isDeclined {
		parts := stage.Members{
			"gross_amount": c.Amount.view(), "paypal_fee": c.Amount.of(c.Fee).view(), "net_amount": c.Amount.of(c.Amount.Minor - c.Fee - o.Fee).view(),
		}
		if o.Fee > 0 {
			parts["platform_fees"] = []stage.Members{{"amount": c.Amount.of(o.Fee).view()}}
		}
		v["seller_receivable_breakdown"] = parts
	}
	if c.Delayed {
		v["disbursement_mode"] = delayed
	}
	return v
}
