package paypal

import (
	"context"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// maxText is the length of descriptions and of our references (official API).
const maxText = 127

// open makes an order that the buyer approves on PayPal's page. Where its answer is lost, the same
// order is answered under the same key.
func (g *Gateway) open(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	if err := g.Takes(op.Verb, op.Amount); err != nil {
		return refused(process.Declined, codeAmount, "%w", err)
	}
	in, err := g.payable(op)
	if err != nil {
		return refused(process.Declined, codeAmount, "%w", err)
	}
	if err := g.instruct(ctx, op, &in.Units[0]); err != nil {
		if reason := fault.ReasonOf(err); reason != "" {
			return refused(process.Declined, reason, "%w", err)
		}
		return before(err)
	}
	var o order
	if err := g.api.post(ctx, "/v2/checkout/orders", key(op, "order"), in, &o); err != nil {
		return failed(err)
	}
	if err := o.check(""); err != nil {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: err}
	}
	s, err := g.snapshot(o)
	if err != nil || s.References[0].Text != op.Reference() {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	}
	out := orchestrator.Outcome{Status: process.Pending, Snapshot: s}
	if _, held := s.Facts[process.FactAuthorized]; held {
		out.Status = process.Succeeded
	}
	return out
}

// payable describes the order. The breakdown tells the price from the fee on top of it.
func (g *Gateway) payable(op orchestrator.Operation) (newOrder, error) {
	tx := op.Transaction
	in := newOrder{Intent: forAuthorizing}
	u := newUnit{
		Reference: tx.Tag(), Description: cut(tx.ListingTitle, maxText), Custom: op.Reference(), Invoice: tx.Tag(),
		Amount: unitAmount{amount: *toPayPal(op.Amount), Breakdown: breakdown{Items: toPayPal(tx.Price)}},
	}
	fee, err := op.Amount.Sub(tx.Price)
	if err != nil {
		return in, err
	}
	if !fee.IsZero() {
		if err := g.Takes(op.Verb, fee); err != nil {
			return in, err
		}
		u.Amount.Breakdown.Handling = toPayPal(fee)
	}
	if err := g.Takes(op.Verb, tx.Price); err != nil {
		return in, err
	}
	in.Units = []newUnit{u}
	in.Source.PayPal.Experience = experience{Return: g.back(op.Input["success_url"]), Cancel: g.back(op.Input["cancel_url"]), Shipping: "NO_SHIPPING", Action: "PAY_NOW"}
	return in, nil
}

// back is where the buyer is led to.
func (g *Gateway) back(wanted string) string {
	if wanted == "" {
		return g.ReturnURL
	}
	return wanted
}
