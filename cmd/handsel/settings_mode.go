package main

import (
	"fmt"

	"github.com/handsel-dev/handsel/internal/apikey"
)

// A server is for tests or for real money: its gateways, and with them the API keys
// that it takes, are all of one kind.

// mode is the server's: what is set, else that of its gateways, else that of the
// first API key, else live.
func (c serveCommand) mode() apikey.Mode {
	if c.Mode != "" {
		return apikey.Mode(c.Mode)
	}
	for _, m := range c.modes() {
		return apikey.Mode(m.Name)
	}
	if m := apikey.ModeOf(c.BootstrapKey); m != "" {
		return m
	}
	return apikey.Live
}

// checkMode names what is for tests beside what moves real money.
func (c serveCommand) checkMode() []string {
	var problems []string
	for _, m := range c.modes() {
		if m.Problem != "" {
			problems = append(problems, m.Problem)
		}
	}
	mode := c.mode()
	for _, m := range c.modes() {
		if is := apikey.Mode(m.Name); is != mode {
			problems = append(problems, fmt.Sprintf("%s is a %s one, but this server is for %s; all gateways, and HANDSEL_MODE if it is set, must be of one kind", m.Setting, is, mode))
		}
	}
	if m := apikey.ModeOf(c.BootstrapKey); m != "" && m != mode {
		problems = append(problems, fmt.Sprintf("HANDSEL_BOOTSTRAP_API_KEY is a %s key, but this server is for %s; make one with: handsel keys generate --mode %s", m, mode, mode))
	}
	return problems
}
