package main

import (
	"github.com/handsel-dev/handsel/internal/sso"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/server/console"
)

// consoleSettings say at which issuer of OpenID Connect people log in to the console.
type consoleSettings struct {
	Issuer       string   `name:"console-oidc-issuer" env:"HANDSEL_CONSOLE_OIDC_ISSUER" placeholder:"URL" help:"Issuer of OpenID Connect at which people log in to the console. Default: none; handsel console link signs them in."`
	ClientID     string   `name:"console-oidc-client-id" env:"HANDSEL_CONSOLE_OIDC_CLIENT_ID" placeholder:"TEXT" help:"What the issuer calls this server."`
	ClientSecret string   `name:"console-oidc-client-secret" env:"HANDSEL_CONSOLE_OIDC_CLIENT_SECRET" placeholder:"SECRET" help:"Secret of this server at the issuer."`
	Scopes       []string `name:"console-oidc-scopes" env:"HANDSEL_CONSOLE_OIDC_SCOPES" default:"profile,email" help:"What the issuer is asked to tell of people; openid is always asked for."`
	Roles        []string `name:"console-oidc-roles" env:"HANDSEL_CONSOLE_OIDC_ROLES" placeholder:"LIST" help:"Who has which role where: CLAIM=VALUE:ROLE@COMMUNITY, separated by commas, such as groups=escrow-admins:admin@7."`
}

func (s consoleSettings) on() bool {
	return s.Issuer != "" || s.ClientID != "" || s.ClientSecret != "" || len(s.Roles) > 0
}

// check names what is missing or unsafe; origin is where people reach this server.
func (s consoleSettings) check(origin string) []string {
	if !s.on() {
		return nil
	}
	var problems []string
	if !gateway.IsSafeURL(s.Issuer) {
		problems = append(problems, "HANDSEL_CONSOLE_OIDC_ISSUER must be an https URL without a password (http only for a loopback address)")
	}
	if s.ClientID == "" || s.ClientSecret == "" {
		problems = append(problems, "HANDSEL_CONSOLE_OIDC_CLIENT_ID and HANDSEL_CONSOLE_OIDC_CLIENT_SECRET are both needed: register this server at the issuer")
	}
	if len(s.Roles) == 0 {
		problems = append(problems, "HANDSEL_CONSOLE_OIDC_ROLES is not set, so nobody would have a role: give one, such as groups=escrow-admins:admin@7")
	}
	if _, err := console.ParseGrants(s.Roles); err != nil {
		problems = append(problems, "HANDSEL_CONSOLE_OIDC_ROLES: "+err.Error())
	}
	if origin == "" {
		problems = append(problems, "HANDSEL_CONSOLE_OIDC_ISSUER leads people back to this server, but HANDSEL_PUBLIC_URL is not set: name the https origin at which people reach it, such as https://pay.example.com")
	}
	return problems
}

// config is nil where there is no issuer.
func (s consoleSettings) config() (*sso.Config, []console.Grant, error) {
	if !s.on() {
		return nil, nil, nil
	}
	grants, err := console.ParseGrants(s.Roles)
	return &sso.Config{Issuer: s.Issuer, ClientID: s.ClientID, ClientSecret: s.ClientSecret, Scopes: s.Scopes}, grants, err
}
