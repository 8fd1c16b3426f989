package deal_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

func TestRepeatedRequestGetsItsAnswer(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	first := w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("1")).Is(201)
	id := first.At("id")
	w.Gateway.Happen("1", process.FactPaid)
	w.Sync(t, "1")
	// White space and the order of names do not make another request.
	reordered := `{ "unit_price":{"currency":"EUR","amount":5000},"quantity":2,"listing":{"title":"Old city\u002dbike","id":7},
		"author_id":"sam","starter_id":"bea","gateway":"trustap","process":"escrow_online"}`
	for _, body := range []any{facetest.Sale(), reordered} {
		again := w.Call(t, "POST", "/v1/transactions", body, facetest.Once("1")).Is(201)
		if again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" || again.Header.Get("Content-Type") != "application/json" {
			t.Errorf("replay %v %s, want %s", again.Header, again.Body, first.Body)
		}
	}
	if first.Header.Get("Idempotent-Replayed") != "" {
		t.Error("the first answer claims to be a replay")
	}
	w.Call(t, "POST", "/v1/transactions", facetest.With(facetest.Sale(), "quantity", 3), facetest.Once("1")).Refused(422, "idempotency_key_reused")
	track := map[string]any{"transition": "track", "input": map[string]string{"carrier": "post", "tracking_code": "1"}}
	path := "/v1/transactions/" + id + "/transitions"
	first = w.Call(t, "POST", path, track, facetest.Once("1")).Is(200) // another route: another request
	again := w.Call(t, "POST", path, track, facetest.Once("1")).Is(200)
	if again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay %s, want %s", again.Body, first.Body)
	}
	w.Call(t, "POST", path, map[string]any{"transition": "cancel"}, facetest.Once("1")).Refused(422, "idempotency_key_reused")
	w.Call(t, "POST", path, track, facetest.Once("1"), facetest.As("sam")).Refused(409, "illegal_transition") // another caller
	if n := w.Transactions(facetest.Ours); n != 1 || w.Gateway.Operations() != 2 {
		t.Errorf("%d transactions, %d gateway calls; want 1 and 2", n, w.Gateway.Operations())
	}
}

func TestOtherCallersKeysDoNotMeet(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	a := w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("same")).Is(201)
	b := w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("same"), facetest.WithKey(w.Other)).Is(201)
	c := w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("same"), facetest.As("bea")).Is(201)
	if a.At("id") == b.At("id") || a.At("id") == c.At("id") {
		t.Error("two callers share an answer")
	}
	// Another transaction on the same route is another request.
	w.Call(t, "POST", "/v1/transactions/"+a.At("id")+"/transitions", map[string]any{"transition": "cancel"}, facetest.Once("2")).Is(200)
	w.Call(t, "POST", "/v1/transactions/"+c.At("id")+"/transitions", map[string]any{"transition": "cancel"}, facetest.Once("2")).Refused(422, "idempotency_key_reused")
}

// A repeat with the marketplace's next API key is still a repeat.
func TestRepeatedRequestAfterKeyRotation(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	next := w.Scopes(apikey.Read, apikey.Write, apikey.Operate)
	deposit := map[string]any{"amount": 700, "currency": "EUR"}
	for path, body := range map[string]any{"/v1/transactions": facetest.Sale(), facetest.DealsPath + "create": facetest.Deal(), "/v1/balances/bea/deposits": deposit} {
		first := w.Call(t, "POST", path, body, facetest.Once("1")).Is(201)
		again := w.Call(t, "POST", path, body, facetest.Once("1"), facetest.WithKey(next)).Is(201)
		if again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: replay %v %s, want %s", path, again.Header, again.Body, first.Body)
		}
	}
	w.Call(t, "GET", "/v1/balances/bea?currency=EUR", nil).Is(200).Has(map[string]string{"available": "700"})
}

// What is wrong with the seller is no refusal of the buyer's payment.
func TestSellerWhoCannotBePaid(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for _, code := range []fault.Reason{"profile_missing", "payee_not_ready"} {
		w.Gateway.Answer(process.Declined, code)
		w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once(string(code))).Refused(409, string(code))
	}
}

// A refusal before anything is written names no deal, for there is none to be read.
func TestRefusalNamesADealThatIsThere(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	id := w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("1")).Is(201).At("id")
	if _, err := orchestrator.BeginRecovery(t.Context(), w.Store.ForEngine(), w.Clock.Now(), "a backup was restored"); err != nil {
		t.Fatal(err)
	}
	w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("2")).Refused(503, "recovery_mode").Has(map[string]string{"transaction_id": "absent"})
	w.Call(t, "POST", "/v1/transactions/"+id+"/transitions", map[string]any{"transition": "cancel"}, facetest.As("bea"), facetest.Once("3")).Refused(503, "recovery_mode").Has(map[string]string{"transaction_id": id})
}

func TestRepeatedDeclineIsTheSameDecline(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Gateway.Answer(process.Declined, "card_declined")
	first := w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.Once("1")).Refused(402, "card_declined")
	if first.At("transaction_id") == "absent" {
		t.Errorf("the answer does not name the transaction: %s", first.Body)
	}
	again := w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.Once("1")).Is(402)
	if again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" || again.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("replay %v %s, want %s", again.Header, again.Body, first.Body)
	}
	if n := w.Gateway.Operations(); n != 1 {
		t.Errorf("%d gateway calls", n)
	}
}

func TestUnsentRequestMayBeMadeAgain(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Gateway.Answer(process.NotSent, "")
	w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.Once("1")).Refused(503, "gateway_unreachable")
	a := w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.Once("1")).Is(201)
	if a.Header.Get("Idempotent-Replayed") != "" {
		t.Error("a request without effect was replayed")
	}
}

func TestRepeatedRequestWhileTheFirstIsUnderWay(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Gateway.Answer(process.Unknown, "")
	w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("1")).Refused(502, "outcome_unknown").Has(map[string]string{"money_moved": "unknown"})
	again := w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("1")).Refused(409, "request_in_progress").Has(map[string]string{"money_moved": "unknown"})
	if again.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", again.Header.Get("Retry-After"))
	}
	w.Call(t, "POST", "/v1/transactions", facetest.With(facetest.Sale(), "quantity", 9), facetest.Once("1")).Refused(422, "idempotency_key_reused")
}

func TestFiftyParallelSendsOfOneRequest(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"native": "/v1/transactions", "deals": facetest.DealsPath + "create"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := facetest.NewTestbed(t)
			body := facetest.Sale()
			if name == "deals" {
				body = facetest.Deal()
			}
			w.Gateway.Hold = make(chan struct{})
			answers := make([]facetest.Answer, 50)
			var sent, ended sync.WaitGroup
			for i := range answers {
				sent.Add(1)
				ended.Go(func() {
					sent.Done()
					answers[i] = w.Call(t, "POST", path, body, facetest.Once("1"))
				})
			}
			sent.Wait()
			close(w.Gateway.Hold)
			ended.Wait()
			original, bodies := 0, map[string]bool{}
			for _, a := range answers {
				switch a.Status {
				case 201:
					bodies[a.Body] = true
					if a.Header.Get("Idempotent-Replayed") == "" {
						original++
					}
				default:
					a.Refused(409, "request_in_progress")
				}
			}
			if original != 1 || len(bodies) != 1 {
				t.Errorf("%d original answers, %d different bodies; want 1 and 1", original, len(bodies))
			}
			if n := w.Transactions(facetest.Ours); n != 1 || w.Gateway.Operations() != 1 {
				t.Errorf("%d transactions, %d gateway calls; want 1 and 1", n, w.Gateway.Operations())
			}
		})
	}
}

func TestIdempotencyKeyHeader(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	two := func(r *http.Request) { r.Header["Idempotency-Key"] = []string{"a", "b"} }
	w.Call(t, "POST", "/v1/transactions", facetest.Sale(), two).Refused(400, "idempotency_key_invalid")
	w.Call(t, "POST", "/v1/transactions", facetest.Sale()).Refused(400, "idempotency_key_missing")
	for name, value := range map[string]string{
		"empty": "", "blank": "  ", "long": strings.Repeat("k", 256), "control": "a\tb", "not ASCII": "schlüssel",
	} {
		t.Run(name, func(t *testing.T) {
			w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once(value)).Refused(400, "idempotency_key_invalid")
			w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.Once(value)).Refused(400, "idempotency_key_invalid")
		})
	}
	if n := w.Transactions(facetest.Ours); n != 0 {
		t.Errorf("%d transactions", n)
	}
	w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once(strings.Repeat("k", 255))).Is(201)
	w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal()).Is(201)
}
