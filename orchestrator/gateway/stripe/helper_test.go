package stripe_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// key is no key of anybody's.
const key = "sk_test_0123456789"

var t0 = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// newGateway makes a gateway for an API at url; sam has the connected account acct_sam.
func newGateway(t testing.TB, url string, change func(*stripe.Config)) *stripe.Gateway {
	t.Helper()
	c := stripe.Config{
		SecretKey: key, BaseURL: url, Accounts: &gatewaytest.Accounts{IDs: map[string]string{"sam": "acct_sam"}},
		ReturnURL: "https://shop.example.com/back", Now: func() time.Time { return t0 },
		PayURL:    func(id, secret string) string { return "https://shop.example.com/pay/" + id + "#" + secret },
		Transport: newTransport(t),
	}
	if change != nil {
		change(&c)
	}
	g, err := stripe.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// newTransport is a transport of the test's own, so that no connection outlives it.
func newTransport(t testing.TB) *http.Transport {
	t.Helper()
	rt := &http.Transport{}
	t.Cleanup(rt.CloseIdleConnections)
	return rt
}

// operation is one of transaction 7, in which bea pays sam 12.34 euro and a fee of 0.66.
func operation(verb process.Verb, payment string) orchestrator.Operation {
	op := orchestrator.Operation{
		IntentID: "5f1c0e0a-" + string(verb), Verb: verb, Actor: process.Actor{Kind: process.User, ID: "bea"},
		Input: map[string]string{"payment_method": "pm_card_visa"},
		Transaction: orchestrator.Transaction{ID: 7, CommunityID: 501, ListingTitle: "Old city bike", PaymentID: payment, Deal: process.Deal{
			Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam", Price: money.New(1234, "EUR"),
		}},
	}
	switch verb {
	case process.Authorize, process.Charge, process.Capture:
		op.Amount = money.New(1300, "EUR")
	case process.Refund, process.Transfer:
		op.Amount = money.New(1234, "EUR")
		op.Transaction.Funds.Held, op.Whole = 1234, true
	}
	return op
}

// request is one that left the gateway, and how it was answered.
type request struct {
	Call   string // "POST /v1/refunds"
	Form   url.Values
	Key    string
	Status int
}

// recorder notes all requests.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	all  []request
}

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	var body []byte
	if q.Body != nil {
		var err error
		if body, err = io.ReadAll(q.Body); err != nil {
			return nil, err
		}
		q = q.Clone(q.Context())
		q.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	resp, err := r.next.RoundTrip(q)
	seen := request{Call: q.Method + " " + q.URL.Path, Key: q.Header.Get("Idempotency-Key")}
	if seen.Form, _ = url.ParseQuery(string(body)); q.Method == http.MethodGet {
		seen.Form = q.URL.Query()
	}
	if err == nil {
		seen.Status = resp.StatusCode
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, seen)
	return resp, err
}

func (r *recorder) requests() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all
}
