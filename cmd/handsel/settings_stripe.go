package main

import (
	"strings"

	"github.com/handsel-dev/handsel/internal/app"
)

// stripeSettings connect to Stripe.
type stripeSettings struct {
	StripeURL            string   `env:"HANDSEL_STRIPE_URL" default:"https://api.stripe.com" help:"Origin of the Stripe API."`
	StripeSecretKey      string   `env:"HANDSEL_STRIPE_SECRET_KEY" placeholder:"KEY" help:"Secret key of the platform's Stripe account; without it the gateway stripe is off."`
	StripeWebhookSecrets []string `name:"stripe-webhook-secret" env:"HANDSEL_STRIPE_WEBHOOK_SECRET" placeholder:"WHSEC" help:"Signing secrets of the webhook endpoint, separated by commas; two while one is changed."`
	StripeReturnURL      string   `env:"HANDSEL_STRIPE_RETURN_URL" placeholder:"URL" help:"Where a buyer comes back to after 3-D Secure, unless a request says so."`
}

// check names every setting that is missing or unsafe.
func (s stripeSettings) check() []string {
	if s.StripeSecretKey == "" {
		return nil
	}
	var problems []string
	if !isSafeURL(s.StripeURL) {
		problems = append(problems, "HANDSEL_STRIPE_URL must be an https URL (http only for a loopback address)")
	}
	if !strings.HasPrefix(s.StripeSecretKey, "sk_") && !strings.HasPrefix(s.StripeSecretKey, "rk_") {
		problems = append(problems, "HANDSEL_STRIPE_SECRET_KEY must be a secret key (sk_…) or a restricted key (rk_…)")
	}
	if len(s.StripeWebhookSecrets) == 0 {
		problems = append(problems, "HANDSEL_STRIPE_WEBHOOK_SECRET is not set: without it nothing that Stripe reports is believed")
	}
	return problems
}

func (s stripeSettings) config() *app.Stripe {
	if s.StripeSecretKey == "" {
		return nil
	}
	return &app.Stripe{
		BaseURL: s.StripeURL, SecretKey: s.StripeSecretKey, WebhookSecrets: s.StripeWebhookSecrets, ReturnURL: s.StripeReturnURL,
	}
}
