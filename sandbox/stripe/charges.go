package stripe

import "time"

type charge struct {
	ID, Status, Currency string
	Intent               *paymentIntent
	Method               *paymentMethod
	TransferGroup        string
	Amount               int64
	Taken                int64 // captured
	Released             int64 // the part of the hold that was given back without being captured
	Refunded             int64 // of what was captured, refunds that failed not counted
	Captured, Expired    bool
	Approved             bool // the buyer answered the bank
	Disputed             bool
	Withheld             bool  // a dispute that is not won holds the money
	Moved                int64 // by transfers out of it, less reversals
	Created              time.Time
	CaptureBefore        time.Time // zero unless captured by hand
	Failure              *Error
	Entry                *entry // of the captured money
	Timer                uint64 // of the end of the hold
}

func (ch *charge) Name() string     { return ch.ID }
func (ch *charge) since() time.Time { return ch.Created }

// left is what can still be refunded.
func (ch *charge) left() int64 { return ch.Taken - ch.Refunded }

// newCharge makes the charge of one attempt and makes it the intent's latest.
func (s *state) newCharge(p *paymentIntent, by origin) *charge {
	ch := &charge{
		ID: "ch_" + s.Random(), Status: succeeded, Currency: p.Currency, Intent: p, Method: p.Method, TransferGroup: p.TransferGroup,
		Amount: p.Amount, Created: by.at,
	}
	s.Charges.Add(ch)
	p.Charge = ch
	return ch
}

func (ch *charge) view() object {
	p := ch.Intent
	o := object{
		"id": ch.ID, "object": "charge", "amount": ch.Amount, "amount_captured": ch.Taken, "amount_refunded": ch.Refunded + ch.Released,
		"application": nil, "application_fee": nil, "application_fee_amount": nil, "balance_transaction": nil,
		"billing_details": billingDetails(), "calculated_statement_descriptor": "SANDBOX", "captured": ch.Captured,
		"created": ch.Created.Unix(), "currency": ch.Currency, "customer": nil, "description": orNull(p.Description),
		"disputed": ch.Disputed, "failure_balance_transaction": nil, "failure_code": nil, "failure_message": nil,
		"fraud_details": object{}, "invoice": nil, "livemode": false, "metadata": metadataView(p.Metadata), "on_behalf_of": nil,
		"outcome": ch.outcome(), "paid": ch.Failure == nil, "payment_intent": ref(p.ID), "payment_method": ch.Method.ID,
		"payment_method_details": object{"type": "card", "card": ch.cardView()}, "receipt_email": orNull(p.ReceiptEmail),
		"receipt_number": nil, "receipt_url": nil, "refunded": ch.Failure == nil && ch.Refunded+ch.Released == ch.Amount, "review": nil,
		"shipping": nil, "source": nil, "source_transfer": nil, "statement_descriptor": nil, "statement_descriptor_suffix": nil,
		"status": ch.Status, "transfer_data": nil, "transfer_group": orNull(ch.TransferGroup),
	}
	if ch.Entry != nil {
		o["balance_transaction"] = ref(ch.Entry.ID)
	}
	if ch.Failure != nil {
		o["failure_code"], o["failure_message"] = ch.Failure.Code, ch.Failure.Message
	}
	return o
}

func (ch *charge) outcome() object {
	if ch.Failure == nil {
		return object{"network_status": "approved_by_network", "reason": nil, "risk_level": "normal", "risk_score": 0,
			"seller_message": "Payment complete.", "type": "authorized"}
	}
	return object{"network_status": "declined_by_network", "reason": orNull(ch.Failure.DeclineCode), "risk_level": "normal",
		"risk_score": 0, "seller_message": "The bank returned a decline.", "type": "issuer_declined"}
}

func (ch *charge) cardView() object {
	o := ch.Method.Card.view()
	o["amount_authorized"], o["network"], o["three_d_secure"] = ch.Amount, ch.Method.Card.Brand, nil
	if ch.Failure != nil {
		o["amount_authorized"] = nil
	}
	if !ch.CaptureBefore.IsZero() {
		o["capture_before"] = ch.CaptureBefore.Unix()
	}
	if ch.Approved {
		o["three_d_secure"] = object{"authentication_flow": "challenge", "result": "authenticated", "result_reason": nil, "version": "2.2.0"}
	}
	return o
}

// captureCharge serves POST /v1/charges/{id}/capture.
func captureCharge(c *call) (object, *Error) {
	ch, err := inPath(c, &c.Charges, "charge")
	if err != nil {
		return nil, err
	}
	switch {
	case ch.Captured:
		return nil, invalid("charge_already_captured", "", "Charge %s has already been captured.", ch.ID)
	case ch.Expired:
		return nil, invalid("charge_expired_for_capture", "", "The authorization of charge %s has expired.", ch.ID)
	case ch.Intent.Status != needsCapture || ch.Intent.Charge != ch:
		return nil, invalid("charge_already_refunded", "", "Charge %s could not be captured: it holds nothing.", ch.ID)
	}
	if err := c.capture(ch.Intent, "amount"); err != nil {
		return nil, err
	}
	return ch.view(), nil
}

func listCharges(c *call) (object, *Error) {
	intent, group := c.form.text("payment_intent"), c.form.text("transfer_group")
	return list(c, &c.Charges, func(ch *charge) bool {
		return (intent == "" || ch.Intent.ID == intent) && (group == "" || ch.TransferGroup == group)
	})
}
