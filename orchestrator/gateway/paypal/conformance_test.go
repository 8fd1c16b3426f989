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
				Gateway: w.Gateway, Now: w.till.Now, Afterwards: w.afterwards(),
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

// afterwards is what happens at PayPal without being asked for.
func (w *world) afterwards() gatewaytest.Afterwards {
	ear := gatewaytest.Listen(w.t)
	w.must(w.till.SetWebhookEndpoint(ear.URL, "", ""))
	source := w.Webhook(webhookID)
	return gatewaytest.Afterwards{
		Dispute: func(t testing.TB, payment string) func(testing.TB, bool) {
			id, err := w.till.Dispute(payment, "", "")
			w.must(err)
			return func(_ testing.TB, won bool) {
				w.must(w.till.CloseDispute(id, map[bool]string{true: "won", false: "lost"}[won]))
			}
		},
		Linger: func(t testing.TB, payment string) { buyer(t, w, payment, "payment-review") },
		Decide: func(_ testing.TB, payment string, taken bool) {
			w.must(w.till.EndCapture(payment, map[bool]string{true: "COMPLETED", false: "DECLINED"}[taken]))
		},
		Heard: func(t testing.TB) []gatewaytest.Message {
			w.must(w.till.WaitDelivered(t.Context()))
			return ear.Heard()
		},
		Read: func(m gatewaytest.Message) (about, key string, err error) {
			got, err := source.Read(m.Header, m.Body)
			return got.PaymentID, got.DedupeKey, err
		},
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func buyer(t testing.TB, w *world, payment, card string) {
	t.Helper()
	if err := w.till.Pay(payment, card); err != nil && card == "success" {
		t.Fatal(err)
	}
}
