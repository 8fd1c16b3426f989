package main

import (
	"net/url"
	"strings"

	"github.com/handsel-dev/handsel/internal/app"
)

// stripeSettings connect to Stripe.
type stripeSettings struct {
	StripeURL            string   `env:"HANDSEL_STRIPE_URL" default:"https://api.stripe.com" help:"Origin of the Stripe API."`
	StripeSecretKey      string   `env:"HANDSEL_STRIPE_SECRET_KEY" placeholder:"KEY" help:"Secret key of the platform's Stripe account; without it the gateway stripe is off."`
	StripeWebhookSecrets []string `name:"stripe-webhook-secret" env:"HANDSEL_STRIPE_WEBHOOK_SECRET" placeholder:"WHSEC" help:"Signing secrets of the webhook endpoint, separated by commas; two while one is changed."`
	StripeReturnURL      string   `env:"HANDSEL_STRIPE_RETURN_URL" placeholder:"URL" help:"Where a buyer comes back to after paying or 3-D Secure, unless a request says so."`
	StripePublishableKey string   `env:"HANDSEL_STRIPE_PUBLISHABLE_KEY" placeholder:"KEY" help:"Publishable key of the same Stripe account; with it buyers pay on a page of this server with Stripe's own form."`
	PublicURL            string   `name:"public-url" env:"HANDSEL_PUBLIC_URL" placeholder:"URL" help:"Origin at which buyers reach this server; needed for the page to pay on."`
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
	return append(problems, s.checkPage()...)
}

// checkPage names what the page to pay on lacks. Without a key there is no page.
func (s stripeSettings) checkPage() []string {
	var problems []string
	key := s.StripePublishableKey
	switch {
	case key == "":
		if s.PublicURL != "" {
			problems = append(problems, "HANDSEL_PUBLIC_URL is for the page to pay on, which needs HANDSEL_STRIPE_PUBLISHABLE_KEY too")
		}
		return problems
	case strings.HasPrefix(key, "sk_"), strings.HasPrefix(key, "rk_"):
		problems = append(problems, "HANDSEL_STRIPE_PUBLISHABLE_KEY is a secret key, which must not be shown to anybody; use the publishable one (pk_…)")
	case !strings.HasPrefix(key, "pk_live_") && !strings.HasPrefix(key, "pk_test_"):
		problems = append(problems, "HANDSEL_STRIPE_PUBLISHABLE_KEY must be a publishable key (pk_test_… or pk_live_…)")
	case strings.HasPrefix(key, "pk_live_") != s.live():
		problems = append(problems, "HANDSEL_STRIPE_PUBLISHABLE_KEY and HANDSEL_STRIPE_SECRET_KEY must both be test keys or both live keys")
	}
	if u, err := url.Parse(s.PublicURL); err != nil || !isSafeURL(s.PublicURL) || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		problems = append(problems, "HANDSEL_PUBLIC_URL must be the https origin at which buyers reach this server, such as https://pay.example.com (http only for a loopback address)")
	}
	return problems
}

// noPage warns where buyers have nowhere to pay.
func (s stripeSettings) noPage() []string {
	if s.StripeSecretKey == "" || s.StripePublishableKey != "" {
		return nil
	}
	return []string{"HANDSEL_STRIPE_PUBLISHABLE_KEY is not set: deals at Stripe have no page to pay on (redirect_url is empty), and the marketplace has to use client_secret with Stripe.js itself"}
}

func (s stripeSettings) config() *app.Stripe {
	if s.StripeSecretKey == "" {
		return nil
	}
	return &app.Stripe{
		BaseURL: s.StripeURL, SecretKey: s.StripeSecretKey, WebhookSecrets: s.StripeWebhookSecrets, ReturnURL: s.StripeReturnURL,
		PublishableKey: s.StripePublishableKey, PageOrigin: s.PublicURL,
	}
}
