package braintree_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway/braintree"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/braintree"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, gatewaytest.Config{
		Verbs: []process.Verb{process.Authorize, process.Charge, process.Capture, process.Void, process.Refund},
		Price: money.New(5000, "EUR"), Fee: 150, HoldLasts: 7 * 24 * time.Hour, Unknown: "abcd1234", Secrets: []string{sandbox.Example().Private},
		Prices:   []money.Amount{money.New(1234, "JPY"), money.New(12_345, "KWD")},
		NotTaken: []money.Amount{money.New(5000, "SEK"), money.New(10_000_000_000, "EUR")},
		Effects:  map[process.Verb][]process.Verb{process.Charge: {process.Authorize, process.Capture}},
		Exceptions: map[string]string{
			"payees":          "the marketplace itself pays sellers, so that everybody can be paid",
			"twice/refund":    "Braintree knows no keys: nothing tells a repeated request from another refund",
			"outage/refund":   "Braintree knows no keys: nothing tells a repeated request from another refund",
			"delayed/refund":  "Braintree knows no keys: a request that is held up for longer than the engine waits arrives beside its repeat",
			"at_once/refund":  "Braintree knows no keys; the engine sends one refund at a time",
			"lingers/taken":   atOnce,
			"lingers/refused": atOnce,
		},
		Open: func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
			w := newWorld(t)
			w.next = wire
			return gatewaytest.Account{
				Gateway: w.adapter, Now: w.bank.Now, Afterwards: w.afterwards(), Refused: map[string]string{"payment_method": "fake-processor-declined-visa-nonce"},
				Input: func(process.Verb) map[string]string {
					return map[string]string{"payment_method": "fake-valid-visa-nonce"}
				},
				Settle:  func(testing.TB) { w.later(24 * time.Hour) },
				Advance: func(_ testing.TB, d time.Duration) { w.later(d) },
				Effects: func() (all []gatewaytest.Effect) {
					for _, e := range w.bank.Effects() {
						all = append(all, gatewaytest.Effect{Verb: process.Verb(e.Operation), Amount: e.Amount})
					}
					return all
				},
			}
		},
	})
}

const atOnce = "a card is taken or refused at once"

// afterwards is what happens at Braintree without being asked for.
func (w *world) afterwards() gatewaytest.Afterwards {
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	ear, m := gatewaytest.Listen(w.t), sandbox.Example()
	must(w.bank.SetWebhookEndpoint(ear.URL, "", ""))
	source := braintree.Webhook{Public: m.Public, Private: m.Private}
	return gatewaytest.Afterwards{
		Dispute: func(_ testing.TB, payment string) func(testing.TB, bool) {
			id, err := w.bank.Dispute(payment, 0, "")
			must(err)
			return func(_ testing.TB, won bool) {
				must(w.bank.CloseDispute(id, map[bool]string{true: "won", false: "lost"}[won]))
			}
		},
		Heard: func(t testing.TB) []gatewaytest.Message {
			must(w.bank.WaitDelivered(t.Context()))
			return ear.Heard()
		},
		Read: func(m gatewaytest.Message) (about, key string, err error) {
			got, err := source.Read(m.Header, m.Body)
			return got.PaymentID, got.DedupeKey, err
		},
	}
}

// With escrow a payment moves as a whole or not at all, and Braintree pays the seller.
func TestConformance_escrow(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, gatewaytest.Config{
		Verbs: []process.Verb{process.Authorize, process.Charge, process.Capture, process.Void, process.Refund, process.Transfer},
		Price: money.New(5000, "EUR"), Fee: 150, HoldLasts: 7 * 24 * time.Hour, Unknown: "abcd1234", Secrets: []string{sandbox.Example().Private},
		NotTaken: []money.Amount{money.New(5000, "USD"), money.New(10_000_000_000, "EUR")}, Stranger: "eve", RefundsWhole: true,
		Exceptions: map[string]string{"lingers/taken": atOnce, "lingers/refused": atOnce},
		Effects:    map[process.Verb][]process.Verb{process.Charge: {process.Authorize, process.Capture}},
		Open: func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
			w := newEscrow(t, nil)
			w.next = wire
			return gatewaytest.Account{
				Gateway: w.adapter, Now: w.bank.Now, Afterwards: w.afterwards(), Refused: map[string]string{"payment_method": "fake-processor-declined-visa-nonce"},
				Input: func(process.Verb) map[string]string {
					return map[string]string{"payment_method": "fake-valid-visa-nonce"}
				},
				Settle:  func(testing.TB) { w.later(24 * time.Hour) },
				Advance: func(_ testing.TB, d time.Duration) { w.later(d) },
				Effects: func() (all []gatewaytest.Effect) {
					for _, e := range w.bank.Effects() {
						v := process.Verb(e.Operation)
						if e.Operation == "release" {
							v = process.Transfer
						}
						all = append(all, gatewaytest.Effect{Verb: v, Amount: e.Amount})
					}
					return all
				},
			}
		},
	})
}
