// Package app puts the parts together: store, gateways, engine, inbox and HTTP
// face. It is what the commands start, and what end-to-end tests start as well.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/sso"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/webhooks"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// Config is everything that differs between production, dev and tests.
type Config struct {
	DatabaseURL string
	// Existing insists on a database of this version that is there already, as
	// sqlstore.Options has it: for commands, which neither make nor migrate one.
	Existing bool
	// SealKeys encrypt in the database what must not be readable there; the first one
	// seals. Empty: a key that lives in the database beside it.
	SealKeys []secretbox.Key
	Now      func() time.Time // the engine's clock
	Log      *slog.Logger
	// Plugins are all gateways; default Gateways.
	Plugins []gateway.Plugin
	// Gateways are those that are configured, by name.
	Gateways map[string]Connection
	// Exchange switches the P2P exchange on; nil: there is none.
	Exchange *Exchange
	// Mail sends e-mails; nil: none are sent.
	Mail notices.Sender
	// Letterhead is how communities write that have set nothing else; with Mail it needs a
	// sender.
	Letterhead notices.Letterhead
	// Origin is where people reach this server, "https://pay.example.com", for links in e-mails, to the portal and
	// to the page to pay on. Without one e-mails have no links that stop them, there is no page to pay on, and
	// links to the portal lead to the host that was asked for them.
	Origin string
	// SSO is the issuer at which people log in to the console, and Grants are the roles that it gives; nil: there is none. Its
	// address to come back to follows from Origin.
	SSO    *sso.Config
	Grants []console.Grant
	// Address finds addresses of users without a profile; for dev only.
	Address func(community int64, user string) (string, bool)
	// Mode is that of the gateways, and with it of the API keys that are accepted; empty:
	// both. Production refuses the keys of handsel dev, too.
	Mode       apikey.Mode
	Production bool
	RateLimits bool
	// TryKey is a key that who reads the documents may try calls with; for dev only.
	TryKey func() string
	// Playground is what the console shows to who develops; for dev only.
	Playground console.Playground
	// Webhooks says where events may be sent.
	Webhooks       outbound.Guard
	TrustedProxies []string
	CallTimeout    time.Duration // of one gateway call; default 20 s
	// Observe puts another observer before the metrics; nil: there is none.
	Observe func(orchestrator.Observer) orchestrator.Observer
	// Hook stops the engine at named points, for crash tests; nil in production.
	Hook func(point string)
}

// App is a running Handsel without its listeners and its ticks.
type App struct {
	// Due is all automatic work: the one list that production, dev and
	// tests run.
	Due     *due.List
	Store   *sqlstore.DB
	Engine  *orchestrator.Engine
	Handler http.Handler
	Inbox   *webhooks.Processor
	Server  *server.Server
	market
	out      outgoing
	Door     *console.Door // of the console
	trade    *trade        // nil without an exchange
	engine   orchestrator.Config
	realTime func() time.Time // e.g. of answers and tickets, whose life is not played
	limits   *limits
	sizes    *storeMetrics
	assets   money.Assets
}

// Open opens the database, brings its schema up to date (but for Config.Existing) and
// builds the rest.
func Open(ctx context.Context, c Config) (*App, error) {
	options := sqlstore.Options{SealKeys: c.SealKeys, Existing: c.Existing}
	if c.Existing {
		options.Patience = -1 // a command may read everything
	}
	store, err := sqlstore.Open(ctx, c.DatabaseURL, options)
	if err != nil {
		return nil, err
	}
	if c.Plugins == nil {
		c.Plugins = Gateways()
	}
	a := &App{Store: store, realTime: time.Now}
	if err := a.build(ctx, c); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return a, nil
}

func (a *App) build(ctx context.Context, c Config) error {
	registry := prometheus.NewRegistry()
	observer, err := server.NewObserver(registry, time.Now)
	if err != nil {
		return err
	}
	if a.sizes, err = newStoreMetrics(registry, a.Store); err != nil {
		return err
	}
	if err := a.keepAssets(ctx, c); err != nil {
		return err
	}
	references, err := a.references(ctx, c.Now)
	if err != nil {
		return err
	}
	engine := orchestrator.Config{
		References: references,
		Store:      a.Store.ForEngine(), Now: c.Now, NewID: uuid.NewString, Log: c.Log, Observer: observer, Hook: c.Hook,
		RealNow:     func() time.Time { return a.realTime() },
		CallTimeout: c.CallTimeout, Kick: func() { a.Due.Wake(notices.JobName); a.Due.Wake(events.JobName) }, Terms: a.Store.DealTerms, Assets: a.assets, Kinds: gateway.Kinds(c.Plugins),
	}
	if c.Observe != nil {
		engine.Observer = c.Observe(observer)
	}
	parts, err := openGateways(c, a.Store.Accounts)
	if err != nil {
		return err
	}
	for _, p := range parts {
		engine.Gateways = append(engine.Gateways, p.Gateway)
	}
	a.engine = engine
	if a.Engine, err = orchestrator.New(engine); err != nil {
		return err
	}
	if err := server.WatchBreakers(registry, a.Engine.Lanes().States); err != nil {
		return err
	}
	inbox := webhooks.ProcessorConfig{Inbox: a.Store.Inbox, Apply: a.apply, Now: c.Now, Log: c.Log, Ready: a.Engine.Lanes().Ready}
	for _, s := range sources(parts) {
		inbox.Gateways = append(inbox.Gateways, s.Name())
	}
	if a.Inbox, err = webhooks.NewProcessor(inbox); err != nil {
		return err
	}
	if err := a.openRooms(ctx, c, parts); err != nil {
		return err
	}
	return a.serve(ctx, c, registry, parts)
}

// jobsOf is the list of jobs, which is made when there is a server.
type jobsOf struct{ app *App }

// Standings implements console.Jobs.
func (j jobsOf) Standings() []due.Standing { return j.app.Due.Standings() }

// Hurry implements console.Jobs.
func (j jobsOf) Hurry(name string) bool { return j.app.Due.Hurry(name) }

func (a *App) serve(ctx context.Context, c Config, registry *prometheus.Registry, parts []gateway.Parts) error {
	receiver, err := webhooks.NewReceiver(webhooks.ReceiverConfig{Inbox: a.Store.Inbox, Doorkeeper: a.Store.Reports, Sources: sources(parts), Kick: func(gateway string) { a.Due.Wake(webhooks.JobOf(gateway)) }, Now: c.Now, Log: c.Log})
	if err != nil {
		return err
	}
	ids, err := a.ids(ctx)
	if err != nil {
		return err
	}
	if err := a.openOutgoing(ctx, c, ids); err != nil {
		return err
	}
	a.Door = &console.Door{Stays: a.Store.Stays, Passes: pass.Book[console.SignIn]{Tickets: a.Store.Tickets, Random: rand.Reader}, Accounts: a.Store.LocalAccounts, Auditor: a.Store.AuditLog, Origin: c.Origin, Plain: c.Webhooks.Loopback, Now: func() time.Time { return a.realTime() }}
	if c.SSO != nil {
		login := *c.SSO
		login.RedirectURL, login.Now = c.Origin+console.LoginPath, a.Door.Now
		a.Door.SSO, a.Door.Grants = sso.New(login), c.Grants
	}
	a.Server, err = server.New(server.Config{
		Engine: a.Engine, Keys: a.Store.APIKeys, Profiles: a.Store.Accounts, IDs: ids, Gateways: receiver, Ready: a.Store.Ready, Log: c.Log,
		Listings: a.Listings, Conversations: a.Conversations, Terms: a.Store.Terms, Audit: a.Store.AuditLog, Replies: a.Store.Replies, Letterheads: a.heads, Origins: a.Store.Pages, Templates: a.Store.MailChoices, MailStops: a.stops, Assets: a.assets,
		Exchange: a.trade.face(a, c.Exchange), Books: a.Store.Books, Sums: a.Store, Finder: a.Store.Finder, People: a.Store, KeyDesk: a.Store.APIKeys, MailLog: a.Store.Mailbox, Timeline: a.Store, Arrivals: a.Store, Jobs: jobsOf{a}, Late: a.Store.LateWork, Approvals: a.Store, Holds: a.Store.Guard, Webhooks: a.out.desk, Passes: a.out.passes, Console: a.Door, Events: a.Store.EventLog, Hub: a.Hub, StripePage: pageOf(parts),
		Registry: registry, RateLimits: c.RateLimits, Mode: c.Mode, NoDevKeys: c.Production, TryKey: c.TryKey, Playground: c.Playground, TrustedProxies: c.TrustedProxies,
	})
	if err != nil {
		return err
	}
	a.Handler, a.limits = a.Server.Handler(), newLimits(a.Store, a.Server)
	observer, err := newDueMetrics(registry)
	if err != nil {
		return err
	}
	a.Due, err = due.New(due.Config{Now: a.Engine.Now, Log: c.Log, Observer: observer}, a.jobs()...)
	return err
}

// EngineConfig is what the engine was made of, for tests that put another one beside it.
func (a *App) EngineConfig() orchestrator.Config { return a.engine }

// Close releases the database.
func (a *App) Close() error {
	a.out.sender.Close()
	return a.Store.Close()
}

// ids makes the codec of public ids.
func (a *App) ids(ctx context.Context) (publicid.Codec, error) {
	key, err := a.key(ctx)
	if err != nil {
		return publicid.Codec{}, err
	}
	return publicid.New([]byte(key))
}

// key is that of public ids and of the tags of references. It lives in the database, so
// that all replicas share it, and what it made stays valid for good, after a restore too.
func (a *App) key(ctx context.Context) (string, error) {
	key, err := a.Store.Setting(ctx, "public_id_key", RandomSecret)
	if err != nil {
		return "", fmt.Errorf("key of public ids: %w", err)
	}
	return key, nil
}

// updating is how long replicas of two releases may run on one database; our choice.
const updating = 24 * time.Hour

// references makes what begins the ids of operations. The first start of a release that
// tags them stores from when on all are tagged: at once in a new database, and else when
// no replica of an older release writes any more.
func (a *App) references(ctx context.Context, now func() time.Time) (r orchestrator.References, err error) {
	if r.Installation, err = a.Store.Setting(ctx, "installation", func() string { return RandomSecret()[:8] }); err != nil {
		return r, fmt.Errorf("name of the installation: %w", err)
	}
	if r.Key, err = a.key(ctx); err != nil {
		return r, err
	}
	newest, err := a.Store.NewestDeal(ctx)
	if err != nil {
		return r, fmt.Errorf("newest deal: %w", err)
	}
	from := now().UTC()
	if !newest.IsZero() {
		from = from.Add(updating)
	}
	since, err := a.Store.Setting(ctx, "references_signed_since", func() string { return from.Format(time.RFC3339Nano) })
	if err != nil {
		return r, fmt.Errorf("since when references are signed: %w", err)
	}
	if r.SignedSince, err = time.Parse(time.RFC3339Nano, since); err != nil {
		return r, fmt.Errorf("setting references_signed_since: %w", err)
	}
	return r, nil
}

// apply is what a gateway's message leads to: its payment is looked up.
func (a *App) apply(ctx context.Context, d webhooks.Delivery) error {
	_, err := a.Engine.SyncPayment(ctx, d.Gateway, d.PaymentID)
	return err
}
