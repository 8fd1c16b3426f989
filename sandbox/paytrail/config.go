package paytrail

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// Merchant is an account that may call.
type Merchant struct {
	ID, Secret string
	Aggregate  bool // its payments have items of other merchants
}

// Public are the test accounts that Paytrail publishes.
func Public() []Merchant {
	return []Merchant{{"375917", "SAIPPUAKAUPPIAS", false}, {"695861", "MONISAIPPUAKAUPPIAS", true}}
}

// Config describes one emulator. The zero value is usable: the public test accounts may call, and the clock is the real one.
type Config struct {
	// PublicURL is the origin under which this handler is reachable, without a slash at the end, for links to payment pages.
	PublicURL string
	// Merchants may call; nil means Public.
	Merchants []Merchant

	// Now is what the virtual clock runs with; nil means time.Now. Everything in the API is stamped with it.
	Now func() time.Time
	// Clock is virtual time that is kept elsewhere, such as by the Trustap sandbox; it takes the place of Now.
	Clock stage.Clock
	// SharedWorld puts all merchants into one world; otherwise each has a [World] of its own.
	SharedWorld bool
	// Seed fixes all generated ids: the same seed and the same calls give the same bytes.
	Seed uint64

	// HTTPClient calls back; nil means a client with a timeout of ten seconds.
	HTTPClient *http.Client
	// FaultTimeout bounds how long a timeout fault holds a request in real time; 0 means 30 seconds.
	FaultTimeout time.Duration
	// SlowDelay is how long a slow fault holds an answer in real time; 0 means one second.
	SlowDelay time.Duration
	// Logger gets requests at debug level and failed callbacks at warning level; nil means silence.
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	c.Merchants = stage.Or(c.Merchants == nil, Public(), c.Merchants)
	for _, m := range c.Merchants {
		if m.ID == "" || m.Secret == "" {
			return c, errors.New("paytrail sandbox: a merchant without id or secret")
		}
	}
	return c, nil
}

// merchant finds the merchant that calls.
func (c Config) merchant(id string) (Merchant, bool) {
	for _, m := range c.Merchants {
		if m.ID == id {
			return m, true
		}
	}
	return Merchant{}, false
}

// tries is how often a callback is sent until it is accepted, and tryPause the real time between the first two tries; it
// doubles after each. Our choice: the official schedule is not published.
const (
	tries    = 3
	tryPause = 20 * time.Millisecond
)

// stage is the part of the settings that no gateway matters to. The clock runs with Now: what is due waits for Tick.
func (c Config) stage() stage.Config {
	return stage.Config{
		Now: c.Now, Follow: true, ByTick: true, Clock: c.Clock, Seed: c.Seed, SharedWorld: c.SharedWorld, PublicURL: c.PublicURL,
		Tries: tries, Pause: tryPause,
		HTTPClient: c.HTTPClient, FaultTimeout: c.FaultTimeout, SlowDelay: c.SlowDelay, Logger: c.Logger,
	}
}
