package stripe_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// as makes a call with another secret key.
func (x *tester) as(key, method, path, body string) (int, string) {
	x.t.Helper()
	r, err := http.NewRequestWithContext(x.t.Context(), method, x.url+path, strings.NewReader(body))
	must(x.t, err)
	r.SetBasicAuth(key, "")
	if body != "" {
		kind := formKind
		if strings.HasPrefix(path, "/_sandbox") {
			kind = "application/json"
		}
		r.Header.Set("Content-Type", kind)
	}
	answer, err := http.DefaultClient.Do(r)
	must(x.t, err)
	defer answer.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(answer.Body)
	must(x.t, err)
	return answer.StatusCode, b.String()
}

func TestEachKeyHasItsOwnWorld(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	first := x.at(api.PaymentIntentStatusRequiresPaymentMethod)
	status, made := x.as("sk_test_2", "POST", "/v1/payment_intents", "amount=1000&currency=eur")
	same(t, "made", status, 200)
	var second struct {
		ID     string
		Secret string `json:"client_secret"`
	}
	must(t, json.Unmarshal([]byte(made), &second))
	if second.ID == first.ID {
		t.Error("two worlds share an id")
	}
	status, _ = x.as("sk_test_2", "GET", "/v1/payment_intents/"+first.ID, "")
	same(t, "not there", status, 404)
	same(t, "nor here", x.e404(second.ID), true)

	status, _ = x.as("sk_test_2", "PUT", "/_sandbox/faults", `[{"operation":"get_balance","kind":"html"}]`)
	same(t, "fault there", status, 200)
	status, _ = x.send("GET", "/v1/balance", "", "")
	same(t, "not here", status, 200)
	status, _ = x.as("sk_test_2", "GET", "/v1/balance", "")
	same(t, "but there", status, 502)

	status, _ = x.send("POST", "/pay/"+second.ID, "application/json", `{"card":"success"}`)
	same(t, "a page needs no key", status, 200)
	status, _ = x.send("GET", "/v3/payment_intents/"+second.ID+"?key=pk_test_1&client_secret="+second.Secret, "", "")
	same(t, "nor does a browser", status, 200)
	of, err := x.ForKey("sk_test_2")
	must(t, err)
	same(t, "paid there", len(of.Effects()), 1)
	of.Reset()
	same(t, "reset there", len(of.Effects()), 0)
	same(t, "left here", x.get(first.ID).ID, first.ID)
}

// e404 reports whether the main world lacks a payment intent.
func (x *tester) e404(id string) bool {
	_, err := x.client.PaymentIntents.Get(id, nil)
	return refusalOf(x.t, err).Status == 404
}

func TestKeysCanShareAWorld(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{SharedWorld: true})
	first := x.at(api.PaymentIntentStatusRequiresPaymentMethod)
	status, _ := x.as("sk_test_2", "GET", "/v1/payment_intents/"+first.ID, "")
	same(t, "seen with another key", status, 200)
}

func TestClock(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	pi := x.at(api.PaymentIntentStatusRequiresCapture)
	now := func(method, path, body string) any {
		_, o := x.control(method, "/_sandbox/clock"+path, body)
		return o["now"]
	}
	same(t, "now", now("GET", "", ""), "2026-03-01T12:00:00Z")
	same(t, "advanced", now("POST", "/advance", `{"seconds":604800}`), "2026-03-08T12:00:00Z")
	same(t, "the hold has expired", string(x.get(pi.ID).Status), "canceled")
	x.advance(time.Hour)
	same(t, "it runs on", now("GET", "", ""), "2026-03-08T13:00:00Z")
	now("POST", "/freeze", "")
	x.advance(time.Hour)
	same(t, "it stands", now("GET", "", ""), "2026-03-08T13:00:00Z")
	same(t, "no jump", now("POST", "/follow", ""), "2026-03-08T13:00:00Z")
	status, refused := x.control("POST", "/_sandbox/clock/advance", `{"seconds":-1}`)
	same(t, "back", []any{status, refused["code"]}, []any{400, "invalid_seconds"})
}

// TestSharedClock lets an emulator have its time from another one: a jump at either is one of both.
func TestSharedClock(t *testing.T) {
	t.Parallel()
	other, err := stripe.New(stripe.Config{Now: func() time.Time { return start }})
	must(t, err)
	t.Cleanup(func() { _ = other.Close() })
	e, err := stripe.New(stripe.Config{Clock: other})
	must(t, err)
	t.Cleanup(func() { _ = e.Close() })
	must(t, e.Advance(day))
	same(t, "there", other.Now(), start.Add(day))
	must(t, other.Advance(day))
	same(t, "here", e.Now(), start.Add(2*day))
}

// story leaves an object of every kind, with steps that are due, and tells what is there in the end.
func (x *tester) story(between func()) string {
	x.t.Helper()
	x.at(api.PaymentIntentStatusRequiresAction)
	x.create(payment(1000, "automatic", "pm_card_chargeDeclined"))
	held := x.at(api.PaymentIntentStatusRequiresCapture)
	paid := x.create(keyed(payment(1000, "automatic", "pm_card_bypassPending"), "key"))
	for _, card := range []string{"pm_card_pendingRefund", "pm_card_refundFail"} {
		_, err := x.refund(x.create(payment(1000, "automatic", card)).ID, 400)
		must(x.t, err)
	}
	moved, err := x.transfer(300, "")
	must(x.t, err)
	_, err = x.transfer(200, paid.LatestCharge.ID)
	must(x.t, err)
	x.create(payment(1000, "automatic", "pm_card_createDispute"))
	must(x.t, x.SetFaults([]stripe.Fault{{Route: "get_balance", Kind: "html"}}))
	between()
	_, err = x.client.TransferReversals.New(&api.TransferReversalParams{ID: api.String(moved.ID), Amount: api.Int64(100)})
	must(x.t, err)
	x.create(keyed(payment(1000, "automatic", "pm_card_bypassPending"), "key"))
	must(x.t, x.Advance(day))
	must(x.t, x.Advance(6*day))
	same(x.t, "expired", string(x.get(held.ID).Status), "canceled")
	var all strings.Builder
	for _, path := range []string{"/v1/payment_intents?limit=100", "/v1/charges?limit=100", "/v1/refunds", "/v1/transfers", "/v1/disputes",
		"/v1/balance_transactions?limit=100", "/v1/events?limit=100", "/v1/accounts", "/v1/balance", "/v1/balance", "/_sandbox/effects", "/_sandbox/webhooks"} {
		_, b := x.send("GET", path, "", "")
		all.Write(b)
	}
	// The official client invents a key for every call.
	return regexp.MustCompile(`"idempotency_key": "[^"]*"`).ReplaceAllString(all.String(), "")
}

func TestSnapshotAndRestore(t *testing.T) {
	t.Parallel()
	plain := newTester(t, stripe.Config{Seed: 5})
	want := plain.story(func() {})
	x := newTester(t, stripe.Config{Seed: 5})
	got := x.story(func() {
		_, taken := x.send("GET", "/_sandbox/snapshot", "", "")
		x.at(api.PaymentIntentStatusSucceeded)
		must(t, x.Advance(30*day))
		status, _ := x.send("POST", "/_sandbox/restore", "application/json", string(taken))
		same(t, "restored", status, 200)
		_, again := x.send("GET", "/_sandbox/snapshot", "", "")
		same(t, "snapshot of the restored", string(again), string(taken))
	})
	if got != want {
		a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("it does not go on as if nothing had happened: line %d: %s, want %s", i, b[i], a[i])
			}
		}
		t.Fatal("it does not go on as if nothing had happened")
	}
}

func TestBadSnapshots(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	x.story(func() {
		before, err := x.Snapshot()
		must(t, err)
		for field, value := range map[string]any{
			"version": 2, "offset_nanoseconds": -1, "Accounts": nil, "Methods": nil, "Intents": nil, "Charges": nil, "Entries": []any{nil},
			"Refunds": []any{nil}, "Moves": []any{map[string]any{"ID": "tr_1"}}, "Disputes": []any{map[string]any{"ID": "dp_1"}},
			"Events": []any{map[string]any{}}, "Keys": map[string]any{"k": nil},
		} {
			bad := map[string]any{}
			must(t, json.Unmarshal(before, &bad))
			bad[field] = value
			b, err := json.Marshal(bad)
			must(t, err)
			status, refused := x.control("PUT", "/_sandbox/snapshot", string(b))
			same(t, field, []any{status, refused["code"]}, []any{400, "invalid_snapshot"})
		}
		after, err := x.Snapshot()
		must(t, err)
		same(t, "nothing changed", string(after), string(before))
	})
}

func TestRequestsAreLogged(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	x.at(api.PaymentIntentStatusRequiresPaymentMethod)
	must(t, x.SetFaults([]stripe.Fault{{Route: "get_balance", Kind: "html"}}))
	x.send("GET", "/v1/balance", "", "")
	x.send("POST", "/v1/refunds?secret=1", formKind, "colour=red")
	_, got := x.send("GET", "/_sandbox/requests", "", "")
	var log []struct {
		Number          int
		Operation, Path string
		Status          int
		Fault           string
	}
	must(t, json.Unmarshal(got, &log))
	same(t, "operations", []any{len(log), log[0].Operation, log[0].Status, log[1].Fault, log[1].Status, log[2].Path, log[2].Status},
		[]any{3, "create_payment_intent", 200, "html", 0, "/v1/refunds", 400})
}

func TestIndexListsWhatCanBeSteered(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	_, got := x.send("GET", "/_sandbox", "", "")
	var index struct {
		Controls      []struct{ Method, Path, Help string }
		Operations    []struct{ Name, Method, Path string }
		Faults        []string
		WebhookFaults []string `json:"webhook_faults"`
	}
	must(t, json.Unmarshal(got, &index))
	names := []string{}
	for _, op := range index.Operations {
		names = append(names, op.Name)
	}
	slices.Sort(names)
	same(t, "operations", names, stripe.RouteNames())
	same(t, "faults", [][]string{index.Faults, index.WebhookFaults}, [][]string{stripe.FaultKinds(), stripe.WebhookFaultKinds()})
	paths := map[string]int{}
	for _, c := range index.Controls {
		paths[c.Method+" "+c.Path]++
		if c.Help == "" {
			t.Errorf("%s %s: nobody says what it does", c.Method, c.Path)
		}
	}
	for _, want := range []string{"GET /_sandbox/clock", "POST /_sandbox/reset", "POST /_sandbox/payments/{id}/pay", "PUT /_sandbox/webhooks/endpoint"} {
		same(t, want, paths[want], 1)
	}
}

func TestWebhookEndpointIsChanged(t *testing.T) {
	t.Parallel()
	v := newReceiver(t, 0)
	x := newTester(t, stripe.Config{})
	status, _ := x.control("PUT", "/_sandbox/webhooks/endpoint", `{"url":"`+v.URL+`","secret":"`+secret+`"}`)
	same(t, "changed", status, 200)
	x.at(api.PaymentIntentStatusRequiresPaymentMethod)
	must(t, x.WaitDelivered(t.Context()))
	same(t, "signed with the new secret", []any{len(v.types()), len(v.errors)}, []any{1, 0})
	status, refused := x.control("PUT", "/_sandbox/webhooks/endpoint", `{"url":"example.com"}`)
	same(t, "no URL", []any{status, refused["code"]}, []any{400, "invalid_endpoint"})
}
