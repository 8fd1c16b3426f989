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
	c := conformance(true)
	const cards = "a card is taken or refused at once; TestConformance_page has methods that take their time"
	c.Exceptions = map[string]string{"lingers/taken": cards, "lingers/refused": cards}
	gatewaytest.Run(t, c)
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
				Gateway: w.Gateway, Now: w.time, Afterwards: w.afterwards(t), Refused: map[string]string{"payment_method": "pm_card_chargeDeclined"},
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
				a.Linger = func(t testing.TB, payment string) { buyer(t, w, payment, "processing") }
				a.Decide = func(t testing.TB, payment string, taken bool) {
					buyer(t, w, payment, map[bool]string{true: "success", false: "card_declined"}[taken])
				}
				a.Pay = func(t testing.TB, payment string) { buyer(t, w, payment, "success") }
				a.Refuse = func(t testing.TB, payment string) { buyer(t, w, payment, "card_declined") }
			}
			return a
		},
	}
}

// afterwards is what happens at Stripe without being asked for.
func (w *testbed) afterwards(t testing.TB) gatewaytest.Afterwards {
	ear := gatewaytest.Listen(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.sandbox.SetWebhookEndpoint(ear.URL, "", ""))
	source := stripe.Webhook{Secrets: []string{"whsec_test"}}
	return gatewaytest.Afterwards{
		Dispute: func(_ testing.TB, payment string) func(testing.TB, bool) {
			id, err := w.sandbox.Dispute(payment, "")
			must(err)
			return func(_ testing.TB, won bool) { must(w.sandbox.CloseDispute(id, won)) }
		},
		Heard: func(t testing.TB) []gatewaytest.Message {
			must(w.sandbox.WaitDelivered(t.Context()))
			return ear.Heard()
		},
		Read: func(m gatewaytest.Message) (about, key string, err error) {
			got, err := source.Read(m.Header, m.Body)
			return got.PaymentID, got.DedupeKey, err
		},
	}
}

func buyer(t testing.TB, w *testbed, payment, card string) {
	t.Helper()
	if err := w.sandbox.Pay(payment, card); err != nil && card == "success" {
		t.Fatal(err)
	}
}
