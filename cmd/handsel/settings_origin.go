package main

import (
	"cmp"
	"strings"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// originSetting says where people reach this server.
type originSetting struct {
	PublicURL     string `env:"HANDSEL_PUBLIC_URL" placeholder:"URL" help:"Origin at which people reach this server, such as https://pay.example.com: for links in e-mails, to the portal and to the page to pay on."`
	MailPublicURL string `env:"HANDSEL_MAIL_PUBLIC_URL" hidden:"" help:"An older name of HANDSEL_PUBLIC_URL, read where that is not set."`
}

// origin is without a slash at its end; empty: nobody has said where people reach this server.
func (s originSetting) origin() string {
	return strings.TrimSuffix(cmp.Or(s.PublicURL, s.MailPublicURL), "/")
}

// check names what is wrong with it, and the settings of gateways that need it.
func (s originSetting) check(gateways []named) []string {
	if err := notices.CheckOrigin(s.origin()); err != nil {
		return []string{"HANDSEL_PUBLIC_URL " + err.Error()}
	}
	var problems []string
	for _, one := range gateways {
		if page, ok := one.Settings.(gateway.Visited); ok && s.origin() == "" && page.Visit() != "" {
			problems = append(problems, page.Visit()+" is for a page of this server, but HANDSEL_PUBLIC_URL is not set: name the https origin at which people reach it, such as https://pay.example.com")
		}
	}
	return problems
}
