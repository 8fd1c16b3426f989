package stripe

import "time"

type charge struct {
	id, status, currency string
	intent               *paymentIntent
	method               *paymentMethod
	transferGroup        string
	amount               int64
	taken                int64 // captured
	released             int64 // the part of the hold that was given back without being captured
	refunded             int64 // of what was captured, refunds that failed not counted
	captured, expired    bool
	approved             bool // the buyer answered the bank
	disputed             bool
	withheld             bool  // a dispute that is not won holds the money
	moved                int64 // by transfers out of it, less reversals
	created              time.Time
	captureBefore        time.Time // zero unless captured by hand
	failure              *Error
	entry                *entry // of the captured money
}

func (ch *charge) name() string     { return ch.id }
func (ch *charge) since() time.Time { return ch.created }

// left is what can still be refunded.
func (ch *charge) left() int64 { return ch.taken - ch.refunded }

// newCharge makes the charge of one attempt and makes it the intent's latest.
func (s *state) newCharge(p *paymentIntent, by origin) *charge {
	ch := &charge{
		id: "ch_" + s.random(), status: succeeded, currency: p.currency, intent: p, method: p.method, transferGroup: p.transferGroup,
		amount: p.amount, created: by.at,
	}
	s.charges.add(ch)
	p.charge = ch
	return ch
}

func (ch *charge) view() object {
	p := ch.intent
	o := object{
		"id": ch.id, "object": "charge", "amount": ch.amount, "amount_captured": ch.taken, "amount_refunded": ch.refunded + ch.released,
		"application": nil, "application_fee": nil, "application_fee_amount": nil, "balance_transaction": nil,
		"billing_details": billingDetails(), "calculated_statement_descriptor": "SANDBOX", "captured": ch.captured,
		"created": ch.created.Unix(), "currency": ch.currency, "customer": nil, "description": orNull(p.description),
		"disputed": ch.disputed, "failure_balance_transaction": nil, "failure_code": nil, "failure_message": nil,
		"fraud_details": object{}, "invoice": nil, "livemode": false, "metadata": metadataView(p.metadata), "on_behalf_of": nil,
		"outcome": ch.outcome(), "paid": ch.failure == nil, "payment_intent": ref(p.id), "payment_method": ch.method.id,
		"payment_method_details": object{"type": "card", "card": ch.cardView()}, "receipt_email": orNull(p.receiptEmail),
		"receipt_number": nil, "receipt_url": nil, "refunded": ch.failure == nil && ch.refunded+ch.released == ch.amount, "review": nil,
		"shipping": nil, "source": nil, "source_transfer": nil, "statement_descriptor": nil, "statement_descriptor_suffix": nil,
		"status": ch.status, "transfer_data": nil, "transfer_group": orNull(ch.transferGroup),
	}
	if ch.entry != nil {
		o["balance_transaction"] = ref(ch.entry.id)
	}
	if ch.failure != nil {
		o["failure_code"], o["failure_message"] = ch.failure.Code, ch.failure.Message
	}
	return o
}

func (ch *charge) outcome() object {
	if ch.failure == nil {
		return object{"network_status": "approved_by_network", "reason": nil, "risk_level": "normal", "risk_score": 0,
			"seller_message": "Payment complete.", "type": "authorized"}
	}
	return object{"network_status": "declined_by_network", "reason": orNull(ch.failure.DeclineCode), "risk_level": "normal",
		"risk_score": 0, "seller_message": "The bank returned a decline.", "type": "issuer_declined"}
}

func (ch *charge) cardView() object {
	o := ch.method.card.view()
	o["amount_authorized"], o["network"], o["three_d_secure"] = ch.amount, ch.method.card.brand, nil
	if ch.failure != nil {
		o["amount_authorized"] = nil
	}
	if !ch.captureBefore.IsZero() {
		o["capture_before"] = ch.captureBefore.Unix()
	}
	if ch.approved {
		o["three_d_secure"] = object{"authentication_flow": "challenge", "result": "authenticated", "result_reason": nil, "version": "2.2.0"}
	}
	return o
}

// captureCharge serves POST /v1/charges/{id}/capture.
func captureCharge(c *call) (object, *Error) {
	ch, err := inPath(c, &c.charges, "charge")
	if err != nil {
		return nil, err
	}
	switch {
	case ch.captured:
		return nil, invalid("charge_already_captured", "", "Charge %s has already been captured.", ch.id)
	case ch.expired:
		return nil, invalid("charge_expired_for_capture", "", "The authorization of charge %s has expired.", ch.id)
	case ch.intent.status != needsCapture || ch.intent.charge != ch:
		return nil, invalid("charge_already_refunded", "", "Charge %s could not be captured: it holds nothing.", ch.id)
	}
	if err := c.capture(ch.intent, "amount"); err != nil {
		return nil, err
	}
	return ch.view(), nil
}

func listCharges(c *call) (object, *Error) {
	intent, group := c.form.text("payment_intent"), c.form.text("transfer_group")
	return list(c, &c.charges, func(ch *charge) bool {
		return (intent == "" || ch.intent.id == intent) && (group == "" || ch.transferGroup == group)
	})
}
