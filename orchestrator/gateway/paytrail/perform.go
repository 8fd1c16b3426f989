package paytrail

import (
	"context"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Perform carries out one verb. What fails before the call that counts is NotSent or
// Declined; a doubtful answer of that call is Unknown.
func (g *Gateway) Perform(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	switch op.Verb {
	case process.Charge:
		return g.open(ctx, op)
	case process.Authorize:
		return g.hold(ctx, op)
	case process.Capture, process.Void, process.Refund, process.Transfer:
	default:
		return refused(process.NotSent, codeUnsupported, "cannot %s", op.Verb)
	}
	if !transactionShape.MatchString(op.Transaction.PaymentID) {
		return refused(process.NotSent, codePaymentUnknown, "transaction %d has no payment to %s", op.Transaction.ID, op.Verb)
	}
	s := op.Seen
	if !s.Found {
		var err error
		if s, err = g.Lookup(ctx, orchestrator.PaymentRef{CommunityID: op.Transaction.CommunityID, PaymentID: op.Transaction.PaymentID, Booked: &op.Transaction.Funds}); err != nil {
			return orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err}
		}
	}
	switch {
	case !s.Found:
		return refused(process.NotSent, codePaymentUnknown, "payment %s is not known", op.Transaction.PaymentID)
	case op.Verb == process.Capture:
		return g.commit(ctx, op, s)
	case op.Verb == process.Void && isHold(s.Charge):
		return g.revert(ctx, op, s)
	case op.Verb == process.Void:
		return void(s)
	case op.Verb == process.Refund:
		return g.refund(ctx, op, s)
	}
	return transfer(s)
}

// void drops a payment that nobody has paid. Paytrail has no call for it, and none is needed:
// the page is no longer shown. Whoever kept it and still pays has made a payment
// without a deal, which the engine returns, or has a person look at.
func void(s orchestrator.Snapshot) orchestrator.Outcome {
	_, paid := s.Facts[process.FactCaptured]
	_, delayed := s.Facts[process.FactDelayed]
	if paid || delayed {
		out := refused(process.Declined, codePaid, "payment %s is no longer unpaid", s.PaymentID)
		out.Snapshot = s
		return out
	}
	s.RedirectURL = ""
	return orchestrator.Outcome{Status: process.Succeeded, Snapshot: s}
}

// transfer sends nothing: the items of the payment were sold for the seller's own merchant, so
// that its money is the seller's since it was paid, and Paytrail pays it out. That the
// payment stands is all that can be asked.
func transfer(s orchestrator.Snapshot) orchestrator.Outcome {
	if _, paid := s.Facts[process.FactCaptured]; !paid {
		return refused(process.NotSent, codePaymentUnknown, "payment %s is not paid", s.PaymentID)
	}
	return orchestrator.Outcome{Status: process.Succeeded}
}
