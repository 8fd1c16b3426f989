package braintree

import (
	"context"
	"regexp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

const clientTokenQuery = `mutation ClientToken($input: CreateClientTokenInput!) { createClientToken(input: $input) { clientToken } }`

// clientTokenShape is that of client tokens, which are base64 text.
var clientTokenShape = regexp.MustCompile(`^[A-Za-z0-9+/=_-]+$`)

// maxClientToken bounds a client token, in bytes; our choice: they are about a tenth of it.
const maxClientToken = 20_000

// Prepare makes a client token, with which Braintree's script in the browser turns a card into a nonce. Asked twice it makes another
// one; none of them is worth anything without a payer's card.
func (g *Gateway) Prepare(ctx context.Context, p orchestrator.Preparation) (orchestrator.Prepared, error) {
	account := g.Accounts[p.Currency]
	if account == "" {
		return orchestrator.Prepared{}, fault.New(fault.Invalid, codeAmount, "%s cannot be paid through braintree: there is no merchant account for it; use one of %v", p.Currency, g.currencies())
	}
	var in struct {
		Token struct {
			Account string `json:"merchantAccountId"`
		} `json:"clientToken"`
	}
	in.Token.Account = account
	var out struct {
		Payload struct {
			Token string `json:"clientToken"`
		} `json:"createClientToken"`
	}
	err := g.api.call(ctx, clientTokenQuery, input(in), &out)
	if err == nil && (len(out.Payload.Token) > maxClientToken || !clientTokenShape.MatchString(out.Payload.Token)) {
		err = errUnreadable
	}
	return orchestrator.Prepared{ClientToken: out.Payload.Token}, err
}
