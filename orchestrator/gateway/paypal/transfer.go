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

// transfer pays the seller by a payout out of the platform's balance, with one item, whose batch
// id is the operation's key: PayPal pays for that once in 30 days, and a repeat is told the first
// (official API). An item that is on its way or that nobody has claimed is not paid yet: the
// operation stays open until PayPal tells what came of it.
func (g *Gateway) transfer(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	payee, found, err := g.Accounts.Account(ctx, op.Transaction.CommunityID, op.Transaction.Seller, g.Name())
	if err != nil {
		return orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err}
	}
	kind := kindOf(payee)
	if !found || kind == "" {
		return refused(process.Declined, codeNoAccount, "the payee of transaction %d has no PayPal account that is linked", op.Transaction.ID)
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
	in := newPayout{
		Header: payoutHeader{op.Key()},
		Items:  []newPayoutItem{{Kind: kind, Amount: paidOut(op.Amount), Receiver: payee, Sender: op.Transaction.PaymentID}},
	}
	var p payout
	err = g.api.post(ctx, "/v1/payments/payouts", key(op, "transfer"), in, &p)
	batch := p.Header.ID
	if has(err, "USER_BUSINESS_ERROR") {
		batch = batchIn(err)
	} else if err != nil {
		return failed(err)
	}
	item, err := g.item(ctx, batch, op.Key(), op.Transaction.PaymentID)
	if err != nil {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeNoClearAnswer, Err: err}
	}
	if paid, err := item.Item.Amount.fromPayPal(); err != nil || paid != op.Amount {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	}
	return outcomeOf(item)
}

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

// item is the only one of a batch, which has to be that of an operation, unless none is named,
// and of an order.
func (g *Gateway) item(ctx context.Context, batch, sender, order string) (payoutItem, error) {
	if !idShape.MatchString(batch) {
		return payoutItem{}, errUnreadable
	}
	var p payout
	if err := g.api.get(ctx, "/v1/payments/payouts/"+url.PathEscape(batch), &p); err != nil {
		return payoutItem{}, err
	}
	if p.Header.ID != batch || sender != "" && p.Header.Sender.Sender != sender || len(p.Items) != 1 || p.Items[0].Item.Sender != order {
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
	item, err := g.item(ctx, batch, "", s.PaymentID)
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
