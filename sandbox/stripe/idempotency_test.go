package stripe_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

func keyed(p *api.PaymentIntentParams, key string) *api.PaymentIntentParams {
	p.SetIdempotencyKey(key)
	return p
}

// raw posts a form under a key.
func (x *tester) raw(path, key, body string) (*http.Response, []byte) {
	x.t.Helper()
	r, err := http.NewRequestWithContext(x.t.Context(), http.MethodPost, x.url+path, strings.NewReader(body))
	must(x.t, err)
	r.Header.Set("Authorization", "Bearer sk_test_1")
	r.Header.Set("Content-Type", formKind)
	r.Header.Set("Idempotency-Key", key)
	answer, err := http.DefaultClient.Do(r)
	must(x.t, err)
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	must(x.t, err)
	return answer, got
}

func TestReplay(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	const body = "amount=1000&currency=eur&confirm=true&payment_method=pm_card_visa&metadata[a]=1"
	first, want := x.raw("/v1/payment_intents", "key_1", body)
	same(t, "not replayed", first.Header.Get("Idempotent-Replayed"), "")
	again, got := x.raw("/v1/payment_intents", "key_1", "metadata[a]=1&currency=eur&payment_method=pm_card_visa&amount=1000&confirm=true")
	same(t, "replayed", again.Header.Get("Idempotent-Replayed"), "true")
	same(t, "request id", again.Header.Get("Request-Id"), first.Header.Get("Request-Id"))
	same(t, "body", string(got), string(want))
	same(t, "effects", x.effects(), []string{"charge"})
	same(t, "key of the effect", x.Effects()[0].IdempotencyKey, "key_1")

	for name, path := range map[string]string{"parameters": "/v1/payment_intents", "endpoint": "/v1/refunds"} {
		answer, body := x.raw(path, "key_1", "amount=1000&currency=eur")
		same(t, name, answer.StatusCode, 400)
		if !strings.Contains(string(body), `"idempotency_error"`) {
			t.Errorf("%s: %s", name, body)
		}
	}

	x.advance(day)
	answer, _ := x.raw("/v1/payment_intents", "key_1", body)
	same(t, "a day later", answer.Header.Get("Idempotent-Replayed"), "")
	same(t, "effects then", x.effects(), []string{"charge", "charge"})
	answer, _ = x.raw("/v1/payment_intents", strings.Repeat("k", 256), body)
	same(t, "long key", answer.StatusCode, 400)
}

// TestKept tells what a key keeps: everything but refusals for parameters.
func TestKept(t *testing.T) {
	t.Parallel()
	const good = "amount=1000&currency=eur&confirm=true&payment_method="
	tests := []struct {
		name, body, fault string
		status            int
		replayed          string
		effects           []string
	}{
		{"success", good + "success", "", 200, "true", []string{"charge"}},
		{"decline", good + "card_declined", "", 402, "true", nil},
		{"parameters", "amount=1000", "", 400, "", nil},
		{"500 without effect", good + "success", "error_before", 500, "true", nil},
		{"500 with effect", good + "success", "error_after", 500, "true", []string{"charge"}},
		{"too many", good + "success", "rate_limit", 429, "", []string{"charge"}},
		{"lock", good + "success", "lock_timeout", 429, "", []string{"charge"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, stripe.Config{})
			if test.fault != "" {
				must(t, x.SetFaults([]stripe.Fault{{Route: "create_payment_intent", Kind: test.fault}}))
			}
			first, _ := x.raw("/v1/payment_intents", "key", test.body)
			same(t, "status", first.StatusCode, test.status)
			again, _ := x.raw("/v1/payment_intents", "key", test.body)
			same(t, "replayed", again.Header.Get("Idempotent-Replayed"), test.replayed)
			same(t, "effects", x.effects(), test.effects)
		})
	}
}

// TestLostAnswer repeats a call whose answer never came.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cut_before", "cut_after"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, stripe.Config{})
			must(t, x.SetFaults([]stripe.Fault{{Route: "create_payment_intent", Kind: kind}}))
			_, err := x.client.PaymentIntents.New(keyed(payment(1000, "manual", "pm_card_visa"), "key"))
			if refused := (*api.Error)(nil); err == nil || errors.As(err, &refused) {
				t.Fatalf("got %v, want a broken line", err)
			}
			pi, err := x.client.PaymentIntents.New(keyed(payment(1000, "manual", "pm_card_visa"), "key"))
			must(t, err)
			same(t, "effects", x.Effects(), []stripe.Effect{{Operation: "authorize", ObjectID: pi.ID, Amount: 1000, Currency: "eur",
				IdempotencyKey: "key", At: start}})
		})
	}
}

// TestKeyInUse repeats a call while the first one is on its way.
func TestKeyInUse(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived <- struct{}{} }))
	t.Cleanup(server.Close)
	x := newTester(t, stripe.Config{FaultTimeout: time.Minute, WebhookURL: server.URL})
	must(t, x.SetFaults([]stripe.Fault{{Route: "create_payment_intent", Kind: "timeout_after"}}))
	var first sync.WaitGroup
	first.Go(func() {
		// It ends when the emulator closes the line.
		_, _ = x.client.PaymentIntents.New(keyed(payment(1000, "manual", "pm_card_visa"), "key"))
	})
	<-arrived
	_, err := x.client.PaymentIntents.New(keyed(payment(1000, "manual", "pm_card_visa"), "key"))
	same(t, "refusal", refusalOf(t, err), refusal{Status: 409, Type: "invalid_request_error", Code: "idempotency_key_in_use"})
	must(t, x.Close())
	first.Wait()
	_, err = x.client.PaymentIntents.New(keyed(payment(1000, "manual", "pm_card_visa"), "key"))
	must(t, err)
	same(t, "effects", x.effects(), []string{"authorize"})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		effect bool
		status int // 0 means that no answer can be read
	}{
		"error_before":   {false, 500},
		"error_after":    {true, 500},
		"cut_before":     {false, 0},
		"cut_after":      {true, 0},
		"timeout_before": {false, 0},
		"timeout_after":  {true, 0},
		"broken_json":    {true, 0},
		"html":           {false, 0},
		"rate_limit":     {false, 429},
		"lock_timeout":   {false, 429},
		"slow":           {true, 200},
	}
	if len(tests) != len(stripe.FaultKinds()) {
		t.Errorf("kinds: %v are not all tested", stripe.FaultKinds())
	}
	for kind, test := range tests {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, stripe.Config{FaultTimeout: time.Millisecond, SlowDelay: time.Millisecond})
			pi := x.at(api.PaymentIntentStatusRequiresCapture)
			must(t, x.SetFaults([]stripe.Fault{{Route: "*", Kind: kind}}))
			_, err := x.client.PaymentIntents.Capture(pi.ID, nil)
			switch refused := (*api.Error)(nil); {
			case test.status == 200:
				must(t, err)
			case test.status == 0:
				if err == nil || errors.As(err, &refused) {
					t.Errorf("got %v, want no answer", err)
				}
			default:
				same(t, "status", refusalOf(t, err).Status, test.status)
			}
			want := map[bool]api.PaymentIntentStatus{true: api.PaymentIntentStatusSucceeded, false: api.PaymentIntentStatusRequiresCapture}[test.effect]
			same(t, "status afterwards", x.get(pi.ID).Status, want)
		})
	}
}

func TestFaultRefusals(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	for _, f := range []stripe.Fault{{Route: "bake", Kind: "slow"}, {Route: "*", Kind: "bake"}, {Route: "webhook", Kind: "slow"}} {
		if x.SetFaults([]stripe.Fault{f}) == nil {
			t.Errorf("%v was accepted", f)
		}
	}
	must(t, x.SetFaults([]stripe.Fault{{Route: "get_balance", Kind: "error_before", Times: 2}}))
	var got []int
	for range 3 {
		status, _ := x.send("GET", "/v1/balance", "", "")
		got = append(got, status)
	}
	same(t, "times", got, []int{500, 500, 200})
}

// TestDeterminism makes the same calls of two emulators with the same seed.
func TestDeterminism(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) []stripe.Delivery {
		x := newTester(t, stripe.Config{Seed: seed})
		x.raw("/v1/payment_intents", "key", "amount=1000&currency=eur&confirm=true&payment_method=success")
		return x.Deliveries()
	}
	first := run(1)
	same(t, "same seed", run(1), first)
	if cmp.Equal(run(2), first) {
		t.Error("another seed gives the same ids")
	}
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := x.client.PaymentIntents.New(keyed(payment(1000, "automatic", "pm_card_visa"), "one"))
			if err != nil {
				t.Error(err)
			}
			x.Tick()
			_ = x.Deliveries()
		})
	}
	all.Wait()
	same(t, "effects", x.effects(), []string{"charge"})
}
