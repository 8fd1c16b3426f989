package braintree

import (
	"net/http"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// newSale is what a sale is made of, in whichever API it was asked for.
type newSale struct {
	nonce, nonceAt   string // the second names the field, for refusals
	amount, amountAt string
	account, order   string
	submit           bool // for settlement at once
	escrow           bool
	needsSecure      bool // 3-D Secure has to have succeeded
	fee              string
}

const maxOrder = 255 // characters (official API)

// sell makes a sale: the card is asked at once. A payment that is declined is made as well.
func (s *state) sell(m Merchant, in newSale) (*transaction, error) {
	account, sub, err := s.accountFor(m, in.account)
	switch {
	case err != nil:
		return nil, err
	case len([]rune(in.order)) > maxOrder:
		return nil, refuse(orderTooLong, "orderId")
	}
	amount, err := parse(in.amount, account.Currency, in.amountAt)
	if err != nil {
		return nil, err
	}
	if in.nonce == "" {
		return nil, refuse(cardRequired, in.nonceAt)
	}
	by, used, err := s.method(in.nonce)
	if err != nil {
		return nil, renamed(err, in.nonceAt)
	}
	fee, err := serviceFee(in, by, sub, amount, account.Currency)
	if err != nil {
		return nil, err
	}
	if used != nil {
		used.Used = true
	}
	t := &transaction{
		ID: s.newID(), Merchant: m.ID, Account: account.ID, Currency: account.Currency, Order: in.order, Amount: amount, Asked: amount,
		Method: by, Created: s.Now().UTC(), Sub: sub, Fee: fee,
	}
	v := s.asked(t, in.needsSecure)
	if v.status != isAuthorized {
		return t, nil
	}
	s.effect("authorize", t, amount)
	t.Expires = t.Created.Add(validity(by))
	s.schedule(t, t.Expires, isExpired)
	if in.escrow {
		t.Escrow = holdPending
	}
	if in.submit {
		s.become(t, isSubmitted, t.Created)
	}
	return t, nil
}

// asked adds a sale to the books, with what the card's bank or the gateway says of it.
func (s *state) asked(t *transaction, needsSecure bool) verdict {
	v, same := decide(t.Method, units(t.Amount, t.Currency)), s.sameAs(t)
	switch {
	case needsSecure && t.Method.Secured != "AUTHENTICATE_SUCCESSFUL":
		v = verdict{status: isRejected, rejection: "THREE_D_SECURE"}
	case same != nil && v.status != isRejected:
		v = verdict{status: isRejected, rejection: "DUPLICATE"}
	}
	s.Transactions.Add(t)
	t.History = append(t.History, event{Status: v.status, At: t.Created, Amount: t.Amount, Code: v.code, Text: textOf(v.code), Rejection: v.rejection})
	t.Status = v.status
	if same != nil {
		t.History[0].DuplicateOf = same.ID
	}
	return v
}

// renamed puts another name of the field into a refusal.
func renamed(err error, at string) error {
	if r, ok := err.(*refusal); ok {
		again := *r
		again.at = at
		return &again
	}
	return err
}

// sameAs finds a payment of which another one is a duplicate.
func (s *state) sameAs(t *transaction) *transaction {
	for _, old := range s.Transactions.All {
		recent := s.cfg.DuplicateWindow > 0 && !t.Created.After(old.Created.Add(s.cfg.DuplicateWindow))
		alive := old.Status == isAuthorized || old.Status == isSubmitted || old.Status == isSettling
		if recent && alive && old.Of == "" && old.Order != "" && old.Order == t.Order && old.Asked == t.Asked && old.Account == t.Account && old.Method == t.Method {
			return old
		}
	}
	return nil
}

// validity is how long an authorization holds (official API).
func validity(m method) time.Duration {
	const day = 24 * time.Hour
	switch {
	case m.PayPal:
		return 29 * day
	case m.Brand == "MASTERCARD":
		return 30 * day
	}
	return 7 * day
}

// submit captures an authorization, all of it or less; empty: all.
func (s *state) submit(t *transaction, amount, at string) error {
	if t.Status != isAuthorized || t.Of != "" {
		return refuse(cannotSubmit, "transactionId")
	}
	if amount != "" {
		n, err := parse(amount, t.Currency, at)
		if err != nil {
			return err
		}
		switch {
		case n > t.Amount:
			return refuse(captureTooLarge, at)
		case n < t.Fee:
			return refuse(captureBelowFee, at)
		}
		t.Amount = n
	}
	s.become(t, isSubmitted, s.Now().UTC())
	return nil
}

// submitPart captures a part of a PayPal authorization, which stays for the rest unless this is the last part.
func (s *state) submitPart(t *transaction, amount, at string, last bool) (*transaction, error) {
	switch {
	case !t.Method.PayPal:
		return nil, refuse(partsNotSupported, "transactionId")
	case t.Of != "" || t.Status != isAuthorized && t.Status != isSettlementPending:
		return nil, refuse(cannotSubmitPart, "transactionId")
	}
	n, err := parse(amount, t.Currency, at)
	if err != nil {
		return nil, err
	}
	taken := int64(0)
	for _, id := range t.Parts {
		part, _ := s.Transactions.Get(id)
		taken += part.Amount
	}
	if n > t.Amount-taken {
		return nil, refuse(captureTooLarge, at)
	}
	now := s.Now().UTC()
	part := &transaction{
		ID: s.newID(), Merchant: t.Merchant, Account: t.Account, Currency: t.Currency, Order: t.Order, Amount: n, Asked: n, Method: t.Method,
		Created: now, Expires: t.Expires, Parent: t.ID, Status: isAuthorized,
	}
	part.History = []event{{Status: isAuthorized, At: now, Amount: n, Code: approved, Text: textOf(approved)}}
	s.Transactions.Add(part)
	t.Parts = append(t.Parts, part.ID)
	s.become(part, isSubmitted, now)
	s.become(t, stage.Or(last || taken+n == t.Amount, isSettlementConfirmed, isSettlementPending), now)
	return part, nil
}

// void drops a payment that has not settled, also one that was captured.
func (s *state) void(t *transaction) error {
	pending := t.Method.PayPal && t.Status == isSettlementPending
	if t.Status != isAuthorized && t.Status != isSubmitted && !pending {
		return refuse(cannotVoid, "transactionId")
	}
	s.become(t, isVoided, s.Now().UTC())
	return nil
}

// left is what has not gone back of a sale yet.
func (s *state) left(t *transaction) int64 {
	left := t.Amount
	for _, id := range t.Refunds {
		if r, _ := s.Transactions.Get(id); r.Status != isSettlementDeclined && r.Status != isVoided && r.Status != isFailed {
			left -= r.Amount
		}
	}
	return left
}

// giveBack makes a refund of a settled sale; an empty amount is all that is left.
func (s *state) giveBack(t *transaction, amount, at, order string) (*transaction, error) {
	left := s.left(t)
	if err := s.mayGiveBack(t, left, order); err != nil {
		return nil, err
	}
	n := left
	if amount != "" {
		var err error
		if n, err = parse(amount, t.Currency, at); err != nil {
			return nil, err
		}
	}
	switch {
	case n > left:
		return nil, refuse(refundTooLarge, at)
	case n < t.Amount && t.escrowed():
		return nil, refuse(escrowedPartly, at)
	}
	now := s.Now().UTC()
	r := &transaction{
		ID: s.newID(), Merchant: t.Merchant, Account: t.Account, Currency: t.Currency, Order: order, Amount: n, Asked: n, Method: t.Method,
		Created: now, Of: t.ID,
	}
	s.Transactions.Add(r)
	t.Refunds = append(t.Refunds, r.ID)
	s.become(r, isSubmitted, now)
	if t.escrowed() {
		t.Escrow, t.Then = escrowRefunded, ""
	}
	return r, nil
}

// mayGiveBack is why nothing of a sale can go back.
func (s *state) mayGiveBack(t *transaction, left int64, order string) error {
	switch {
	case t.Of != "":
		return refuse(cannotRefundCredit, "transactionId")
	case t.Method.PayPal && t.Status == isSettling:
		return refuse(refundsSettling, "transactionId")
	case t.Status != isSettled && t.Status != isSettling:
		return refuse(notSettled, "transactionId")
	case left == 0:
		return refuse(refunded, "transactionId")
	case len([]rune(order)) > maxOrder:
		return refuse(orderTooLong, "orderId")
	case t.Sub && s.subStatus(t.Account) == subSuspended:
		return refuse(refundSuspended, "transactionId")
	case t.Sub && s.subStatus(t.Account) == subPending:
		return refuse(refundPendingSeller, "transactionId")
	}
	return nil
}

// reverse voids what has not settled and gives back what has; the second answer is the refund, if one was made.
func (s *state) reverse(t *transaction) (*transaction, error) {
	if t.Status == isSettled || t.Status == isSettling {
		return s.giveBack(t, "", "", t.Order)
	}
	return nil, s.void(t)
}

// paymentOf finds a sale by its global id, or by the legacy one where that is allowed.
func (s *state) paymentOf(id, at string) (*transaction, error) {
	t, ok := s.sale(legacyID(ofTransaction, id))
	if !ok {
		return nil, missing(at)
	}
	return t, nil
}

// simulate ends a settlement at once, as the sandbox lets merchants do.
func (s *state) simulate(t *transaction, status string) error {
	now := s.Now().UTC()
	switch t.Status {
	case isSubmitted, isSettling, isSettlementPending, isSettlementConfirmed:
	default:
		return refuse(cannotSimulate, "transactionId")
	}
	if t.Status == isSubmitted && strings.HasPrefix(status, "SETTLE") {
		s.become(t, isSettling, now)
	}
	s.become(t, status, now)
	return nil
}

// unsupported is what a call is answered that is not played.
func unsupported(what string) error {
	return &refusal{status: http.StatusNotImplemented, code: "not_implemented", message: what + " is not played by this emulator.", class: "NOT_IMPLEMENTED"}
}
