package paytrail_test

import (
	"net/http"
	"testing"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway/paytrail"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, gatewaytest.Config{
		Verbs:       []process.Verb{process.Charge, process.Void, process.Refund, process.Transfer},
		ServerError: `{"status":"error","message":"sorry"}`,
		Price:       money.New(5000, "EUR"), Unknown: "4b300af6-9a22-11e8-9184-abb6de7fd2d0", Stranger: "ann", Secrets: []string{"MONISAIPPUAKAUPPIAS"},
		NotTaken: []money.Amount{money.New(5000, "USD"), money.New(99_999_999, "EUR")},
		Effects:  map[process.Verb][]process.Verb{process.Void: {}, process.Transfer: {}},
		Exceptions: map[string]string{
			"found/charge":    "Paytrail finds no payment by a text of ours",
			"repeated/charge": "Paytrail finds no payment by a text of ours; it is opened again, and only one page reaches the buyer",
			"shown/void":      "Paytrail has no call that ends a payment: its page is no longer shown",
			"shown/refund":    "Paytrail shows no refund beside its payment; a refund is sent once",
			"shown/transfer":  "the money is the seller's since it was paid, and no call pays it out",
			"twice/refund":    "Paytrail refuses a repeated request at the door, as if none had arrived",
			"outage/refund":   "Paytrail refuses a repeated request at the door, as if none had arrived",
			"at_once/charge":  "Paytrail refuses a stamp that it knows; the engine sends one operation at a time",
			"at_once/refund":  "Paytrail refuses a stamp that it knows; the engine sends one operation at a time",
			"listed":          "Paytrail lists no payments",
		},
		Open: func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
			w := newWorld(t, func(c *paytrail.Config) { c.Transport = wire })
			return gatewaytest.Account{
				Gateway: w.Gateway, Now: w.till.Now,
				Pay:    func(t testing.TB, payment string) { buyer(t, w, payment, "success") },
				Refuse: func(t testing.TB, payment string) { buyer(t, w, payment, "declined") },
				Effects: func() (all []gatewaytest.Effect) {
					for _, e := range w.till.Effects() {
						all = append(all, gatewaytest.Effect{Verb: process.Verb(e.Operation), Amount: e.Amount})
					}
					return all
				},
			}
		},
	})
}

func buyer(t testing.TB, w *world, payment, card string) {
	t.Helper()
	if err := w.till.Pay(payment, card); err != nil && card == "success" {
		t.Fatal(err)
	}
}
