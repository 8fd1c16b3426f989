package braintree

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// Merchant is a gateway account that may call.
type Merchant struct {
	ID, Public, Private string // id of the gateway account and its API keys
	// Accounts are its merchant accounts, which have a currency each; the first one is the default.
	Accounts []Account
}

// Account is a merchant account: what settles in one currency.
type Account struct{ ID, Currency string }

// Example is the gateway account that may call unless others are set. Its keys are those that Braintree's own SDKs use in their
// tests, so everybody knows them.
func Example() Merchant {
	return Merchant{
		ID: "integration_merchant_id", Public: "integration_public_key", Private: "integration_private_key",
		Accounts: []Account{{"shop_eur", "EUR"}, {"shop_usd", "USD"}, {"shop_gbp", "GBP"}, {"shop_jpy", "JPY"}, {"shop_kwd", "KWD"}},
	}
}

// Config describes one emulator. The zero value is usable: Example may call, and the clock is the real one.
type Config struct {
	// PublicURL is the origin under which this handler is reachable, without a slash at the end.
	PublicURL string
	// Merchants may call; nil means Example alone.
	Merchants []Merchant
	// WebhookURL is where webhooks go at first; empty: they are recorded only.
	WebhookURL string
	// DuplicateWindow is how long a sale with the same amount, order id, merchant account and card is refused as a duplicate; 0 means
	// 30 seconds, below 0 means that nothing is checked. Merchants set it in the official control panel.
	DuplicateWindow time.Duration

	// Now is what the virtual clock runs with; nil means time.Now. Everything in the API is stamped with it.
	Now func() time.Time
	// Clock is virtual time that is kept elsewhere, such as by the Trustap sandbox; it takes the place of Now.
	Clock stage.Clock
	// SharedWorld puts all merchants into one world; otherwise each has a [World] of its own.
	SharedWorld bool
	// Seed fixes all generated ids: the same seed and the same calls give the same bytes.
	Seed uint64

	// HTTPClient sends webhooks; nil means a client with a timeout of ten seconds.
	HTTPClient *http.Client
	// FaultTimeout bounds how long a timeout fault holds a request in real time; 0 means 30 seconds.
	FaultTimeout time.Duration
	// SlowDelay is how long a slow fault holds an answer in real time; 0 means one second.
	SlowDelay time.Duration
	// Logger gets requests at debug level and failed webhooks at warning level; nil means silence.
	Logger *slog.Logger
}

// duplicateWindow is the official default, as far as users tell.
const duplicateWindow = 30 * time.Second

func (c Config) withDefaults() (Config, error) {
	c.Merchants = stage.Or(c.Merchants == nil, []Merchant{Example()}, c.Merchants)
	c.DuplicateWindow = stage.Or(c.DuplicateWindow == 0, duplicateWindow, c.DuplicateWindow)
	c.HTTPClient = stage.Or(c.HTTPClient == nil, &http.Client{Timeout: 10 * time.Second}, c.HTTPClient)
	for _, m := range c.Merchants {
		if m.ID == "" || m.Public == "" || m.Private == "" || len(m.Accounts) == 0 {
			return c, errors.New("braintree sandbox: a merchant without id, keys or merchant accounts")
		}
	}
	return c, nil
}

// caller finds the merchant that calls with a public key.
func (c Config) caller(public string) (Merchant, bool) {
	for _, m := range c.Merchants {
		if m.Public == public {
			return m, true
		}
	}
	return Merchant{}, false
}

// merchant finds a merchant by its id.
func (c Config) merchant(id string) Merchant {
	for _, m := range c.Merchants {
		if m.ID == id {
			return m
		}
	}
	return Merchant{}
}

// account finds a merchant account; an empty id is the default one.
func (m Merchant) account(id string) (Account, bool) {
	if id == "" {
		return m.Accounts[0], true
	}
	for _, a := range m.Accounts {
		if a.ID == id {
			return a, true
		}
	}
	return Account{}, false
}

// tries is how often a webhook is sent until it is accepted, and tryPause the real time between the first two tries; it
// doubles after each. Our choice: the official schedule goes over a day.
const (
	tries    = 3
	tryPause = 20 * time.Millisecond
)

// stage is the part of the settings that no gateway matters to. The clock runs with Now: what is due waits for Tick.
func (c Config) stage() stage.Config {
	return stage.Config{
		Now: c.Now, Follow: true, ByTick: true, Clock: c.Clock, Seed: c.Seed, SharedWorld: c.SharedWorld, PublicURL: c.PublicURL,
		Endpoint: stage.Endpoint{URL: c.WebhookURL}, Sign: asForm, Tries: tries, Pause: tryPause,
		HTTPClient: c.HTTPClient, FaultTimeout: c.FaultTimeout, SlowDelay: c.SlowDelay, Logger: c.Logger,
	}
}
