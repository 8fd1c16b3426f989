package braintree

import (
	"context"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

const refundQuery = `mutation Refund($input: RefundTransactionInput!) {
  refundTransaction(input: $input) { refund { ...refund } }
}` + refundSelection

// refund gives money back. A settled payment is refunded, by any part. Before it settles, all of it goes back by a reversal,
// and a part cannot go back at all: nothing is sent, and the step is repeated once it has settled, mostly on the next day. To
// reverse all and take the rest anew would need the buyer.
func (g *Gateway) refund(ctx context.Context, op orchestrator.Operation, p payment) orchestrator.Outcome {
	s, err := g.snapshot(p, &op.Transaction.Funds)
	if err != nil {
		return orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err}
	}
	if out := g.wholly(op, p, s); out != nil {
		return *out
	}
	switch {
	case p.Status == isSettled, p.Status == isSettling:
		return g.giveBack(ctx, op, p)
	case !captured(p.Status):
		return g.now(op, p, process.Declined, codeOvertaken)
	case op.Amount.Minor() != s.Totals.Captured || s.Totals.Refunded != 0:
		return refused(process.Declined, codeNotSettled, "payment %s has not settled, so no part of it can go back", s.PaymentID)
	}
	if _, err := g.by(op.Transaction).reverse(ctx, p); err != nil {
		return g.recheck(ctx, op, failed(err))
	}
	return orchestrator.Outcome{Status: process.Succeeded}
}

// giveBack makes a refund of a payment that settles or has settled.
func (g *Gateway) giveBack(ctx context.Context, op orchestrator.Operation, p payment) orchestrator.Outcome {
	order := op.Reference()
	if op.Whole {
		order += whole
	}
	r, err := g.by(op.Transaction).refund(ctx, p, op.Amount, order)
	if codeOf(err) == notSettled {
		return declined(codeNotSettled, "payment %s has not settled", p.LegacyID)
	}
	if err != nil {
		out := failed(err)
		if code := codeOf(err); code == refundSuspended || code == refundPending {
			out.Code = codeRefundFailed // of a sub-merchant who may no longer do business
		}
		return g.recheck(ctx, op, out)
	}
	back, err := r.Amount.read()
	switch {
	case err != nil || back != op.Amount:
		return unclear(errUnreadable)
	case undone(r.Status):
		return declined(codeRefundFailed, "refund %s: %s", gateway.Printable(r.LegacyID), gateway.Printable(r.Status))
	}
	return orchestrator.Outcome{Status: process.Succeeded}
}

func (a *api) refund(ctx context.Context, p payment, sum money.Amount, order string) (payment, error) {
	var out struct {
		Payload struct {
			Refund *payment `json:"refund"`
		} `json:"refundTransaction"`
	}
	err := a.call(ctx, refundQuery, input(change{ID: p.ID, Back: &newAmount{decimal(sum), order}}), &out)
	switch {
	case err != nil:
		return payment{}, err
	case out.Payload.Refund == nil:
		return payment{}, errUnreadable
	}
	return *out.Payload.Refund, nil
}
