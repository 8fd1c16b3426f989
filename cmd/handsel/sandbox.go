package main

import (
	"fmt"
	"net/http"

	"github.com/handsel-dev/handsel/sandbox"
)

type sandboxCommand struct {
	logSettings     `embed:""`
	Addr            string `name:"sandbox-addr" env:"HANDSEL_SANDBOX_ADDR" default:"127.0.0.1:8421" help:"Address to listen on."`
	WebhookURL      string `env:"HANDSEL_SANDBOX_WEBHOOK_URL" placeholder:"URL" help:"Where webhooks are sent; can be set later by PUT /_sandbox/webhooks/endpoint."`
	WebhookUsername string `env:"HANDSEL_SANDBOX_WEBHOOK_USERNAME" default:"trustap" help:"Basic auth user of the webhooks."`
	WebhookPassword string `env:"HANDSEL_SANDBOX_WEBHOOK_PASSWORD" placeholder:"SECRET" help:"Basic auth password of the webhooks."`
	Seed            uint64 `env:"HANDSEL_SANDBOX_SEED" default:"1" help:"The same seed and the same calls give the same ids."`
}

// Run serves the emulator until it is told to stop.
func (c sandboxCommand) Run(env environment) error {
	l, err := listen(env, c.Addr, "HANDSEL_SANDBOX_ADDR")
	if err != nil {
		return err
	}
	origin := "http://" + l.Addr().String()
	s, err := sandbox.New(sandbox.Config{
		Follow: true, Seed: c.Seed, PublicURL: origin, Logger: c.logger(env),
		WebhookURL: c.WebhookURL, WebhookUsername: c.WebhookUsername, WebhookPassword: c.WebhookPassword,
	})
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Fprintf(env.out, "Trustap sandbox  %s/api/v1\ncontrol          %s/_sandbox/\ntry it           curl -u any-key: '%s/api/v1/charge?currency=eur&price=1234'\n", origin, origin, origin)
	return serveHTTP(env, l, http.Handler(s))
}
