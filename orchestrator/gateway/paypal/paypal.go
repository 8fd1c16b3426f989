// Package paypal lets buyers pay through PayPal (Orders v2 and Payments v2). The buyer approves
// an order on PayPal's page, a call of ours reserves the money and another one takes it; it then
// waits in the platform's PayPal account, and a payout (Payouts v1) pays the seller later. That is
// delayed payout, not legal escrow, and texts for users must not say so.
//
// Every call that opens, takes or gives back something carries a PayPal-Request-Id made from the
// intent's id, the same for every attempt, so that PayPal carries it out once: for 6 hours with
// orders, 30 days with payouts, 45 days with captures and refunds (official API: orders 2.13,
// payments 2.5, payouts 1.9). That of a payout is made from the order's id (transfer.go). To void has
// no such id: what is doubtful there is looked up.
//
// With a partner id sellers agree on PayPal's page, and how they stand is asked of PayPal each time.
// That its list by tracking id is one merchant, the newest, is not verified (official API: partner
// referrals 2, merchant integration 1).
//
// With delayed disbursement (disburse.go) PayPal keeps the money for the seller until a referenced
// payout. Guessed and not verified: that captures and refunds of such an order need
// PayPal-Auth-Assertion; that what an order says of it holds for its capture; that the fee comes
// with the payout; that a failed item may be followed by another; how long PayPal waits.
//
// PayPal finds no order by a text of ours. An order whose id never reached us is opened again
// under its key; later it is of no use to anybody, because nobody was shown its page.
package paypal

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

// Origin is that of PayPal's own API, SandboxOrigin that of its sandbox.
const (
	Origin        = "https://api-m.paypal.com"
	SandboxOrigin = "https://api-m.sandbox.paypal.com"
)

// Config is what the gateway needs; ClientID, Secret, ReturnURL and Accounts are required.
type Config struct {
	ClientID string
	Secret   string `json:"-"` // of the REST app; never printed
	BaseURL  string // origin of the API; default Origin
	// ReturnURL is where the buyer comes back to from PayPal's page, unless the transition's
	// input says so.
	ReturnURL string
	Accounts  orchestrator.Accounts // the sellers' PayPal accounts
	// PartnerID is the merchant id of the marketplace's own PayPal account. With it sellers agree on
	// PayPal's page, and PayPal says which of them can be paid; empty: staff links them.
	PartnerID string
	// Delayed has PayPal keep what is captured for the seller until the deal ends; needs PartnerID.
	Delayed bool
	// OpenAccount is that of gateway.Surroundings.
	OpenAccount func(ctx context.Context, community int64, user string) (payee string, ok bool, err error)
	// NewID makes texts that nobody can guess, for tracking ids; default crypto/rand.
	NewID     func() string
	Transport http.RoundTripper // default http.DefaultTransport
	Now       func() time.Time  // real time, for the age of tokens; default time.Now
}

// String hides the secret.
func (c Config) String() string { return "paypal at " + c.BaseURL }

// GoString hides the secret too.
func (c Config) GoString() string { return c.String() }

// Gateway is PayPal behind the engine's port. It is safe for concurrent use.
type Gateway struct {
	Config
	api      *api
	previews previews
}

var (
	_ orchestrator.Gateway      = (*Gateway)(nil)
	_ orchestrator.KeyKeeper    = (*Gateway)(nil)
	_ orchestrator.Limited      = (*Gateway)(nil)
	_ orchestrator.Linking      = (*Gateway)(nil)
	_ orchestrator.Onboarding   = (*Gateway)(nil)
	_ orchestrator.SellersThere = (*Gateway)(nil)
)

// New checks the configuration.
func New(c Config) (*Gateway, error) {
	if c.ClientID == "" || c.Secret == "" || c.ReturnURL == "" || c.Accounts == nil {
		return nil, errors.New("paypal: ClientID, Secret, ReturnURL and Accounts are required")
	}
	if c.Delayed && c.PartnerID == "" {
		return nil, errors.New("paypal: Delayed needs PartnerID")
	}
	if c.BaseURL == "" {
		c.BaseURL = Origin
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || !gateway.IsSafeURL(c.BaseURL) {
		return nil, fmt.Errorf("paypal: BaseURL %q must be an https URL (http only for a loopback address)", c.BaseURL)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = rand.Text
	}
	calls := newAPI(c)
	c.Secret = ""
	return &Gateway{Config: c, api: calls}, nil
}

// Name is "paypal".
func (g *Gateway) Name() string { return name }

const name = "paypal"

// Kind is what is known of the gateway. It charges nothing at once: a marketplace's buyers
// approve, and the author's answer takes the money.
func Kind() orchestrator.Kind {
	return orchestrator.Kind{
		Name: name, Currencies: slices.Clone(currencies), Can: process.Does(process.Authorize, process.Capture, process.Void, process.Refund, process.Transfer),
		Whole: "HANDSEL_PAYPAL_DISBURSEMENT=delayed", Payee: `they need a PayPal account that is linked here: its merchant id, or its e-mail address (docs/sellers.md)`,
	}
}

// KeepsKeys is an hour less than the 6 hours for which PayPal knows the key of an order; of
// everything else it knows it longer (official API).
func (g *Gateway) KeepsKeys() time.Duration { return 5 * time.Hour }

// PayPal takes these currencies, some of them without decimals that ISO 4217 has (official API:
// currency codes), and no amount of more than seven digits before the point; our choice, below what
// it takes of a verified account.
var (
	currencies = []money.Currency{
		"AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK", "NZD", "PHP",
		"PLN", "SEK", "SGD", "THB", "TWD", "USD",
	}
	whole = []money.Currency{"HUF", "JPY", "TWD"}
)

const maxUnits = 9_999_999

// Takes refuses what no payment at PayPal can be of.
func (g *Gateway) Takes(_ process.Verb, a money.Amount) error {
	c := a.Currency()
	scale, known := c.Exponent()
	unit := int64(1)
	for range scale {
		unit *= 10
	}
	switch {
	case !known || !slices.Contains(currencies, c):
		return fault.New(fault.Invalid, codeAmount, "%s cannot be paid through paypal: it takes %v", a, currencies)
	case a.Minor() < 1 || a.Minor()/unit > maxUnits:
		return fault.New(fault.Invalid, codeAmount, "%s cannot be paid through paypal: it takes more than 0 and less than %d %s", a, maxUnits+1, c)
	case slices.Contains(whole, c) && a.Minor()%unit != 0:
		return fault.New(fault.Invalid, codeAmount, "%s cannot be paid through paypal: it takes whole %s only", a, c)
	}
	return nil
}
