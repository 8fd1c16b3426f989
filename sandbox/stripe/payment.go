package stripe

import "time"

// holdLife is how long an authorisation can be captured: what the official service gives a card that is paid with online.
const holdLife = 7 * 24 * time.Hour

// confirmation is how a payment is confirmed.
type confirmation struct {
	offSession bool // the buyer is not there to be asked
	noAction   bool // fail rather than ask the buyer
	approved   bool // the buyer has answered the bank
}

func (c *call) confirmation() (confirmation, *Error) {
	off, err := c.form.flag("off_session")
	if err != nil {
		return confirmation{}, err
	}
	fail, err := c.form.flag("error_on_requires_action")
	return confirmation{offSession: off, noAction: fail}, err
}

// pay tries to take the money of a payment intent from a card. The refusal of a bank is an error, and changes the intent.
func (s *state) pay(p *paymentIntent, m *paymentMethod, how confirmation, by origin) *Error {
	p.Method, p.LastError = m, nil
	switch {
	case m.Card.Challenge && !how.approved && (how.offSession || how.noAction):
		return s.decline(p, declined("authentication_required"), by)
	case m.Card.Challenge && !how.approved:
		p.Status = needsAction
		s.emit("payment_intent.requires_action", p.view(), by)
	case m.Card.Decline != "":
		return s.decline(p, declined(m.Card.Decline), by)
	case m.Card.Slow:
		p.Status = processing
		s.emit("payment_intent.processing", p.view(), by)
	default:
		s.accept(p, how, by)
	}
	return nil
}

// decline ends an attempt at a bank without money: the intent waits for another payment method.
func (s *state) decline(p *paymentIntent, e *Error, by origin) *Error {
	ch := s.newCharge(p, by)
	ch.Status, ch.Failure = "failed", e
	e.Charge, e.Method = ch.ID, p.Method.view()
	return s.fail(p, e, by)
}

// fail lets an attempt end without money.
func (s *state) fail(p *paymentIntent, e *Error, by origin) *Error {
	p.Status, p.Method, p.LastError = needsMethod, nil, e
	if e.Charge != "" {
		s.emit("charge.failed", p.Charge.view(), by)
	}
	s.emit("payment_intent.payment_failed", p.view(), by)
	with := *e
	with.intent = p.view()
	return &with
}

// accept makes the charge of an intent whose bank agrees: a hold, or money.
func (s *state) accept(p *paymentIntent, how confirmation, by origin) {
	ch := s.newCharge(p, by)
	ch.Approved = how.approved
	if p.CaptureMethod == captureManual {
		p.Status, p.Capturable = needsCapture, p.Amount
		ch.CaptureBefore = by.at.Add(holdLife)
		s.hold(p)
		s.effect("authorize", p.ID, p.Amount, p.Currency, by)
		s.emit("charge.succeeded", ch.view(), by)
		s.emit("payment_intent.amount_capturable_updated", p.view(), by)
		return
	}
	p.Status, p.Received = succeeded, p.Amount
	s.effect("charge", p.ID, p.Amount, p.Currency, by)
	s.take(ch, p.Amount, by)
	s.emit("charge.succeeded", ch.view(), by)
	s.emit("payment_intent.succeeded", p.view(), by)
	s.disputeAtOnce(ch, by)
}

// capture takes the part of a hold that the parameter names, or all of it; the rest is released.
func (c *call) capture(p *paymentIntent, param string) *Error {
	amount, err := c.form.amount(param, p.Capturable)
	if err != nil {
		return err
	}
	if amount > p.Capturable {
		e := invalid("amount_too_large", param, "The amount to capture is greater than the amount that can be captured (%d).", p.Capturable)
		e.intent = p.view()
		return e
	}
	if !c.by.at.Before(p.Charge.CaptureBefore) {
		e := invalid("charge_expired_for_capture", "", "The authorization of charge %s has expired.", p.Charge.ID)
		e.intent = p.view()
		return e
	}
	metadata, err := c.form.metadata(p.Metadata)
	if err != nil {
		return err
	}
	p.Metadata = metadata
	p.Status, p.Received, p.Capturable = succeeded, amount, 0
	c.effect("capture", p.ID, amount, p.Currency, c.by)
	c.take(p.Charge, amount, c.by)
	c.emit("charge.captured", p.Charge.view(), c.by)
	c.emit("payment_intent.succeeded", p.view(), c.by)
	c.disputeAtOnce(p.Charge, c.by)
	return nil
}

// take books the money of a charge for the platform, less the fee for processing it.
func (s *state) take(ch *charge, amount int64, by origin) {
	available := by.at.Add(settlement)
	if ch.Method.Card.Available {
		available = by.at
	}
	ch.Captured, ch.Taken = true, amount
	ch.Released = ch.Amount - amount
	ch.Entry = s.book(entry{Kind: "charge", Source: ch.ID, Amount: amount, Fee: s.cfg.Fees.ofCharge(amount), FeeFor: "Stripe processing fees",
		Currency: ch.Currency, Created: by.at, Available: available})
}

// release cancels an intent that took no money, and gives back what it holds.
func (s *state) release(p *paymentIntent, reason, operation string, by origin) {
	held := p.Status == needsCapture
	p.Status, p.CancellationReason, p.CanceledAt = canceled, reason, by.at
	if held {
		s.effect(operation, p.ID, p.Capturable, p.Currency, by)
		p.Charge.Released = p.Charge.Amount
		p.Capturable = 0
		s.emit(map[string]string{"void": "charge.refunded", "expire": "charge.expired"}[operation], p.Charge.view(), by)
	}
	s.emit("payment_intent.canceled", p.view(), by)
}

// expire releases a hold that was not captured in time.
func (s *state) expire(p *paymentIntent, ch *charge, at time.Time) {
	if p.Status == needsCapture && p.Charge == ch {
		ch.Expired = true
		s.release(p, "automatic", "expire", self(at))
	}
}

// hold sets the end of an authorisation.
func (s *state) hold(p *paymentIntent) {
	ch := p.Charge
	ch.Timer = s.Timers.Set(ch.CaptureBefore, func(at time.Time) { s.expire(p, ch, at) })
}
