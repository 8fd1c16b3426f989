package trustap

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Plugin is all that a program needs to run the gateway.
func Plugin() gateway.Plugin {
	return gateway.Plugin{
		Kind: Kind(), Settings: func() gateway.Settings { return &Settings{} },
		Secrets: []string{"HANDSEL_TRUSTAP_API_KEY", "HANDSEL_TRUSTAP_CLIENT_SECRET", "HANDSEL_TRUSTAP_WEBHOOK_PASSWORD"},
	}
}

// Settings connect to Trustap. The default of TrustapURL is client.Production.
type Settings struct {
	TrustapURL             string `env:"HANDSEL_TRUSTAP_URL" default:"https://dev.trustap.com/api/v1" help:"Base URL of the Trustap API."`
	TrustapAPIKey          string `json:"-" name:"trustap-api-key" env:"HANDSEL_TRUSTAP_API_KEY" placeholder:"KEY" help:"API key at Trustap; without it the gateway trustap is off."`
	TrustapActionsURL      string `env:"HANDSEL_TRUSTAP_ACTIONS_URL" default:"https://actions.trustap.com" help:"Origin of Trustap's payment pages."`
	TrustapReturnURL       string `env:"HANDSEL_TRUSTAP_RETURN_URL" placeholder:"URL" help:"Where the payment page sends the buyer; must be registered with Trustap."`
	TrustapListings        string `env:"HANDSEL_TRUSTAP_LISTINGS" default:"off" enum:"on,off" help:"Keep listings at Trustap too: on or off."`
	TrustapClientID        string `name:"trustap-client-id" env:"HANDSEL_TRUSTAP_CLIENT_ID" placeholder:"ID" help:"Client id of the login at Trustap; handsel reconcile needs it for statements, and logins do."`
	TrustapClientSecret    string `json:"-" env:"HANDSEL_TRUSTAP_CLIENT_SECRET" placeholder:"SECRET" help:"Secret of the client at Trustap's login; without it all users are guests there."`
	TrustapLoginURL        string `env:"HANDSEL_TRUSTAP_LOGIN_URL" placeholder:"URL" help:"Where Trustap's login leads users back to: this server's /logins/trustap; must be registered with Trustap."`
	TrustapIssuer          string `env:"HANDSEL_TRUSTAP_ISSUER" placeholder:"URL" help:"Trustap's login server; default: the one of the API."`
	TrustapWebhookUsername string `env:"HANDSEL_TRUSTAP_WEBHOOK_USERNAME" default:"trustap" help:"User name that Trustap's webhooks send."`
	TrustapWebhookPassword string `json:"-" env:"HANDSEL_TRUSTAP_WEBHOOK_PASSWORD" placeholder:"SECRET" help:"Password that Trustap's webhooks send."`
}

var _ gateway.Settings = (*Settings)(nil)

// String hides the secrets.
func (s *Settings) String() string { return "settings of trustap at " + s.TrustapURL }

// GoString hides the secrets too.
func (s *Settings) GoString() string { return s.String() }

// On needs an API key.
func (s *Settings) On() bool { return s.TrustapAPIKey != "" }

// Check names every setting that is missing or unsafe.
func (s *Settings) Check() []string {
	var problems []string
	if !gateway.IsSafeURL(s.TrustapURL) {
		problems = append(problems, "HANDSEL_TRUSTAP_URL must be an https URL (http only for a loopback address)")
	} else if u, err := url.Parse(s.TrustapURL); err == nil && strings.Trim(u.Path, "/") == "" {
		problems = append(problems, "HANDSEL_TRUSTAP_URL has no path; Trustap's API is at /api/v1")
	}
	problems = append(problems, s.checkLogin()...)
	if len(s.TrustapWebhookPassword) < 16 {
		problems = append(problems, "HANDSEL_TRUSTAP_WEBHOOK_PASSWORD must have 16 characters or more, the same as registered with Trustap")
	}
	return problems
}

// loginPath is where this server takes users in who come from Trustap's login.
const loginPath = "/logins/" + name

// checkLogin refuses logins that are half set up.
func (s *Settings) checkLogin() []string {
	if s.TrustapClientSecret == "" && s.TrustapLoginURL == "" && s.TrustapIssuer == "" {
		return nil
	}
	var problems []string
	for _, needed := range []struct{ name, value string }{
		{"HANDSEL_TRUSTAP_CLIENT_ID", s.TrustapClientID}, {"HANDSEL_TRUSTAP_CLIENT_SECRET", s.TrustapClientSecret}, {"HANDSEL_TRUSTAP_LOGIN_URL", s.TrustapLoginURL},
	} {
		if needed.value == "" {
			problems = append(problems, needed.name+" is missing: logins at Trustap need HANDSEL_TRUSTAP_CLIENT_ID, HANDSEL_TRUSTAP_CLIENT_SECRET and HANDSEL_TRUSTAP_LOGIN_URL; without logins leave the secret, the login URL and HANDSEL_TRUSTAP_ISSUER out")
		}
	}
	if s.TrustapLoginURL != "" && (!gateway.IsSafeURL(s.TrustapLoginURL) || !strings.HasSuffix(s.TrustapLoginURL, loginPath) || strings.ContainsAny(s.TrustapLoginURL, "?#")) {
		problems = append(problems, "HANDSEL_TRUSTAP_LOGIN_URL must be an https URL of this server that ends in "+loginPath+" (http only for a loopback address)")
	}
	switch {
	case s.issuer() == "":
		problems = append(problems, "HANDSEL_TRUSTAP_ISSUER is missing: the login server of an API that is not Trustap's own is not known; at handsel sandbox it is http://127.0.0.1:8421/auth/realms/trustap-stage")
	case !gateway.IsSafeURL(s.issuer()):
		problems = append(problems, "HANDSEL_TRUSTAP_ISSUER must be an https URL (http only for a loopback address)")
	}
	return problems
}

// issuer is the login server that belongs to the API.
func (s *Settings) issuer() string {
	switch {
	case s.TrustapIssuer != "":
		return s.TrustapIssuer
	case s.TrustapURL == client.Production:
		return client.ProductionIssuer
	case s.TrustapURL == client.Staging:
		return client.StagingIssuer
	}
	return ""
}

// logins are nil where users cannot log in.
func (s *Settings) logins(transport http.RoundTripper) *client.OAuth {
	if s.TrustapClientSecret == "" {
		return nil
	}
	scopes := Scopes()
	if s.TrustapListings == "on" {
		scopes = append(scopes, listingScopes()...)
	}
	return &client.OAuth{
		Issuer: s.issuer(), ClientID: s.TrustapClientID, ClientSecret: client.Secret(s.TrustapClientSecret), RedirectURL: s.TrustapLoginURL,
		Scopes: scopes, HTTPClient: &http.Client{Transport: transport, Timeout: loginTimeout},
	}
}

// loginTimeout bounds one call of the login server; our choice.
const loginTimeout = 10 * time.Second

// Warnings are none.
func (s *Settings) Warnings() []string { return nil }

// Passwords are that of the webhooks: it is ours to choose.
func (s *Settings) Passwords() []gateway.Password {
	return []gateway.Password{{Setting: "HANDSEL_TRUSTAP_WEBHOOK_PASSWORD", Secret: s.TrustapWebhookPassword}}
}

// Mode is that of the API: keys do not tell.
func (s *Settings) Mode() gateway.Mode {
	m := gateway.Mode{Name: gateway.Live, Setting: "HANDSEL_TRUSTAP_URL"}
	if s.TrustapURL == client.Staging || gateway.OnLoopback(s.TrustapURL) {
		m.Name = gateway.Test
	}
	return m
}

// Open builds the gateway over the typed client, what reads its webhooks, and the
// shelf of listings.
func (s *Settings) Open(around gateway.Surroundings) (gateway.Parts, error) {
	options := []client.Option{client.WithBaseURL(s.TrustapURL), client.WithAPIKey(s.TrustapAPIKey)}
	if around.Transport != nil {
		options = append(options, client.WithTransport(around.Transport))
	}
	c, err := client.New(options...)
	if err != nil {
		return gateway.Parts{}, err
	}
	g, err := New(Config{
		Client: c, Accounts: around.Accounts, ClientID: s.TrustapClientID,
		ActionsURL: s.TrustapActionsURL, ReturnURL: s.TrustapReturnURL, OAuth: s.logins(around.Transport), Stranger: around.Stranger,
	})
	if err != nil {
		return gateway.Parts{}, err
	}
	parts := gateway.Parts{Gateway: g, Webhooks: Webhook{Credentials: []Credential{{s.TrustapWebhookUsername, s.TrustapWebhookPassword}}}}
	if s.TrustapListings == "on" {
		parts.Shelf = Shelf{Gateway: g}
	}
	return parts, nil
}
