package braintree

import (
	"context"
	"iter"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// calls are the requests of which the life of a payment is made, in one of Braintree's two APIs: that of GraphQL (api), or the
// classic one (classic), which alone knows of sub-merchants and escrow. Ids of payments are the legacy ones, which both have.
type calls interface {
	// open makes a payment, also one that is refused.
	open(ctx context.Context, s sale) (payment, error)
	// find reads a payment.
	find(ctx context.Context, legacy string) (payment, bool, error)
	// search finds the payment with an order id. A later one may have been rejected as a duplicate, so the one that took or
	// holds money counts, and among those the oldest.
	search(ctx context.Context, reference string) (payment, bool, error)
	// first finds what a payment is a rejected repeat of, if that bears a reference; repeats is false where it is none.
	first(ctx context.Context, p payment, reference string) (original payment, repeats bool, err error)
	// between are the payments that were made from one time to another, both included.
	between(ctx context.Context, from, to time.Time) iter.Seq2[payment, error]
	// take captures an authorization, or a part of it.
	take(ctx context.Context, p payment, a money.Amount) (payment, error)
	// reverse undoes what has not settled.
	reverse(ctx context.Context, p payment) (reversal, error)
	// refund gives back of what has settled, under an order id.
	refund(ctx context.Context, p payment, a money.Amount, order string) (payment, error)
}

// sale is a payment to be made.
type sale struct {
	Nonce, Account, OrderID string
	Amount                  money.Amount
	Capture                 bool
	Fee                     *money.Amount // the marketplace's, of a payment for a sub-merchant
}

// by are the calls for a deal. One whose seller Braintree pays is in escrow, and needs the classic API.
func (g *Gateway) by(tx orchestrator.Transaction) calls {
	if g.escrowed(tx) {
		return g.classic
	}
	return g.api
}

// escrowed reports whether Braintree pays the seller of a deal.
func (g *Gateway) escrowed(tx orchestrator.Transaction) bool {
	return g.classic != nil && !tx.MarketplacePays
}

// reading are the calls for a payment of which nothing else is known: both APIs show every payment, and one of them its escrow.
func (g *Gateway) reading() calls {
	if g.classic != nil {
		return g.classic
	}
	return g.api
}

// best is what counts among payments with the same order id, see [calls].
func best(ctx context.Context, list iter.Seq2[payment, error], reference string) (found payment, any bool, err error) {
	for p, err := range list {
		if err != nil {
			return payment{}, false, err
		}
		if p.OrderID == reference && (!any || alive(p) || !alive(found)) {
			found, any = p, true
		}
	}
	return found, any, ctx.Err()
}
