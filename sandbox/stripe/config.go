package stripe

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
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

	// Now is what the virtual clock runs with; nil means time.Now. Everything in the API is stamped with it, in whole seconds.
	Now func() time.Time
	// Clock is virtual time that is kept elsewhere, such as by the Trustap sandbox; it takes the place of Now.
	Clock stage.Clock
	// SharedWorld puts all secret keys into one world; otherwise each has a [World] of its own.
	SharedWorld bool
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
	c.WebhookSecret = stage.Or(c.WebhookSecret == "", "whsec_test", c.WebhookSecret)
	c.WallClock = stage.Or(c.WallClock == nil, time.Now, c.WallClock)
	return c
}

// stage is the part of the settings that no gateway matters to. The clock runs with Now: what is due waits for Tick.
func (c Config) stage() stage.Config {
	return stage.Config{
		Now: c.Now, Follow: true, ByTick: true, Clock: c.Clock, Seed: c.Seed, SharedWorld: c.SharedWorld, PublicURL: c.PublicURL,
		Endpoint: stage.Endpoint{URL: c.WebhookURL, Secret: c.WebhookSecret}, Sign: c.sign, Tries: tries, Pause: tryPause,
		HTTPClient: c.HTTPClient, FaultTimeout: c.FaultTimeout, SlowDelay: c.SlowDelay, Logger: c.Logger,
	}
}

func (c Config) validate() error {
	if f := c.Fees; f != nil && (f.BasisPoints < 0 || f.BasisPoints > 10_000 || f.Fixed < 0 || f.Dispute < 0) {
		return errors.New("stripe sandbox: a fee is negative, or above the charge")
	}
	for _, id := range c.Accounts {
		if !strings.HasPrefix(id, "acct_") {
			return fmt.Errorf("stripe sandbox: account %q does not start with acct_", id)
		}
	}
	return nil
}
