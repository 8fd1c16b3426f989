package braintree_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testport"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/braintree"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/braintree"
)

// adapter is the gateway, with escrow or without.
type adapter interface {
	orchestrator.Gateway
	orchestrator.Limited
	orchestrator.Statement
	orchestrator.Preparing
}

// world is a gateway beside an emulator, whose clock stands unless it is advanced.
type world struct {
	adapter
	t    testing.TB
	bank *sandbox.Emulator
	url  string
	// meanwhile happens right before a request with a text in it arrives, once.
	meanwhile func()
	before    string
	alter     *strings.Replacer // changes requests on their way
	next      http.RoundTripper
}

// RoundTrip carries requests to the emulator.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	text := r.URL.Path + string(body)
	if run := w.meanwhile; run != nil && strings.Contains(text, w.before) {
		w.meanwhile = nil
		run()
	}
	if r.Body != nil {
		text = string(body)
		if w.alter != nil {
			text = w.alter.Replace(text)
		}
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	}
	return w.next.RoundTrip(r)
}

func newWorld(t testing.TB) *world { return newWorldWith(t, nil) }

// newWorldWith makes a world whose gateway is configured otherwise.
func newWorldWith(t testing.TB, change func(*braintree.Config)) *world {
	t.Helper()
	w := &world{t: t, next: http.DefaultTransport}
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	w.bank, w.url = testport.Stand(t, func(url string) (*sandbox.Emulator, error) {
		return sandbox.New(sandbox.Config{PublicURL: url, Seed: 1, SharedWorld: true, FaultTimeout: time.Millisecond, Now: func() time.Time { return start }})
	})
	m := sandbox.Example()
	c := braintree.Config{
		Public: m.Public, Private: m.Private, BaseURL: w.url, Transport: w, Now: w.bank.Now,
		Accounts: map[money.Currency]string{"EUR": "shop_eur", "JPY": "shop_jpy", "KWD": "shop_kwd", "GBP": "shop_usd"},
	}
	if change != nil {
		change(&c)
	}
	g, err := braintree.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if w.adapter = g; c.Escrow {
		w.adapter = braintree.Marketplace{Gateway: g}
	}
	return w
}

// operation is one of transaction 7, in which bea pays sam 50.00 euro and a fee of 1.50.
func operation(verb process.Verb, payment string) orchestrator.Operation {
	euro := func(n int64) money.Amount { return money.New(n, "EUR") }
	op := orchestrator.Operation{
		IntentID: "5f1c0e0a-" + string(verb), Attempt: 1, Verb: verb, Amount: euro(5150), Input: map[string]string{"payment_method": "fake-valid-visa-nonce"},
		Transaction: orchestrator.Transaction{
			ID: 7, CommunityID: 501, ListingTitle: "Old city bike", PaymentID: payment,
			Deal: process.Deal{Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam", Price: euro(5000), BuyerFee: 150, SellerFee: 300},
		},
	}
	switch verb {
	case process.Capture, process.Void:
		op.Transaction.Funds = process.Funds{Authorized: 5150}
	case process.Refund, process.Transfer:
		op.Transaction.Funds = process.Funds{Captured: 5150, Held: 5150}
		op.Whole = true
	}
	return op
}

// made is the payment that an authorization or charge makes.
func (w *world) made(verb process.Verb) string {
	w.t.Helper()
	out := w.Perform(w.t.Context(), operation(verb, ""))
	if out.Status != process.Succeeded || out.Snapshot.PaymentID == "" {
		w.t.Fatalf("%s: %+v", verb, out)
	}
	return out.Snapshot.PaymentID
}

// settled is a payment that was charged and has settled.
func (w *world) settled() string {
	w.t.Helper()
	id := w.made(process.Charge)
	w.later(24 * time.Hour)
	return id
}

func (w *world) later(d time.Duration) {
	w.t.Helper()
	if err := w.bank.Advance(d); err != nil {
		w.t.Fatal(err)
	}
}

// fault lets the next call of an operation fail.
func (w *world) fault(operation, kind string) {
	w.t.Helper()
	if err := w.bank.SetFaults([]sandbox.Fault{{Route: operation, Kind: kind}}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) effects(operation string) (n int) {
	for _, e := range w.bank.Effects() {
		if e.Operation == operation {
			n++
		}
	}
	return n
}

// shown is what a look shows of a payment with the books of its deal.
func (w *world) shown(id string, booked process.Funds) orchestrator.Snapshot {
	w.t.Helper()
	s, err := w.Lookup(w.t.Context(), orchestrator.PaymentRef{PaymentID: id, Booked: &booked})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// byHand does something at Braintree that nobody here knows of.
func (w *world) byHand(mutation, id string) {
	w.t.Helper()
	query := `mutation($id: ID!) { ` + mutation + `(input: {transactionId: $id}) { clientMutationId } }`
	body, _ := json.Marshal(map[string]any{"query": query, "variables": map[string]string{"id": id}})
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.url+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	m := sandbox.Example()
	r.SetBasicAuth(m.Public, m.Private)
	r.Header.Set("Braintree-Version", "2024-08-01")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var a struct{ Errors []struct{ Message string } }
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil || len(a.Errors) > 0 {
		w.t.Fatalf("%s by hand: %v %+v", mutation, err, a)
	}
}
