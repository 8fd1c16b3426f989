package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/plays"
	"github.com/handsel-dev/handsel/internal/sso"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// Ids of the sample communities. The customer's document prints the first.
const (
	SampleCommunity = 501
	OtherCommunity  = 502
)

// NoAccount is the one user of the dev testbed who cannot be paid.
const NoAccount = "no-account"

// TestbedConfig describes a testbed: an engine beside a sandbox, with sample data.
type TestbedConfig struct {
	DatabaseURL string
	URL         string // origin of the engine, where the sandbox sends its webhooks
	SandboxURL  string // origin of the sandbox
	// EmulatorURLs are the origins of the emulators beside the sandbox, by gateway; a
	// gateway without one is not emulated.
	EmulatorURLs map[string]string
	Log          *slog.Logger
	// Follow makes the one clock run with real time; otherwise it only moves when
	// it is advanced.
	Follow bool
	Start  time.Time // where the clock starts; zero: now
	Seed   uint64
	// Transport carries the engine's calls to the sandbox; nil: the default.
	Transport http.RoundTripper
	// TokenSecret signs users' tokens; empty: a random one.
	TokenSecret string
	// CallTimeout bounds a gateway call; default 20 s.
	CallTimeout time.Duration
	Observe     func(orchestrator.Observer) orchestrator.Observer // as in Config
	RateLimits  bool
	Origins     []string // of pages whose scripts may call, besides those of this machine
	// SSO and Grants are as in Config.
	SSO    *sso.Config
	Grants []console.Grant
	Hook   func(point string)
	// Sandbox changes how Trustap's sandbox is set; nil: it is as usual.
	Sandbox func(*sandbox.Config)
	// Manual leaves due work to the caller when the clock moves.
	Manual bool
	// PayPalDelays has PayPal keep the money of its deals until they end.
	PayPalDelays bool
	// BraintreeEscrow has Braintree hold the money of its deals for sub-merchants.
	BraintreeEscrow bool
	// Again is the testbed before, when one is started again: its sandbox and emulators are
	// taken instead of new ones, and outlive this testbed.
	Again *Testbed
	// World keeps the testbed for its next start; nil: it is forgotten.
	World *Home
	// Send carries the calls of plays, to the engine and to the emulators; nil: there are no plays.
	Send func(ctx context.Context, c plays.Call, answer any) error
}

// Testbed is Handsel with everything around it that a person needs to try it.
type Testbed struct {
	*App
	Config   TestbedConfig
	Sandbox  *sandbox.Sandbox
	Key      string // API key of the sample community
	OtherKey string // API key of the other community
	// PublishableKey is one for web pages, of the sample community.
	PublishableKey string
	Mailbox        *mail.Memory // e-mails that were sent
	// Emulators lets the sandboxes take the steps that are due there, for who lets Due run.
	Emulators *due.List

	beside      []emulated             // beside the sandbox
	chroniclers map[string]*chronicler // by gateway; empty: nothing is kept
	log         *slog.Logger
	quiet       atomic.Bool // nothing was left to do when the clock had moved
	play        *playground // of the console
	lookout     *lookout
	wall        func() time.Time // real time: tokens do not live in virtual time
}

// OpenTestbed builds a testbed. Its listeners are the caller's: App.Handler on URL, Sandbox
// on SandboxURL.
func OpenTestbed(ctx context.Context, c TestbedConfig) (*Testbed, error) {
	if c.World != nil {
		c.DatabaseURL, c.TokenSecret = c.World.Database(), c.World.TokenSecret
	}
	if c.TokenSecret == "" {
		c.TokenSecret = RandomSecret()
	}
	w := &Testbed{Config: c, Mailbox: &mail.Memory{}, wall: time.Now}
	w.play, w.lookout = &playground{testbed: w}, &lookout{}
	if w.log = c.Log; w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	if err := w.openSandboxes(); err != nil {
		return nil, err
	}
	var err error
	if w.App, err = Open(ctx, w.appConfig()); err != nil {
		return nil, err
	}
	if err := errors.Join(w.sampleData(ctx), w.sampleBalances(ctx), w.keep()); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	w.Handler = w.withPages(w.Handler)
	w.Emulators, err = due.New(due.Config{Now: w.Sandbox.Now, Log: c.Log}, due.Job{Name: "emulators", Do: due.Plain(w.tick)})
	return w, err
}

// openSandboxes starts the sandbox and the emulators, takes those of the testbed before, or goes on with what a world has kept.
func (w *Testbed) openSandboxes() (err error) {
	if w.Config.Again != nil {
		w.Sandbox = w.Config.Again.Sandbox
		return w.emulate()
	}
	if w.Sandbox, err = w.newSandbox(w.Config); err != nil {
		return err
	}
	away, err := w.chronicle("trustap", w.Sandbox, func() int { return len(w.Sandbox.Effects()) + w.Sandbox.Told() })
	if err != nil {
		return err
	}
	if err := w.emulate(); err != nil || away == 0 {
		return err
	}
	return w.Sandbox.Advance(away) // its clock went on
}

// timePassed lets everything happen that has fallen due, before whoever moved the
// clock gets an answer. Upkeep is left to Settle and to the list of jobs.
func (w *Testbed) timePassed(time.Time) {
	if w.App == nil || w.Config.Manual {
		return
	}
	if c := w.chroniclers["trustap"]; c != nil {
		c.write() // what is done now is done at a time that no restart goes behind
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // a thousand deals may be due at one time
	defer cancel()
	quiet, err := w.Due.Settle(ctx, w.came())
	w.quiet.Store(quiet && err == nil)
	if err != nil && w.Config.Log != nil {
		w.Config.Log.WarnContext(ctx, "after the clock moved", "error", err)
	}
}

// tick lets the sandboxes take the steps that are due there; their webhooks wake us.
func (w *Testbed) tick(context.Context) error {
	w.Sandbox.Tick()
	for _, e := range w.beside {
		e.Tick()
	}
	return nil
}

// delivered waits until what happened at the sandboxes was reported to us.
func (w *Testbed) delivered(ctx context.Context) error {
	for _, e := range w.beside {
		e.Tick()
		if err := e.WaitDelivered(ctx); err != nil {
			return err
		}
	}
	return w.Sandbox.WaitDelivered(ctx)
}

// traffic counts what happened at the sandboxes and what they reported of it.
func (w *Testbed) traffic() int {
	n := len(w.Sandbox.Effects()) + w.Sandbox.Told()
	for _, e := range w.beside {
		n += e.effects() + e.Told()
	}
	return n
}

// came waits for what the sandboxes report, and tells whether anything happened there since
// it was asked before.
func (w *Testbed) came() func(context.Context) (bool, error) {
	before := -1
	return func(ctx context.Context) (bool, error) {
		if err := w.delivered(ctx); err != nil {
			return false, err
		}
		last := before
		before = w.traffic()
		return before != last, nil
	}
}

// Settle waits until the sandbox has tried its webhooks and does all due work, until
// nothing is left to do.
func (w *Testbed) Settle(ctx context.Context) error {
	if _, err := w.Due.Settle(ctx, w.came()); err != nil {
		return err
	}
	return w.Due.Upkeep(ctx)
}

// Advance moves the clock and settles. What is due was done when the clock moved, unless
// that is left to the caller or took too long.
func (w *Testbed) Advance(ctx context.Context, d time.Duration) error {
	w.quiet.Store(false)
	if err := w.Sandbox.Advance(d); err != nil {
		return err
	}
	if w.quiet.Load() {
		return w.Due.Upkeep(ctx)
	}
	return w.Settle(ctx)
}

func (w *Testbed) appConfig() Config {
	c := Config{
		Mode: apikey.Test, DatabaseURL: w.Config.DatabaseURL, Now: w.Sandbox.Now, Log: w.Config.Log, RateLimits: w.Config.RateLimits, Hook: w.Config.Hook, Observe: w.Config.Observe,
		CallTimeout: w.Config.CallTimeout, Mail: w.Mailbox, Address: sampleAddress, Letterhead: sampleLetterhead(w.Config.URL), Origin: w.Config.URL, Exchange: w.exchangeConfig(),
		Gateways: map[string]Connection{"trustap": w.trustapConnection()}, Webhooks: outbound.Guard{Loopback: true}, SSO: w.Config.SSO, Grants: w.Config.Grants,
		TryKey: func() string { return w.Key },
	}
	if w.Config.Send != nil {
		c.Playground, c.Observe = w.play, w.play.watching(c.Observe)
	}
	for _, e := range w.beside {
		c.Gateways[e.gateway] = e.connection
	}
	return c
}

// sampleData makes the two communities and their keys.
func (w *Testbed) sampleData(ctx context.Context) error {
	by := orchestrator.By{Actor: "system", Reason: "sample data", At: w.Sandbox.Now()}
	for _, c := range []struct {
		id   int64
		name string
		key  *string
	}{{SampleCommunity, "Sample marketplace", &w.Key}, {OtherCommunity, "Other marketplace", &w.OtherKey}} {
		if err := w.Store.AddCommunity(ctx, c.id, c.name, by); err != nil {
			return fmt.Errorf("sample community: %w", err)
		}
		var err error
		if *c.key, err = w.sampleKey(ctx, by, c.id, "dev", apikey.Read, apikey.Write, apikey.Operate); err != nil {
			return err
		}
	}
	var err error
	w.PublishableKey, err = w.sampleKey(ctx, by, SampleCommunity, "dev, for web pages", apikey.Publish)
	return err
}

// sampleKey makes a key, or finds that of a world.
func (w *Testbed) sampleKey(ctx context.Context, by orchestrator.By, community int64, name string, scopes ...apikey.Scope) (string, error) {
	kept, about := w.Config.World.keys(), fmt.Sprint(community, " ", name)
	if kept[about] != "" {
		return kept[about], nil
	}
	key, text := apikey.Generate(community, name, apikey.Test, scopes, w.Sandbox.Now())
	key.Origin = apikey.Dev
	if err := w.Store.AddKey(ctx, key, by); err != nil {
		return "", fmt.Errorf("sample key: %w", err)
	}
	kept[about] = text
	return text, nil
}

// Close releases the database and, unless they are those of the testbed before, stops the
// sandboxes.
func (w *Testbed) Close() error {
	err := w.keep()
	if w.Config.Again == nil {
		w.CloseSandboxes()
	}
	return errors.Join(err, w.App.Close())
}

// CloseSandboxes stops the sandbox and the emulators.
func (w *Testbed) CloseSandboxes() {
	_ = w.Sandbox.Close() // documented to return nil
	for _, e := range w.beside {
		_ = e.Close() // documented to return nil
	}
}

// RandomSecret is a new secret with 256 bits.
func RandomSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
