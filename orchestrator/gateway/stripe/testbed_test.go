package stripe_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/stripe"
)

// testbed is a gateway beside an emulator with a clock of its own.
type testbed struct {
	*stripe.Gateway
	sandbox *sandbox.Emulator
	sent    *recorder

	mu  sync.Mutex
	now time.Time
}

func newTestbed(t testing.TB, change func(*stripe.Config)) *testbed {
	t.Helper()
	w := &testbed{now: t0, sent: &recorder{next: newTransport(t)}}
	e, err := sandbox.New(sandbox.Config{Accounts: []string{"acct_sam", "acct_idle"}, Now: w.time, Seed: 1, PublicURL: "https://pay.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(e)
	t.Cleanup(func() { _ = e.Close(); server.Close() })
	w.sandbox = e
	w.Gateway = newGateway(t, server.URL, func(c *stripe.Config) {
		c.Transport, c.Now = w.sent, w.time
		if change != nil {
			change(c)
		}
	})
	return w
}

func (w *testbed) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// wait lets time pass.
func (w *testbed) wait(d time.Duration) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	w.sandbox.Tick()
}

// must performs an operation that has to end in a status.
func (w *testbed) must(t *testing.T, op orchestrator.Operation, want process.Status) orchestrator.Snapshot {
	t.Helper()
	out := w.Perform(t.Context(), op)
	if out.Status != want {
		t.Fatalf("%s: %s %q (%v), want %s", op.Verb, out.Status, out.Code, out.Err, want)
	}
	return out.Snapshot
}

// authorized makes a payment whose money is reserved.
func (w *testbed) authorized(t *testing.T) string {
	t.Helper()
	return w.must(t, operation(process.Authorize, ""), process.Succeeded).PaymentID
}

// captured makes a payment whose money is taken.
func (w *testbed) captured(t *testing.T) string {
	t.Helper()
	id := w.authorized(t)
	w.must(t, operation(process.Capture, id), process.Succeeded)
	return id
}

func (w *testbed) look(t *testing.T, id string) orchestrator.Snapshot {
	t.Helper()
	s, err := w.Lookup(t.Context(), orchestrator.PaymentRef{CommunityID: 501, PaymentID: id})
	if err != nil || !s.Found {
		t.Fatalf("lookup of %s: %+v, %v", id, s, err)
	}
	return s
}

// effects counts what really happened to money.
func (w *testbed) effects() map[string]int {
	n := map[string]int{}
	for _, e := range w.sandbox.Effects() {
		n[e.Operation]++
	}
	return n
}

func withInput(op orchestrator.Operation, input map[string]string) orchestrator.Operation {
	op.Input = input
	return op
}

func token(verb process.Verb, method string) orchestrator.Operation {
	return withInput(operation(verb, ""), map[string]string{"payment_method": method})
}

func short(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// dashboard does what the platform's staff can do by hand.
func (w *testbed) dashboard(t *testing.T, path string, form url.Values) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.BaseURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+key)
	resp, err := newTransport(t).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", path, resp.Status, err)
	}
}
