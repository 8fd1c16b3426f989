package stripe

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config describes one emulator. The zero value is usable: any secret key is accepted, the clock is the real one, and
// events are recorded but sent nowhere.
type Config struct {
	// PublicURL is the origin under which this handler is reachable, without a slash at the end, for links to payment pages.
	PublicURL string
	// WebhookURL is where events are posted; empty only records them.
	WebhookURL string
	// WebhookSecret signs events; empty means "whsec_test".
	WebhookSecret string
	// Accounts are the ids of connected accounts that exist from the start and can be paid.
	Accounts []string

	// Fees are what the platform pays; nil means DefaultFees, the zero value nothing.
	Fees *Fees

	// Now is the virtual clock; nil means time.Now. Everything in the API is stamped with it, in whole seconds.
	Now func() time.Time
	// WallClock stamps the signatures of events, whose age receivers compare with their own clock; nil means time.Now.
	WallClock func() time.Time
	// Seed fixes all generated ids and secrets: the same seed and the same calls give the same bytes.
	Seed uint64

	// HTTPClient sends events; nil means a client with a timeout of ten seconds.
	HTTPClient *http.Client
	// FaultTimeout bounds how long a timeout fault holds a request in real time; 0 means 30 seconds.
	FaultTimeout time.Duration
	// SlowDelay is how long a slow fault holds an answer in real time; 0 means one second.
	SlowDelay time.Duration
	// Logger gets requests at debug level and failed webhooks at warning level; nil means silence.
	Logger *slog.Logger
}

// Fees are what is kept of the platform's balance, in minor units of the payment's currency.
type Fees struct {
	BasisPoints int64 // of a charge, rounded half up
	Fixed       int64 // of a charge, beside that
	Dispute     int64 // of a dispute; it stays when the platform wins
}

// DefaultFees are 1.5 % + 0.25 of a charge and 15.00 of a dispute, near those of a European account.
func DefaultFees() Fees { return Fees{BasisPoints: 150, Fixed: 25, Dispute: 1500} }

func (f Fees) ofCharge(amount int64) int64 { return (amount*f.BasisPoints+5_000)/10_000 + f.Fixed }

func (c Config) withDefaults() Config {
	if c.Fees == nil {
		fees := DefaultFees()
		c.Fees = &fees
	}
	c.WebhookSecret = orDefault(c.WebhookSecret == "", "whsec_test", c.WebhookSecret)
	c.Now = orDefault(c.Now == nil, time.Now, c.Now)
	c.WallClock = orDefault(c.WallClock == nil, time.Now, c.WallClock)
	c.HTTPClient = orDefault(c.HTTPClient == nil, &http.Client{Timeout: 10 * time.Second}, c.HTTPClient)
	c.FaultTimeout = orDefault(c.FaultTimeout == 0, 30*time.Second, c.FaultTimeout)
	c.SlowDelay = orDefault(c.SlowDelay == 0, time.Second, c.SlowDelay)
	c.Logger = orDefault(c.Logger == nil, slog.New(slog.DiscardHandler), c.Logger)
	return c
}

func orDefault[T any](missing bool, fallback, value T) T {
	if missing {
		return fallback
	}
	return value
}

func (c Config) validate() error {
	if c.FaultTimeout < 0 || c.SlowDelay < 0 {
		return errors.New("stripe sandbox: negative delay of a fault")
	}
	if f := c.Fees; f != nil && (f.BasisPoints < 0 || f.BasisPoints > 10_000 || f.Fixed < 0 || f.Dispute < 0) {
		return errors.New("stripe sandbox: a fee is negative, or above the charge")
	}
	for _, id := range c.Accounts {
		if !strings.HasPrefix(id, "acct_") {
			return fmt.Errorf("stripe sandbox: account %q does not start with acct_", id)
		}
	}
	if c.WebhookURL != "" && !isWeb(c.WebhookURL) {
		return errors.New("stripe sandbox: the webhook URL is not an absolute http or https URL")
	}
	if c.PublicURL != "" && !isWeb(c.PublicURL) {
		return errors.New("stripe sandbox: the public URL is not an absolute http or https URL")
	}
	return nil
}

// isWeb reports whether raw is an absolute http or https URL.
func isWeb(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
