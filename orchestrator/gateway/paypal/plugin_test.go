package paypal

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func sound() Settings {
	return Settings{PaypalURL: Origin, PaypalClientID: "AbC", PaypalSecret: "s3cr3t-of-the-app", PaypalWebhookID: "1JE4291016473214C", PaypalReturnURL: "https://shop.example.com/back"}
}

func TestSettings_check(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*Settings)
		want   string // setting that is named; empty: nothing is wrong
	}{
		"sound":                {func(*Settings) {}, ""},
		"plain http":           {func(s *Settings) { s.PaypalURL = "http://api-m.paypal.com" }, "HANDSEL_PAYPAL_URL"},
		"no secret":            {func(s *Settings) { s.PaypalSecret = "" }, "HANDSEL_PAYPAL_SECRET"},
		"no webhook":           {func(s *Settings) { s.PaypalWebhookID = "" }, "HANDSEL_PAYPAL_WEBHOOK_ID"},
		"no id of a webhook":   {func(s *Settings) { s.PaypalWebhookID = "a|b" }, "HANDSEL_PAYPAL_WEBHOOK_ID"},
		"no partner":           {func(s *Settings) { s.PaypalPartnerID = "shop@example.com" }, "HANDSEL_PAYPAL_PARTNER_ID"},
		"delayed":              {func(s *Settings) { s.PaypalDisbursement, s.PaypalPartnerID = "delayed", "PARTNER222222" }, ""},
		"delayed, no partner":  {func(s *Settings) { s.PaypalDisbursement = "delayed" }, "HANDSEL_PAYPAL_DISBURSEMENT"},
		"no such time":         {func(s *Settings) { s.PaypalDisbursement = "later" }, "HANDSEL_PAYPAL_DISBURSEMENT"},
		"nowhere to come back": {func(s *Settings) { s.PaypalReturnURL = "" }, "HANDSEL_PAYPAL_RETURN_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sound()
			tc.change(&s)
			problems := s.Check()
			if (tc.want == "") != (len(problems) == 0) || tc.want != "" && !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, tc.want) }) {
				t.Errorf("problems %q, want one of %q", problems, tc.want)
			}
			if text := fmt.Sprint(&s, fmt.Sprintf("%#v", &s), problems); s.PaypalSecret != "" && strings.Contains(text, s.PaypalSecret) {
				t.Error("the secret is printed")
			}
		})
	}
}

func TestSettings_mode(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{Origin: gateway.Live, SandboxOrigin + "/": gateway.Test, "http://127.0.0.1:8423": gateway.Test, "https://paypal.example.com": gateway.Live} {
		s := sound()
		s.PaypalURL = url
		if m := s.Mode(); m.Name != want || m.Problem != "" {
			t.Errorf("%s: %+v", url, m)
		}
	}
}

// Amounts go there and come back, with the decimals that PayPal takes.
func TestAmounts(t *testing.T) {
	t.Parallel()
	g := &Gateway{}
	for text, want := range map[string]string{
		"1 EUR": "0.01", "999999999 EUR": "9999999.99", "1000000000 EUR": "", "0 EUR": "", "150 JPY": "150", "9999999 JPY": "9999999", "10000000 JPY": "",
		"15000 HUF": "150", "15050 HUF": "", "300 TWD": "3", "5000 USD": "50.00", "5000 RUB": "", "5000 KWD": "",
	} {
		var minor int64
		var code string
		if _, err := fmt.Sscan(text, &minor, &code); err != nil {
			t.Fatal(err)
		}
		a := money.New(minor, money.Currency(code))
		if err := g.Takes(process.Authorize, a); (err == nil) != (want != "") {
			t.Errorf("%s: %v", text, err)
		}
		if want == "" {
			continue
		}
		m := toPayPal(a)
		if back, err := m.fromPayPal(); m.Value != want || err != nil || back != a {
			t.Errorf("%s is %+v, and comes back as %v, %v", text, m, back, err)
		}
	}
	for _, bad := range []*amount{nil, {CurrencyCode: "EUR", Value: "1.234"}, {CurrencyCode: "EUR", Value: "-1"}, {CurrencyCode: "???", Value: "1"}, {CurrencyCode: "EUR"}} {
		if got, err := bad.fromPayPal(); err == nil {
			t.Errorf("%+v is %v", bad, got)
		}
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	for payee, want := range map[string]string{
		"SAMSACCT22222": "PAYPAL_ID", "G83JXTJ5EHCQ2": "PAYPAL_ID", "samsacct22222": "", "SAMSACCT2222": "", "sam@example.com": "EMAIL",
		"Sam <sam@example.com>": "", "sam@localhost": "", "": "", "x": "", strings.Repeat("s", 120) + "@example.com": "",
	} {
		if got := kindOf(payee); got != want {
			t.Errorf("%q is %q, want %q", payee, got, want)
		}
	}
}

// Certificates are fetched from PayPal only, or from the emulator that is set.
func TestCertificates_trusts(t *testing.T) {
	t.Parallel()
	const c = "/v1/notifications/certs/CERT-2"
	for address, want := range map[string]bool{
		"https://api.paypal.com/v1/notifications/certs/CERT-1": true, "https://api.sandbox.paypal.com" + c: true, "https://www.paypal.com" + c: true,
		"https://api.paypal.com/v2/checkout/orders": false, "https://api.paypal.com" + c + "?a=b": false, "https://api.paypal.com" + c + "/../x": false,
		"http://api.paypal.com" + c: false, "https://api.paypal.com:8443" + c: false, "https://api.paypal.com.example.com" + c: false, "https://evilpaypal.com" + c: false,
		"https://u@api.paypal.com" + c: false, "http://127.0.0.1:8423" + c: false, "//api.paypal.com" + c: false, "": false,
	} {
		if got := (&certificates{origin: Origin}).trusts(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	for address, want := range map[string]bool{"http://127.0.0.1:8423" + c: true, "http://127.0.0.1:8424" + c: false, "https://127.0.0.1:8423" + c: false, "https://api.paypal.com" + c: false} {
		if got := (&certificates{origin: "http://127.0.0.1:8423"}).trusts(address); got != want {
			t.Errorf("beside an emulator, %s: %v", address, got)
		}
	}
}

// What was put on a refund is read from it.
func FuzzReferenceIn(f *testing.F) {
	f.Add("5O190127TN364715T~abc~whole")
	f.Add("by hand")
	f.Fuzz(func(t *testing.T, custom string) {
		reference, whole := referenceIn(custom)
		if len(reference) > len(custom) || whole && !strings.HasSuffix(custom, wholly) {
			t.Errorf("%q: %q, %v", custom, reference, whole)
		}
	})
}
