package stripe

import (
	"slices"
	"time"
)

// evidenceTime is how long evidence can be sent. Our choice, within what the networks give.
const evidenceTime = 7 * 24 * time.Hour

type dispute struct {
	id, status, reason string
	charge             *charge
	amount             int64
	created            time.Time
	metadata           map[string]string
	entries            []*entry
}

func (d *dispute) name() string     { return d.id }
func (d *dispute) since() time.Time { return d.created }

func (d *dispute) open() bool { return d.status == "needs_response" || d.status == "under_review" }

func (d *dispute) view() object {
	entries := []object{}
	for _, n := range d.entries {
		entries = append(entries, n.view())
	}
	return object{
		"id": d.id, "object": "dispute", "amount": d.amount, "balance_transactions": entries, "charge": ref(d.charge.id),
		"created": d.created.Unix(), "currency": d.charge.currency, "evidence": object{},
		"evidence_details":     object{"due_by": d.created.Add(evidenceTime).Unix(), "has_evidence": d.status == "under_review", "past_due": false, "submission_count": 0},
		"is_charge_refundable": false, "livemode": false, "metadata": metadataView(d.metadata), "payment_intent": ref(d.charge.intent.id),
		"reason": d.reason, "status": d.status,
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
func (e *Emulator) Dispute(id, reason string) (string, error) {
	var (
		made    string
		refused *Error
	)
	e.locked(func(s *state) {
		d, err := s.openDispute(id, orDefault(reason == "", "fraudulent", reason))
		if refused = err; err == nil {
			made = d.id
		}
	})
	return made, asError(refused)
}

func (s *state) openDispute(id, reason string) (*dispute, *Error) {
	ch, ok := s.charges.get(id)
	if p, isIntent := s.intents.get(id); isIntent {
		ch, ok = p.charge, p.charge != nil
	}
	switch {
	case !ok:
		return nil, noSuch("charge", id, "")
	case !slices.Contains(disputeReasons(), reason):
		return nil, invalid("invalid_reason", "reason", "There is no dispute reason %q.", reason)
	case !ch.captured || ch.left() == 0:
		return nil, invalid("charge_not_disputable", "", "Charge %s has no money to dispute.", ch.id)
	case ch.disputed:
		return nil, invalid("charge_disputed", "", "Charge %s is disputed already.", ch.id)
	}
	return s.dispute(ch, reason, self(s.now())), nil
}

func (s *state) dispute(ch *charge, reason string, by origin) *dispute {
	d := &dispute{id: "dp_" + s.random(), status: "needs_response", reason: reason, charge: ch, amount: ch.left(), created: by.at}
	ch.disputed, ch.withheld = true, true
	d.entries = []*entry{s.book(entry{kind: "adjustment", source: d.id, amount: -d.amount, fee: s.cfg.Fees.Dispute, feeFor: "Dispute fee",
		currency: ch.currency, created: by.at, available: by.at})}
	s.disputes.add(d)
	s.effect("dispute", d.id, d.amount, ch.currency, by)
	s.emit("charge.dispute.created", d.view(), by)
	s.emit("charge.dispute.funds_withdrawn", d.view(), by)
	return d
}

// disputeAtOnce plays the test cards whose buyer disputes as soon as money was taken.
func (s *state) disputeAtOnce(ch *charge, by origin) {
	if reason := ch.method.card.dispute; reason != "" {
		s.dispute(ch, reason, self(by.at))
	}
}

// CloseDispute plays the decision of the buyer's bank. A dispute that the platform won gives the money back. Codes of its
// [*Error]: resource_missing, dispute_closed.
func (e *Emulator) CloseDispute(id string, won bool) error {
	refused := noSuch("dispute", id, "")
	e.locked(func(s *state) {
		if d, ok := s.disputes.get(id); ok {
			refused = s.closeDispute(d, won, self(s.now()))
		}
	})
	return asError(refused)
}

func (s *state) closeDispute(d *dispute, won bool, by origin) *Error {
	if !d.open() {
		return invalid("dispute_closed", "", "This dispute is already closed.")
	}
	d.status = "lost"
	if won {
		d.status, d.charge.withheld = "won", false
		d.entries = append(d.entries, s.book(entry{kind: "adjustment", source: d.id, amount: d.amount, currency: d.charge.currency,
			created: by.at, available: by.at}))
		s.emit("charge.dispute.funds_reinstated", d.view(), by)
	}
	s.emit("charge.dispute.closed", d.view(), by)
	return nil
}

// acceptDispute serves POST /v1/disputes/{id}/close, with which the platform gives up.
func acceptDispute(c *call) (object, *Error) {
	d, err := inPath(c, &c.disputes, "dispute")
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
	d, err := inPath(c, &c.disputes, "dispute")
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(d.metadata)
	if err != nil {
		return nil, err
	}
	if !d.open() {
		return nil, invalid("dispute_closed", "", "This dispute is already closed.")
	}
	d.metadata = metadata
	if _, sent := c.form.hash("evidence"); sent && c.form.text("submit") != "false" {
		d.status = "under_review"
	}
	c.emit("charge.dispute.updated", d.view(), c.by)
	return d.view(), nil
}

func listDisputes(c *call) (object, *Error) {
	intent, of := c.form.text("payment_intent"), c.form.text("charge")
	return list(c, &c.disputes, func(d *dispute) bool {
		return (intent == "" || d.charge.intent.id == intent) && (of == "" || d.charge.id == of)
	})
}
