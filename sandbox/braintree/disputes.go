package braintree

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Statuses of disputes, as the GraphQL API names them.
const (
	disputeOpen     = "OPEN"
	disputeWon      = "WON"
	disputeLost     = "LOST"
	disputeAccepted = "ACCEPTED"
)

// replyTime is how long a merchant may answer a dispute; our choice, card brands differ.
const replyTime = 8 * 24 * time.Hour

// reasons are those of disputes (official API).
var reasons = []string{
	"CANCELLED_RECURRING_TRANSACTION", "CREDIT_NOT_PROCESSED", "DUPLICATE", "FRAUD", "GENERAL", "INVALID_ACCOUNT", "NOT_RECOGNIZED",
	"PRODUCT_NOT_RECEIVED", "PRODUCT_UNSATISFACTORY", "RETRIEVAL", "TRANSACTION_AMOUNT_DIFFERS",
}

func illegal(message string) error {
	return &refusal{status: http.StatusConflict, code: "illegal_state", message: message}
}

// object opens a dispute: the payer's bank takes the amount back until it has decided. 0 is all of it.
func (s *state) object(t *transaction, amount int64, reason string) (*dispute, error) {
	reason = strings.ToUpper(reason)
	if reason == "" {
		reason = "FRAUD"
	}
	if amount == 0 {
		amount = t.Amount
	}
	switch {
	case t.Of != "" || t.Status != isSettled && t.Status != isSettling && t.Status != isSubmitted:
		return nil, illegal("Only a sale that was captured can be disputed.")
	case amount < 0 || amount > t.Amount:
		return nil, &refusal{status: http.StatusBadRequest, code: amountTooLarge, message: "The amount is more than the payment."}
	case !slices.Contains(reasons, reason):
		return nil, &refusal{status: http.StatusBadRequest, code: "invalid_reason", message: "There is no such reason; use one of " + strings.Join(reasons, ", ")}
	}
	now := s.Now().UTC()
	d := &dispute{ID: s.newID(), Transaction: t.ID, Amount: amount, Reason: reason, Status: disputeOpen, Opened: now, ReplyBy: now.Add(replyTime)}
	s.Disputes.Add(d)
	t.Disputes = append(t.Disputes, d.ID)
	s.effect("dispute", t, amount)
	s.reportDispute(d, "dispute_opened")
	return d, nil
}

// close ends a dispute: won leaves the money with the merchant.
func (s *state) close(d *dispute, outcome string) error {
	status, known := map[string]string{"won": disputeWon, "lost": disputeLost, "accepted": disputeAccepted}[outcome]
	switch {
	case !known:
		return &refusal{status: http.StatusBadRequest, code: "invalid_outcome", message: "There is no such outcome; use won, lost or accepted"}
	case d.Status != disputeOpen:
		return illegal("The dispute is over.")
	}
	d.Status, d.Decided = status, s.Now().UTC()
	t, _ := s.Transactions.Get(d.Transaction)
	s.effect("dispute_"+outcome, t, d.Amount)
	s.reportDispute(d, "dispute_"+outcome)
	return nil
}
