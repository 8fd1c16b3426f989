// Package stripe lets the engine hold money at Stripe. The payer pays the
// platform, the money waits in the platform's balance, and a transfer pays the
// seller later. That is delayed payout, not legal escrow: Stripe offers none, and
// texts for users must not say so.
//
// Every call that changes something carries a key made from the intent's id, the
// same for every attempt, so that Stripe carries it out once. The gateway makes
// one attempt per call and never follows a redirect.
package stripe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Config is what the gateway needs; SecretKey and Accounts are required.
type Config struct {
	SecretKey string `json:"-"` // of the platform; never printed
	// BaseURL is the origin of the API; default Stripe's own. A live key is only
	// sent over https.
	BaseURL  string
	Accounts orchestrator.Accounts // the sellers' connected accounts
	// OpenAccount makes a connected account for a user who has none, for sandboxes;
	// ok is false for users who cannot have one. nil, as in production: users
	// without a stored account cannot be paid.
	// In a dry run it only tells whether it would.
	OpenAccount func(ctx context.Context, community int64, user string) (accountID string, ok bool, err error)
	// ReturnURL is where the buyer comes back to after a step elsewhere, unless the
	// transition's input has a success_url. Empty: ways to pay that lead the buyer
	// elsewhere are not offered with a token.
	ReturnURL string
	// PayURL is the page on which the buyer pays a payment that was opened without
	// a token. nil: there is none, the marketplace uses the client secret.
	PayURL    func(paymentIntentID, clientSecret string) string
	Transport http.RoundTripper // default http.DefaultTransport
	Now       func() time.Time  // for the age of cached answers; default time.Now
}

// String hides the key.
func (c Config) String() string { return "stripe at " + c.BaseURL }

// GoString hides the key too.
func (c Config) GoString() string { return c.String() }

// Gateway is Stripe behind the engine's port. It is safe for concurrent use.
type Gateway struct {
	Config
	api       *api
	receivers *receivers
}

var (
	_ orchestrator.Gateway   = (*Gateway)(nil)
	_ orchestrator.KeyKeeper = (*Gateway)(nil)
	_ orchestrator.Statement = (*Gateway)(nil)
	_ orchestrator.Limited   = (*Gateway)(nil)
)

// New checks the configuration.
func New(c Config) (*Gateway, error) {
	if c.SecretKey == "" || c.Accounts == nil {
		return nil, errors.New("stripe: SecretKey and Accounts are required")
	}
	if c.BaseURL == "" {
		c.BaseURL = sdk.APIURL
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	if err := checkOrigin(c.BaseURL, c.SecretKey); err != nil {
		return nil, err
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	calls := newAPI(c)
	c.SecretKey = ""
	return &Gateway{Config: c, api: calls, receivers: newReceivers(c.Now)}, nil
}

// checkOrigin lets a key for real money leave the machine encrypted only.
func checkOrigin(origin, key string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("stripe: BaseURL %q is not an absolute http(s) URL", origin)
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme == "http" && !local && strings.Contains(key, "_live_") {
		return fmt.Errorf("stripe: BaseURL %q must be https for a live key", origin)
	}
	return nil
}

// Name is "stripe".
func (g *Gateway) Name() string { return name }

const name = "stripe"

// Kind is what is known of the gateway: it can do what a payment takes that is held by
// the platform and paid out later.
func Kind() orchestrator.Kind {
	return orchestrator.Kind{Name: name, Payee: `they need a connected account: lead them to the page of POST /v1/sellers/{user_id}/onboarding (docs/sellers.md)`, Can: process.Does(process.Authorize, process.Charge, process.Capture, process.Void, process.Refund, process.Transfer, process.Reverse)}
}

// KeepsKeys is an hour less than the 24 hours that Stripe promises (official API).
func (g *Gateway) KeepsKeys() time.Duration { return 23 * time.Hour }
