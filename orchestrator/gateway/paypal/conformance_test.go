package paypal_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway/paypal"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, conformance(func(t testing.TB, wire http.RoundTripper) *world {
		return newWorld(t, func(c *paypal.Config) { c.Transport = wire })
	}))
}

// Where PayPal keeps the money until the deal ends it goes back as a whole, and the seller is paid
// by an item of its capture.
func TestConformance_delayed(t *testing.T) {
	t.Parallel()
	c := conformance(func(t testing.TB, wire http.RoundTripper) *world {
		return newDelayed(t, func(c *paypal.Config) { c.Transport = wire })
	})
	c.RefundsWhole = true
	gatewaytest.Run(t, c)
}

func conformance(open func(t testing.TB, wire http.RoundTripper) *world) gatewaytest.Config {
	return gatewaytest.Config{
		Verbs:       []process.Verb{process.Authorize, process.Capture, process.Void, process.Refund, process.Transfer},
		ServerError: `{"name":"INTERNAL_SERVER_ERROR","message":"sorry","debug_id":"1"}`,
		Price:       money.New(5000, "EUR"), Fee: 150, HoldLasts: 29 * 24 * time.Hour, Unknown: "NOSUCHORDER123456", Stranger: "ann", Secrets: []string{"shop-secret"},
		Prices:   []money.Amount{money.New(5001, "JPY"), money.New(500_100, "HUF"), money.New(123_456, "USD")},
		NotTaken: []money.Amount{money.New(5000, "INR"), money.New(5050, "HUF"), money.New(1_000_000_000, "EUR")},
		Exceptions: map[string]string{
			"found/authorize": "PayPal finds no order by a text of ours; it is opened again under its key",
			"shown/transfer":  "PayPal shows no payout beside an order: the books say what was paid out",
		},
		Open: func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
			w := open(t, wire)
			return gatewaytest.Account{
				Gateway: w.Gateway, Now: w.till.Now,
				Pay:     func(t testing.TB, payment string) { buyer(t, w, payment, "success") },
				Refuse:  func(t testing.TB, payment string) { buyer(t, w, payment, "cancel") },
				Advance: func(_ testing.TB, d time.Duration) { w.later(d) },
				Effects: func() (all []gatewaytest.Effect) {
					for _, e := range w.till.Effects() {
						v := process.Verb(e.Operation)
						if e.Currency == "HUF" { // without decimals at PayPal, with two of them here
							e.Amount *= 100
						}
						if e.Operation == "payout" || e.Operation == "disburse" {
							v = process.Transfer
						}
						all = append(all, gatewaytest.Effect{Verb: v, Amount: e.Amount})
					}
					return all
				},
			}
		},
	}
}

func buyer(t testing.TB, w *world, payment, card string) {
	t.Helper()
	if err := w.till.Pay(payment, card); err != nil && card == "success" {
		t.Fatal(err)
	}
}
