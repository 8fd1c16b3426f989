package braintree

import (
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Where money in escrow is (official SDK), in capital letters as statuses are.
const (
	holdPending    = "HOLD_PENDING"
	isHeld         = "HELD"
	releasePending = "RELEASE_PENDING"
	isReleased     = "RELEASED"
	heldRefunded   = "REFUNDED"
)

// escrow is what a payment for a sub-merchant has beside others.
type escrow struct {
	Status  string // empty: it is not held, and the sub-merchant's once it settles
	Account string // the sub-merchant's
	Fee     amount // the marketplace's
	Since   string // when something changed last
}

// share is what the sub-merchant gets of a payment.
func (e escrow) share(sum money.Amount) (money.Amount, error) {
	fee, err := e.Fee.read()
	if err != nil {
		return fee, err
	}
	share, err := sum.Sub(fee)
	if err != nil || share.IsNegative() || fee.IsNegative() {
		return share, errUnreadable
	}
	return share, nil
}

// gone reports whether the money of a payment is the sub-merchant's, or about to be.
func (e escrow) gone(status string) (bool, error) {
	switch e.Status {
	case holdPending, isHeld, heldRefunded:
		return false, nil
	case releasePending, isReleased:
		return true, nil
	case "":
		return captured(status), nil
	}
	return false, errUnreadable
}

// escrow adds what was released. Money that was captured and is not held has left as well, which no deal has asked for: it shows as a
// sum that differs from the books, and as nothing else.
func (l *look) escrow(p payment, sum money.Amount) error {
	share, err := p.Escrow.share(sum)
	if err != nil {
		return err
	}
	gone, err := p.Escrow.gone(p.Status)
	if err != nil || !gone {
		return err
	}
	l.Released = share.Minor()
	if p.Escrow.Status != "" {
		at := timeOf(p.Escrow.Since)
		if at.IsZero() {
			at = timeOf(p.CreatedAt)
		}
		l.saw(process.FactTransferred, at)
	}
	return nil
}

// price puts into a look the price that the service fee of a payment stands for, so that another fee than ours shows.
func (e escrow) price(s *orchestrator.Snapshot, op orchestrator.Operation, sum money.Amount) error {
	share, err := e.share(sum)
	if err == nil {
		s.Price, err = share.Add(money.New(op.Transaction.SellerFee, sum.Currency()))
	}
	return err
}

// commission is all that the seller does not get of what the buyer pays.
func commission(op orchestrator.Operation) (money.Amount, error) {
	fee, err := op.Amount.Sub(op.Transaction.Price)
	if err == nil {
		fee, err = fee.Add(money.New(op.Transaction.SellerFee, op.Amount.Currency()))
	}
	if err == nil && (fee.IsNegative() || fee.Minor() >= op.Amount.Minor()) {
		err = fault.New(fault.Invalid, codeAmount, "a fee of %s leaves nothing of %s to the seller", fee, op.Amount)
	}
	return fee, err
}

// intoEscrow makes a sale one for the seller of a deal. It is why nothing is sent; nil: it can be.
func (g *Gateway) intoEscrow(ctx context.Context, op orchestrator.Operation, in *sale) *orchestrator.Outcome {
	stop := func(out orchestrator.Outcome) *orchestrator.Outcome { return &out }
	if !g.Escrow {
		return stop(refused(process.Declined, codeNotReady, "the deal was opened for escrow, which is off by now"))
	}
	a, found, err := g.subMerchant(ctx, op.Transaction.CommunityID, op.Transaction.Seller)
	if err != nil {
		return stop(orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err})
	}
	if !found || !g.sells(a) {
		return stop(refused(process.Declined, codeNotReady, "the seller of transaction %d is no active sub-merchant", op.Transaction.ID))
	}
	fee, err := commission(op)
	if err != nil {
		return stop(refused(process.Declined, codeAmount, "%w", err))
	}
	in.Account, in.Fee = a.ID, &fee
	return nil
}

// errOthers is an answer about a payment for another seller than it was made for. It is looked up as if there had been no answer.
var errOthers = fmt.Errorf("%w: the payment is not for the seller of the deal", errUnreadable)

// forAnother reports whether a payment that took or holds money is for another sub-merchant than was asked.
func (s sale) forAnother(p payment) bool {
	return s.Fee != nil && p.Escrow != nil && p.Escrow.Account != s.Account && alive(p)
}

// RefundsWhole reports whether a deal's payment is in escrow, which it stays when the setting is changed.
func (g *Gateway) RefundsWhole(tx orchestrator.Transaction) bool { return g.escrowed(tx) }

// heldBefore has a payment held before it is captured, if it is not to be held yet. It is why it cannot be captured; nil: it can.
func (g *Gateway) heldBefore(ctx context.Context, op orchestrator.Operation, p payment) *orchestrator.Outcome {
	if !g.escrowed(op.Transaction) {
		return nil
	}
	stop := func(out orchestrator.Outcome) *orchestrator.Outcome { return &out }
	sum, err := p.Amount.read()
	switch {
	case err != nil:
		return stop(orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err})
	case p.Escrow == nil:
		return stop(refused(process.Declined, codeOvertaken, "payment %s is not one for a sub-merchant", p.LegacyID))
	case op.Amount != sum:
		return stop(refused(process.Declined, codeAmount, "%s of payment %s are to be captured, and escrow takes all of its %s or nothing", op.Amount, p.LegacyID, sum))
	case p.Escrow.Status == holdPending:
		return nil
	}
	after, err := g.classic.step(ctx, p, "hold_in_escrow", nil)
	switch {
	case err != nil:
		out := failed(err)
		if out.Status == process.Unknown { // nothing was captured
			out.Status, out.Code = process.NotSent, codeUnreachable
		}
		return stop(out)
	case after.Escrow == nil || after.Escrow.Status != holdPending:
		return stop(orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: errUnreadable})
	}
	return nil
}

// wholly is why a payment in escrow cannot go back, or not in this way; nil: it is none, or it can.
func (g *Gateway) wholly(op orchestrator.Operation, p payment, s orchestrator.Snapshot) *orchestrator.Outcome {
	if p.Escrow == nil || !captured(p.Status) {
		return nil
	}
	var out orchestrator.Outcome
	switch {
	case done(op, s): // by a call that was made at the same moment
		out = g.now(op, p, process.Succeeded, "")
	case s.Totals.Released != 0, s.Totals.Refunded != 0:
		out = g.now(op, p, process.Declined, codeOvertaken)
	case op.Amount.Minor() != s.Totals.Captured:
		out = refused(process.Declined, codeWholeOnly, "payment %s is in escrow, so only all of it can go back", s.PaymentID)
	default:
		return nil
	}
	return &out
}

// release lets a payment in escrow go to the seller, which happens once: what is not held cannot be released, and a look shows what
// was.
func (g *Gateway) release(ctx context.Context, op orchestrator.Operation, p payment) orchestrator.Outcome {
	sum, err := p.Amount.read()
	if err != nil {
		return orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err}
	}
	if p.Escrow == nil {
		return refused(process.Declined, codeOvertaken, "payment %s is not one for a sub-merchant", p.LegacyID)
	}
	share, err := p.Escrow.share(sum)
	switch {
	case err != nil:
		return orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err}
	case share != op.Amount:
		return refused(process.Declined, codeAmount, "Braintree pays the seller of payment %s %s, and the deal %s", p.LegacyID, share, op.Amount)
	case p.Escrow.Status == releasePending, p.Escrow.Status == isReleased:
		return g.now(op, p, process.Succeeded, "")
	case p.Escrow.Status == holdPending && (captured(p.Status) || p.Status == isAuthorized):
		return refused(process.Declined, codeNotSettled, "payment %s has not settled, so that it is not held yet", p.LegacyID)
	case p.Escrow.Status != isHeld:
		return g.now(op, p, process.Declined, codeOvertaken)
	}
	if _, err := g.classic.step(ctx, p, "release_from_escrow", nil); err != nil {
		return g.recheck(ctx, op, failed(err))
	}
	// What it answered is not believed before it is seen.
	out := g.recheck(ctx, op, orchestrator.Outcome{Status: process.Declined, Code: codePayoutFailed, Err: errUnreadable})
	switch out.Status {
	case process.Declined:
		out.Status, out.Code = process.Unknown, codeNoClearAnswer
	case process.Succeeded:
		out.Err = nil // it was seen, and nothing is left to be told
	}
	return out
}
