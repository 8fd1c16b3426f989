// Package gateway says what a gateway is to the program that runs it: one value, in
// which everything is that differs from one gateway to another. The folders below
// have one each.
package gateway

import (
	"context"
	"net"
	"net/http"
	"net/url"

	"github.com/handsel-dev/handsel/orchestrator"
)

// Plugin is a gateway. Always or Settings is set; a gateway that has neither is known
// by its name and what it can, and cannot be configured yet.
type Plugin struct {
	orchestrator.Kind
	// Always is a gateway that needs no settings: every engine has it.
	Always orchestrator.Gateway
	// Settings makes a pointer to settings that nobody has set.
	Settings func() Settings
	// Secrets are the settings that may also be the name of a file, in NAME_FILE.
	Secrets []string
}

// Kinds are what is known of gateways.
func Kinds(plugins []Plugin) orchestrator.Kinds {
	kinds := make(orchestrator.Kinds, len(plugins))
	for i, p := range plugins {
		kinds[i] = p.Kind
	}
	return kinds
}

// Settings are what an operator sets for a gateway: a struct whose fields are flags and
// environment variables, by their tags, and what the program has to know of them. They
// stand beside those of all other gateways, so every name begins with the gateway's.
type Settings interface {
	// On reports whether the gateway is configured. Where it is not, nothing else is asked.
	On() bool
	// Check names every setting that is missing or unsafe, each with what to do.
	Check() []string
	// Warnings name what is allowed but seldom meant, each with its cure.
	Warnings() []string
	// Passwords are the secrets that somebody made up, so that weak ones are refused.
	Passwords() []Password
	// Mode tells what the gateway is for.
	Mode() Mode
	// Open builds the gateway.
	Open(s Surroundings) (Parts, error)
}

// Password is a secret that somebody made up.
type Password struct{ Setting, Secret string }

// Mode tells tests from real money.
type Mode struct {
	Name    string // Test or Live
	Setting string // that says so
	Problem string // why it contradicts itself; empty: it does not
}

// The modes are those of API keys.
const (
	Test = "test"
	Live = "live"
)

// Visited are settings of a gateway that may make a page of this server, which people have to reach.
type Visited interface {
	// Visit names the setting that makes one; empty: none does.
	Visit() string
}

// Surroundings are what a gateway stands on.
type Surroundings struct {
	Accounts orchestrator.Accounts
	// Origin is where people reach this server, without a slash at the end; empty: nobody has said.
	Origin string
	// Transport carries its calls; nil: the default.
	Transport http.RoundTripper
	// Stranger makes a profile for a user without one, and OpenAccount an account at the
	// gateway; ok is false for users who cannot have one. nil, as in production: users
	// need their own. In a dry run OpenAccount only tells whether it would.
	Stranger    func(community int64, user string) (p orchestrator.Profile, ok bool)
	OpenAccount func(ctx context.Context, community int64, user string) (id string, ok bool, err error)
}

// Parts are what a gateway is made of. Gateway is required.
type Parts struct {
	Gateway orchestrator.Gateway
	// Webhooks reads what it reports; nil: it reports nothing.
	Webhooks Source
	// Shelf keeps listings there, too; nil: it keeps none.
	Shelf Shelf
	// Page is what our own page to pay on needs; nil: buyers pay elsewhere.
	Page *Page
}

// Page is a page of ours with the gateway's form.
type Page struct {
	PublishableKey string // shown to everybody
	Script, API    string // where the form comes from and what it talks to; empty: the gateway's own
	Back           string // where a link leads the buyer who has paid; empty: nowhere
}

// IsLoopback reports whether a host is this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// OnLoopback reports whether a URL leads to this machine.
func OnLoopback(text string) bool {
	u, err := url.Parse(text)
	return err == nil && IsLoopback(u.Hostname())
}

// IsSafeURL reports whether a URL is https, or http on this machine, and holds no
// password.
func IsSafeURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && IsLoopback(u.Hostname()))
}
