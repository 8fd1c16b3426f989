package paytrail

import (
	"net/url"
	"slices"

	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Plugin is all that a program needs to run the gateway.
func Plugin() gateway.Plugin {
	return gateway.Plugin{
		Kind: Kind(), Settings: func() gateway.Settings { return &Settings{} },
		Secrets: []string{"HANDSEL_PAYTRAIL_SECRET"},
	}
}

// Settings connect to Paytrail.
type Settings struct {
	PaytrailURL         string `env:"HANDSEL_PAYTRAIL_URL" default:"https://services.paytrail.com" help:"Origin of the Paytrail API."`
	PaytrailMerchant    string `env:"HANDSEL_PAYTRAIL_MERCHANT_ID" name:"paytrail-merchant-id" placeholder:"ID" help:"Id of the marketplace's aggregate (shop-in-shop) merchant; without it the gateway paytrail is off."`
	PaytrailSecret      string `json:"-" env:"HANDSEL_PAYTRAIL_SECRET" placeholder:"SECRET" help:"Secret key of that merchant, which signs all calls and messages."`
	PaytrailCallbackURL string `env:"HANDSEL_PAYTRAIL_CALLBACK_URL" placeholder:"URL" help:"Address of this server's /gateways/paytrail/webhooks as Paytrail reaches it."`
	PaytrailReturnURL   string `env:"HANDSEL_PAYTRAIL_RETURN_URL" placeholder:"URL" help:"Where a buyer comes back to from Paytrail's page, unless a request says so."`
	PaytrailCommission  string `env:"HANDSEL_PAYTRAIL_COMMISSION_MERCHANT_ID" name:"paytrail-commission-merchant-id" placeholder:"ID" help:"Id of the merchant that gets the marketplace's fees; without it deals with fees are refused at paytrail."`
	PaytrailHolding     string `env:"HANDSEL_PAYTRAIL_HOLDING_MERCHANT_ID" name:"paytrail-holding-merchant-id" placeholder:"ID" help:"Id of the marketplace's own merchant, for sellers without one: the marketplace then holds their money and pays them itself; without it such sellers are refused."`
	PaytrailLanguage    string `env:"HANDSEL_PAYTRAIL_LANGUAGE" default:"EN" help:"Language of Paytrail's page: FI, SV or EN."`
}

var _ gateway.Settings = (*Settings)(nil)

// String hides the secret.
func (s *Settings) String() string { return "settings of paytrail at " + s.PaytrailURL }

// GoString hides the secret too.
func (s *Settings) GoString() string { return s.String() }

// On needs a merchant.
func (s *Settings) On() bool { return s.PaytrailMerchant != "" }

// publicMerchants are those of Paytrail's test accounts, and publicSecrets theirs: everybody
// knows them (official API).
var (
	publicMerchants = []string{"375917", "695861"}
	publicSecrets   = []string{"SAIPPUAKAUPPIAS", "MONISAIPPUAKAUPPIAS"}
)

// Check names every setting that is missing or unsafe.
func (s *Settings) Check() []string {
	var problems []string
	need := func(ok bool, problem string) {
		if !ok {
			problems = append(problems, problem)
		}
	}
	need(gateway.IsSafeURL(s.PaytrailURL), "HANDSEL_PAYTRAIL_URL must be an https URL (http only for a loopback address)")
	need(merchantShape.MatchString(s.PaytrailMerchant), "HANDSEL_PAYTRAIL_MERCHANT_ID must be the number of a merchant")
	need(s.PaytrailSecret != "", "HANDSEL_PAYTRAIL_SECRET is not set: without it nothing can be signed")
	need(!slices.Contains(publicSecrets, s.PaytrailSecret) || s.test(), "HANDSEL_PAYTRAIL_SECRET is that of a test account, which everybody knows; use the secret of merchant "+cut(s.PaytrailMerchant, maxText))
	need(isCallback(s.PaytrailCallbackURL), "HANDSEL_PAYTRAIL_CALLBACK_URL must be the https address at which Paytrail reaches this server's /gateways/paytrail/webhooks (http only for a loopback address)")
	need(gateway.IsSafeURL(s.PaytrailReturnURL) && len(s.PaytrailReturnURL) <= maxURL, "HANDSEL_PAYTRAIL_RETURN_URL must be an https URL of up to 300 characters (http only for a loopback address): Paytrail leads every buyer back somewhere")
	need(s.PaytrailCommission == "" || merchantShape.MatchString(s.PaytrailCommission), "HANDSEL_PAYTRAIL_COMMISSION_MERCHANT_ID must be the number of a merchant")
	need(s.PaytrailHolding == "" || merchantShape.MatchString(s.PaytrailHolding) && s.PaytrailHolding != s.PaytrailMerchant, "HANDSEL_PAYTRAIL_HOLDING_MERCHANT_ID must be the number of a merchant, and not that of the aggregate, for which nothing can be sold")
	need(slices.Contains([]string{"FI", "SV", "EN"}, s.PaytrailLanguage), "HANDSEL_PAYTRAIL_LANGUAGE must be FI, SV or EN")
	return problems
}

// isCallback reports whether an address can be that of our own route for messages.
func isCallback(text string) bool {
	u, err := url.Parse(text)
	return err == nil && gateway.IsSafeURL(text) && u.RawQuery == "" && u.Fragment == "" && u.Path != "" && u.Path != "/"
}

// Warnings name what may need a licence.
func (s *Settings) Warnings() []string {
	if s.PaytrailHolding == "" {
		return nil
	}
	return []string{"HANDSEL_PAYTRAIL_HOLDING_MERCHANT_ID is set: the marketplace holds the money of sellers who have no merchant and has to pay them itself, which may need a licence"}
}

// Passwords are none: Paytrail makes the secret itself.
func (s *Settings) Passwords() []gateway.Password { return nil }

// test reports whether the merchant is one of the public test accounts.
func (s *Settings) test() bool { return slices.Contains(publicMerchants, s.PaytrailMerchant) }

// Mode is that of the merchant: Paytrail has no other address for tests, only accounts.
func (s *Settings) Mode() gateway.Mode {
	m := gateway.Mode{Name: gateway.Test, Setting: "HANDSEL_PAYTRAIL_MERCHANT_ID"}
	if !s.test() {
		m.Name = gateway.Live
		if gateway.OnLoopback(s.PaytrailURL) {
			m.Problem = "HANDSEL_PAYTRAIL_MERCHANT_ID is a live merchant, but HANDSEL_PAYTRAIL_URL is an emulator; use a test account (695861) there"
		}
	}
	return m
}

// Open builds the gateway and what reads its messages.
func (s *Settings) Open(around gateway.Surroundings) (gateway.Parts, error) {
	g, err := New(Config{
		Merchant: s.PaytrailMerchant, Secret: s.PaytrailSecret, BaseURL: s.PaytrailURL, Callback: s.PaytrailCallbackURL, Back: s.PaytrailReturnURL,
		Commission: s.PaytrailCommission, Holding: s.PaytrailHolding, Language: s.PaytrailLanguage,
		Accounts: around.Accounts, Stranger: around.Stranger, OpenAccount: around.OpenAccount, Transport: around.Transport,
	})
	return gateway.Parts{Gateway: g, Webhooks: Webhook{Merchant: s.PaytrailMerchant, Secret: s.PaytrailSecret}}, err
}
