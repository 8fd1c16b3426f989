package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/sqlstore"
)

type serveCommand struct {
	databaseSetting  `embed:""`
	gatewaySettings  `embed:""`
	exchangeSettings `embed:""`
	mailSettings     `embed:""`
	originSetting    `embed:""`
	webhookSettings  `embed:""`
	Console          consoleSettings `embed:""`
	logSettings      `embed:""`
	Addr             string        `env:"HANDSEL_ADDR" default:"127.0.0.1:8420" help:"Address to listen on; loopback by default."`
	Mode             string        `env:"HANDSEL_MODE" default:"" enum:",test,live" help:"test or live: which API keys are taken. Default: the mode of the gateways; without a gateway that of the first API key."`
	OpsAddr          string        `env:"HANDSEL_OPS_ADDR" placeholder:"ADDRESS" help:"Address of the metrics, for those who run the server; 127.0.0.1:8429, or any free port where that is taken."`
	RateLimits       string        `env:"HANDSEL_RATE_LIMITS" default:"on" enum:"on,off" help:"Limit requests per key: on or off."`
	TrustedProxies   []string      `env:"HANDSEL_TRUSTED_PROXIES" help:"Addresses of proxies whose X-Forwarded-For is trusted. Default: none."`
	GatewayTimeout   time.Duration `env:"HANDSEL_GATEWAY_TIMEOUT" default:"20s" help:"Longest wait for one call of a gateway; what is not answered by then is looked up."`
	DrainPause       time.Duration `env:"HANDSEL_DRAIN_PAUSE" default:"5s" help:"How long /readyz answers 503 at shutdown before the listener closes, so that load balancers notice."`
	BootstrapKey     string        `name:"bootstrap-api-key" env:"HANDSEL_BOOTSTRAP_API_KEY" placeholder:"KEY" help:"First API key, stored (hashed) at start; see handsel keys generate."`
	Recover          bool          `help:"Begin in recovery: read and merge what gateways did, and send nothing until nothing differs. For the first start after a restore."`
	BootstrapID      int64         `name:"bootstrap-community" env:"HANDSEL_BOOTSTRAP_COMMUNITY" default:"1" help:"Community that the first API key belongs to."`
}

// Run serves until it is told to stop.
func (c serveCommand) Run(env environment) error {
	misspelled, unknown := env.unknown()
	if err := c.check(misspelled...); err != nil {
		return err
	}
	log := c.logger(env)
	if len(unknown) > 0 {
		log.Warn("unknown settings are ignored: " + strings.Join(unknown, ", "))
	}
	for _, warning := range c.warnings() {
		log.Warn(warning)
	}
	config, err := c.config(log)
	if err != nil {
		return err
	}
	a, err := app.Open(env, config)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := c.prepare(env, log, a); err != nil {
		return err
	}
	return c.run(env, log, a, config.Mail != nil)
}

// prepare looks at the database before anything is served from it.
func (c serveCommand) prepare(env environment, log *slog.Logger, a *app.App) error {
	if err := errors.Join(checkClock(env, a), c.bootstrap(env, a)); err != nil {
		return err
	}
	warnings, err := unlisted(env, a.Store)
	if err != nil {
		return err
	}
	for _, warning := range warnings {
		log.Warn(warning)
	}
	return c.recovery(env, log, a)
}

// run serves until the program is asked to end.
func (c serveCommand) run(env environment, log *slog.Logger, a *app.App, mails bool) error {
	l, err := listen(env, c.Addr, "HANDSEL_ADDR")
	if err != nil {
		return err
	}
	ops, err := listenUsual(env, c.OpsAddr, "127.0.0.1:8429", "HANDSEL_OPS_ADDR")
	if err != nil {
		return errors.Join(err, l.Close())
	}
	log.Info("handsel serves", "address", l.Addr().String(), "metrics", ops.Addr().String(), "version", version)
	if err := nameUnheard(env, log, a, mails); err != nil {
		return errors.Join(err, l.Close(), ops.Close())
	}
	ctx, stop := context.WithCancel(env)
	var work sync.WaitGroup
	work.Go(func() { a.Due.Run(ctx) })
	// The metrics are there until the end.
	watched, unwatch := context.WithCancel(context.WithoutCancel(env))
	defer unwatch()
	go func() {
		if err := serveHTTP(watched, ops, a.Server.Ops()); err != nil {
			log.Error("serve the metrics", "error", err)
		}
	}()
	err = serveApp(ctx, l, a, c.DrainPause)
	stop()
	return errors.Join(err, within(dueTime, "due work", work.Wait))
}

// recovery begins recovery where it is asked for, and says when the database is in it.
func (c serveCommand) recovery(env environment, log *slog.Logger, a *app.App) error {
	if c.Recover {
		if _, err := beginRecovery(env, a.Store, "started with --recover"); err != nil {
			return err
		}
	}
	r, err := a.Store.Recovery(env)
	if err == nil && r != nil {
		log.Warn("the database is in recovery, so nothing is sent to gateways; handsel recovery show lists what differs", "since", r.Since, "reason", r.Reason)
	}
	return err
}

func (c serveCommand) config(log *slog.Logger) (app.Config, error) {
	config := app.Config{
		DatabaseURL: c.DatabaseURL, Now: time.Now, Log: log, Plugins: c.plugins, Gateways: c.connections(),
		RateLimits: c.RateLimits == "on", Mode: c.mode(), Production: true, TrustedProxies: c.TrustedProxies, CallTimeout: c.GatewayTimeout,
	}
	var err error
	if config.SealKeys, err = c.detailKeys(); err != nil {
		return config, err
	}
	if config.Webhooks, err = c.guard(); err != nil {
		return config, err
	}
	if config.Exchange, err = c.exchangeSettings.config(c.BootstrapID); err != nil {
		return config, err
	}
	if config.SSO, config.Grants, err = c.Console.config(); err != nil {
		return config, err
	}
	config.Letterhead, config.Origin = c.letterhead(), c.origin()
	config.Mail, err = c.sender()
	return config, err
}

func checkClock(ctx context.Context, a *app.App) error {
	skew, err := a.Store.ClockSkew(ctx, time.Now)
	if err != nil {
		return err
	}
	if skew.Abs() > sqlstore.MaxSkew {
		return fmt.Errorf("this machine's clock is %s away from the database's; synchronise both, because timers and leases depend on them", skew.Round(time.Millisecond))
	}
	return nil
}

// check refuses to start on missing or unsafe settings and names each, after those
// that are known to be wrong.
func (c serveCommand) check(wrong ...string) error {
	problems := slices.Concat(wrong, c.gatewaySettings.check(), c.exchangeSettings.check(), c.mailSettings.check(), c.originSetting.check(c.gatewaySettings.on()), c.Console.check(c.origin()), c.checkMode(), c.checkStrangers(), c.checkSecrets())
	if err := c.require(); err != nil {
		problems = append(problems, err.Error())
	}
	if c.BootstrapKey != "" {
		if _, err := apikey.ID(c.BootstrapKey); err != nil {
			problems = append(problems, "HANDSEL_BOOTSTRAP_API_KEY is not an API key; make one with: handsel keys generate")
		}
	}
	if c.GatewayTimeout < time.Second || c.GatewayTimeout > 50*time.Second {
		problems = append(problems, "HANDSEL_GATEWAY_TIMEOUT must be between 1s and 50s")
	}
	if c.DrainPause < 0 || c.DrainPause > time.Minute {
		problems = append(problems, "HANDSEL_DRAIN_PAUSE must be between 0s and 1m")
	}
	if err := sqlstore.CheckFiles(c.DatabaseURL); err != nil {
		problems = append(problems, "HANDSEL_DATABASE_URL: "+err.Error())
	}
	if len(problems) == 0 {
		return nil
	}
	return refused(problems)
}

// bootstrap stores the first key, so that a new deployment can be used at once.
func (c serveCommand) bootstrap(env environment, a *app.App) error {
	if c.BootstrapKey == "" {
		return nil
	}
	key, err := apikey.Fixed(c.BootstrapKey, apikey.Key{
		CommunityID: c.BootstrapID, Name: "bootstrap", CreatedAt: time.Now(),
		Scopes: []apikey.Scope{apikey.Read, apikey.Write, apikey.Operate},
	})
	if err != nil {
		return err
	}
	by := commandBy("the bootstrap settings of handsel serve")
	if err := needCommunity(env, a.Store, c.BootstrapID, by); err != nil {
		return err
	}
	stored, found, err := a.Store.FindKey(env, key.ID)
	switch {
	case err != nil:
		return err
	case found && stored.Origin == apikey.Dev:
		return errors.New("HANDSEL_BOOTSTRAP_API_KEY is a key that handsel dev made; make one with: handsel keys generate")
	case found:
		return nil
	}
	return a.Store.AddKey(env, key, by)
}
