package server_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func TestRepeatedRequestGetsItsAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.call(t, "POST", "/v1/transactions", sale(), once("1")).is(201)
	id := first.at("id")
	w.gateway.happen("1", process.FactPaid)
	w.sync(t, "1")
	// White space and the order of names do not make another request.
	reordered := `{ "unit_price":{"currency":"EUR","amount":5000},"quantity":2,"listing":{"title":"Old city\u002dbike","id":7},
		"author_id":"sam","starter_id":"bea","gateway":"trustap","process":"escrow_online"}`
	for _, body := range []any{sale(), reordered} {
		again := w.call(t, "POST", "/v1/transactions", body, once("1")).is(201)
		if again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" || again.header.Get("Content-Type") != "application/json" {
			t.Errorf("replay %v %s, want %s", again.header, again.body, first.body)
		}
	}
	if first.header.Get("Idempotent-Replayed") != "" {
		t.Error("the first answer claims to be a replay")
	}
	w.call(t, "POST", "/v1/transactions", with(sale(), "quantity", 3), once("1")).refused(422, "idempotency_key_reused")
	track := map[string]any{"transition": "track", "input": map[string]string{"carrier": "post", "tracking_code": "1"}}
	path := "/v1/transactions/" + id + "/transitions"
	first = w.call(t, "POST", path, track, once("1")).is(200) // another route: another request
	again := w.call(t, "POST", path, track, once("1")).is(200)
	if again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay %s, want %s", again.body, first.body)
	}
	w.call(t, "POST", path, map[string]any{"transition": "cancel"}, once("1")).refused(422, "idempotency_key_reused")
	w.call(t, "POST", path, track, once("1"), as("sam")).refused(409, "illegal_transition") // another caller
	if n := w.transactions(ours); n != 1 || w.gateway.operations() != 2 {
		t.Errorf("%d transactions, %d gateway calls; want 1 and 2", n, w.gateway.operations())
	}
}

func TestOtherCallersKeysDoNotMeet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.call(t, "POST", "/v1/transactions", sale(), once("same")).is(201)
	b := w.call(t, "POST", "/v1/transactions", sale(), once("same"), withKey(w.other)).is(201)
	c := w.call(t, "POST", "/v1/transactions", sale(), once("same"), as("bea")).is(201)
	if a.at("id") == b.at("id") || a.at("id") == c.at("id") {
		t.Error("two callers share an answer")
	}
	// Another transaction on the same route is another request.
	w.call(t, "POST", "/v1/transactions/"+a.at("id")+"/transitions", map[string]any{"transition": "cancel"}, once("2")).is(200)
	w.call(t, "POST", "/v1/transactions/"+c.at("id")+"/transitions", map[string]any{"transition": "cancel"}, once("2")).refused(422, "idempotency_key_reused")
}

// A repeat with the marketplace's next API key is still a repeat.
func TestRepeatedRequestAfterKeyRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	next := w.scopes(apikey.Read, apikey.Write, apikey.Operate)
	deposit := map[string]any{"amount": 700, "currency": "EUR"}
	for path, body := range map[string]any{"/v1/transactions": sale(), dealsPath + "create": deal(), "/v1/balances/bea/deposits": deposit} {
		first := w.call(t, "POST", path, body, once("1")).is(201)
		again := w.call(t, "POST", path, body, once("1"), withKey(next)).is(201)
		if again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: replay %v %s, want %s", path, again.header, again.body, first.body)
		}
	}
	w.call(t, "GET", "/v1/balances/bea?currency=EUR", nil).is(200).has(map[string]string{"available": "700"})
}

// What is wrong with the seller is no refusal of the buyer's payment.
func TestSellerWhoCannotBePaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, code := range []string{"profile_missing", "payee_not_ready"} {
		w.gateway.answer(process.Declined, code)
		w.call(t, "POST", "/v1/transactions", sale(), once(code)).refused(409, code)
	}
}

func TestRepeatedDeclineIsTheSameDecline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.gateway.answer(process.Declined, "card_declined")
	first := w.call(t, "POST", dealsPath+"create", deal(), once("1")).refused(402, "card_declined")
	if first.at("transaction_id") == "absent" {
		t.Errorf("the answer does not name the transaction: %s", first.body)
	}
	again := w.call(t, "POST", dealsPath+"create", deal(), once("1")).is(402)
	if again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" || again.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("replay %v %s, want %s", again.header, again.body, first.body)
	}
	if n := w.gateway.operations(); n != 1 {
		t.Errorf("%d gateway calls", n)
	}
}

func TestUnsentRequestMayBeMadeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.gateway.answer(process.NotSent, "")
	w.call(t, "POST", dealsPath+"create", deal(), once("1")).refused(503, "gateway_unreachable")
	a := w.call(t, "POST", dealsPath+"create", deal(), once("1")).is(201)
	if a.header.Get("Idempotent-Replayed") != "" {
		t.Error("a request without effect was replayed")
	}
}

func TestRepeatedRequestWhileTheFirstIsUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.gateway.answer(process.Unknown, "")
	w.call(t, "POST", "/v1/transactions", sale(), once("1")).refused(502, "outcome_unknown").has(map[string]string{"money_moved": "unknown"})
	again := w.call(t, "POST", "/v1/transactions", sale(), once("1")).refused(409, "request_in_progress").has(map[string]string{"money_moved": "unknown"})
	if again.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", again.header.Get("Retry-After"))
	}
	w.call(t, "POST", "/v1/transactions", with(sale(), "quantity", 9), once("1")).refused(422, "idempotency_key_reused")
}

func TestFiftyParallelSendsOfOneRequest(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"native": "/v1/transactions", "deals": dealsPath + "create"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			body := sale()
			if name == "deals" {
				body = deal()
			}
			w.gateway.hold = make(chan struct{})
			answers := make([]answer, 50)
			var sent, ended sync.WaitGroup
			for i := range answers {
				sent.Add(1)
				ended.Go(func() {
					sent.Done()
					answers[i] = w.call(t, "POST", path, body, once("1"))
				})
			}
			sent.Wait()
			close(w.gateway.hold)
			ended.Wait()
			original, bodies := 0, map[string]bool{}
			for _, a := range answers {
				switch a.status {
				case 201:
					bodies[a.body] = true
					if a.header.Get("Idempotent-Replayed") == "" {
						original++
					}
				default:
					a.refused(409, "request_in_progress")
				}
			}
			if original != 1 || len(bodies) != 1 {
				t.Errorf("%d original answers, %d different bodies; want 1 and 1", original, len(bodies))
			}
			if n := w.transactions(ours); n != 1 || w.gateway.operations() != 1 {
				t.Errorf("%d transactions, %d gateway calls; want 1 and 1", n, w.gateway.operations())
			}
		})
	}
}

func TestIdempotencyKeyHeader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	two := func(r *http.Request) { r.Header["Idempotency-Key"] = []string{"a", "b"} }
	w.call(t, "POST", "/v1/transactions", sale(), two).refused(400, "idempotency_key_invalid")
	w.call(t, "POST", "/v1/transactions", sale()).refused(400, "idempotency_key_missing")
	for name, value := range map[string]string{
		"empty": "", "blank": "  ", "long": strings.Repeat("k", 256), "control": "a\tb", "not ASCII": "schlüssel",
	} {
		t.Run(name, func(t *testing.T) {
			w.call(t, "POST", "/v1/transactions", sale(), once(value)).refused(400, "idempotency_key_invalid")
			w.call(t, "POST", dealsPath+"create", deal(), once(value)).refused(400, "idempotency_key_invalid")
		})
	}
	if n := w.transactions(ours); n != 0 {
		t.Errorf("%d transactions", n)
	}
	w.call(t, "POST", "/v1/transactions", sale(), once(strings.Repeat("k", 255))).is(201)
	w.call(t, "POST", dealsPath+"create", deal()).is(201)
}
