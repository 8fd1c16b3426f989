package app

import (
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/server/paypage"
)

func (s Stripe) gateway(accounts orchestrator.Accounts) (*stripe.Gateway, error) {
	return stripe.New(stripe.Config{
		SecretKey: s.SecretKey, BaseURL: s.BaseURL, Accounts: accounts, OpenAccount: s.OpenAccount,
		ReturnURL: s.ReturnURL, PayURL: s.payURL(), Transport: s.Transport,
	})
}

// stripeOrigin is Stripe's own API; everything else is an emulator.
const stripeOrigin = "https://api.stripe.com"

func (s Stripe) hasPage() bool { return s.PublishableKey != "" && s.PageOrigin != "" }

// payURL is the page to pay on. The client secret stands where browsers keep it to
// themselves; it is not sent to us.
func (s Stripe) payURL() func(paymentIntent, clientSecret string) string {
	if !s.hasPage() {
		return nil
	}
	return func(paymentIntent, clientSecret string) string {
		return strings.TrimRight(s.PageOrigin, "/") + "/pay/" + paymentIntent + "#" + clientSecret
	}
}

// page is what the server needs for it; nil when there is none.
func (s *Stripe) page() *paypage.Config {
	if s == nil || !s.hasPage() {
		return nil
	}
	p := &paypage.Config{PublishableKey: s.PublishableKey, Back: s.ReturnURL}
	if origin := strings.TrimRight(s.BaseURL, "/"); origin != "" && origin != stripeOrigin {
		p.StripeJS, p.API = origin+"/v3/", origin
	}
	return p
}
