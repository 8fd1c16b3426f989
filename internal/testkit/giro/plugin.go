// Package giro is a gateway for tests, as small as one can be: a bank that holds what a
// payer approved. It is in no list of the program's; tests add its one line.
package giro

import (
	"net/http"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

const name = "giro"

// Plugin is all that a program needs to run the gateway.
func Plugin() gateway.Plugin {
	return gateway.Plugin{
		Kind:     orchestrator.Kind{Name: name, Once: []string{"postgiro"}, Can: process.Does(process.Authorize, process.Capture, process.Void, process.Refund, process.Transfer)},
		Settings: func() gateway.Settings { return &Settings{} },
		Secrets:  []string{"HANDSEL_GIRO_KEY"},
	}
}

// Settings connect to the bank.
type Settings struct {
	GiroURL string `env:"HANDSEL_GIRO_URL" default:"https://giro.example.com" help:"Origin of the bank."`
	GiroKey string `json:"-" env:"HANDSEL_GIRO_KEY" placeholder:"KEY" help:"Key at the bank, which signs its webhooks, too; without it the gateway giro is off."`
}

// On needs a key.
func (s *Settings) On() bool { return s.GiroKey != "" }

// Check names every setting that is missing or unsafe.
func (s *Settings) Check() []string {
	if gateway.IsSafeURL(s.GiroURL) {
		return nil
	}
	return []string{"HANDSEL_GIRO_URL must be an https URL (http only for a loopback address)"}
}

// Warnings are none.
func (s *Settings) Warnings() []string { return nil }

// Passwords are the key.
func (s *Settings) Passwords() []gateway.Password {
	return []gateway.Password{{Setting: "HANDSEL_GIRO_KEY", Secret: s.GiroKey}}
}

// Mode is that of the URL.
func (s *Settings) Mode() gateway.Mode {
	if gateway.OnLoopback(s.GiroURL) {
		return gateway.Mode{Name: gateway.Test, Setting: "HANDSEL_GIRO_URL"}
	}
	return gateway.Mode{Name: gateway.Live, Setting: "HANDSEL_GIRO_URL"}
}

// Open builds the gateway and what reads its webhooks.
func (s *Settings) Open(around gateway.Surroundings) (gateway.Parts, error) {
	g := &Gateway{url: s.GiroURL, key: s.GiroKey, http: &http.Client{
		Transport: around.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	return gateway.Parts{Gateway: g, Webhooks: Webhook{key: s.GiroKey}}, nil
}
