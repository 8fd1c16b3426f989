package paypal

import (
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// isFailed is that of a refund, besides isPending and isCompleted.
const isFailed = "FAILED"

// refundTime is how long a refund is pending; our choice.
const refundTime = 24 * time.Hour

// refund is money that goes back.
type refund struct {
	ID, Capture, Status string
	Amount              money
	Invoice, Custom     string
	Fails               bool
	Platform            int64 // of the platform's fee
	Created             time.Time
	Timer               uint64
}

// Name implements stage.Object.
func (r *refund) Name() string { return r.ID }

type newRefund struct {
	Amount  *amountIn `json:"amount"`
	Invoice string    `json:"invoice_id"`
	Custom  string    `json:"custom_id"`
	Note    string    `json:"note_to_payer"`

	Instruction *instruction `json:"payment_instruction"`
}

func (c *call) refund() (answer, error) {
	of, err := inPath(c, &c.Captures)
	if err != nil {
		return answer{}, err
	}
	in, err := read[newRefund](c)
	if err != nil {
		return answer{}, err
	}
	m := of.Amount.of(of.Amount.Minor - of.Returned)
	if in.Amount != nil {
		if m, err = in.Amount.read("/amount"); err != nil {
			return answer{}, err
		}
	}
	o, _ := c.Orders.Get(of.Order)
	if err := c.acts(o); err != nil {
		return answer{}, err
	}
	platform, err := in.Instruction.fee("/payment_instruction/platform_fees")
	if err == nil {
		err = c.refundable(of, m, in)
	}
	if err == nil && platform > min(of.Platform, m.Minor) {
		err = unprocessable("PLATFORM_FEE_EXCEEDED")
	}
	if err != nil {
		return answer{}, err
	}
	way := ways[o.Way]
	r := &refund{ID: c.newID(), Capture: of.ID, Amount: m, Invoice: in.Invoice, Custom: in.Custom, Status: isCompleted, Created: c.Now().UTC(), Fails: way.refundFails, Platform: platform}
	if way.slowRefund || way.refundFails {
		r.Status = isPending
	}
	c.Refunds.Add(r)
	of.Returned += m.Minor
	of.Status = stage.Or(of.Returned == of.Amount.Minor, isRefunded, isPartRefunded)
	of.Platform -= platform
	c.bookRefund(of, -m.Minor)
	c.effect("refund", r.ID, m, c.key)
	c.await(r)
	c.tell("PAYMENT.CAPTURE.REFUNDED", "refund", "Payment refunded", r.view(c.state))
	return answer{status: http.StatusCreated, object: r}, nil
}

// bookRefund changes the balance of the merchant who calls by what goes back of a capture: what PayPal keeps for another one was
// never in it.
func (s *state) bookRefund(of *capture, by int64) {
	if !of.Delayed {
		s.book(of.Amount.Currency, by)
	}
}

// refundable refuses what cannot go back of a capture.
func (c *call) refundable(of *capture, m money, in newRefund) error {
	switch {
	case len(in.Invoice) > 127 || len(in.Custom) > 127:
		return invalid("/invoice_id", "INVALID_STRING_MAX_LENGTH")
	case of.Status == isPending:
		return unprocessable("PENDING_CAPTURE")
	case of.Status == isDeclined, of.Delayed && c.disbursed(of):
		return unprocessable("REFUND_NOT_ALLOWED")
	case of.Returned >= of.Amount.Minor:
		return unprocessable("CAPTURE_FULLY_REFUNDED")
	case m.Currency != of.Amount.Currency:
		return unprocessable("REFUND_CAPTURE_CURRENCY_MISMATCH")
	case of.Returned+m.Minor > of.Amount.Minor:
		return unprocessable("REFUND_AMOUNT_EXCEEDED")
	case c.Now().After(of.Created.Add(refundableTime)):
		return unprocessable("REFUND_TIME_LIMIT_EXCEEDED")
	case c.disputed(of.ID) && of.Returned+m.Minor < of.Amount.Minor:
		return unprocessable("TRANSACTION_DISPUTED")
	}
	return nil
}

// await sets the end of a refund that is pending.
func (s *state) await(r *refund) {
	if r.Status != isPending {
		return
	}
	r.Timer = s.Timers.Set(r.Created.Add(refundTime), func(time.Time) {
		if r.Status == isPending {
			_ = s.endRefund(r, stage.Or(r.Fails, isFailed, isCompleted)) // it is pending, and the status is one
		}
	})
}

// endRefund says what becomes of a refund that is pending.
func (s *state) endRefund(r *refund, status string) error {
	switch {
	case status != isCompleted && status != isFailed:
		return invalid("status", "INVALID_PARAMETER_VALUE")
	case r.Status != isPending:
		return conflict("NOT_PENDING")
	}
	r.Status = status
	if status == isCompleted {
		s.tell("PAYMENT.CAPTURE.REFUNDED", "refund", "Payment refunded", r.view(s))
		return nil
	}
	of, _ := s.Captures.Get(r.Capture)
	of.Returned -= r.Amount.Minor
	of.Status = stage.Or(of.Returned == 0, isCompleted, isPartRefunded)
	of.Platform += r.Platform
	s.bookRefund(of, r.Amount.Minor)
	s.effect("refund_failed", r.ID, r.Amount, "")
	s.tell("PAYMENT.REFUND.FAILED", "refund", "A refund failed", r.view(s))
	return nil
}

func (r *refund) view(s *state) stage.Members {
	of, _ := s.Captures.Get(r.Capture)
	path := "/v2/payments/refunds/" + r.ID
	v := stage.Members{
		"id": r.ID, "status": r.Status, "amount": r.Amount.view(), "create_time": shown(r.Created), "update_time": shown(r.Created),
		"seller_payable_breakdown": stage.Members{
			"gross_amount": r.Amount.view(), "paypal_fee": r.Amount.of(0).view(), "net_amount": r.Amount.view(),
			"total_refunded_amount": r.Amount.of(of.Returned).view(),
		},
		"links": []stage.Members{s.link("self", http.MethodGet, path), s.link("up", http.MethodGet, "/v2/payments/captures/"+r.Capture)},
	}
	if r.Platform > 0 {
		v["seller_payable_breakdown"].(stage.Members)["platform_fees"] = []stage.Members{{"amount": r.Amount.of(r.Platform).view()}}
	}
	if r.Invoice != "" {
		v["invoice_id"] = r.Invoice
	}
	if r.Custom != "" {
		v["custom_id"] = r.Custom
	}
	if r.Status == isPending {
		v["status_details"] = stage.Members{"reason": "ECHECK"}
	}
	return v
}
