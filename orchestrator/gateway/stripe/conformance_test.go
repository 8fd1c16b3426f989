package stripe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, conformance(true))
}

// Without a token the buyer pays on a page.
func TestConformance_page(t *testing.T) {
	t.Parallel()
	c := conformance(false)
	c.Verbs = []process.Verb{process.Authorize, process.Charge, process.Void}
	c.Exceptions = map[string]string{"other_verbs": "TestConformance tries them: they are the same whichever way the buyer has paid"}
	gatewaytest.Run(t, c)
}

func conformance(tokens bool) gatewaytest.Config {
	return gatewaytest.Config{
		Verbs:       []process.Verb{process.Authorize, process.Charge, process.Capture, process.Void, process.Refund, process.Transfer, process.Reverse},
		ServerError: `{"error":{"type":"api_error","code":"internal","message":"sorry"}}`,
		Price:       money.New(1234, "EUR"), Fee: 66, HoldLasts: 7 * 24 * time.Hour, Unknown: "pi_nobodys", Stranger: "ghost", Secrets: []string{key},
		Prices:   []money.Amount{money.New(5001, "JPY"), money.New(12_340, "KWD"), money.New(123_456, "USD")},
		NotTaken: []money.Amount{money.New(49, "EUR"), money.New(12345, "KWD")},
		Open: func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
			w := newTestbed(t, func(c *stripe.Config) { c.Transport = wire })
			a := gatewaytest.Account{
				Gateway: w.Gateway, Now: w.time, Refused: map[string]string{"payment_method": "pm_card_chargeDeclined"},
				Input:   func(process.Verb) map[string]string { return map[string]string{"payment_method": "pm_card_visa"} },
				Advance: func(_ testing.TB, d time.Duration) { w.wait(d) },
				Effects: func() (all []gatewaytest.Effect) {
					for _, e := range w.sandbox.Effects() {
						all = append(all, gatewaytest.Effect{Verb: process.Verb(e.Operation), Amount: e.Amount})
					}
					return all
				},
			}
			if !tokens {
				a.Input, a.Refused = nil, nil
				a.Pay = func(t testing.TB, payment string) { buyer(t, w, payment, "success") }
				a.Refuse = func(t testing.TB, payment string) { buyer(t, w, payment, "card_declined") }
			}
			return a
		},
	}
}

func buyer(t testing.TB, w *testbed, payment, card string) {
	t.Helper()
	if err := w.sandbox.Pay(payment, card); err != nil && card == "success" {
		t.Fatal(err)
	}
}
