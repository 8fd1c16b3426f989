package paypal

import (
	"strings"

	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Plugin is all that a program needs to run the gateway.
func Plugin() gateway.Plugin {
	return gateway.Plugin{
		Kind: Kind(), Settings: func() gateway.Settings { return &Settings{} },
		Secrets: []string{"HANDSEL_PAYPAL_SECRET"},
	}
}

// Settings connect to PayPal.
type Settings struct {
	PaypalURL          string `env:"HANDSEL_PAYPAL_URL" default:"https://api-m.paypal.com" help:"Origin of the PayPal API; https://api-m.sandbox.paypal.com for tests."`
	PaypalClientID     string `env:"HANDSEL_PAYPAL_CLIENT_ID" name:"paypal-client-id" placeholder:"ID" help:"Client id of the marketplace's REST app; without it the gateway paypal is off."`
	PaypalSecret       string `json:"-" env:"HANDSEL_PAYPAL_SECRET" placeholder:"SECRET" help:"Secret of that app."`
	PaypalWebhookID    string `env:"HANDSEL_PAYPAL_WEBHOOK_ID" name:"paypal-webhook-id" placeholder:"ID" help:"Id of the webhook of that app, which is part of what PayPal signs."`
	PaypalPartnerID    string `env:"HANDSEL_PAYPAL_PARTNER_ID" name:"paypal-partner-id" placeholder:"ID" help:"Merchant id of the marketplace's own PayPal account, which has to be a partner account; with it sellers are set up on PayPal's page."`
	PaypalDisbursement string `env:"HANDSEL_PAYPAL_DISBURSEMENT" default:"payout" help:"When sellers are paid: by a payout of the marketplace (payout), or by PayPal, which keeps the money until the deal ends (delayed; for marketplaces that PayPal has approved, needs HANDSEL_PAYPAL_PARTNER_ID)."`
	PaypalReturnURL    string `env:"HANDSEL_PAYPAL_RETURN_URL" placeholder:"URL" help:"Where a buyer comes back to from PayPal's page, unless a request says so."`
}

// byPayout pays sellers by a payout of the marketplace.
const byPayout = "payout"

// delays reports whether PayPal keeps the money until a deal ends.
func (s *Settings) delays() bool { return strings.EqualFold(s.PaypalDisbursement, modeDelayed) }

var _ gateway.Settings = (*Settings)(nil)

// String hides the secret.
func (s *Settings) String() string { return "settings of paypal at " + s.PaypalURL }

// GoString hides the secret too.
func (s *Settings) GoString() string { return s.String() }

// On needs a client.
func (s *Settings) On() bool { return s.PaypalClientID != "" }

// Check names every setting that is missing or unsafe.
func (s *Settings) Check() []string {
	var problems []string
	need := func(ok bool, problem string) {
		if !ok {
			problems = append(problems, problem)
		}
	}
	need(gateway.IsSafeURL(s.PaypalURL), "HANDSEL_PAYPAL_URL must be an https URL (http only for a loopback address)")
	need(s.PaypalSecret != "", "HANDSEL_PAYPAL_SECRET is not set: without it PayPal gives no token")
	need(s.PaypalWebhookID != "", "HANDSEL_PAYPAL_WEBHOOK_ID is not set: without it PayPal's events cannot be verified")
	need(!strings.ContainsAny(s.PaypalWebhookID, "| \t"), "HANDSEL_PAYPAL_WEBHOOK_ID must be the id that PayPal shows for the webhook")
	need(s.PaypalPartnerID == "" || merchantShape.MatchString(s.PaypalPartnerID), "HANDSEL_PAYPAL_PARTNER_ID must be the merchant id of your PayPal account: 13 capital letters and digits, as Account settings show it")
	need(s.PaypalDisbursement == "" || s.PaypalDisbursement == byPayout || s.delays(), "HANDSEL_PAYPAL_DISBURSEMENT must be payout or delayed")
	need(!s.delays() || s.PaypalPartnerID != "", "HANDSEL_PAYPAL_DISBURSEMENT=delayed needs HANDSEL_PAYPAL_PARTNER_ID: PayPal keeps money only for sellers who have agreed")
	need(gateway.IsSafeURL(s.PaypalReturnURL), "HANDSEL_PAYPAL_RETURN_URL must be an https URL (http only for a loopback address): PayPal leads every buyer back somewhere")
	return problems
}

// Warnings are none.
func (s *Settings) Warnings() []string { return nil }

// Passwords are none: PayPal makes the secret itself.
func (s *Settings) Passwords() []gateway.Password { return nil }

// Mode is that of the address: ids and secrets of PayPal's sandbox look like live ones.
func (s *Settings) Mode() gateway.Mode {
	m := gateway.Mode{Name: gateway.Live, Setting: "HANDSEL_PAYPAL_URL"}
	if strings.TrimRight(s.PaypalURL, "/") == SandboxOrigin || gateway.OnLoopback(s.PaypalURL) {
		m.Name = gateway.Test
	}
	return m
}

// Open builds the gateway and what reads its events.
func (s *Settings) Open(around gateway.Surroundings) (gateway.Parts, error) {
	g, err := New(Config{
		ClientID: s.PaypalClientID, Secret: s.PaypalSecret, BaseURL: s.PaypalURL, ReturnURL: s.PaypalReturnURL, PartnerID: s.PaypalPartnerID, Delayed: s.delays(),
		Accounts: around.Accounts, OpenAccount: around.OpenAccount, Transport: around.Transport,
	})
	if err != nil {
		return gateway.Parts{}, err
	}
	return gateway.Parts{Gateway: g, Webhooks: g.Webhook(s.PaypalWebhookID)}, nil
}
