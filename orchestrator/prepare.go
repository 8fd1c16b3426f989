package orchestrator

import (
	"context"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
)

// Preparing is a Gateway at which the payer's browser makes the payment method before a deal is paid with it.
type Preparing interface {
	// Prepare gives what the browser begins with. It opens no payment and moves nothing. Its errors are faults
	// (amount_not_supported for a currency that the gateway does not take), or tell that it did not answer.
	Prepare(ctx context.Context, p Preparation) (Prepared, error)
}

// Preparation is what a payer is about to pay in, and where their browser is led back to, at gateways that lead it away.
type Preparation struct {
	Currency        money.Currency
	Done, Cancelled string // addresses; empty: the gateway's usual one
}

// Prepared is what a browser begins with: one of the two.
type Prepared struct {
	ClientToken string // for the gateway's own script; it is a secret of this payer
	Form        *Form
}

// Form is what a browser posts to the gateway, which then leads it to a page of its own. It works once.
type Form struct {
	URL    string
	Fields map[string]string
}

// PreparePayment gives what a payer's browser needs to make a payment method at a gateway. Faults: unknown_gateway,
// gateway_not_configured, nothing_to_prepare, amount_not_supported, too_many_looks, gateway_unavailable.
func (e *Engine) PreparePayment(ctx context.Context, community int64, gateway string, p Preparation) (Prepared, error) {
	kind, err := e.config.Kinds.Find(gateway)
	if err != nil {
		return Prepared{}, err
	}
	g, err := e.gateway(kind.Name)
	if err != nil {
		return Prepared{}, err
	}
	prepares, ok := g.(Preparing)
	if !ok {
		return Prepared{}, fault.New(fault.Conflict, "nothing_to_prepare", "gateway %s needs nothing before a deal is opened; open it, and lead the payer to its redirect_url or use its client_secret", kind.Name)
	}
	if err := e.mayAsk(community); err != nil {
		return Prepared{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.config.CallTimeout)
	defer cancel()
	made, err := prepares.Prepare(ctx, p)
	return made, notAnswered(err, kind.Name)
}
