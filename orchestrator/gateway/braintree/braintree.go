// Package braintree lets buyers pay through Braintree, by its GraphQL API. The buyer's browser turns a card into a nonce,
// which is all that is ever seen here.
//
// Braintree holds no money for a marketplace and pays no sellers, unless it has the old Marketplace, which is closed to new merchants:
// what is captured goes to the merchant's own bank, and the marketplace pays sellers out of it. No transfer is asked for then, and
// texts for users must not say that Braintree holds money.
//
// With the Marketplace (escrow.go, sellers.go; official reference) a seller is a sub-merchant, and a payment is made for them with our
// commission in it as the service fee. It is held once it has settled, and is released or given back as a whole; the sub-merchant's bank
// is paid on the next business day. Of that only the classic API knows (classic.go), and payments of such deals use no other.
// Braintree says of itself that it does not escrow funds: it holds them until they are released. How a deal is paid stands with the
// deal, and stays when the setting is changed.
//
// To hold is asked together with the sale, also where it only reserves, so that there is no moment in which money is captured and not
// to be held; the reference allows that for every sale, and later ones only until they are submitted for settlement. A capture first
// looks whether the payment will be held. Guessed and not verified: that a hold stays with an authorization for its whole life; that
// updated-at tells when a release was asked for; that a refund of a held payment returns the fee too; that a sub-merchant who was
// declined is shown as suspended; that the classic API of version 5, which the last SDK with the Marketplace speaks, is still served.
//
// Braintree knows no idempotency keys. A payment bears our reference as its order id and is found by it, and what was done
// to it shows on it, so that nothing is sent again before a look has shown that it did not arrive. Of that, open.go and
// refund.go say more where it matters.
//
// Before it settles, a payment can only be dropped as a whole; afterwards it can only be given back. Both are reversals to
// Braintree, which chooses, so what it chose is read from its answer (perform.go).
package braintree

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Origin is that of Braintree's own API, SandboxOrigin that of its sandbox.
const (
	Origin        = "https://payments.braintree-api.com"
	SandboxOrigin = "https://payments.sandbox.braintree-api.com"
)

// Config is what the gateway needs; Public, Private and Accounts are required.
type Config struct {
	Public  string // key of the API
	Private string `json:"-"` // key that belongs to it; never printed
	BaseURL string // origin of the API; default Origin
	// Accounts are the ids of the merchant accounts, by their currency: a payment is in the currency of its account.
	Accounts map[money.Currency]string
	// OpenAccount is that of gateway.Surroundings: it only tells who can be paid.
	OpenAccount func(ctx context.Context, community int64, user string) (id string, ok bool, err error)
	// Merchant is the id of the gateway account, which the classic API wants; empty: that API is not used, and Escrow is not there.
	Merchant string
	// ClassicURL is the origin of the classic API; default that which belongs to BaseURL.
	ClassicURL string
	// Escrow has new deals paid into escrow, for sellers who are sub-merchants of the one account in Accounts; see [Marketplace].
	Escrow bool
	// Sellers keeps who is which sub-merchant; needed with Escrow.
	Sellers   orchestrator.Accounts
	NewID     func() string     // makes texts that nobody can guess; default crypto/rand
	Transport http.RoundTripper // default http.DefaultTransport
	Now       func() time.Time  // for what Braintree gives no time; default time.Now
}

// String hides the keys.
func (c Config) String() string { return "braintree at " + c.BaseURL }

// GoString hides the keys too.
func (c Config) GoString() string { return c.String() }

// Gateway is Braintree behind the engine's port. It is safe for concurrent use.
type Gateway struct {
	Config
	api     *api
	classic *classic // nil: it is not used
}

var (
	_ orchestrator.Gateway        = (*Gateway)(nil)
	_ orchestrator.Limited        = (*Gateway)(nil)
	_ orchestrator.Statement      = (*Gateway)(nil)
	_ orchestrator.Preparing      = (*Gateway)(nil)
	_ orchestrator.Particular     = (*Gateway)(nil)
	_ orchestrator.RefundingWhole = (*Gateway)(nil)
)

// New checks the configuration.
func New(c Config) (*Gateway, error) {
	if c.Public == "" || c.Private == "" || len(c.Accounts) == 0 {
		return nil, errors.New("braintree: Public, Private and Accounts are required")
	}
	if c.BaseURL == "" {
		c.BaseURL = Origin
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || !gateway.IsSafeURL(c.BaseURL) {
		return nil, fmt.Errorf("braintree: BaseURL %q must be an https URL (http only for a loopback address)", c.BaseURL)
	}
	for currency := range c.Accounts {
		if _, known := currency.Exponent(); !known {
			return nil, fmt.Errorf("braintree: a merchant account for %q, which is no currency", currency)
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = rand.Text
	}
	g := &Gateway{Config: c, api: newAPI(c)}
	if c.Merchant != "" {
		if g.classic = newClassic(c); g.classic == nil {
			return nil, fmt.Errorf("braintree: ClassicURL is needed beside BaseURL %q, and must be an https URL (http only for a loopback address)", c.BaseURL)
		}
	}
	if c.Escrow && (g.classic == nil || len(c.Accounts) != 1 || c.Sellers == nil) {
		return nil, errors.New("braintree: Escrow needs Merchant, Sellers and one account in Accounts")
	}
	g.Private = ""
	return g, nil
}

// Name is "braintree".
func (g *Gateway) Name() string { return name }

const name = "braintree"

// Kind is what is known of the gateway. That it can transfer means that a deal can end in which a payout is due to the seller, or is
// made by Braintree where the deal is in escrow.
func Kind() orchestrator.Kind {
	return orchestrator.Kind{
		Name: name, Can: process.Does(process.Authorize, process.Charge, process.Capture, process.Void, process.Refund, process.Transfer),
		PaysNoSellers: true, Whole: "HANDSEL_BRAINTREE_ESCROW=on", Payee: "with HANDSEL_BRAINTREE_ESCROW=on they are sub-merchants: send their details (POST /v1/sellers/{user_id}/onboarding) or link one, and wait until Braintree has approved it (docs/sellers.md); without it nothing is needed, the marketplace pays sellers itself",
	}
}

// CanReceive is true of everybody, because the marketplace itself pays sellers; a sandbox has somebody who cannot be paid.
func (g *Gateway) CanReceive(ctx context.Context, community int64, user string) (bool, error) {
	if g.OpenAccount == nil {
		return true, nil
	}
	_, ok, err := g.OpenAccount(ctx, community, user)
	return ok, err
}

// maxAmount is the largest amount in minor units that is sent; our choice, below what every processor reads exactly.
const maxAmount int64 = 9_999_999_999

// Takes refuses a currency without a merchant account, and what no payment can be of.
func (g *Gateway) Takes(_ process.Verb, a money.Amount) error {
	if g.Accounts[a.Currency()] == "" {
		return fault.New(fault.Invalid, codeAmount, "%s cannot be paid through braintree: there is no merchant account for %s; use one of %v", a, a.Currency(), g.currencies())
	}
	if a.Minor() < 1 || a.Minor() > maxAmount {
		return fault.New(fault.Invalid, codeAmount, "%s cannot be paid through braintree: it takes from 1 to %d minor units", a, maxAmount)
	}
	return nil
}

func (g *Gateway) currencies() []money.Currency {
	var all []money.Currency
	for c := range g.Accounts {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}
