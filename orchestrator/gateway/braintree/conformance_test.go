package braintree_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
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
			"payees":         "the marketplace itself pays sellers, so that everybody can be paid",
			"twice/refund":   "Braintree knows no keys: nothing tells a repeated request from another refund",
			"outage/refund":  "Braintree knows no keys: nothing tells a repeated request from another refund",
			"delayed/refund": "Braintree knows no keys: a request that is held up for longer than the engine waits arrives beside its repeat",
			"at_once/refund": "Braintree knows no keys; the engine sends one refund at a time",
		},
		Open: func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
			w := newWorld(t)
			w.next = wire
			return gatewaytest.Account{
				Gateway: w.adapter, Now: w.bank.Now, Refused: map[string]string{"payment_method": "fake-processor-declined-visa-nonce"},
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

// With escrow a payment moves as a whole or not at all, and Braintree pays the seller.
func TestConformance_escrow(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, gatewaytest.Config{
		Verbs: []process.Verb{process.Authorize, process.Charge, process.Capture, process.Void, process.Refund, process.Transfer},
		Price: money.New(5000, "EUR"), Fee: 150, HoldLasts: 7 * 24 * time.Hour, Unknown: "abcd1234", Secrets: []string{sandbox.Example().Private},
		NotTaken: []money.Amount{money.New(5000, "USD"), money.New(10_000_000_000, "EUR")}, Stranger: "eve", RefundsWhole: true,
		Effects: map[process.Verb][]process.Verb{process.Charge: {process.Authorize, process.Capture}},
		Open: func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
			w := newEscrow(t, nil)
			w.next = wire
			return gatewaytest.Account{
				Gateway: w.adapter, Now: w.bank.Now, Refused: map[string]string{"payment_method": "fake-processor-declined-visa-nonce"},
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
