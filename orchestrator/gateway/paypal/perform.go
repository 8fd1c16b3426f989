package paypal

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Perform carries out one verb. What fails before the call that counts is NotSent or Declined; a
// doubtful answer of that call is Unknown.
func (g *Gateway) Perform(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	switch op.Verb {
	case process.Authorize:
		return g.open(ctx, op)
	case process.Capture, process.Void, process.Refund, process.Transfer:
	default:
		return refused(process.NotSent, codeUnsupported, "cannot %s", op.Verb)
	}
	if !idShape.MatchString(op.Transaction.PaymentID) {
		return refused(process.NotSent, codePaymentUnknown, "transaction %d has no order to %s", op.Transaction.ID, op.Verb)
	}
	o, known, err := g.order(ctx, op.Transaction.PaymentID)
	switch {
	case err != nil:
		return before(err)
	case !known:
		return refused(process.NotSent, codePaymentUnknown, "order %s is not known", op.Transaction.PaymentID)
	case op.Verb == process.Capture:
		return g.recheck(ctx, op, g.capture(ctx, op, o))
	case op.Verb == process.Transfer:
		return g.transfer(ctx, op, o)
	case op.Verb == process.Void:
		return g.recheck(ctx, op, g.void(ctx, op, o))
	}
	return g.recheck(ctx, op, g.refund(ctx, op, o))
}

// key is the PayPal-Request-Id of a call: the operation's, and different for each call of one.
func key(op orchestrator.Operation, what string) string { return op.Key() + "-" + what }

// reserved is the authorization of an order to capture: the newest that is open.
func reserved(o order) (authorization, bool) {
	var newest authorization
	for _, a := range o.Units[0].Payments.Authorizations {
		if (a.Status == statusCreated || a.Status == statusPartly) && !timeOf(a.Created).Before(timeOf(newest.Created)) {
			newest = a
		}
	}
	return newest, idShape.MatchString(newest.ID)
}

// capture takes what was reserved. PayPal promises the sum for three days only, and then until day
// 29 may refuse it; in that case it is authorized again, if PayPal lets us, and taken of that
// (official API). A second capture cannot follow the first: each is the final one.
func (g *Gateway) capture(ctx context.Context, op orchestrator.Operation, o order) orchestrator.Outcome {
	if done, s := g.taken(o); done {
		return orchestrator.Outcome{Status: process.Succeeded, Snapshot: s}
	} else if waits(o) {
		return orchestrator.Outcome{Status: process.Pending, Snapshot: s}
	}
	a, found := reserved(o)
	if !found {
		out := refused(process.Declined, codeHoldExpired, "order %s has nothing reserved", o.ID)
		out.Unasked = false
		return out
	}
	// PayPal itself takes up to 15 % more than it reserved (official API); the buyer approved this sum.
	if limit, err := a.Amount.fromPayPal(); err != nil || op.Amount.Minor() > limit.Minor() {
		return refused(process.Declined, codeAmount, "%s are more than what is reserved of order %s", op.Amount, o.ID)
	}
	out := g.take(ctx, op, o, a, "capture")
	if out.Status != process.Declined || out.Code == codeHoldExpired || o.keeps() { // a platform cannot authorize again
		return out
	}
	var again authorization
	path := "/v2/payments/authorizations/" + url.PathEscape(a.ID) + "/reauthorize"
	err := g.api.post(ctx, path, key(op, "reauthorize"), map[string]*amount{"amount": a.Amount}, &again)
	switch {
	case failed(err).Status == process.Declined && err != nil:
		return out // it cannot be authorized again, so the first answer stands
	case err != nil:
		return orchestrator.Outcome{Status: process.Unknown, Code: codeNoClearAnswer, Err: err}
	case !idShape.MatchString(again.ID):
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	}
	o.Units[0].Payments.Captures = nil
	return g.take(ctx, op, o, again, "capture-again")
}

// take captures one authorization.
func (g *Gateway) take(ctx context.Context, op orchestrator.Operation, o order, a authorization, what string) orchestrator.Outcome {
	var c capture
	in := newCapture{Amount: toPayPal(op.Amount), Invoice: op.Transaction.Tag(), Final: true}
	if err := g.api.postFor(ctx, o.merchant(), "/v2/payments/authorizations/"+url.PathEscape(a.ID)+"/capture", key(op, what), in, &c); err != nil {
		return failed(err)
	}
	if !idShape.MatchString(c.ID) {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	}
	o.Units[0].Payments.Captures = append(o.Units[0].Payments.Captures, c)
	done, s := g.taken(o)
	switch {
	case done:
		return orchestrator.Outcome{Status: process.Succeeded, Snapshot: s}
	case c.Status == statusPending:
		return orchestrator.Outcome{Status: process.Pending, Snapshot: s}
	case c.Status == "DECLINED" || c.Status == "FAILED":
		out := refused(process.Declined, codeDeclined, "capture %s is %s", c.ID, c.Status)
		out.Unasked = false
		return out
	}
	return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
}

// waits reports whether a capture of an order is pending.
func waits(o order) bool {
	return slices.ContainsFunc(o.Units[0].Payments.Captures, func(c capture) bool { return c.Status == statusPending })
}

// taken reports whether an order shows that its money was taken.
func (g *Gateway) taken(o order) (bool, orchestrator.Snapshot) {
	s, err := g.snapshot(o)
	if err != nil {
		return false, orchestrator.Snapshot{}
	}
	_, done := s.Facts[process.FactCaptured]
	return done, s
}

// void drops what was reserved. PayPal has no call to end an order. One that nobody has approved
// holds nothing, and its page is no longer shown. One that is approved is authorized first,
// under the key of whoever might be at that in the same moment, so that nothing is reserved after
// it was voided.
func (g *Gateway) void(ctx context.Context, op orchestrator.Operation, o order) orchestrator.Outcome {
	var err error
	if o.Status == statusApproved {
		if o, err = g.reserve(ctx, o); err != nil {
			if out := failed(err); out.Status == process.NotSent {
				return out
			}
			return orchestrator.Outcome{Status: process.Unknown, Code: codeNoClearAnswer, Err: err}
		}
	}
	s, err := g.snapshot(o)
	if err != nil {
		return before(err)
	}
	_, paid := s.Facts[process.FactCaptured]
	_, voided := s.Facts[process.FactVoided]
	first, held := original(o)
	switch {
	case paid:
		out := refused(process.Declined, codePaid, "order %s is paid", o.ID)
		out.Snapshot, out.Unasked = s, false
		return out
	case voided, len(o.Units[0].Payments.Authorizations) == 0:
		s.RedirectURL = ""
		return orchestrator.Outcome{Status: process.Succeeded, Snapshot: s}
	case !held:
		out := refused(process.Declined, codePaid, "order %s waits for its capture", o.ID)
		out.Snapshot, out.Unasked = s, false
		return out
	}
	var after authorization
	if err := g.api.postFor(ctx, o.merchant(), "/v2/payments/authorizations/"+url.PathEscape(first)+"/void", "", nil, &after); err != nil {
		return failed(err)
	}
	return orchestrator.Outcome{Status: process.Succeeded}
}

// original is the first authorization of an order that is open: who voids that voids all.
func original(o order) (id string, found bool) {
	for _, a := range o.Units[0].Payments.Authorizations {
		if a.Status == statusCreated || a.Status == statusPending || a.Status == statusPartly {
			return a.ID, idShape.MatchString(a.ID)
		}
	}
	return "", false
}

// refund gives money back. PayPal has accepted a refund that is still pending, and may say later
// that it failed; then the next look at the order shows none.
func (g *Gateway) refund(ctx context.Context, op orchestrator.Operation, o order) orchestrator.Outcome {
	var from string
	for _, c := range o.Units[0].Payments.Captures {
		if c.Status == statusCompleted || c.Status == statusPartBack || c.Status == statusRefunded {
			from = c.ID
		}
	}
	if !idShape.MatchString(from) {
		return refused(process.NotSent, codePaymentUnknown, "order %s has nothing captured", o.ID)
	}
	shares, err := returned(o, op)
	if err != nil {
		return refused(process.Declined, cmp.Or(fault.ReasonOf(err), codeUnreadable), "%w", err)
	}
	var r refund
	in := newRefund{toPayPal(op.Amount), customOf(op), shares}
	if err := g.api.postFor(ctx, o.merchant(), "/v2/payments/captures/"+url.PathEscape(from)+"/refund", key(op, "refund"), in, &r); err != nil {
		return failed(err)
	}
	back, err := r.Amount.fromPayPal()
	switch {
	case err != nil || !idShape.MatchString(r.ID) || back != op.Amount:
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	case r.Status == statusCompleted, r.Status == statusPending:
		return orchestrator.Outcome{Status: process.Succeeded}
	case r.Status == "FAILED", r.Status == "CANCELLED":
		out := refused(process.Declined, codeRefundFailed, "refund %s is %s", r.ID, r.Status)
		out.Unasked = false
		return out
	}
	return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
}

// settles names the fact that shows that a verb has been carried out.
var settles = map[process.Verb]process.Fact{process.Capture: process.FactCaptured, process.Void: process.FactVoided}

// recheck looks at an order about which PayPal refused something: it may be done already, which
// is a success, and any other refusal means that our picture of it is old.
func (g *Gateway) recheck(ctx context.Context, op orchestrator.Operation, out orchestrator.Outcome) orchestrator.Outcome {
	if out.Status != process.Declined || out.Unasked || out.Snapshot.Found {
		return out
	}
	s, err := g.Lookup(ctx, orchestrator.PaymentRef{CommunityID: op.Transaction.CommunityID, PaymentID: op.Transaction.PaymentID, Booked: &op.Transaction.Funds})
	if err != nil {
		return orchestrator.Outcome{Status: process.Unknown, Code: out.Code, Err: errors.Join(out.Err, err)}
	}
	out.Snapshot = s
	_, done := s.Facts[settles[op.Verb]]
	if op.Verb == process.Refund && s.Totals != nil {
		done = s.Totals.Refunded-op.Transaction.Funds.Refunded >= op.Amount.Minor()
	}
	if done {
		out.Status, out.Code = process.Succeeded, ""
	}
	return out
}

// cut is a text with at most so many bytes, in whole characters.
func cut(text string, longest int) string {
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "")
	}
	return text
}
