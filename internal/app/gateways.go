package app

import (
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/gateway/balance"
	"github.com/handsel-dev/handsel/orchestrator/gateway/braintree"
	"github.com/handsel-dev/handsel/orchestrator/gateway/none"
	"github.com/handsel-dev/handsel/orchestrator/gateway/paypal"
	"github.com/handsel-dev/handsel/orchestrator/gateway/paytrail"
	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
	"github.com/handsel-dev/handsel/server/paypage"
)

// Gateways are all gateways, in the order in which people read them: a new one is a
// line here. Those that are given by name and what they can have no adapter yet.
func Gateways() []gateway.Plugin {
	return []gateway.Plugin{
		none.Plugin(),
		balance.Plugin(),
		trustap.Plugin(),
		stripe.Plugin(),
		paypal.Plugin(),
		braintree.Plugin(),
		paytrail.Plugin(),
	}
}

// Kinds are what is known of all gateways.
func Kinds() orchestrator.Kinds { return gateway.Kinds(Gateways()) }

// Connection is how a gateway is configured, and what it stands on. The accounts are
// the store's, and the origin is the server's.
type Connection struct {
	gateway.Settings
	gateway.Surroundings
}

// openGateways builds those that are configured, and those that need no settings.
func openGateways(c Config, accounts orchestrator.Accounts) ([]gateway.Parts, error) {
	var open []gateway.Parts
	for _, p := range c.Plugins {
		if p.Always != nil {
			open = append(open, gateway.Parts{Gateway: p.Always})
			continue
		}
		connection, configured := c.Gateways[p.Name]
		if !configured {
			continue
		}
		connection.Accounts, connection.Origin = accounts, c.Origin
		parts, err := connection.Open(connection.Surroundings)
		if err != nil {
			return nil, err
		}
		open = append(open, parts)
	}
	return open, nil
}

// sources read what the gateways report.
func sources(parts []gateway.Parts) []gateway.Source {
	var all []gateway.Source
	for _, p := range parts {
		if p.Webhooks != nil {
			all = append(all, p.Webhooks)
		}
	}
	return all
}

// pageOf is our own page to pay on; nil: there is none.
func pageOf(parts []gateway.Parts) *paypage.Config {
	for _, p := range parts {
		if p.Page != nil {
			return &paypage.Config{PublishableKey: p.Page.PublishableKey, StripeJS: p.Page.Script, API: p.Page.API, Back: p.Page.Back}
		}
	}
	return nil
}
