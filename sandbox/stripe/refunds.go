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
	ID, Status, Reason string
	Failure            string
	Charge             *charge
	Amount             int64
	Created            time.Time
	Metadata           map[string]string
	Entry, Returned    *entry // returned is the one of a failure
	Timer              uint64
}

func (r *refund) Name() string     { return r.ID }
func (r *refund) since() time.Time { return r.Created }

func (r *refund) view() object {
	o := object{
		"id": r.ID, "object": "refund", "amount": r.Amount, "balance_transaction": ref(r.Entry.ID), "charge": ref(r.Charge.ID),
		"created": r.Created.Unix(), "currency": r.Charge.Currency, "destination_details": object{"type": "card", "card": object{"type": "refund"}},
		"metadata": metadataView(r.Metadata), "payment_intent": ref(r.Charge.Intent.ID), "reason": orNull(r.Reason), "receipt_number": nil,
		"source_transfer_reversal": nil, "status": r.Status, "transfer_reversal": nil,
	}
	if r.Returned != nil {
		o["failure_reason"], o["failure_balance_transaction"] = r.Failure, ref(r.Returned.ID)
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
	r := &refund{ID: "re_" + c.Random(), Status: succeeded, Reason: reason, Charge: ch, Amount: amount, Created: c.by.at, Metadata: metadata}
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
		return nil, invalid("charge_already_refunded", "", "Charge %s has already been refunded.", ch.ID)
	case ch.Withheld:
		return nil, invalid("charge_disputed", "", "Charge %s has been charged back; cannot issue a refund.", ch.ID)
	}
	return ch, nil
}

func (c *call) refundTarget() (*charge, *Error) {
	if id := c.form.text("charge"); id != "" {
		ch, ok := c.Charges.Get(id)
		switch {
		case !ok:
			return nil, noSuch("charge", id, "charge")
		case !ch.Captured:
			return nil, invalid("charge_not_refundable", "charge", "Charge %s has taken no money: cancel its PaymentIntent.", id)
		}
		return ch, nil
	}
	id := c.form.text("payment_intent")
	if id == "" {
		return nil, malformed("parameter_missing", "", "One of the following params should be provided for this request: payment_intent or charge.")
	}
	p, ok := c.Intents.Get(id)
	switch {
	case !ok:
		return nil, noSuch("payment_intent", id, "payment_intent")
	case p.Charge == nil || !p.Charge.Captured:
		return nil, invalid("", "payment_intent", "This PaymentIntent (%s) does not have a successful charge to refund.", id)
	}
	return p.Charge, nil
}

// giveBack books a refund. It takes the money from where the charge put it, pending or not.
func (c *call) giveBack(r *refund) {
	ch := r.Charge
	r.Entry = c.book(entry{Kind: "refund", Source: r.ID, Amount: -r.Amount, Currency: ch.Currency, Created: c.by.at,
		Available: later(c.by.at, ch.Entry.Available)})
	ch.Refunded += r.Amount
	c.Refunds.Add(r)
	c.effect("refund", r.ID, r.Amount, ch.Currency, c.by)
	if ch.Method.Card.Refund == refundSucceeds {
		r.Status = "pending"
	}
	c.await(r)
	c.emit("refund.created", r.view(), c.by)
	c.emit("charge.refunded", ch.view(), c.by)
}

// await sets the end of a refund that takes its time.
func (s *state) await(r *refund) {
	due := r.Created.Add(refundDelay)
	switch {
	case r.Status == "pending":
		r.Timer = s.Timers.Set(due, func(at time.Time) {
			r.Status = succeeded
			s.announceRefund(r, self(at))
		})
	case r.Charge.Method.Card.Refund == refundFails && r.Returned == nil:
		r.Timer = s.Timers.Set(due, func(at time.Time) { s.failRefund(r, at) })
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// failRefund gives the money of a refund back to the platform: the bank of the card could not take it.
func (s *state) failRefund(r *refund, at time.Time) {
	r.Status, r.Failure = "failed", "expired_or_canceled_card"
	r.Charge.Refunded -= r.Amount
	r.Returned = s.book(entry{Kind: "refund_failure", Source: r.ID, Amount: r.Amount, Currency: r.Charge.Currency, Created: at, Available: at})
	s.announceRefund(r, self(at))
}

// refundsOf lists the refunds of a charge, newest first.
func (s *state) refundsOf(ch *charge) object {
	data := []object{}
	for i := len(s.Refunds.All) - 1; i >= 0; i-- {
		if r := s.Refunds.All[i]; r.Charge == ch {
			data = append(data, r.view())
		}
	}
	return object{"object": "list", "url": "/v1/charges/" + ch.ID + "/refunds", "has_more": false, "data": data}
}

func (s *state) announceRefund(r *refund, by origin) {
	s.emit("refund.updated", r.view(), by)
	s.emit("charge.refund.updated", r.view(), by)
}

// updateRefund serves POST /v1/refunds/{id}.
func updateRefund(c *call) (object, *Error) {
	r, err := inPath(c, &c.Refunds, "refund")
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(r.Metadata)
	if err != nil {
		return nil, err
	}
	r.Metadata = metadata
	c.announceRefund(r, c.by)
	return r.view(), nil
}

func listRefunds(c *call) (object, *Error) {
	intent, of := c.form.text("payment_intent"), c.form.text("charge")
	return list(c, &c.Refunds, func(r *refund) bool {
		return (intent == "" || r.Charge.Intent.ID == intent) && (of == "" || r.Charge.ID == of)
	})
}
