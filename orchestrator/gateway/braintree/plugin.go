package braintree

import (
	"net/url"
	"strings"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Plugin is all that a program needs to run the gateway.
func Plugin() gateway.Plugin {
	return gateway.Plugin{
		Kind: Kind(), Settings: func() gateway.Settings { return &Settings{} },
		Secrets: []string{"HANDSEL_BRAINTREE_PRIVATE_KEY"},
	}
}

// Settings connect to Braintree.
type Settings struct {
	BraintreeURL        string   `env:"HANDSEL_BRAINTREE_URL" default:"https://payments.braintree-api.com" help:"Origin of the Braintree GraphQL API; https://payments.sandbox.braintree-api.com is the sandbox."`
	BraintreePublicKey  string   `env:"HANDSEL_BRAINTREE_PUBLIC_KEY" placeholder:"KEY" help:"Public key of Braintree's API; without it the gateway braintree is off."`
	BraintreePrivateKey string   `json:"-" env:"HANDSEL_BRAINTREE_PRIVATE_KEY" placeholder:"KEY" help:"Private key that belongs to it, which signs webhooks too."`
	BraintreeAccounts   []string `name:"braintree-merchant-accounts" env:"HANDSEL_BRAINTREE_MERCHANT_ACCOUNTS" placeholder:"CUR=ID" help:"Merchant accounts by currency, separated by commas, such as EUR=shop_eur,USD=shop_usd; other currencies are refused at braintree."`
	BraintreeMerchantID string   `name:"braintree-merchant-id" env:"HANDSEL_BRAINTREE_MERCHANT_ID" placeholder:"ID" help:"Id of the gateway account; payments are then read by Braintree's classic API, which escrow needs."`
	BraintreeEscrow     string   `env:"HANDSEL_BRAINTREE_ESCROW" default:"off" help:"Whether new deals are held by Braintree's old Marketplace and released to sub-merchants (on; for merchants who have it, needs HANDSEL_BRAINTREE_MERCHANT_ID and one merchant account), or the marketplace pays sellers itself (off)."`
}

// escrow reports whether new deals are in escrow.
func (s *Settings) escrow() bool { return strings.EqualFold(s.BraintreeEscrow, "on") }

var _ gateway.Settings = (*Settings)(nil)

// String hides the keys.
func (s *Settings) String() string { return "settings of braintree at " + s.BraintreeURL }

// GoString hides the keys too.
func (s *Settings) GoString() string { return s.String() }

// On needs a public key.
func (s *Settings) On() bool { return s.BraintreePublicKey != "" }

// publicPrivateKey is that of Braintree's own examples: everybody knows it.
const publicPrivateKey = "integration_private_key"

// Check names every setting that is missing or unsafe.
func (s *Settings) Check() []string {
	var problems []string
	need := func(ok bool, problem string) {
		if !ok {
			problems = append(problems, problem)
		}
	}
	need(gateway.IsSafeURL(s.BraintreeURL), "HANDSEL_BRAINTREE_URL must be an https URL (http only for a loopback address)")
	need(!strings.Contains(s.BraintreePublicKey, "|") && !strings.Contains(s.BraintreePublicKey, ":"), "HANDSEL_BRAINTREE_PUBLIC_KEY must be the public key of the API")
	need(s.BraintreePrivateKey != "", "HANDSEL_BRAINTREE_PRIVATE_KEY is not set: without it nothing can be asked and no webhook verified")
	need(s.BraintreePrivateKey != publicPrivateKey || gateway.OnLoopback(s.BraintreeURL), "HANDSEL_BRAINTREE_PRIVATE_KEY is that of Braintree's examples, which everybody knows; use your own")
	_, wrong := accountsOf(s.BraintreeAccounts)
	need(wrong == "", "HANDSEL_BRAINTREE_MERCHANT_ACCOUNTS has "+wrong+"; write CURRENCY=ID, separated by commas, such as EUR=shop_eur")
	need(len(s.BraintreeAccounts) > 0, "HANDSEL_BRAINTREE_MERCHANT_ACCOUNTS is not set: the currency of a payment is that of its merchant account; write such as EUR=shop_eur")
	need(s.BraintreeEscrow == "" || s.escrow() || strings.EqualFold(s.BraintreeEscrow, "off"), "HANDSEL_BRAINTREE_ESCROW must be on or off")
	need(s.BraintreeMerchantID == "" || merchantShape.MatchString(s.BraintreeMerchantID), "HANDSEL_BRAINTREE_MERCHANT_ID must be the merchant id that the control panel shows beside the API keys")
	need(s.BraintreeMerchantID == "" || classicOrigin(s.BraintreeURL) != "", "HANDSEL_BRAINTREE_MERCHANT_ID needs HANDSEL_BRAINTREE_URL to be Braintree's own address, or one of this machine: where else the classic API is nobody knows")
	need(!s.escrow() || s.BraintreeMerchantID != "", "HANDSEL_BRAINTREE_ESCROW=on needs HANDSEL_BRAINTREE_MERCHANT_ID: only the classic API holds and releases")
	need(!s.escrow() || len(s.BraintreeAccounts) == 1, "HANDSEL_BRAINTREE_ESCROW=on needs exactly one entry in HANDSEL_BRAINTREE_MERCHANT_ACCOUNTS: the account below which the sub-merchants are, whose currency is theirs")
	return problems
}

// accountsOf reads merchant accounts by their currency; wrong describes the first that cannot be read.
func accountsOf(list []string) (accounts map[money.Currency]string, wrong string) {
	accounts = map[money.Currency]string{}
	for _, item := range list {
		code, id, found := strings.Cut(strings.TrimSpace(item), "=")
		currency, err := money.ParseCurrency(code)
		switch {
		case !found || id == "" || len(id) > 64:
			return nil, "an entry without a currency or an id"
		case err != nil:
			return nil, "a currency that there is not"
		case accounts[currency] != "":
			return nil, "two merchant accounts for " + string(currency)
		}
		accounts[currency] = id
	}
	return accounts, ""
}

// Warnings are none.
func (s *Settings) Warnings() []string { return nil }

// Passwords are none: Braintree makes the keys itself.
func (s *Settings) Passwords() []gateway.Password { return nil }

// Mode is that of the address: keys do not tell.
func (s *Settings) Mode() gateway.Mode {
	m := gateway.Mode{Name: gateway.Live, Setting: "HANDSEL_BRAINTREE_URL"}
	u, err := url.Parse(s.BraintreeURL)
	if err == nil && (gateway.IsLoopback(u.Hostname()) || u.Hostname() == strings.TrimPrefix(SandboxOrigin, "https://")) {
		m.Name = gateway.Test
	}
	return m
}

// Open builds the gateway and what reads its webhooks.
func (s *Settings) Open(around gateway.Surroundings) (gateway.Parts, error) {
	accounts, _ := accountsOf(s.BraintreeAccounts)
	g, err := New(Config{
		Public: s.BraintreePublicKey, Private: s.BraintreePrivateKey, BaseURL: s.BraintreeURL, Accounts: accounts, OpenAccount: around.OpenAccount, Transport: around.Transport,
		Merchant: s.BraintreeMerchantID, Escrow: s.escrow(), Sellers: around.Accounts,
	})
	if err != nil {
		return gateway.Parts{}, err
	}
	parts := gateway.Parts{Gateway: g, Webhooks: Webhook{Public: s.BraintreePublicKey, Private: s.BraintreePrivateKey, Sellers: g.Escrow}}
	if g.Escrow {
		parts.Gateway = Marketplace{g}
	}
	return parts, nil
}
