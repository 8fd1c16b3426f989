package main

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// webhookSettings say where marketplaces may have their events sent.
type webhookSettings struct {
	Ports    []int    `name:"webhook-ports" env:"HANDSEL_WEBHOOK_PORTS" default:"443" help:"Ports to which webhooks are sent."`
	Networks []string `name:"webhook-networks" env:"HANDSEL_WEBHOOK_NETWORKS" placeholder:"CIDR" help:"Private networks to which webhooks may be sent, such as 10.1.0.0/16. Default: none."`
	Proxy    string   `name:"webhook-proxy" env:"HANDSEL_WEBHOOK_PROXY" placeholder:"URL" help:"Proxy that makes the connections of webhooks, and refuses what is inside. Default: none."`
}

func (s webhookSettings) guard() (outbound.Guard, error) {
	g := outbound.Guard{Ports: s.Ports}
	for _, port := range s.Ports {
		if port < 1 || port > 65535 {
			return g, fmt.Errorf("HANDSEL_WEBHOOK_PORTS: %d is not a port", port)
		}
	}
	for _, text := range s.Networks {
		p, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil || isHuge(p) {
			return g, fmt.Errorf("HANDSEL_WEBHOOK_NETWORKS: %q is not a network such as 10.1.0.0/16, or too large", text)
		}
		g.Networks = append(g.Networks, p.Masked())
	}
	if s.Proxy == "" {
		return g, nil
	}
	u, err := url.Parse(s.Proxy)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return g, fmt.Errorf("HANDSEL_WEBHOOK_PROXY: name the proxy by an http or https URL, such as http://proxy.example.com:3128")
	}
	g.Proxy = u
	return g, nil
}
