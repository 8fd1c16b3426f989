package paytrail_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway/paytrail"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Payments on the page, and what follows of them.
func TestConformance(t *testing.T) {
	t.Parallel()
	c := conformance(t)
	c.Verbs = []process.Verb{process.Charge, process.Void, process.Refund, process.Transfer}
	c.Effects[process.Void] = []process.Verb{}
	maps.Copy(c.Exceptions, map[string]string{
		"found/charge":    "Paytrail finds no payment by a text of ours",
		"repeated/charge": "Paytrail finds no payment by a text of ours; it is opened again, and only one page reaches the buyer",
		"shown/void":      "Paytrail has no call that ends a payment: its page is no longer shown",
		"at_once/charge":  "Paytrail refuses a stamp that it knows; the engine sends one operation at a time",
		"other_verbs":     "holds on cards are tried beside this",
	})
	gatewaytest.Run(t, c)
}

// Holds on saved cards, and what follows of them.
func TestConformance_cards(t *testing.T) {
	t.Parallel()
	c := conformance(t)
	c.Verbs = []process.Verb{process.Authorize, process.Capture, process.Void, process.Refund, process.Transfer}
	c.HoldLasts = 7 * 24 * time.Hour
	maps.Copy(c.Exceptions, map[string]string{
		"found/authorize":   "Paytrail finds no payment by a text of ours",
		"at_once/authorize": "Paytrail refuses a stamp that it knows; the engine sends one operation at a time",
		"twice/authorize":   "Paytrail refuses a repeated request at the door, as if none had arrived",
		"outage/authorize":  "Paytrail refuses a repeated request at the door, as if none had arrived",
		"other_verbs":       "payments on the page are tried beside this",
		"lingers/taken":     "a hold is committed at once",
		"lingers/refused":   "a hold is committed at once",
	})
	c.Open = func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
		w := heardWorld(t, wire)
		a := w.account()
		a.Refused = map[string]string{"payment_method": w.card("insufficient")}
		a.Input = func(process.Verb) map[string]string { return map[string]string{"payment_method": w.card("success")} }
		return a
	}
	gatewaytest.Run(t, c)
}

const undisputed = "Paytrail settles with the seller's merchant, and tells of no chargebacks"

// conformance is what both have alike.
func conformance(t *testing.T) gatewaytest.Config {
	t.Helper()
	return gatewaytest.Config{
		ServerError: `{"status":"error","message":"sorry"}`,
		Price:       money.New(5000, "EUR"), Unknown: "4b300af6-9a22-11e8-9184-abb6de7fd2d0", Stranger: "ann", Secrets: []string{"MONISAIPPUAKAUPPIAS"},
		NotTaken: []money.Amount{money.New(5000, "USD"), money.New(99_999_999, "EUR")},
		Effects:  map[process.Verb][]process.Verb{process.Transfer: {}},
		Exceptions: map[string]string{
			"shown/refund":   "Paytrail shows no refund beside its payment; a refund is sent once",
			"shown/transfer": "the money is the seller's since it was paid, and no call pays it out",
			"twice/refund":   "Paytrail refuses a repeated request at the door, as if none had arrived",
			"outage/refund":  "Paytrail refuses a repeated request at the door, as if none had arrived",
			"at_once/refund": "Paytrail refuses a stamp that it knows; the engine sends one operation at a time",
			"listed":         "Paytrail lists no payments",
			"disputed/won":   undisputed,
			"disputed/lost":  undisputed,
		},
		Open: func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
			return heardWorld(t, wire).account()
		},
	}
}

// heardWorld is one whose callbacks are heard.
func heardWorld(t testing.TB, wire http.RoundTripper) *world {
	ear := gatewaytest.Listen(t)
	w := newWorld(t, func(c *paytrail.Config) { c.Transport, c.Callback = wire, ear.URL+"/gateways/paytrail/webhooks" })
	w.ear = ear
	return w
}

// afterwards is what happens at Paytrail without being asked for.
func (w *world) afterwards() gatewaytest.Afterwards {
	source := paytrail.Webhook{Merchant: "695861", Secret: "MONISAIPPUAKAUPPIAS"}
	return gatewaytest.Afterwards{
		Linger: func(t testing.TB, payment string) { buyer(t, w, payment, "pending") },
		Decide: func(t testing.TB, payment string, taken bool) {
			buyer(t, w, payment, map[bool]string{true: "success", false: "cancel"}[taken])
		},
		Heard: func(t testing.TB) []gatewaytest.Message {
			if err := w.till.WaitDelivered(t.Context()); err != nil {
				t.Fatal(err)
			}
			return w.ear.Heard()
		},
		Read: func(m gatewaytest.Message) (about, key string, err error) {
			got, err := source.Read(m.Header, m.Body)
			return got.PaymentID, got.DedupeKey, err
		},
	}
}

// account is a world as the suite sees it.
func (w *world) account() gatewaytest.Account {
	return gatewaytest.Account{
		Gateway: w.Gateway, Now: w.till.Now, Afterwards: w.afterwards(),
		Pay:    func(t testing.TB, payment string) { buyer(t, w, payment, "success") },
		Refuse: func(t testing.TB, payment string) { buyer(t, w, payment, "declined") },
		Advance: func(t testing.TB, d time.Duration) {
			if err := w.till.Advance(d); err != nil {
				t.Fatal(err)
			}
		},
		Effects: func() (all []gatewaytest.Effect) {
			for _, e := range w.till.Effects() {
				all = append(all, gatewaytest.Effect{Verb: process.Verb(e.Operation), Amount: e.Amount})
			}
			return all
		},
	}
}

func buyer(t testing.TB, w *world, payment, card string) {
	t.Helper()
	if err := w.till.Pay(payment, card); err != nil && card == "success" {
		t.Fatal(err)
	}
}
