package paypal

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// Client is an app that may call.
type Client struct{ ID, Secret string }

// Config describes one emulator. The zero value is usable: every client id may call with any secret, the clock is the real
// one, and events are recorded but sent nowhere.
type Config struct {
	// PublicURL is the origin under which this handler is reachable, without a slash at the end, for links and the certificate.
	PublicURL string
	// Clients may call; none means that any may.
	Clients []Client
	// WebhookURL is where events are posted; empty only records them. WebhookID is the id of that webhook, which is part of
	// what is signed; empty means "WH-SANDBOX".
	WebhookURL, WebhookID string

	// Fees are what is kept of the merchant's balance; nil means DefaultFees, the zero value nothing.
	Fees *Fees
	// Funds is what the merchant has in every currency at the start, in minor units; 0 means DefaultFunds.
	Funds int64

	// Now is what the virtual clock runs with; nil means time.Now. Everything in the API is stamped with it, in whole seconds.
	Now func() time.Time
	// Clock is virtual time that is kept elsewhere, such as by the Trustap sandbox; it takes the place of Now.
	Clock stage.Clock
	// SharedWorld puts all clients into one world; otherwise each has a [World] of its own.
	SharedWorld bool
	// WallClock stamps the signatures of events; nil means time.Now.
	WallClock func() time.Time
	// Seed fixes all generated ids: the same seed and the same calls give the same bytes, but for signatures.
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

// DefaultFunds is what a merchant begins with: 10,000.00 of a currency with two decimals.
const DefaultFunds = 1_000_000

// Fees are what PayPal keeps of a capture, in minor units of its currency.
type Fees struct {
	BasisPoints int64 // of the amount, rounded half up
	Fixed       int64 // beside that
}

// DefaultFees are 3.4 % + 0.35, near those of a European account.
func DefaultFees() Fees { return Fees{BasisPoints: 340, Fixed: 35} }

func (f Fees) of(amount int64) int64 { return min((amount*f.BasisPoints+5_000)/10_000+f.Fixed, amount) }

func (c Config) withDefaults() (Config, error) {
	if c.Fees == nil {
		fees := DefaultFees()
		c.Fees = &fees
	}
	if c.Fees.BasisPoints < 0 || c.Fees.BasisPoints > 10_000 || c.Fees.Fixed < 0 || c.Funds < 0 {
		return c, errors.New("paypal sandbox: a fee or the funds are negative, or a fee is above the amount")
	}
	for _, client := range c.Clients {
		if client.ID == "" || client.Secret == "" {
			return c, errors.New("paypal sandbox: a client without id or secret")
		}
	}
	c.Funds = stage.Or(c.Funds == 0, DefaultFunds, c.Funds)
	c.WebhookID = stage.Or(c.WebhookID == "", "WH-SANDBOX", c.WebhookID)
	c.WallClock = stage.Or(c.WallClock == nil, time.Now, c.WallClock)
	return c, nil
}

// accepts reports whether a client may get a token.
func (c Config) accepts(id, secret string) bool {
	for _, client := range c.Clients {
		if client.ID == id {
			return client.Secret == secret
		}
	}
	return len(c.Clients) == 0 && id != "" && secret != ""
}

// tries is how often an event is sent until it is accepted, and tryPause the real time between the first two tries; it
// doubles after each. Our choice: the official service tries 25 times in three days.
const (
	tries    = 3
	tryPause = 20 * time.Millisecond
)

// stage is the part of the settings that no gateway matters to. The clock runs with Now: what is due waits for Tick.
func (c Config) stage() stage.Config {
	return stage.Config{
		Now: c.Now, Follow: true, ByTick: true, Clock: c.Clock, Seed: c.Seed, SharedWorld: c.SharedWorld, PublicURL: c.PublicURL,
		Endpoint: stage.Endpoint{URL: c.WebhookURL, Secret: c.WebhookID}, Sign: c.sign, Tries: tries, Pause: tryPause,
		HTTPClient: c.HTTPClient, FaultTimeout: c.FaultTimeout, SlowDelay: c.SlowDelay, Logger: c.Logger,
	}
}
