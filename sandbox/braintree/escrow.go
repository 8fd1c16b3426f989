package braintree

import (
	"strings"
	"time"
)

// Where money in escrow is (classic API).
const (
	holdPending    = "hold_pending"
	held           = "held"
	releasePending = "release_pending"
	released       = "released"
	escrowRefunded = "refunded"
)

// escrowed reports whether the money of a sale is kept, or is to be kept, from its sub-merchant.
func (t *transaction) escrowed() bool {
	return t.Escrow == holdPending || t.Escrow == held || t.Escrow == releasePending
}

// share is what the sub-merchant gets of a sale.
func (t *transaction) share() int64 { return t.Amount - t.Fee }

// serviceFee is what the marketplace gets of a sale for a sub-merchant; of its own sales it takes none (official API).
func serviceFee(in newSale, by method, sub bool, amount int64, currency string) (int64, error) {
	at := "serviceFeeAmount"
	switch {
	case !sub && in.fee != "":
		return 0, refuse(feeNotForMaster, at)
	case !sub && in.escrow:
		return 0, refuse(cannotHold, "")
	case !sub:
		return 0, nil
	case in.fee == "":
		return 0, refuse(feeRequired, "merchantAccountId")
	case by.PayPal:
		return 0, refuse(feeNotForPayPal, at)
	case strings.HasPrefix(in.fee, "-"):
		return 0, refuse(feeNegative, at)
	}
	if strings.Trim(in.fee, "0.") == "" && strings.Count(in.fee, ".") < 2 && strings.Contains(in.fee, "0") {
		return 0, nil
	}
	fee, err := parse(in.fee, currency, at)
	switch {
	case err != nil:
		return 0, refuse(feeFormat, at)
	case fee > amount:
		return 0, refuse(feeTooLarge, at)
	}
	return fee, nil
}

// hold keeps a payment from its sub-merchant once it has settled.
func (c *call) hold(t *transaction) error {
	if !t.Sub || t.Of != "" || t.Escrow != "" || t.Status != isAuthorized && t.Status != isSubmitted {
		return refuse(cannotHold, "transactionId")
	}
	t.Escrow = holdPending
	return nil
}

// release pays the sub-merchant on the next day.
func (c *call) release(t *transaction) error {
	if t.Escrow != held {
		return refuse(cannotRelease, "transactionId")
	}
	t.Escrow = releasePending
	c.effect("release", t, t.share())
	c.schedule(t, c.Now().UTC().Add(disburseAfter), released)
	return nil
}

func (c *call) cancelRelease(t *transaction) error {
	if t.Escrow != releasePending {
		return refuse(cannotCancelHold, "transactionId")
	}
	t.Escrow, t.Then = held, ""
	c.effect("cancel_release", t, t.share())
	return nil
}

// settled keeps what was to be held, and has the rest paid out to its sub-merchant on the next day.
func (s *state) settled(t *transaction, at time.Time) {
	switch {
	case t.Escrow == holdPending:
		t.Escrow = held
	case t.Sub && t.Of == "" && t.Escrow == "":
		s.schedule(t, at.Add(disburseAfter), released)
	}
}

// heldAgain keeps the money of a sale whose refund has failed.
func (s *state) heldAgain(id string) {
	if t, ok := s.sale(id); ok && t.Escrow == escrowRefunded {
		t.Escrow = held
	}
}

// payout is what became of a sale's money on its way to the sub-merchant's bank.
type payout struct {
	ID              string
	At              time.Time
	Amount          int64
	Success         bool
	Message, Action string // why it did not arrive, and what is to be done about that
}

// exceptions are the ids of sub-merchants whose banks refuse (official reference: testing), and what is told of it.
var exceptions = map[string][2]string{
	"insufficient_funds__contact":     {"insufficient_funds", "contact_us"},
	"account_not_authorized__contact": {"account_not_authorized", "contact_us"},
	"bank_rejected__update":           {"bank_rejected", "update_funding_information"},
	"bank_rejected__none":             {"bank_rejected", "none"},
}

// disburse sends a sale's money to the bank of its sub-merchant.
func (s *state) disburse(t *transaction, at time.Time) {
	if t.Escrow == releasePending {
		t.Escrow = released
	}
	p := &payout{ID: s.newID(), At: at, Amount: t.share(), Success: true}
	t.PaidOut = p
	sub, _ := s.SubMerchants.Get(t.Account)
	why, refused := exceptions[sub.ID]
	switch {
	case sub.Status == subSuspended:
		why, refused = [2]string{"account_not_authorized", "contact_us"}, true
	case sub.Mended: // it has another bank account by now
		refused = false
	}
	if refused {
		p.Success, p.Message, p.Action = false, why[0], why[1]
		s.effect("disburse_failed", t, p.Amount)
		s.notify(t.Merchant, "disbursement_exception", t.ID, s.disbursement(t))
		return
	}
	s.effect("disburse", t, p.Amount)
	s.notify(t.Merchant, "disbursement", t.ID, s.disbursement(t))
}

// disbursement is a payout as webhooks show it.
func (s *state) disbursement(t *transaction) node {
	p := t.PaidOut
	sub, _ := s.SubMerchants.Get(t.Account)
	absent := func(name, value string) node {
		if value == "" {
			return node{name: name, kind: "nil"}
		}
		return text(name, value)
	}
	return parent("disbursement",
		text("id", p.ID), list("transaction-ids", []node{text("item", t.ID)}), flag("success", p.Success), flag("retry", false), s.showSub(sub),
		text("amount", decimal(p.Amount, t.Currency)), date("disbursement-date", p.At), text("disbursement-type", "credit"),
		absent("exception-message", p.Message), absent("follow-up-action", p.Action))
}
