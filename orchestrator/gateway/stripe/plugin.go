package stripe

import (
	"strings"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Plugin is all that a program needs to run the gateway.
func Plugin() gateway.Plugin {
	return gateway.Plugin{
		Kind: Kind(), Settings: func() gateway.Settings { return &Settings{} },
		Secrets: []string{"HANDSEL_STRIPE_SECRET_KEY", "HANDSEL_STRIPE_WEBHOOK_SECRET"},
	}
}

// Settings connect to Stripe.
type Settings struct {
	StripeURL            string   `env:"HANDSEL_STRIPE_URL" default:"https://api.stripe.com" help:"Origin of the Stripe API."`
	StripeSecretKey      string   `json:"-" env:"HANDSEL_STRIPE_SECRET_KEY" placeholder:"KEY" help:"Secret key of the platform's Stripe account; without it the gateway stripe is off."`
	StripeWebhookSecrets []string `json:"-" name:"stripe-webhook-secret" env:"HANDSEL_STRIPE_WEBHOOK_SECRET" placeholder:"WHSEC" help:"Signing secrets of the webhook endpoint, separated by commas; two while one is changed."`
	StripeReturnURL      string   `env:"HANDSEL_STRIPE_RETURN_URL" placeholder:"URL" help:"Where a buyer comes back to after paying or 3-D Secure, unless a request says so."`
	StripePublishableKey string   `env:"HANDSEL_STRIPE_PUBLISHABLE_KEY" placeholder:"KEY" help:"Publishable key of the same Stripe account; with it buyers pay on a page of this server with Stripe's own form."`
}

var _ gateway.Settings = (*Settings)(nil)

// String hides the secrets.
func (s *Settings) String() string { return "settings of stripe at " + s.StripeURL }

// GoString hides the secrets too.
func (s *Settings) GoString() string { return s.String() }

// On needs a secret key.
func (s *Settings) On() bool { return s.StripeSecretKey != "" }

// Check names every setting that is missing or unsafe.
func (s *Settings) Check() []string {
	var problems []string
	if !gateway.IsSafeURL(s.StripeURL) {
		problems = append(problems, "HANDSEL_STRIPE_URL must be an https URL (http only for a loopback address)")
	}
	if !strings.HasPrefix(s.StripeSecretKey, "sk_") && !strings.HasPrefix(s.StripeSecretKey, "rk_") {
		problems = append(problems, "HANDSEL_STRIPE_SECRET_KEY must be a secret key (sk_…) or a restricted key (rk_…)")
	}
	if len(s.StripeWebhookSecrets) == 0 {
		problems = append(problems, "HANDSEL_STRIPE_WEBHOOK_SECRET is not set: without it Stripe's webhooks cannot be verified")
	}
	return append(problems, s.checkPage()...)
}

// checkPage names what the page to pay on lacks. Without a key there is no page.
func (s *Settings) checkPage() []string {
	var problems []string
	key := s.StripePublishableKey
	switch {
	case key == "":
	case strings.HasPrefix(key, "sk_"), strings.HasPrefix(key, "rk_"):
		problems = append(problems, "HANDSEL_STRIPE_PUBLISHABLE_KEY is a secret key, which must not be shown to anybody; use the publishable one (pk_…)")
	case !strings.HasPrefix(key, "pk_live_") && !strings.HasPrefix(key, "pk_test_"):
		problems = append(problems, "HANDSEL_STRIPE_PUBLISHABLE_KEY must be a publishable key (pk_test_… or pk_live_…)")
	case strings.HasPrefix(key, "pk_live_") != s.live():
		problems = append(problems, "HANDSEL_STRIPE_PUBLISHABLE_KEY and HANDSEL_STRIPE_SECRET_KEY must both be test keys or both live keys")
	}
	return problems
}

// Warnings tell where buyers have nowhere to pay.
func (s *Settings) Warnings() []string {
	if s.StripePublishableKey != "" {
		return nil
	}
	return []string{"HANDSEL_STRIPE_PUBLISHABLE_KEY is not set: deals at Stripe have no page to pay on (redirect_url is empty), and the marketplace has to use client_secret with Stripe.js itself"}
}

// Passwords are none: Stripe makes all secrets itself.
func (s *Settings) Passwords() []gateway.Password { return nil }

// Mode is that of the secret key.
func (s *Settings) Mode() gateway.Mode {
	m := gateway.Mode{Name: gateway.Test, Setting: "HANDSEL_STRIPE_SECRET_KEY"}
	if s.live() {
		m.Name = gateway.Live
		if gateway.OnLoopback(s.StripeURL) {
			m.Problem = "HANDSEL_STRIPE_SECRET_KEY is a live key, but HANDSEL_STRIPE_URL is an emulator; use a test key (sk_test_…) there"
		}
	}
	return m
}

func (s *Settings) live() bool {
	return strings.HasPrefix(s.StripeSecretKey, "sk_live") || strings.HasPrefix(s.StripeSecretKey, "rk_live")
}

// Open builds the gateway, what reads its webhooks, and the page to pay on.
func (s *Settings) Open(around gateway.Surroundings) (gateway.Parts, error) {
	g, err := New(Config{
		SecretKey: s.StripeSecretKey, BaseURL: s.StripeURL, Accounts: around.Accounts, OpenAccount: around.OpenAccount,
		ReturnURL: s.StripeReturnURL, PayURL: s.payURL(around.Origin), Transport: around.Transport,
	})
	if err != nil {
		return gateway.Parts{}, err
	}
	return gateway.Parts{Gateway: g, Webhooks: Webhook{Secrets: s.StripeWebhookSecrets, Changed: g.AccountChanged}, Page: s.page(around.Origin)}, nil
}

// Visit implements gateway.Visited.
func (s *Settings) Visit() string {
	if s.StripePublishableKey == "" {
		return ""
	}
	return "HANDSEL_STRIPE_PUBLISHABLE_KEY"
}

// payURL is the page to pay on. The client secret stands where browsers keep it to
// themselves; it is not sent to us.
func (s *Settings) payURL(origin string) func(paymentIntent, clientSecret string) string {
	if s.StripePublishableKey == "" || origin == "" {
		return nil
	}
	return func(paymentIntent, clientSecret string) string {
		return origin + "/pay/" + paymentIntent + "#" + clientSecret
	}
}

// page has Stripe's own form, or that of an emulator.
func (s *Settings) page(origin string) *gateway.Page {
	if s.StripePublishableKey == "" || origin == "" {
		return nil
	}
	p := &gateway.Page{PublishableKey: s.StripePublishableKey, Back: s.StripeReturnURL}
	if origin := strings.TrimRight(s.StripeURL, "/"); origin != "" && origin != sdk.APIURL {
		p.Script, p.API = origin+"/v3/", origin
	}
	return p
}
