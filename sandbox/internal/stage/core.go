package stage

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// Config is how one emulator is set up, as far as no gateway matters.
type Config struct {
	// Now is the real clock; nil means time.Now.
	Now func() time.Time
	// Start is where the virtual clock stands after New and Reset; zero means the present.
	Start time.Time
	// Follow makes the virtual clock run with Now, plus whatever it was advanced.
	Follow bool
	// Clock is virtual time that is kept elsewhere, such as by another emulator; nil means an own clock.
	Clock Clock
	// ByTick makes steps that fall due wait for Tick or Advance; otherwise the next call takes them.
	ByTick bool
	// OnAdvance is called with the new virtual time of the main world, outside of all locks.
	OnAdvance []func(now time.Time)
	// Stops tells when something outside is due next, after one instant and up to another.
	Stops func(after, until time.Time) (time.Time, bool)

	// Seed fixes all random texts.
	Seed uint64
	// APIKeys are the accepted API keys; empty means that any non-empty key is accepted.
	APIKeys []string
	// SharedWorld puts all keys into one world.
	SharedWorld bool

	// PublicURL is the origin under which the emulator is reachable.
	PublicURL string
	// Endpoint is where webhooks go at first.
	Endpoint Endpoint
	// Sign sets the headers of a webhook: what proves to the receiver who has sent it.
	Sign func(r *http.Request, body []byte, to Endpoint)
	// Tries is how often a webhook is sent until it is accepted, 0 means once; Pause is the real time between the first two
	// tries and doubles after each.
	Tries int
	Pause time.Duration
	// HTTPClient sends webhooks; nil means a client with a timeout of ten seconds.
	HTTPClient *http.Client

	// FaultTimeout bounds how long a timeout fault holds a request in real time; 0 means 30 seconds.
	FaultTimeout time.Duration
	// SlowDelay is how long a slow fault holds an answer in real time; 0 means one second.
	SlowDelay time.Duration
	// Logger gets requests at debug level and failed webhooks at warning level; nil means silence.
	Logger *slog.Logger
}

func (c Config) withDefaults() (Config, error) {
	if c.FaultTimeout < 0 || c.SlowDelay < 0 {
		return c, errors.New("negative delay of a fault")
	}
	if c.PublicURL != "" && !IsWeb(c.PublicURL) {
		return c, errors.New("the public URL is not an absolute http or https URL")
	}
	if c.Endpoint.URL != "" && !IsWeb(c.Endpoint.URL) {
		return c, errors.New("the webhook URL is not an absolute http or https URL")
	}
	c.Now = Or(c.Now == nil, time.Now, c.Now)
	c.HTTPClient = Or(c.HTTPClient == nil, &http.Client{Timeout: 10 * time.Second}, c.HTTPClient)
	c.FaultTimeout = Or(c.FaultTimeout == 0, 30*time.Second, c.FaultTimeout)
	c.SlowDelay = Or(c.SlowDelay == 0, time.Second, c.SlowDelay)
	c.Logger = Or(c.Logger == nil, slog.New(slog.DiscardHandler), c.Logger)
	c.Tries = max(c.Tries, 1)
	return c, nil
}

// Or is fallback where a value is missing.
func Or[T any](missing bool, fallback, value T) T {
	if missing {
		return fallback
	}
	return value
}

// Core is what every world has, whatever its gateway: clock, timers, webhooks, faults, the log of requests. An emulator's
// state holds it and uses it in [Do] only, where the lock is held.
type Core struct {
	// Number is the number of the world; the main one is 1.
	Number int
	Timers Timers
	// Told counts the events of webhooks; Emit counts.
	Told int

	cfg *Config
	virtual
	faults   []Fault
	outbox   outbox
	requests []Request
	asked    int
	drawn    uint64
	touched  int // calls that may have changed something, or have failed
}

func newCore(cfg *Config, number int) *Core {
	return &Core{Number: number, cfg: cfg, virtual: newVirtual(cfg), outbox: outbox{endpoint: cfg.Endpoint}}
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Random returns 24 characters that depend on the seed, on the world and on how many were drawn before.
func (c *Core) Random() string {
	c.drawn++
	var in [16]byte
	binary.BigEndian.PutUint64(in[:8], c.cfg.Seed+uint64(c.Number-1)<<32)
	binary.BigEndian.PutUint64(in[8:], c.drawn)
	sum := sha256.Sum256(in[:])
	out := make([]byte, 24)
	for i := range out {
		out[i] = base62[int(sum[i])%len(base62)]
	}
	return string(out)
}
