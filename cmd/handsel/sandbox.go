package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/sandbox"
)

type sandboxCommand struct {
	Start  sandboxRun   `name:"run" cmd:"" default:"withargs" help:"Run emulators alone: Trustap's, or those that --only names." example:"handsel sandbox run --only stripe,paypal"`
	Faults chaosCommand `cmd:"" hidden:"" help:"An older name of handsel chaos."`
}

// sandboxRun runs emulators.
type sandboxRun struct {
	logSettings     `embed:""`
	Only            []string        `default:"trustap" placeholder:"GATEWAY" names:"emulators" help:"Emulators to run: trustap, stripe, paypal, braintree, paytrail."`
	Addr            string          `name:"sandbox-addr" env:"HANDSEL_SANDBOX_ADDR" default:"127.0.0.1:8421" help:"Address of Trustap's."`
	Emulators       plugins         `embed:""` // the addresses of app.Emulators, in their order
	WebhookURL      string          `env:"HANDSEL_SANDBOX_WEBHOOK_URL" placeholder:"URL" help:"Where Trustap's webhooks are sent; can be set later by PUT /_sandbox/webhooks/endpoint, as for all others."`
	WebhookUsername string          `env:"HANDSEL_SANDBOX_WEBHOOK_USERNAME" default:"trustap" help:"Basic auth user of the webhooks."`
	WebhookPassword string          `env:"HANDSEL_SANDBOX_WEBHOOK_PASSWORD" placeholder:"SECRET" help:"Basic auth password of the webhooks."`
	Trustap         sandboxSettings `embed:"" group:"Trustap:"`
	Seed            uint64          `env:"HANDSEL_SANDBOX_SEED" default:"1" help:"The same seed and the same calls give the same ids."`
}

const trustap = "trustap"

// running is an emulator with its listener.
type running struct {
	net.Listener
	app.Standing
	greeting string
}

// Run serves the emulators until it is told to stop, or until one of them fails.
func (c sandboxRun) Run(env environment) error {
	if err := c.check(); err != nil {
		return err
	}
	c.warn(env)
	all, err := c.open(env)
	defer func() {
		for _, r := range all {
			_, _ = r.Standing.Close(), r.Listener.Close()
		}
	}()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(env)
	defer cancel()
	ended := make(chan error, len(all))
	for _, r := range all {
		fmt.Fprint(env.out, r.greeting)
		go func() {
			defer cancel()
			ended <- serveHTTP(ctx, r.Listener, r.Standing)
		}()
	}
	var failed error
	for range all {
		failed = errors.Join(failed, <-ended)
	}
	return failed
}

// check refuses a name that no emulator has.
func (c sandboxRun) check() error {
	known := emulatorNames()
	for _, name := range c.Only {
		if !slices.Contains(known, name) {
			return usage(fmt.Errorf("there is no emulator of %.40q; use --only with some of %s", name, strings.Join(known, ",")))
		}
	}
	return nil
}

// emulatorNames are the gateways that can be emulated.
func emulatorNames() []string {
	names := []string{trustap}
	for _, e := range app.Emulators() {
		names = append(names, e.Gateway)
	}
	return names
}

// usualTrustap is the address of Trustap's emulator where nobody sets one.
const usualTrustap = "127.0.0.1:8421"

// warn names the addresses that were set for emulators which do not run.
func (c sandboxRun) warn(env environment) {
	idle := func(of, setting, address string) {
		if address != "" && !slices.Contains(c.Only, of) {
			fmt.Fprintf(env.errOut, "handsel: %s=%s has no effect: --only does not name %s\n", setting, address, of)
		}
	}
	if c.Addr != usualTrustap {
		idle(trustap, "HANDSEL_SANDBOX_ADDR", c.Addr)
	}
	idle(trustap, "HANDSEL_SANDBOX_WEBHOOK_URL", c.WebhookURL)
	for i, e := range app.Emulators() {
		idle(e.Gateway, e.Setting, c.Emulators[i].(app.Address).Address())
	}
}

// open makes the emulators that were named; those made before one failed come with the error.
func (c sandboxRun) open(env environment) (all []running, err error) {
	if slices.Contains(c.Only, trustap) {
		r, err := c.trustap(env)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	for i, e := range app.Emulators() {
		if !slices.Contains(c.Only, e.Gateway) {
			continue
		}
		l, err := listenUsual(env, c.Emulators[i].(app.Address).Address(), e.Usual, e.Setting)
		if err != nil {
			return all, err
		}
		origin := "http://" + l.Addr().String()
		s, err := e.Alone(app.Alone{URL: origin, Seed: c.Seed, Log: c.logger(env)})
		if err != nil {
			return all, errors.Join(err, l.Close())
		}
		all = append(all, running{l, s, fmt.Sprintf("%-16s %s\ncontrol          %s/_sandbox/\n", e.Title, origin, origin)})
	}
	return all, nil
}

func (c sandboxRun) trustap(env environment) (running, error) {
	config, err := c.Trustap.config()
	if err != nil {
		return running{}, err
	}
	l, err := listen(env, c.Addr, "HANDSEL_SANDBOX_ADDR")
	if err != nil {
		return running{}, err
	}
	origin := "http://" + l.Addr().String()
	config.Seed, config.PublicURL, config.Logger = c.Seed, origin, c.logger(env)
	config.WebhookURL, config.WebhookUsername, config.WebhookPassword = c.WebhookURL, c.WebhookUsername, c.WebhookPassword
	s, err := sandbox.New(config)
	if err != nil {
		return running{}, errors.Join(usage(err), l.Close())
	}
	return running{l, s, fmt.Sprintf("Trustap sandbox  %s/api/v1\ncontrol          %s/_sandbox/\ntry it           curl -u any-key: '%s/api/v1/charge?currency=eur&price=1234'\n", origin, origin, origin)}, nil
}
