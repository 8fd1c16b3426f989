package paypal

import (
	"net/http"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// The statuses of disputes, and how they end.
const (
	isOpen       = "OPEN"
	isResolved   = "RESOLVED"
	forBuyer     = "RESOLVED_BUYER_FAVOUR"
	forSeller    = "RESOLVED_SELLER_FAVOUR"
	answerWithin = 10 * 24 * time.Hour // our choice
)

// dispute is a buyer's objection to a capture. Its amount is out of the balance while it is open.
type dispute struct {
	ID, Capture, Reason, Status, Outcome string
	Amount                               money
	Created, Updated                     time.Time
}

// Name implements stage.Object.
func (d *dispute) Name() string { return d.ID }

// disputed reports whether a case about a capture is open.
func (s *state) disputed(capture string) bool {
	return slices.ContainsFunc(s.Disputes.All, func(d *dispute) bool { return d.Capture == capture && d.Status != isResolved })
}

// object opens a case about the money of an order; no amount means all of it.
func (s *state) object(id, amount, reason string) (*dispute, error) {
	o, ok := s.Orders.Get(id)
	if !ok {
		return nil, &refusal{status: http.StatusNotFound, issue: "INVALID_RESOURCE_ID"}
	}
	i := slices.IndexFunc(s.Captures.All, func(c *capture) bool {
		return c.Order == id && c.Returned < c.Amount.Minor && c.Status != isPending && c.Status != isDeclined
	})
	if i < 0 {
		return nil, conflict("NOTHING_CAPTURED")
	}
	of := s.Captures.All[i]
	m := of.Amount.of(of.Amount.Minor - of.Returned)
	if amount != "" {
		var err error
		if m, err = (&amountIn{CurrencyCode: o.Amount.Currency, Value: amount}).read("amount"); err != nil {
			return nil, err
		}
	}
	if s.disputed(of.ID) || m.Minor > of.Amount.Minor-of.Returned {
		return nil, conflict("TRANSACTION_DISPUTED")
	}
	d := &dispute{
		ID: "PP-D-" + s.newID()[:8], Capture: of.ID, Status: isOpen, Amount: m, Created: s.Now().UTC(), Updated: s.Now().UTC(),
		Reason: stage.Or(reason == "", "MERCHANDISE_OR_SERVICE_NOT_RECEIVED", reason),
	}
	s.Disputes.Add(d)
	s.bookRefund(of, -m.Minor)
	s.effect("dispute", d.ID, m, "")
	s.tell("CUSTOMER.DISPUTE.CREATED", "dispute", "A new dispute opened", d.view(s))
	return d, nil
}

// decide ends a case: won gives the money back to the merchant, lost to the buyer.
func (s *state) decide(d *dispute, outcome string) error {
	switch {
	case outcome != "won" && outcome != "lost":
		return invalid("outcome", "INVALID_PARAMETER_VALUE")
	case d.Status == isResolved:
		return conflict("DISPUTE_RESOLVED")
	}
	d.Status, d.Updated = isResolved, s.Now().UTC()
	d.Outcome = forBuyer
	if outcome == "won" {
		d.Outcome = forSeller
		of, _ := s.Captures.Get(d.Capture)
		s.bookRefund(of, d.Amount.Minor)
	}
	s.effect("dispute_"+outcome, d.ID, d.Amount, "")
	s.tell("CUSTOMER.DISPUTE.RESOLVED", "dispute", "A dispute was resolved", d.view(s))
	return nil
}

func (c *call) listDisputes() (answer, error) {
	of := c.request.URL.Query().Get("disputed_transaction_id")
	items := []stage.Members{}
	for _, d := range c.Disputes.All {
		if of == "" || d.Capture == of {
			items = append(items, d.view(c.state))
		}
	}
	return answer{status: http.StatusOK, body: stage.Members{"items": items, "links": []stage.Members{c.link("self", http.MethodGet, "/v1/customer/disputes")}}}, nil
}

func (d *dispute) view(s *state) stage.Members {
	v := stage.Members{
		"dispute_id": d.ID, "create_time": shown(d.Created), "update_time": shown(d.Updated), "reason": d.Reason, "status": d.Status,
		"dispute_amount": d.Amount.view(), "dispute_life_cycle_stage": "CHARGEBACK", "dispute_channel": "INTERNAL",
		"disputed_transactions": []stage.Members{{"seller_transaction_id": d.Capture}},
		"links":                 []stage.Members{s.link("self", http.MethodGet, "/v1/customer/disputes/"+d.ID)},
	}
	if d.Status == isResolved {
		v["dispute_outcome"] = stage.Members{"outcome_code": d.Outcome, "amount_refunded": d.Amount.of(stage.Or(d.Outcome == forBuyer, d.Amount.Minor, 0)).view()}
	} else {
		v["seller_response_due_date"] = shown(d.Created.Add(answerWithin))
	}
	return v
}
