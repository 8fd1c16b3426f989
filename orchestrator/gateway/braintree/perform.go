package braintree

import (
	"context"
	"errors"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

const captureQuery = `mutation Capture($input: CaptureTransactionInput!) {
  captureTransaction(input: $input) { transaction { ...payment } }
}` + selection

const reverseQuery = `mutation Reverse($input: ReverseTransactionInput!) {
  reverseTransaction(input: $input) { reversal { __typename ...payment ...refund } }
}` + selection

// change is what a mutation of a payment is given.
type change struct {
	ID      string     `json:"transactionId"`
	Capture *newAmount `json:"transaction,omitempty"`
	Back    *newAmount `json:"refund,omitempty"`
}

type newAmount struct {
	Amount  string `json:"amount"`
	OrderID string `json:"orderId,omitempty"`
}

// Perform carries out one verb. What fails before the call that counts is NotSent or Declined; a doubtful answer of that call
// is Unknown.
func (g *Gateway) Perform(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	switch op.Verb {
	case process.Authorize, process.Charge:
		return g.open(ctx, op)
	case process.Capture, process.Void, process.Refund:
	default:
		if op.Verb != process.Transfer || !g.escrowed(op.Transaction) {
			return refused(process.NotSent, codeUnsupported, "cannot %s", op.Verb)
		}
	}
	if !legacyShape.MatchString(op.Transaction.PaymentID) {
		return refused(process.NotSent, codePaymentUnknown, "transaction %d has no payment to %s", op.Transaction.ID, op.Verb)
	}
	// The status decides what can be done at all, and settlement may have changed it since anybody looked.
	p, found, err := g.by(op.Transaction).find(ctx, op.Transaction.PaymentID)
	if err != nil {
		return orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err}
	}
	if !found {
		return refused(process.NotSent, codePaymentUnknown, "payment %s is not known", op.Transaction.PaymentID)
	}
	switch op.Verb {
	case process.Capture:
		return g.capture(ctx, op, p)
	case process.Void:
		return g.void(ctx, op, p)
	case process.Transfer:
		return g.release(ctx, op, p)
	}
	return g.refund(ctx, op, p)
}

// now is what a look has shown, for an outcome that needs no call.
func (g *Gateway) now(op orchestrator.Operation, p payment, status process.Status, code fault.Reason) orchestrator.Outcome {
	s, err := g.snapshot(p, &op.Transaction.Funds)
	if err != nil {
		return orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err}
	}
	return orchestrator.Outcome{Status: status, Code: code, Unasked: status == process.Declined, Snapshot: s}
}

// capture takes what was authorized, or less; what is left of it is free then.
func (g *Gateway) capture(ctx context.Context, op orchestrator.Operation, p payment) orchestrator.Outcome {
	switch {
	case captured(p.Status):
		return g.now(op, p, process.Succeeded, "")
	case p.Status == isAuthorizing: // the processor has not answered yet
		return refused(process.NotSent, codeUnreachable, "payment %s is not authorized yet", p.LegacyID)
	case p.Status == isExpired:
		return g.now(op, p, process.Declined, codeHoldExpired)
	case p.Status != isAuthorized:
		return g.now(op, p, process.Declined, codeCanceled)
	}
	if out := g.heldBefore(ctx, op, p); out != nil {
		return *out
	}
	after, err := g.by(op.Transaction).take(ctx, p, op.Amount)
	if err != nil {
		return g.recheck(ctx, op, failed(err))
	}
	if after.LegacyID != p.LegacyID || !captured(after.Status) {
		return unclear(errUnreadable)
	}
	s, err := g.asked(op, after)
	if err != nil {
		return unclear(err)
	}
	return orchestrator.Outcome{Status: process.Succeeded, Snapshot: s}
}

func (a *api) take(ctx context.Context, p payment, sum money.Amount) (payment, error) {
	var m made
	if err := a.call(ctx, captureQuery, input(change{ID: p.ID, Capture: &newAmount{Amount: decimal(sum)}}), &m); err != nil {
		return payment{}, err
	}
	return m.payment()
}

// recheck looks at a payment about which Braintree refused something: it may be done already, which is a success, and any other
// refusal means that our picture of the payment is old.
func (g *Gateway) recheck(ctx context.Context, op orchestrator.Operation, out orchestrator.Outcome) orchestrator.Outcome {
	if out.Status != process.Declined {
		return out
	}
	p, found, err := g.by(op.Transaction).find(ctx, op.Transaction.PaymentID)
	if err == nil && !found {
		err = errUnreadable
	}
	var s orchestrator.Snapshot
	if err == nil {
		s, err = g.snapshot(p, &op.Transaction.Funds)
	}
	if err != nil {
		return orchestrator.Outcome{Status: process.Unknown, Code: out.Code, Err: errors.Join(out.Err, err)}
	}
	out.Snapshot = s
	switch {
	case done(op, s):
		out.Status, out.Code = process.Succeeded, ""
	case p.Status == isExpired:
		out.Code = codeHoldExpired
	}
	return out
}

// settles names the fact that shows that a verb has been carried out.
var settles = map[process.Verb]process.Fact{process.Capture: process.FactCaptured, process.Void: process.FactVoided}

// done reports whether a payment shows that an operation was carried out.
func done(op orchestrator.Operation, s orchestrator.Snapshot) bool {
	switch op.Verb {
	case process.Transfer:
		return s.Totals != nil && s.Totals.Released-op.Transaction.Funds.Released >= op.Amount.Minor()
	case process.Refund:
		return s.Totals != nil && s.Totals.Refunded-op.Transaction.Funds.Refunded >= op.Amount.Minor()
	}
	_, happened := s.Facts[settles[op.Verb]]
	return happened
}

// void drops an authorization. A payment that was captured is not dropped here: to Braintree that would be a reversal which gives
// money back. Where it was captured and settled between the look and the call, Braintree has given it back: that is no void, and is
// said so.
func (g *Gateway) void(ctx context.Context, op orchestrator.Operation, p payment) orchestrator.Outcome {
	switch {
	case captured(p.Status):
		return g.now(op, p, process.Declined, codeOvertaken)
	case p.Status != isAuthorized && p.Status != isAuthorizing:
		out := g.now(op, p, process.Succeeded, "")
		if _, voided := out.Snapshot.Facts[process.FactVoided]; out.Status == process.Succeeded && !voided {
			out.Status, out.Code, out.Unasked = process.Declined, codeOvertaken, true
		}
		return out
	}
	r, err := g.by(op.Transaction).reverse(ctx, p)
	if err != nil {
		return g.recheck(ctx, op, failed(err))
	}
	return g.voided(ctx, op, r)
}

// voided reads what a reversal has been.
func (g *Gateway) voided(ctx context.Context, op orchestrator.Operation, r reversal) orchestrator.Outcome {
	out := g.recheck(ctx, op, orchestrator.Outcome{Status: process.Declined, Code: codeVoidRefunded, Err: errRefunded})
	if out.Status == process.Unknown {
		return out
	}
	if _, voided := out.Snapshot.Facts[process.FactVoided]; r.Type == "Transaction" && voided {
		return orchestrator.Outcome{Status: process.Succeeded, Snapshot: out.Snapshot}
	}
	out.Status, out.Code = process.Declined, codeVoidRefunded
	return out
}

var errRefunded = errors.New("braintree: the payment had been captured, so the reversal gave its money back")

// reversal is a voided payment, or the refund of one.
type reversal struct {
	Type string `json:"__typename"`
	payment
}

// reverse undoes a payment in whichever way is left.
func (a *api) reverse(ctx context.Context, p payment) (reversal, error) {
	var out struct {
		Payload struct {
			Reversal *reversal `json:"reversal"`
		} `json:"reverseTransaction"`
	}
	if err := a.call(ctx, reverseQuery, input(change{ID: p.ID}), &out); err != nil {
		return reversal{}, err
	}
	r := out.Payload.Reversal
	if r == nil || r.Type == "Transaction" && (r.ID != p.ID || r.Status != isVoided) || r.Type != "Transaction" && r.Type != "Refund" {
		return reversal{}, errUnreadable
	}
	return *r, nil
}
