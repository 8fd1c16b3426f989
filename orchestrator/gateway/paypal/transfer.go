package paypal

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// known is a day less than the 30 days for which PayPal knows the id of a batch (official API).
const known = 29 * 24 * time.Hour

// transfer pays the seller by a payout out of the platform's balance, with one item. It bears two
// ids: of the batch, which is the operation's key, and of the request, which is the order's. PayPal
// pays for either once in 30 days, and a repeat is told the first (official API). An item that is on its way or that nobody has claimed is not paid yet: the
// operation stays open until PayPal tells what came of it.
func (g *Gateway) transfer(ctx context.Context, op orchestrator.Operation, o order) orchestrator.Outcome {
	if o.keeps() {
		if out := g.unpaid(ctx, op); out != nil {
			return *out
		}
		return g.disburse(ctx, op, o)
	}
	payee, err := g.linked(ctx, op.Transaction.CommunityID, op.Transaction.Seller)
	if err != nil {
		return orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err}
	}
	kind := kindOf(payee)
	if kind == "" {
		return refused(process.Declined, codeNoAccount, "the payee of transaction %d has no PayPal account that is linked", op.Transaction.ID)
	}
	if o.Units[0].Payee.Merchant == payee {
		return refused(process.Declined, codePaid, "order %s was paid to its seller", op.Transaction.PaymentID)
	}
	if out := g.unpaid(ctx, op); out != nil {
		return *out
	}
	if err := g.Takes(op.Verb, op.Amount); err != nil {
		return refused(process.Declined, codeAmount, "%w", err)
	}
	if op.Attempt > 1 && op.Age > known {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeNoClearAnswer, Unasked: true, Err: errors.New("paypal: the payout was first sent too long ago to be sent again")}
	}
	for n := 1; n <= maxPayouts; n++ {
		if out, over := g.payout(ctx, op, n, kind, payee); !over {
			return out
		}
	}
	return refused(process.Declined, codePayoutFailed, "%d payouts of order %s have failed", maxPayouts, op.Transaction.PaymentID)
}

// maxPayouts bounds how many payouts of an order are gone through; our choice.
const maxPayouts = 50

// payout makes the nth payout of an order, or finds the one that was made. Its key is the order's and
// not the operation's, so that one which our books have forgotten, because an old backup was
// restored, is found and not made again: PayPal shows no payout beside its order. over: it was
// another operation's and has failed, so that the next one may be made.
func (g *Gateway) payout(ctx context.Context, op orchestrator.Operation, n int, kind, payee string) (out orchestrator.Outcome, over bool) {
	order := op.Transaction.PaymentID
	in := newPayout{
		Header: payoutHeader{op.Key()},
		Items:  []newPayoutItem{{Kind: kind, Amount: paidOut(op.Amount), Receiver: payee, Sender: order}},
	}
	var p payout
	err := g.api.post(ctx, "/v1/payments/payouts", payoutKey(order, n), in, &p)
	batch := p.Header.ID
	if has(err, "USER_BUSINESS_ERROR") {
		batch = batchIn(err)
	} else if err != nil {
		return failed(err), false
	}
	item, err := g.item(ctx, batch, order)
	if err != nil {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeNoClearAnswer, Err: err}, false
	}
	paid, err := item.Item.Amount.fromPayPal()
	switch out, ours := outcomeOf(item), item.Batch == op.Key(); {
	case err != nil, ours && paid != op.Amount:
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}, false
	case !ours && out.Status == process.Declined:
		return out, true
	case paid != op.Amount:
		return refused(process.Declined, codePaid, "%s of order %s were paid out already", paid, order), false
	default:
		return out, false
	}
}

// payoutKey is the PayPal-Request-Id of the nth payout of an order.
func payoutKey(order string, n int) string { return fmt.Sprintf("%s-transfer-%d", order, n) }

// unpaid is why nothing is paid out of an order; nil: it is paid, and nobody objects. PayPal does not tie a payout to
// an order, so that it would pay for one that there is not out of what other buyers paid.
func (g *Gateway) unpaid(ctx context.Context, op orchestrator.Operation) *orchestrator.Outcome {
	refuse := func(out orchestrator.Outcome) *orchestrator.Outcome { return &out }
	id, s := op.Transaction.PaymentID, op.Seen
	if !s.Found {
		var err error
		if s, err = g.Lookup(ctx, orchestrator.PaymentRef{CommunityID: op.Transaction.CommunityID, PaymentID: id}); err != nil {
			return refuse(before(err))
		}
	}
	if _, disputed := s.Facts[process.FactDisputeOpened]; disputed {
		return refuse(refused(process.Declined, codeDisputed, "the payer objects to order %s", id))
	}
	if _, paid := s.Facts[process.FactCaptured]; !paid {
		return refuse(refused(process.NotSent, codePaymentUnknown, "order %s is not paid", id))
	}
	return nil
}

// payouts are what each state of an item means; what is not here is not known yet.
var payouts = map[string]process.Status{
	statusSuccess: process.Succeeded,
	"FAILED":      process.Declined, "RETURNED": process.Declined, "BLOCKED": process.Declined, statusRefunded: process.Declined, "REVERSED": process.Declined,
}

// outcomeOf is what an item says about its operation.
func outcomeOf(item payoutItem) orchestrator.Outcome {
	err := fmt.Errorf("paypal: the payout is %.40q", item.Status)
	switch payouts[item.Status] {
	case process.Succeeded:
		return orchestrator.Outcome{Status: process.Succeeded}
	case process.Declined:
		return orchestrator.Outcome{Status: process.Declined, Code: codePayoutFailed, Err: err}
	}
	return orchestrator.Outcome{Status: process.Unknown, Code: codePayoutOpen, Err: err}
}

// item is the only one of a batch, which has to be of an order.
func (g *Gateway) item(ctx context.Context, batch, order string) (payoutItem, error) {
	if !idShape.MatchString(batch) {
		return payoutItem{}, errUnreadable
	}
	var p payout
	if err := g.api.get(ctx, "/v1/payments/payouts/"+url.PathEscape(batch), &p); err != nil {
		return payoutItem{}, err
	}
	if p.Header.ID != batch || len(p.Items) != 1 || p.Items[0].Item.Sender != order {
		return payoutItem{}, fmt.Errorf("%w: payout %s", errUnreadable, batch)
	}
	p.Items[0].Batch = p.Header.Sender.Sender
	return p.Items[0], nil
}

// batchIn is the batch that a refusal of a second one names.
func batchIn(err error) string {
	r := asRefusal(err)
	for _, l := range r.links {
		if u, err := url.Parse(l.Href); err == nil && l.Rel == "self" {
			_, id, _ := strings.Cut(u.Path, "/v1/payments/payouts/")
			return id
		}
	}
	return ""
}

// withPayout adds to an order what became of a payout, as PayPal says when it is asked.
func (g *Gateway) withPayout(ctx context.Context, s orchestrator.Snapshot, batch string) (orchestrator.Snapshot, error) {
	item, err := g.item(ctx, batch, s.PaymentID)
	if err != nil {
		return s, err
	}
	switch payouts[item.Status] {
	case process.Succeeded:
		s.Ended = &orchestrator.Ending{Reference: item.Batch}
	case process.Declined:
		s.Ended = &orchestrator.Ending{Reference: item.Batch, Code: codePayoutFailed}
	}
	return s, nil
}
