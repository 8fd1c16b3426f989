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
			"twice/refund":      "the bank knows no keys", "delayed/refund": "the bank knows no keys", "at_once/refund": "the bank knows no keys",
		},
		Open: func(t testing.TB, wire http.RoundTripper) gatewaytest.Account {
			bank := &Bank{Key: "giro-key-1"}
			front := httptest.NewServer(bank)
			t.Cleanup(front.Close)
			bank.URL = front.URL
			parts, err := (&Settings{GiroURL: front.URL, GiroKey: bank.Key}).Open(gateway.Surroundings{Transport: wire})
			if err != nil {
				t.Fatal(err)
			}
			return gatewaytest.Account{
				Gateway: parts.Gateway, Now: time.Now,
				Pay: func(_ testing.TB, payment string) {
					bank.mu.Lock()
					defer bank.mu.Unlock()
					bank.approve(bank.find(payment))
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
