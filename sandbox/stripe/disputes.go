package stripe

import (
	"slices"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// evidenceTime is how long evidence can be sent. Our choice, within what the networks give.
const evidenceTime = 7 * 24 * time.Hour

type dispute struct {
	ID, Status, Reason string
	Charge             *charge
	Amount             int64
	Created            time.Time
	Metadata           map[string]string
	Entries            []*entry
}

func (d *dispute) Name() string     { return d.ID }
func (d *dispute) since() time.Time { return d.Created }

func (d *dispute) open() bool { return d.Status == "needs_response" || d.Status == "under_review" }

func (d *dispute) view() object {
	entries := []object{}
	for _, n := range d.Entries {
		entries = append(entries, n.view())
	}
	return object{
		"id": d.ID, "object": "dispute", "amount": d.Amount, "balance_transactions": entries, "charge": ref(d.Charge.ID),
		"created": d.Created.Unix(), "currency": d.Charge.Currency, "evidence": object{},
		"evidence_details":     object{"due_by": d.Created.Add(evidenceTime).Unix(), "has_evidence": d.Status == "under_review", "past_due": false, "submission_count": 0},
		"is_charge_refundable": false, "livemode": false, "metadata": metadataView(d.Metadata), "payment_intent": ref(d.Charge.Intent.ID),
		"reason": d.Reason, "status": d.Status,
	}
}

func disputeReasons() []string {
	return []string{"bank_cannot_process", "credit_not_processed", "customer_initiated", "debit_not_authorized", "duplicate", "fraudulent",
		"general", "incorrect_account_details", "insufficient_funds", "product_not_received", "product_unacceptable", "subscription_canceled",
		"unrecognized"}
}

// Dispute plays a buyer who has their bank take a charge back. id is a charge or a payment intent; an empty reason means
// fraudulent. It returns the dispute's id. Codes of its [*Error]: resource_missing, invalid_reason, charge_not_disputable
// when there is no captured money, charge_disputed when there is a dispute already.
func (e *World) Dispute(id, reason string) (string, error) {
	var (
		made    string
		refused *Error
	)
	e.locked(func(s *state) {
		d, err := s.openDispute(id, stage.Or(reason == "", "fraudulent", reason))
		if refused = err; err == nil {
			made = d.ID
		}
	})
	return made, asError(refused)
}

func (s *state) openDispute(id, reason string) (*dispute, *Error) {
	ch, ok := s.Charges.Get(id)
	if p, isIntent := s.Intents.Get(id); isIntent {
		ch, ok = p.Charge, p.Charge != nil
	}
	switch {
	case !ok:
		return nil, noSuch("charge", id, "")
	case !slices.Contains(disputeReasons(), reason):
		return nil, invalid("invalid_reason", "reason", "There is no dispute reason %q.", reason)
	case !ch.Captured || ch.left() == 0:
		return nil, invalid("charge_not_disputable", "", "Charge %s has no money to dispute.", ch.ID)
	case ch.Disputed:
		return nil, invalid("charge_disputed", "", "Charge %s is disputed already.", ch.ID)
	}
	return s.dispute(ch, reason, self(s.Now())), nil
}

func (s *state) dispute(ch *charge, reason string, by origin) *dispute {
	d := &dispute{ID: "dp_" + s.Random(), Status: "needs_response", Reason: reason, Charge: ch, Amount: ch.left(), Created: by.at}
	ch.Disputed, ch.Withheld = true, true
	d.Entries = []*entry{s.book(entry{Kind: "adjustment", Source: d.ID, Amount: -d.Amount, Fee: s.cfg.Fees.Dispute, FeeFor: "Dispute fee",
		Currency: ch.Currency, Created: by.at, Available: by.at})}
	s.Disputes.Add(d)
	s.effect("dispute", d.ID, d.Amount, ch.Currency, by)
	s.emit("charge.dispute.created", d.view(), by)
	s.emit("charge.dispute.funds_withdrawn", d.view(), by)
	return d
}

// disputeAtOnce plays the test cards whose buyer disputes as soon as money was taken.
func (s *state) disputeAtOnce(ch *charge, by origin) {
	if reason := ch.Method.Card.Dispute; reason != "" {
		s.dispute(ch, reason, self(by.at))
	}
}

// CloseDispute plays the decision of the buyer's bank. A dispute that the platform won gives the money back. Codes of its
// [*Error]: resource_missing, dispute_closed.
func (e *World) CloseDispute(id string, won bool) error {
	refused := noSuch("dispute", id, "")
	e.locked(func(s *state) {
		if d, ok := s.Disputes.Get(id); ok {
			refused = s.closeDispute(d, won, self(s.Now()))
		}
	})
	return asError(refused)
}

func (s *state) closeDispute(d *dispute, won bool, by origin) *Error {
	if !d.open() {
		return invalid("dispute_closed", "", "This dispute is already closed.")
	}
	d.Status = "lost"
	if won {
		d.Status, d.Charge.Withheld = "won", false
		d.Entries = append(d.Entries, s.book(entry{Kind: "adjustment", Source: d.ID, Amount: d.Amount, Currency: d.Charge.Currency,
			Created: by.at, Available: by.at}))
		s.emit("charge.dispute.funds_reinstated", d.view(), by)
	}
	s.emit("charge.dispute.closed", d.view(), by)
	return nil
}

// acceptDispute serves POST /v1/disputes/{id}/close, with which the platform gives up.
func acceptDispute(c *call) (object, *Error) {
	d, err := inPath(c, &c.Disputes, "dispute")
	if err != nil {
		return nil, err
	}
	if err := c.closeDispute(d, false, c.by); err != nil {
		return nil, err
	}
	return d.view(), nil
}

// updateDispute serves POST /v1/disputes/{id}. Evidence is looked at by nobody and not kept.
func updateDispute(c *call) (object, *Error) {
	d, err := inPath(c, &c.Disputes, "dispute")
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(d.Metadata)
	if err != nil {
		return nil, err
	}
	if !d.open() {
		return nil, invalid("dispute_closed", "", "This dispute is already closed.")
	}
	d.Metadata = metadata
	if _, sent := c.form.hash("evidence"); sent && c.form.text("submit") != "false" {
		d.Status = "under_review"
	}
	c.emit("charge.dispute.updated", d.view(), c.by)
	return d.view(), nil
}

func listDisputes(c *call) (object, *Error) {
	intent, of := c.form.text("payment_intent"), c.form.text("charge")
	return list(c, &c.Disputes, func(d *dispute) bool {
		return (intent == "" || d.Charge.Intent.ID == intent) && (of == "" || d.Charge.ID == of)
	})
}
