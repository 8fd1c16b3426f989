package main

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

const (
	fewBytes    = 8 // different ones in a secret; 32 random bytes have fewer about never
	makeASecret = "make one with: openssl rand -base64 48"
)

// checkStrangers names proxies that are nobody's in particular: whoever comes from
// such an address chooses the one that the limits count.
func (c serveCommand) checkStrangers() []string {
	var problems []string
	for _, text := range c.TrustedProxies {
		if p, err := netip.ParsePrefix(strings.TrimSpace(text)); err == nil && isHuge(p) {
			problems = append(problems, fmt.Sprintf("HANDSEL_TRUSTED_PROXIES: %q would let strangers choose their address in X-Forwarded-For; name the addresses of your proxies", text))
		}
	}
	return problems
}

// isHuge reports whether a network is larger than the largest private one.
func isHuge(p netip.Prefix) bool {
	switch {
	case p.Addr().Is4In6() && p.Bits() >= 96:
		return p.Bits()-96 < 8
	case p.Addr().Is4():
		return p.Bits() < 8
	}
	return p.Bits() < 7
}

// secret is a setting's secret and where it stands.
type secret struct {
	where, cure string
	bytes       []byte
}

// secrets are all that somebody has chosen or made. Broken lists are named elsewhere.
func (c serveCommand) secrets() []secret {
	var all []secret
	for i, text := range c.JWTSecrets {
		all = append(all, secret{fmt.Sprintf("HANDSEL_JWT_SECRET: secret %d", i+1), makeASecret, []byte(text)})
	}
	issuers, _ := c.issuers()
	for i, one := range issuers {
		for _, text := range one.Secrets {
			all = append(all, secret{fmt.Sprintf("HANDSEL_JWT_ISSUERS: a secret of entry %d", i+1), makeASecret, []byte(text)})
		}
	}
	for _, p := range c.passwords() {
		all = append(all, secret{p.Setting, makeASecret, []byte(p.Secret)})
	}
	if text := c.BootstrapKey; text != "" {
		all = append(all, secret{"HANDSEL_BOOTSTRAP_API_KEY", "make one with: handsel keys generate", []byte(text[strings.LastIndex(text, "_")+1:])})
	}
	return all
}

// checkSecrets names secrets that anybody guesses at once.
func (c serveCommand) checkSecrets() []string {
	var problems []string
	for _, s := range c.secrets() {
		if len(s.bytes) > 1 && different(s.bytes) == 1 {
			problems = append(problems, fmt.Sprintf("%s is one repeated character; %s", s.where, s.cure))
		}
	}
	keys, _ := c.detailKeys() // a broken list is named elsewhere
	for _, k := range keys {
		if k.Secret == [len(k.Secret)]byte{} {
			problems = append(problems, fmt.Sprintf("HANDSEL_DETAILS_KEYS: key %q is all zeros; make one with: openssl rand -base64 32", k.ID))
		}
	}
	return problems
}

// warnings name what is allowed but seldom meant, each with its cure.
func (c serveCommand) warnings() []string {
	var all []string
	for _, s := range c.secrets() {
		if different(s.bytes) < fewBytes {
			all = append(all, fmt.Sprintf("%s has few different characters and can be guessed; %s", s.where, s.cure))
		}
	}
	keys, _ := c.detailKeys()
	for _, k := range keys {
		if different(k.Secret[:]) < fewBytes {
			all = append(all, fmt.Sprintf("HANDSEL_DETAILS_KEYS: key %q has few different bytes and can be guessed; put a new one in front, made with: openssl rand -base64 32", k.ID))
		}
	}
	if isPublic(c.Addr) && len(c.TrustedProxies) == 0 {
		all = append(all, "HANDSEL_ADDR listens for other machines without TLS, and API keys would cross the network without encryption; put a proxy with TLS in front and name it in HANDSEL_TRUSTED_PROXIES, or listen on 127.0.0.1")
	}
	if c.OpsAddr != "" && isPublic(c.OpsAddr) {
		all = append(all, "HANDSEL_OPS_ADDR shows the metrics to other machines; let only your own reach it, or listen on 127.0.0.1")
	}
	if hosts := sqlstore.PlainHosts(c.DatabaseURL); len(hosts) > 0 {
		all = append(all, fmt.Sprintf("HANDSEL_DATABASE_URL: the traffic with %s may cross the network without encryption; use sslmode=verify-full (or require) instead", strings.Join(hosts, ", ")))
	}
	all = append(all, c.gatewaySettings.warnings()...)
	if c.RateLimits == "off" {
		all = append(all, "HANDSEL_RATE_LIMITS is off: nothing slows down attackers who guess keys; remove it")
	}
	return all
}

// different counts the different bytes of a secret.
func different(secret []byte) int {
	sorted := slices.Sorted(slices.Values(secret))
	return len(slices.Compact(sorted))
}

// isPublic reports whether other machines reach an address to listen on.
func isPublic(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && !gateway.IsLoopback(host)
}
