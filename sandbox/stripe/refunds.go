package stripe

import "time"

// refundDelay is how long a refund takes that does not end at once. Our choice.
const refundDelay = 24 * time.Hour

// What becomes of the refunds of some test cards after refundDelay.
const (
	refundSucceeds = "succeeds"
	refundFails    = "fails"
)

type refund struct {
	id, status, reason string
	failure            string
	charge             *charge
	amount             int64
	created            time.Time
	metadata           map[string]string
	entry, returned    *entry // returned is the one of a failure
}

func (r *refund) name() string     { return r.id }
func (r *refund) since() time.Time { return r.created }

func (r *refund) view() object {
	o := object{
		"id": r.id, "object": "refund", "amount": r.amount, "balance_transaction": ref(r.entry.id), "charge": ref(r.charge.id),
		"created": r.created.Unix(), "currency": r.charge.currency, "destination_details": object{"type": "card", "card": object{"type": "refund"}},
		"metadata": metadataView(r.metadata), "payment_intent": ref(r.charge.intent.id), "reason": orNull(r.reason), "receipt_number": nil,
		"source_transfer_reversal": nil, "status": r.status, "transfer_reversal": nil,
	}
	if r.returned != nil {
		o["failure_reason"], o["failure_balance_transaction"] = r.failure, ref(r.returned.id)
	}
	return o
}

// createRefund serves POST /v1/refunds.
func createRefund(c *call) (object, *Error) {
	reason, err := c.form.oneOf("reason", "duplicate", "fraudulent", "requested_by_customer")
	if err != nil {
		return nil, err
	}
	if back, err := c.form.flag("reverse_transfer"); err != nil || back {
		return nil, orRefusal(err, invalid("", "reverse_transfer", "The charge has no transfer of its own to reverse: reverse the transfer itself."))
	}
	metadata, err := c.form.metadata(nil)
	if err != nil {
		return nil, err
	}
	ch, err := c.refundable()
	if err != nil {
		return nil, err
	}
	amount, err := c.form.amount("amount", ch.left())
	if err != nil {
		return nil, err
	}
	if amount > ch.left() {
		return nil, invalid("amount_too_large", "amount", "Refund amount (%d) is greater than unrefunded amount on charge (%d).", amount, ch.left())
	}
	r := &refund{id: "re_" + c.random(), status: succeeded, reason: reason, charge: ch, amount: amount, created: c.by.at, metadata: metadata}
	c.giveBack(r)
	return r.view(), nil
}

func orRefusal(err, other *Error) *Error {
	if err != nil {
		return err
	}
	return other
}

// refundable finds the charge of a refund and checks that there is money to give back.
func (c *call) refundable() (*charge, *Error) {
	ch, err := c.refundTarget()
	switch {
	case err != nil:
		return nil, err
	case ch.left() == 0:
		return nil, invalid("charge_already_refunded", "", "Charge %s has already been refunded.", ch.id)
	case ch.withheld:
		return nil, invalid("charge_disputed", "", "Charge %s has been charged back; cannot issue a refund.", ch.id)
	}
	return ch, nil
}

func (c *call) refundTarget() (*charge, *Error) {
	if id := c.form.text("charge"); id != "" {
		ch, ok := c.charges.get(id)
		switch {
		case !ok:
			return nil, noSuch("charge", id, "charge")
		case !ch.captured:
			return nil, invalid("charge_not_refundable", "charge", "Charge %s has taken no money: cancel its PaymentIntent.", id)
		}
		return ch, nil
	}
	id := c.form.text("payment_intent")
	if id == "" {
		return nil, malformed("parameter_missing", "", "One of the following params should be provided for this request: payment_intent or charge.")
	}
	p, ok := c.intents.get(id)
	switch {
	case !ok:
		return nil, noSuch("payment_intent", id, "payment_intent")
	case p.charge == nil || !p.charge.captured:
		return nil, invalid("", "payment_intent", "This PaymentIntent (%s) does not have a successful charge to refund.", id)
	}
	return p.charge, nil
}

// giveBack books a refund. It takes the money from where the charge put it, pending or not.
func (c *call) giveBack(r *refund) {
	ch := r.charge
	r.entry = c.book(entry{kind: "refund", source: r.id, amount: -r.amount, currency: ch.currency, created: c.by.at,
		available: later(c.by.at, ch.entry.available)})
	ch.refunded += r.amount
	c.refunds.add(r)
	c.effect("refund", r.id, r.amount, ch.currency, c.by)
	s := c.state
	switch ch.method.card.refund {
	case refundSucceeds:
		r.status = "pending"
		s.timers.set(c.by.at.Add(refundDelay), func(at time.Time) {
			r.status = succeeded
			s.announceRefund(r, self(at))
		})
	case refundFails:
		s.timers.set(c.by.at.Add(refundDelay), func(at time.Time) { s.failRefund(r, at) })
	}
	s.emit("refund.created", r.view(), c.by)
	s.emit("charge.refunded", ch.view(), c.by)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// failRefund gives the money of a refund back to the platform: the bank of the card could not take it.
func (s *state) failRefund(r *refund, at time.Time) {
	r.status, r.failure = "failed", "expired_or_canceled_card"
	r.charge.refunded -= r.amount
	r.returned = s.book(entry{kind: "refund_failure", source: r.id, amount: r.amount, currency: r.charge.currency, created: at, available: at})
	s.announceRefund(r, self(at))
}

// refundsOf lists the refunds of a charge, newest first.
func (s *state) refundsOf(ch *charge) object {
	data := []object{}
	for i := len(s.refunds.all) - 1; i >= 0; i-- {
		if r := s.refunds.all[i]; r.charge == ch {
			data = append(data, r.view())
		}
	}
	return object{"object": "list", "url": "/v1/charges/" + ch.id + "/refunds", "has_more": false, "data": data}
}

func (s *state) announceRefund(r *refund, by origin) {
	s.emit("refund.updated", r.view(), by)
	s.emit("charge.refund.updated", r.view(), by)
}

// updateRefund serves POST /v1/refunds/{id}.
func updateRefund(c *call) (object, *Error) {
	r, err := inPath(c, &c.refunds, "refund")
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(r.metadata)
	if err != nil {
		return nil, err
	}
	r.metadata = metadata
	c.announceRefund(r, c.by)
	return r.view(), nil
}

func listRefunds(c *call) (object, *Error) {
	intent, of := c.form.text("payment_intent"), c.form.text("charge")
	return list(c, &c.refunds, func(r *refund) bool {
		return (intent == "" || r.charge.intent.id == intent) && (of == "" || r.charge.id == of)
	})
}
