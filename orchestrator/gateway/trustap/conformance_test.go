package trustap_test

import (
	"context"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

// Both models of Trustap: goods that are posted, and parties who meet. Each is between guests, between full users, and
// between a full user and a guest.
func TestConformance(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]gatewaytest.Config{
		"online": {Unknown: "4711", Verbs: []process.Verb{
			process.Charge, process.Void, process.Track, process.ConfirmDelivery, process.Complain, process.Release, process.AcceptComplaint,
		}},
		"f2f": {Unknown: "p2p:4711", Deposit: 1000, Verbs: []process.Verb{
			process.Charge, process.Void, process.AcceptDeposit, process.SetPrice, process.SkipRemainder, process.ConfirmHandover, process.ConfirmReceipt,
			process.Complain, process.Release, process.AcceptComplaint,
		}},
	} {
		c.Price, c.Stranger = money.New(5000, "EUR"), "ghost"
		c.Prices = []money.Amount{money.New(12_345, "GBP")}
		c.ServerError = `{"error":"sorry","code":"internal_error"}`
		const atOnce = "Trustap takes a payment at once or not at all"
		c.Exceptions = map[string]string{
			"not_taken/charge": "Trustap tells what it takes only when it is asked for its charge",
			"forged":           "Trustap's messages bear a password and no signature; what they tell is looked up",
			"lingers/taken":    atOnce, "lingers/refused": atOnce,
		}
		if c.Deposit > 0 {
			c.Exceptions["overtaken/void"] = "a deal in person can still be cancelled when its deposit is paid: the deposit goes back"
		}
		for who, linked := range map[string]map[string]string{
			"guests": {}, "full users": {"sam": fullSeller, "bea": fullBuyer}, "a full seller": {"sam": fullSeller}, "a full buyer": {"bea": fullBuyer},
		} {
			if len(linked) == 1 && (linked["sam"] == "") != (c.Deposit > 0) {
				continue // one of the mixed pairs for each model
			}
			t.Run(name+", "+who, func(t *testing.T) {
				t.Parallel()
				c.Open = func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
					return account(t, wire, maps.Clone(linked))
				}
				gatewaytest.Run(t, c)
			})
		}
	}
}

// The full users of the sandbox.
const (
	fullSeller = "ad5bb99f-85bf-47e1-be0d-15e7541c6ad7"
	fullBuyer  = "feb33a87-3917-4538-9260-127c8a6b5232"
)

// account is one at a sandbox of its own, at which some users have an id already.
func account(t testing.TB, wire http.RoundTripper, linked map[string]string) gatewaytest.Account {
	w := sandboxtest.Start(t, sandbox.Config{Start: t0, Seed: 1})
	nap := func(context.Context, time.Duration) error { return nil } // no pause between two tries
	api, err := client.New(client.WithBaseURL(w.URL+"/api/v1"), client.WithAPIKey(w.APIKey), client.WithTransport(wire), client.WithRetry(client.Retry{Sleep: nap}))
	if err != nil {
		t.Fatal(err)
	}
	g, err := trustap.New(trustap.Config{Client: api, Accounts: newAccounts(linked), ActionsURL: w.URL, ClientID: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	pays := func(t testing.TB, payment, card string) {
		number, inPerson := strings.CutPrefix(payment, "p2p:")
		id, err := strconv.ParseInt(number, 10, 64)
		if err == nil && inPerson {
			_, err = w.Sandbox.PayDeposit(id, card)
		} else if err == nil {
			_, err = w.Sandbox.Pay(id, card)
		}
		if err != nil && card == "success" {
			t.Fatal(err)
		}
	}
	ear := gatewaytest.Listen(t)
	if err := w.Sandbox.SetWebhookEndpoint(ear.URL, "hook", "two"); err != nil {
		t.Fatal(err)
	}
	source := trustap.Webhook{Credentials: []trustap.Credential{{Username: "hook", Password: "two"}}}
	return gatewaytest.Account{
		Gateway: g, Now: w.Sandbox.Now,
		Afterwards: gatewaytest.Afterwards{
			Heard: func(t testing.TB) []gatewaytest.Message {
				if err := w.Sandbox.WaitDelivered(t.Context()); err != nil {
					t.Fatal(err)
				}
				return ear.Heard()
			},
			Read: func(m gatewaytest.Message) (about, key string, err error) {
				got, err := source.Read(m.Header, m.Body)
				return got.PaymentID, got.DedupeKey, err
			},
		},
		Pay:    func(t testing.TB, payment string) { pays(t, payment, "success") },
		Refuse: func(t testing.TB, payment string) { pays(t, payment, "card_declined") },
		Input: func(process.Verb) map[string]string {
			return map[string]string{"carrier": "ups", "tracking_code": "1Z", "description": "broken", "reason": "too dear", "price": "5000"}
		},
		Effects: func() (all []gatewaytest.Effect) {
			handed := map[int64]bool{}
			for _, e := range w.Sandbox.Effects() {
				for v, operation := range calls {
					if !strings.HasPrefix(strings.TrimPrefix(e.Operation, "p2p_"), operation) {
						continue
					}
					if v == process.ConfirmHandover && handed[e.TransactionID] { // both sides confirm, the seller first
						v = process.ConfirmReceipt
					}
					handed[e.TransactionID] = handed[e.TransactionID] || v == process.ConfirmHandover
					all = append(all, gatewaytest.Effect{Verb: v})
				}
			}
			return all
		},
	}
}

// calls are how the sandbox's names of what happened to money begin.
var calls = map[process.Verb]string{
	process.Charge: "pay", process.Void: "cancel", process.Track: "track", process.ConfirmDelivery: "confirm_delivery", process.Complain: "complain",
	process.Release: "end_complaint_period", process.AcceptComplaint: "accept_complaint", process.AcceptDeposit: "accept_deposit",
	process.SetPrice: "set_price", process.SkipRemainder: "skip_remainder", process.ConfirmHandover: "confirm_handover",
}
