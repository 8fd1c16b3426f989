package braintree

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

func sound() Settings {
	return Settings{BraintreeURL: Origin, BraintreePublicKey: "public-key", BraintreePrivateKey: "s3cr3t-of-the-merchant", BraintreeAccounts: []string{"EUR=shop_eur", "USD=shop_usd"}}
}

// sellers has nobody.
type sellers struct{ orchestrator.Accounts }

// inEscrow turns the escrow on.
func inEscrow(s *Settings) {
	s.BraintreeMerchantID, s.BraintreeEscrow, s.BraintreeAccounts = "merchant_id", "on", []string{"USD=marketplace"}
}

func TestSettings_check(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*Settings)
		want   string // setting that is named; empty: nothing is wrong
	}{
		"sound":                  {func(*Settings) {}, ""},
		"the sandbox":            {func(s *Settings) { s.BraintreeURL = SandboxOrigin }, ""},
		"plain http":             {func(s *Settings) { s.BraintreeURL = "http://payments.braintree-api.com" }, "HANDSEL_BRAINTREE_URL"},
		"an odd public key":      {func(s *Settings) { s.BraintreePublicKey = "a|b" }, "HANDSEL_BRAINTREE_PUBLIC_KEY"},
		"no private key":         {func(s *Settings) { s.BraintreePrivateKey = "" }, "HANDSEL_BRAINTREE_PRIVATE_KEY"},
		"everybody's key":        {func(s *Settings) { s.BraintreePrivateKey = publicPrivateKey }, "HANDSEL_BRAINTREE_PRIVATE_KEY"},
		"everybody's key, here":  {func(s *Settings) { s.BraintreePrivateKey, s.BraintreeURL = publicPrivateKey, "http://127.0.0.1:8424" }, ""},
		"no accounts":            {func(s *Settings) { s.BraintreeAccounts = nil }, "HANDSEL_BRAINTREE_MERCHANT_ACCOUNTS"},
		"an account of nothing":  {func(s *Settings) { s.BraintreeAccounts = []string{"shop_eur"} }, "HANDSEL_BRAINTREE_MERCHANT_ACCOUNTS"},
		"an account without id":  {func(s *Settings) { s.BraintreeAccounts = []string{"EUR="} }, "HANDSEL_BRAINTREE_MERCHANT_ACCOUNTS"},
		"no such currency":       {func(s *Settings) { s.BraintreeAccounts = []string{"EURO=shop_eur"} }, "HANDSEL_BRAINTREE_MERCHANT_ACCOUNTS"},
		"two for one":            {func(s *Settings) { s.BraintreeAccounts = append(s.BraintreeAccounts, "EUR=other") }, "HANDSEL_BRAINTREE_MERCHANT_ACCOUNTS"},
		"escrow":                 {inEscrow, ""},
		"escrow, loudly":         {func(s *Settings) { inEscrow(s); s.BraintreeEscrow = "ON" }, ""},
		"escrow, maybe":          {func(s *Settings) { s.BraintreeEscrow = "maybe" }, "HANDSEL_BRAINTREE_ESCROW"},
		"escrow, of nobody":      {func(s *Settings) { inEscrow(s); s.BraintreeMerchantID = "" }, "HANDSEL_BRAINTREE_ESCROW"},
		"escrow, currencies":     {func(s *Settings) { inEscrow(s); s.BraintreeAccounts = append(s.BraintreeAccounts, "EUR=x") }, "HANDSEL_BRAINTREE_ESCROW"},
		"an odd merchant":        {func(s *Settings) { s.BraintreeMerchantID = "a/b" }, "HANDSEL_BRAINTREE_MERCHANT_ID"},
		"no classic API":         {func(s *Settings) { inEscrow(s); s.BraintreeURL = "https://braintree.example.com" }, "HANDSEL_BRAINTREE_MERCHANT_ID"},
		"escrow, ended":          {func(s *Settings) { inEscrow(s); s.BraintreeEscrow = "off" }, ""},
		"spaces between entries": {func(s *Settings) { s.BraintreeAccounts = []string{"EUR=shop_eur", " USD=shop_usd"} }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sound()
			tc.change(&s)
			problems := s.Check()
			if (tc.want == "") != (len(problems) == 0) || tc.want != "" && !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, tc.want) }) {
				t.Errorf("problems %q, want one of %q", problems, tc.want)
			}
			if text := fmt.Sprint(&s, fmt.Sprintf("%#v", &s), problems); s.BraintreePrivateKey != "" && strings.Contains(text, s.BraintreePrivateKey) {
				t.Error("the key is printed")
			}
			parts, err := s.Open(gateway.Surroundings{Accounts: sellers{}})
			if (tc.want == "") != (err == nil) && tc.want != "HANDSEL_BRAINTREE_PUBLIC_KEY" && name != "everybody's key" && name != "escrow, maybe" {
				t.Errorf("opened: %v", err)
			}
			if _, pays := parts.Gateway.(orchestrator.SellersThere); err == nil && pays != s.escrow() {
				t.Errorf("it pays sellers: %v", pays)
			}
		})
	}
}

func TestSettings_mode(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		Origin: gateway.Live, SandboxOrigin: gateway.Test, SandboxOrigin + "/": gateway.Test, "http://127.0.0.1:8424": gateway.Test,
		"https://payments.sandbox.braintree-api.com.example.com": gateway.Live,
	} {
		s := sound()
		s.BraintreeURL = url
		if m := s.Mode(); m.Name != want || m.Setting != "HANDSEL_BRAINTREE_URL" {
			t.Errorf("%s: %+v, want %s", url, m, want)
		}
	}
}
