package app_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// What a payer's browser begins with, at the gateways that need it before a deal is opened.
func TestPaymentSetups(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	for body, want := range map[string]struct {
		status int
		holds  string
	}{
		`{"gateway":"braintree","currency":"EUR"}`:                                               {201, `{"client_token":"`},
		`{"gateway":"paytrail","currency":"EUR","success_url":"https://shop.example.com/saved"}`: {201, `"checkout-redirect-success-url":"https://shop.example.com/saved"`},
		`{"gateway":"checkout","currency":"EUR"}`:                                                {201, `/tokenization/addcard-form"`},
		`{"gateway":"paytrail","currency":"USD"}`:                                                {400, "amount_not_supported"},
		`{"gateway":"stripe","currency":"EUR"}`:                                                  {409, "nothing_to_prepare"},
		`{"gateway":"bank","currency":"EUR"}`:                                                    {400, "unknown_gateway"},
		`{"gateway":"braintree","currency":"euro"}`:                                              {400, "invalid_currency"},
		`{"gateway":"paytrail","currency":"EUR","cancel_url":"javascript:x"}`:                    {400, "invalid_url"},
	} {
		if r := w.Call("POST", "/v1/payment-setups", body); r.Status != want.status || !strings.Contains(string(r.Body), want.holds) {
			t.Errorf("%s: %d %s, want %d with %s", body, r.Status, r.Body, want.status, want.holds)
		}
	}
}
