package giro

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, gatewaytest.Config{
		Verbs: []process.Verb{process.Authorize, process.Capture, process.Void, process.Refund, process.Transfer},
		Price: money.New(5000, "EUR"), NotTaken: []money.Amount{money.New(5000, "USD")}, Unknown: "g999", Secrets: []string{"giro-key-1"},
		Exceptions: map[string]string{
			"payees": "the bank pays everybody", "listed": "the bank lists no payments", "lapsed": "the bank holds for ever",
			"refused/authorize": "whoever does not approve on the bank's page has refused nothing",
			"outage/refund":     "the bank knows no keys",
			"disputed/won":      "what a payer has approved at the bank stands", "disputed/lost": "what a payer has approved at the bank stands",
			"lingers/taken": "the bank takes money at once", "lingers/refused": "the bank takes money at once",
			"twice/refund": "the bank knows no keys", "delayed/refund": "the bank knows no keys", "at_once/refund": "the bank knows no keys",
		},
		Open: func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
			bank := &Bank{Key: "giro-key-1"}
			front := httptest.NewServer(bank)
			t.Cleanup(front.Close)
			ear := gatewaytest.Listen(t)
			bank.URL, bank.Webhooks = front.URL, ear.URL
			parts, err := (&Settings{GiroURL: front.URL, GiroKey: bank.Key}).Open(gateway.Surroundings{Transport: wire})
			if err != nil {
				t.Fatal(err)
			}
			return gatewaytest.Account{
				Gateway: parts.Gateway, Now: time.Now,
				Pay: func(t testing.TB, payment string) {
					if _, err := bank.Approve(payment, bank.Key); err != nil {
						t.Error(err)
					}
				},
				Afterwards: gatewaytest.Afterwards{
					Heard: func(testing.TB) []gatewaytest.Message { return ear.Heard() },
					Read: func(m gatewaytest.Message) (about, key string, err error) {
						got, err := parts.Webhooks.Read(m.Header, m.Body)
						return got.PaymentID, got.DedupeKey, err
					},
				},
				Effects: func() (all []gatewaytest.Effect) {
					bank.mu.Lock()
					defer bank.mu.Unlock()
					for _, m := range bank.moves {
						all = append(all, gatewaytest.Effect{Verb: process.Verb(m.verb), Amount: m.amount})
					}
					return all
				},
			}
		},
	})
}
