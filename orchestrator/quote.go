package orchestrator

import (
	"context"

	"github.com/handsel-dev/handsel/money"
)

// Quoting is a Charging gateway that tells its fees before a deal is opened.
type Quoting interface {
	Quote(ctx context.Context, price money.Amount) (Quote, error)
}

// Quote is what a gateway would charge for a deal of a price, in minor units of its
// currency; nil is what it does not tell beforehand.
type Quote struct {
	Buyer  *int64 // on top of the price
	Seller *int64 // out of the price
}

// Quote asks a gateway that sets its own fees what it would charge now. What cannot
// be learned is unknown, never zero: the gateway does not answer, refuses the price,
// or tells its fees only when a deal is opened.
func (e *Engine) Quote(ctx context.Context, g Gateway, price money.Amount) Quote {
	q, ok := g.(Quoting)
	if !ok {
		return Quote{}
	}
	ctx, cancel := context.WithTimeout(ctx, e.config.CallTimeout)
	defer cancel()
	quote, err := q.Quote(ctx, price)
	if err != nil {
		e.config.Log.WarnContext(ctx, "quote of fees", "gateway", g.Name(), "error", err)
		return Quote{}
	}
	return quote
}
