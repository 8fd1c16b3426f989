package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/internal/apikey"
)

// A server is for tests or for real money: its gateways, and with them the API keys
// that it takes, are all of one kind.

// mode is that of the gateway, empty while it is off.
func (s stripeSettings) mode() apikey.Mode {
	switch {
	case s.StripeSecretKey == "":
		return ""
	case s.live():
		return apikey.Live
	}
	return apikey.Test
}

func (s stripeSettings) live() bool {
	return strings.HasPrefix(s.StripeSecretKey, "sk_live") || strings.HasPrefix(s.StripeSecretKey, "rk_live")
}

// mode is that of the gateway, empty while it is off.
func (s trustapSettings) mode() apikey.Mode {
	switch {
	case s.TrustapAPIKey == "":
		return ""
	case s.TrustapURL == client.Staging || onLoopback(s.TrustapURL):
		return apikey.Test
	}
	return apikey.Live
}

func onLoopback(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isLoopback(u.Hostname())
}

// mode is the server's: what is set, else that of its gateways, else that of the
// first API key, else live.
func (c serveCommand) mode() apikey.Mode {
	for _, m := range []apikey.Mode{apikey.Mode(c.Mode), c.stripeSettings.mode(), c.trustapSettings.mode(), apikey.ModeOf(c.BootstrapKey)} {
		if m != "" {
			return m
		}
	}
	return apikey.Live
}

// checkMode names what is for tests beside what moves real money.
func (c serveCommand) checkMode() []string {
	var problems []string
	if c.live() && onLoopback(c.StripeURL) {
		problems = append(problems, "HANDSEL_STRIPE_SECRET_KEY is a live key, but HANDSEL_STRIPE_URL is an emulator; use a test key (sk_test_…) there")
	}
	mode := c.mode()
	for _, g := range []struct {
		setting string
		mode    apikey.Mode
	}{{"HANDSEL_STRIPE_SECRET_KEY", c.stripeSettings.mode()}, {"HANDSEL_TRUSTAP_URL", c.trustapSettings.mode()}} {
		if g.mode != "" && g.mode != mode {
			problems = append(problems, fmt.Sprintf("%s is a %s one, but this server is for %s; all gateways, and HANDSEL_MODE if it is set, must be of one kind", g.setting, g.mode, mode))
		}
	}
	if m := apikey.ModeOf(c.BootstrapKey); m != "" && m != mode {
		problems = append(problems, fmt.Sprintf("HANDSEL_BOOTSTRAP_API_KEY is a %s key, but this server is for %s; make one with: handsel keys generate --mode %s", m, mode, mode))
	}
	return problems
}
