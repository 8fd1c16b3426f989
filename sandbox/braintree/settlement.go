package braintree

import (
	"time"
)

// Statuses of transactions, as the GraphQL API names them. The classic one has them in small letters.
const (
	isAuthorized          = "AUTHORIZED"
	isExpired             = "AUTHORIZATION_EXPIRED"
	isSubmitted           = "SUBMITTED_FOR_SETTLEMENT"
	isSettling            = "SETTLING"
	isSettlementPending   = "SETTLEMENT_PENDING"
	isSettlementConfirmed = "SETTLEMENT_CONFIRMED"
	isSettled             = "SETTLED"
	isSettlementDeclined  = "SETTLEMENT_DECLINED"
	isDeclined            = "PROCESSOR_DECLINED"
	isRejected            = "GATEWAY_REJECTED"
	isFailed              = "FAILED"
	isVoided              = "VOIDED"
)

// How long things take; our choice. The official gateway settles in batches, mostly overnight.
const (
	batchAfter    = 8 * time.Hour  // from capture until it is settling
	settledAfter  = 4 * time.Hour  // from then on
	disburseAfter = 24 * time.Hour // from its release until money leaves the escrow
)

// become takes a transaction to another status, writes what happened to money, tells the merchant, and sets what is due next.
func (s *state) become(t *transaction, status string, at time.Time) {
	t.Turn++
	t.Then = ""
	t.Status = status
	e := event{Status: status, At: at, Amount: t.Amount}
	switch status {
	case isSettlementDeclined:
		e.Code, e.Text = "4001", textOf("4001")
	case isSettlementPending:
		e.Code, e.Text = "4002", "Pending"
	case isSettled:
		e.Code, e.Text = "4000", "Confirmed"
	}
	t.History = append(t.History, e)
	s.moved(t, status)
	s.report(t, status)
	switch status {
	case isSubmitted:
		s.schedule(t, at.Add(batchAfter), isSettling)
	case isSettling:
		end := settlesAs(units(t.Amount, t.Currency))
		if t.Of != "" {
			end = isSettled
		}
		s.schedule(t, at.Add(settledAfter), end)
	case isSettled:
		s.settled(t, at)
	}
}

// moved writes down what a step has really done.
func (s *state) moved(t *transaction, status string) {
	switch {
	case status == isSubmitted && t.Of == "":
		s.effect("capture", t, t.Amount)
	case status == isSubmitted:
		s.effect("refund", t, t.Amount)
	case status == isVoided, status == isExpired:
		name := "void"
		if t.Of != "" {
			name = "refund_failed"
			s.heldAgain(t.Of)
		}
		s.effect(name, t, t.Amount)
	case status == isSettlementDeclined && t.Of != "":
		s.effect("refund_failed", t, t.Amount)
		s.heldAgain(t.Of)
	case status == isSettlementDeclined:
		s.effect("settlement_declined", t, t.Amount)
	}
}

// schedule sets what is due next, unless the transaction changes before.
func (s *state) schedule(t *transaction, at time.Time, status string) {
	t.Due, t.Then = at, status
	turn := t.Turn
	t.Timer = s.Timers.Set(at, func(at time.Time) {
		if t.Turn != turn || t.Then != status {
			return
		}
		if status == released {
			t.Then = ""
			s.disburse(t, at.UTC())
			return
		}
		s.become(t, status, at.UTC())
	})
}
