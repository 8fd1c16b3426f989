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
	p.method, p.lastError = m, nil
	switch {
	case m.card.challenge && !how.approved && (how.offSession || how.noAction):
		return s.decline(p, declined("authentication_required"), by)
	case m.card.challenge && !how.approved:
		p.status = needsAction
		s.emit("payment_intent.requires_action", p.view(), by)
	case m.card.decline != "":
		return s.decline(p, declined(m.card.decline), by)
	case m.card.slow:
		p.status = processing
		s.emit("payment_intent.processing", p.view(), by)
	default:
		s.accept(p, how, by)
	}
	return nil
}

// decline ends an attempt at a bank without money: the intent waits for another payment method.
func (s *state) decline(p *paymentIntent, e *Error, by origin) *Error {
	ch := s.newCharge(p, by)
	ch.status, ch.failure = "failed", e
	e.charge, e.method = ch.id, p.method.view()
	return s.fail(p, e, by)
}

// fail lets an attempt end without money.
func (s *state) fail(p *paymentIntent, e *Error, by origin) *Error {
	p.status, p.method, p.lastError = needsMethod, nil, e
	if e.charge != "" {
		s.emit("charge.failed", p.charge.view(), by)
	}
	s.emit("payment_intent.payment_failed", p.view(), by)
	with := *e
	with.intent = p.view()
	return &with
}

// accept makes the charge of an intent whose bank agrees: a hold, or money.
func (s *state) accept(p *paymentIntent, how confirmation, by origin) {
	ch := s.newCharge(p, by)
	ch.approved = how.approved
	if p.captureMethod == captureManual {
		p.status, p.capturable = needsCapture, p.amount
		ch.captureBefore = by.at.Add(holdLife)
		s.timers.set(ch.captureBefore, func(at time.Time) { s.expire(p, ch, at) })
		s.effect("authorize", p.id, p.amount, p.currency, by)
		s.emit("charge.succeeded", ch.view(), by)
		s.emit("payment_intent.amount_capturable_updated", p.view(), by)
		return
	}
	p.status, p.received = succeeded, p.amount
	s.effect("charge", p.id, p.amount, p.currency, by)
	s.take(ch, p.amount, by)
	s.emit("charge.succeeded", ch.view(), by)
	s.emit("payment_intent.succeeded", p.view(), by)
	s.disputeAtOnce(ch, by)
}

// capture takes the part of a hold that the parameter names, or all of it; the rest is released.
func (c *call) capture(p *paymentIntent, param string) *Error {
	amount, err := c.form.amount(param, p.capturable)
	if err != nil {
		return err
	}
	if amount > p.capturable {
		e := invalid("amount_too_large", param, "The amount to capture is greater than the amount that can be captured (%d).", p.capturable)
		e.intent = p.view()
		return e
	}
	if !c.by.at.Before(p.charge.captureBefore) {
		e := invalid("charge_expired_for_capture", "", "The authorization of charge %s has expired.", p.charge.id)
		e.intent = p.view()
		return e
	}
	metadata, err := c.form.metadata(p.metadata)
	if err != nil {
		return err
	}
	p.metadata = metadata
	p.status, p.received, p.capturable = succeeded, amount, 0
	c.effect("capture", p.id, amount, p.currency, c.by)
	c.take(p.charge, amount, c.by)
	c.emit("charge.captured", p.charge.view(), c.by)
	c.emit("payment_intent.succeeded", p.view(), c.by)
	c.disputeAtOnce(p.charge, c.by)
	return nil
}

// take books the money of a charge for the platform, less the fee for processing it.
func (s *state) take(ch *charge, amount int64, by origin) {
	available := by.at.Add(settlement)
	if ch.method.card.available {
		available = by.at
	}
	ch.captured, ch.taken = true, amount
	ch.released = ch.amount - amount
	ch.entry = s.book(entry{kind: "charge", source: ch.id, amount: amount, fee: s.cfg.Fees.ofCharge(amount), feeFor: "Stripe processing fees",
		currency: ch.currency, created: by.at, available: available})
}

// release cancels an intent that took no money, and gives back what it holds.
func (s *state) release(p *paymentIntent, reason, operation string, by origin) {
	held := p.status == needsCapture
	p.status, p.cancellationReason, p.canceledAt = canceled, reason, by.at
	if held {
		s.effect(operation, p.id, p.capturable, p.currency, by)
		p.charge.released = p.charge.amount
		p.capturable = 0
		s.emit(map[string]string{"void": "charge.refunded", "expire": "charge.expired"}[operation], p.charge.view(), by)
	}
	s.emit("payment_intent.canceled", p.view(), by)
}

// expire releases a hold that was not captured in time.
func (s *state) expire(p *paymentIntent, ch *charge, at time.Time) {
	if p.status == needsCapture && p.charge == ch {
		ch.expired = true
		s.release(p, "automatic", "expire", self(at))
	}
}
