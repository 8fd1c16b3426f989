package stripe

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Perform carries out one verb. What fails before the call that counts is NotSent
// or Declined; a doubtful answer of that call is Unknown.
func (g *Gateway) Perform(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	switch op.Verb {
	case process.Authorize, process.Charge:
		return g.open(ctx, op)
	case process.Capture, process.Void, process.Refund, process.Transfer, process.Reverse:
	default:
		return refused(process.NotSent, codeUnsupported, "cannot %s", op.Verb)
	}
	if !paymentShape.MatchString(op.Transaction.PaymentID) {
		return refused(process.NotSent, codePaymentUnknown, "transaction %d has no payment to %s", op.Transaction.ID, op.Verb)
	}
	units, err := toStripe(op.Amount)
	if err != nil {
		return orchestrator.Outcome{Status: process.Declined, Code: codeAmount, Err: err}
	}
	var out orchestrator.Outcome
	switch op.Verb {
	case process.Capture:
		out = g.capture(ctx, op, units)
	case process.Void:
		out = g.void(ctx, op)
	case process.Refund:
		out = g.refund(ctx, op, units)
	case process.Reverse:
		out = g.reverse(ctx, op, units)
	default:
		out = g.transfer(ctx, op, units)
	}
	return g.recheck(ctx, op, out)
}

// call is what every changing call carries: its key is the operation's, and differs
// between the calls of one.
func call(ctx context.Context, op orchestrator.Operation, what string) sdk.Params {
	return sdk.Params{Context: ctx, IdempotencyKey: sdk.String(op.Key() + "-" + what)}
}

func (g *Gateway) capture(ctx context.Context, op orchestrator.Operation, units int64) orchestrator.Outcome {
	p, err := g.api.PaymentIntents.Capture(op.Transaction.PaymentID, &sdk.PaymentIntentCaptureParams{
		Params: call(ctx, op, "capture"), AmountToCapture: sdk.Int64(units), Expand: chargeOf(""),
	})
	if err != nil {
		return failed(readable(err))
	}
	return g.answered(op, p, op.Transaction.PaymentID)
}

func (g *Gateway) void(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	reason := sdk.PaymentIntentCancellationReasonRequestedByCustomer
	if op.Actor.Kind == process.OfSchedule {
		reason = sdk.PaymentIntentCancellationReasonAbandoned
	}
	p, err := g.api.PaymentIntents.Cancel(op.Transaction.PaymentID, &sdk.PaymentIntentCancelParams{
		Params: call(ctx, op, "void"), CancellationReason: sdk.String(string(reason)), Expand: chargeOf(""),
	})
	if err != nil {
		return failed(readable(err))
	}
	return g.answered(op, p, op.Transaction.PaymentID)
}

// refund gives money back. Stripe has accepted a refund that is still pending, and
// may say much later that it failed; then the next look at the payment shows none.
func (g *Gateway) refund(ctx context.Context, op orchestrator.Operation, units int64) orchestrator.Outcome {
	params := &sdk.RefundParams{
		Params: call(ctx, op, "refund"), PaymentIntent: sdk.String(op.Transaction.PaymentID), Amount: sdk.Int64(units),
		Reason: sdk.String(string(sdk.RefundReasonRequestedByCustomer)), Metadata: metadata(op),
	}
	params.AddMetadata(metaWhole, strconv.FormatBool(op.Whole))
	r, err := g.api.Refunds.New(params)
	switch {
	case err != nil:
		return failed(readable(err))
	case r.Object != "refund" || r.ID == "" || r.Amount != units:
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	case undone[r.Status] != "":
		return refused(process.Declined, undone[r.Status], "refund %s: %s", r.ID, r.Status)
	}
	return orchestrator.Outcome{Status: process.Succeeded}
}

// transfer pays the seller out of the charge that the buyer paid. Tied to it, the
// transfer is accepted at once and becomes available when the charge does.
func (g *Gateway) transfer(ctx context.Context, op orchestrator.Operation, units int64) orchestrator.Outcome {
	account, found, err := g.Accounts.Account(ctx, op.Transaction.CommunityID, op.Transaction.Seller, g.Name())
	if err != nil {
		return orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err}
	}
	if !found || !accountShape.MatchString(account) {
		return unasked(codeNoAccount, "the payee of transaction %d has no connected account", op.Transaction.ID)
	}
	charge, refusal := g.source(ctx, op)
	if refusal != nil {
		return *refusal
	}
	t, err := g.api.Transfers.New(&sdk.TransferParams{
		Params: call(ctx, op, "transfer"), Amount: sdk.Int64(units), Currency: sdk.String(op.Amount.Currency().Lower()),
		Destination: sdk.String(account), SourceTransaction: sdk.String(charge),
		TransferGroup: sdk.String(op.Transaction.Tag()), Metadata: metadata(op),
	})
	switch {
	case err != nil:
		return failed(readable(err))
	case t.Object != "transfer" || t.ID == "" || t.Amount != units:
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	}
	return orchestrator.Outcome{Status: process.Succeeded}
}

// reverse takes a transfer back from the seller's account, which has to hold the money. Of
// several Stripe could reverse one and refuse the next, so those are left to a person.
func (g *Gateway) reverse(ctx context.Context, op orchestrator.Operation, units int64) orchestrator.Outcome {
	made, before := g.transferred(ctx, op)
	if before != nil {
		return *before
	}
	if len(made) != 1 || made[0].Amount-made[0].AmountReversed != units {
		return unasked(codeSeveral, "the seller of transaction %d was paid in %d transfers", op.Transaction.ID, len(made))
	}
	r, err := g.api.Reversals.New(&sdk.TransferReversalParams{
		Params: call(ctx, op, "reverse"), ID: sdk.String(made[0].ID), Amount: sdk.Int64(units), Metadata: metadata(op),
	})
	switch {
	case err != nil:
		var r *refusal
		out := failed(readable(err))
		if errors.As(out.Err, &r) && r.code == sdk.ErrorCodeBalanceInsufficient { // the seller's, not the platform's
			out.Status, out.Code = process.Declined, codePayeeBalance
		}
		return out
	case r.Object != "transfer_reversal" || r.ID == "" || r.Amount != units:
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	}
	return orchestrator.Outcome{Status: process.Succeeded}
}

// transferred are the transfers of a payment that have not been reversed.
func (g *Gateway) transferred(ctx context.Context, op orchestrator.Operation) (made []*sdk.Transfer, refusal *orchestrator.Outcome) {
	p, err := g.payment(ctx, op.Transaction.PaymentID)
	if err == nil && p.LatestCharge == nil {
		err = errUnreadable
	}
	if err != nil {
		out := before(err)
		return nil, &out
	}
	charge := p.LatestCharge
	list, err := all(g.transferPages(ctx, cmp.Or(charge.TransferGroup, p.TransferGroup)))
	if err != nil {
		out := before(err)
		return nil, &out
	}
	return slices.DeleteFunc(list, func(t *sdk.Transfer) bool { return !counts(t, charge.ID) }), nil
}

// counts reports whether a transfer paid something out of a charge. One of the same group
// from another charge belongs to another payment; one without is an operator's own.
func counts(t *sdk.Transfer, charge string) bool {
	return !t.Reversed && (t.SourceTransaction == nil || t.SourceTransaction.ID == charge)
}

// source is the charge that a transfer is paid out of, as the look before the transfer
// has just shown it; else it is read. Of one that the payer's bank took back Stripe
// would pay the seller all the same, out of the platform's pocket.
func (g *Gateway) source(ctx context.Context, op orchestrator.Operation) (charge string, refusal *orchestrator.Outcome) {
	refuse := func(out orchestrator.Outcome) (string, *orchestrator.Outcome) { return "", &out }
	s := op.Seen
	if !s.Found || s.PaymentID != op.Transaction.PaymentID {
		p, err := g.payment(ctx, op.Transaction.PaymentID)
		if err == nil && p.LatestCharge != nil {
			s.Charge = p.LatestCharge.ID
			if p.LatestCharge.Disputed {
				_, s, err = g.look(ctx, p)
			}
		}
		if err != nil {
			return refuse(before(err))
		}
	}
	if !chargeShape.MatchString(s.Charge) {
		return refuse(refused(process.NotSent, codePaymentUnknown, "payment %s has no charge", op.Transaction.PaymentID))
	}
	if _, open := s.Facts[process.FactDisputeOpened]; open {
		return refuse(unasked(codeDisputed, "the payer's bank took payment %s back", op.Transaction.PaymentID))
	}
	return s.Charge, nil
}

// answered translates the payment that a call returned.
func (g *Gateway) answered(op orchestrator.Operation, p *sdk.PaymentIntent, id string) orchestrator.Outcome {
	err := paymentOf(p, id)
	if err != nil {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: err}
	}
	out := orchestrator.Outcome{}
	if out.Snapshot, err = g.snapshot(p); err != nil {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: err}
	}
	if _, done := out.Snapshot.Facts[settles[op.Verb]]; done {
		out.Status = process.Succeeded
		return out
	}
	switch p.Status {
	case sdk.PaymentIntentStatusProcessing, sdk.PaymentIntentStatusRequiresPaymentMethod, sdk.PaymentIntentStatusRequiresConfirmation:
		out.Status = process.Pending
	case sdk.PaymentIntentStatusRequiresAction:
		out.Status = process.RequiresAction
	case sdk.PaymentIntentStatusCanceled:
		out.Status, out.Code = process.Declined, codeCanceled
	default:
		out.Status, out.Code = process.Unknown, codeUnreadable
	}
	return out
}

// settles names the fact that shows that a verb has been carried out.
var settles = map[process.Verb]process.Fact{
	process.Authorize: process.FactAuthorized, process.Charge: process.FactCaptured, process.Capture: process.FactCaptured,
	process.Void: process.FactVoided, process.Refund: process.FactRefunded, process.Transfer: process.FactTransferred,
	process.Reverse: process.FactPayoutReturned,
}

// recheck looks at a payment about which Stripe refused something: it may be done
// already, which is a success, and any other refusal means that our picture of the
// payment is old. A hold that lapsed needs no look; once Stripe has cancelled
// its payment, only the payment says so.
func (g *Gateway) recheck(ctx context.Context, op orchestrator.Operation, out orchestrator.Outcome) orchestrator.Outcome {
	if out.Status != process.Declined || out.Code == codeHoldExpired {
		return out
	}
	p, s, err := g.shown(ctx, op.Transaction.PaymentID)
	if err != nil {
		return orchestrator.Outcome{Status: process.Unknown, Code: out.Code, Err: errors.Join(out.Err, err)}
	}
	out.Snapshot = s
	switch {
	case done(op, s):
		out.Status, out.Code = process.Succeeded, ""
	case op.Verb == process.Capture && cancelledByStripe(p):
		out.Code = codeHoldExpired
	}
	return out
}

// cancelledByStripe reports whether nobody but Stripe ended a payment, because its hold was over.
func cancelledByStripe(p *sdk.PaymentIntent) bool {
	return p != nil && p.Status == sdk.PaymentIntentStatusCanceled && p.CancellationReason == sdk.PaymentIntentCancellationReasonAutomatic
}

// done reports whether a payment shows that an operation was carried out. Refunds
// and transfers may have been made by hand as well, so their sums count.
func done(op orchestrator.Operation, s orchestrator.Snapshot) bool {
	if t, funds := s.Totals, op.Transaction.Funds; t != nil {
		switch op.Verb {
		case process.Refund:
			return t.Refunded-funds.Refunded >= op.Amount.Minor()
		case process.Transfer:
			return t.Released-funds.Released >= op.Amount.Minor()
		case process.Reverse:
			return funds.Released-t.Released >= op.Amount.Minor()
		}
	}
	_, done := s.Facts[settles[op.Verb]]
	return done
}
