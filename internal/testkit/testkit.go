// Package testkit starts a whole testbed for a test: engine, HTTP face, database
// and sandbox, on loopback ports and virtual time. It can be crashed and started
// again on the same database beside the same sandbox.
package testkit

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/plays"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// Start is where the virtual clock of every testbed stands at first.
var Start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// Options change a testbed.
type Options struct {
	DatabaseURL string // default: a new SQLite file
	Hook        func(point string)
	Transport   http.RoundTripper
	CallTimeout time.Duration // default 5 s, real time: far more than a call takes on a machine that is busy
	Manual      bool          // moving the clock lets nothing happen by itself
	Log         *slog.Logger  // default: nothing is logged
	Without     string        // a gateway that is not configured; default: all are

	Sandbox func(*sandbox.Config) // changes how Trustap's sandbox is set

	PayPalDelays    bool // PayPal keeps the money of its deals until they end
	BraintreeEscrow bool // Braintree holds the money of its deals for sub-merchants
	Playground      bool // the console has what handsel dev shows
}

// Testbed is a running testbed. Its methods fail the test on anything unexpected.
type Testbed struct {
	*app.Testbed
	Stripe *stripe.Emulator
	URL    string

	t       testing.TB
	options Options
	front   *front
}

// front is the HTTP server of the engine; what is behind it can be exchanged.
type front struct {
	mu      sync.Mutex
	handler http.Handler
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	h := f.handler
	f.mu.Unlock()
	if h == nil {
		http.Error(w, "down", http.StatusBadGateway)
		return
	}
	h.ServeHTTP(w, r)
}

func (f *front) set(h http.Handler) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.handler = h
}

// New starts a testbed that is closed when the test ends.
func New(t testing.TB, o Options) *Testbed {
	t.Helper()
	if o.DatabaseURL == "" {
		o.DatabaseURL = testdb.SQLite(t)
	}
	if strings.HasPrefix(o.DatabaseURL, "postgres") {
		o.DatabaseURL = pgtest.Near(o.DatabaseURL)
	}
	lessOften()
	if o.CallTimeout == 0 {
		o.CallTimeout = 5 * time.Second
	}
	w := &Testbed{t: t, options: o, front: &front{}}
	engine := httptest.NewServer(w.front)
	emulator := &front{}
	box := httptest.NewServer(emulator)
	beside, urls := map[string]*front{}, map[string]string{}
	for _, e := range app.Emulators() {
		if e.Gateway == o.Without {
			continue
		}
		beside[e.Gateway] = &front{}
		till := httptest.NewServer(beside[e.Gateway])
		t.Cleanup(till.Close)
		urls[e.Gateway] = till.URL
	}
	w.URL = engine.URL
	var send func(context.Context, plays.Call, any) error
	if o.Playground {
		send = sendPlay
	}
	var err error
	w.Testbed, err = app.OpenTestbed(t.Context(), app.TestbedConfig{
		DatabaseURL: o.DatabaseURL, URL: engine.URL, SandboxURL: box.URL, EmulatorURLs: urls, Start: Start, Seed: 1,
		Transport: o.Transport, CallTimeout: o.CallTimeout, Hook: o.Hook, Manual: o.Manual, Log: o.Log,
		PayPalDelays: o.PayPalDelays, BraintreeEscrow: o.BraintreeEscrow, Sandbox: o.Sandbox, Send: send,
	})
	if err != nil {
		t.Fatal(err)
	}
	emulator.set(w.Sandbox)
	w.Stripe = w.Emulator("stripe").(*stripe.Emulator)
	for gateway, f := range beside {
		f.set(w.Emulator(gateway))
	}
	w.front.set(w.Handler)
	first := w.Testbed
	t.Cleanup(func() {
		w.checkHolds()
		w.front.set(nil)
		engine.Close()
		first.CloseSandboxes()
		box.Close()
		if err := w.App.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}

// lessOften has garbage collected less often: tests make much of it and keep little.
var lessOften = sync.OnceFunc(func() { debug.SetGCPercent(400) })

// checkHolds fails the test when a deal is on hold and its operators were not told: in
// whatever way it got there. A database that the test has taken away is not asked.
func (w *Testbed) checkHolds() {
	ctx := context.Background()
	held, err := w.Store.List(ctx, orchestrator.Filter{CommunityID: app.SampleCommunity, Attention: true, Limit: 100})
	if err != nil {
		return
	}
	for _, tx := range held {
		events, err := w.Store.Events(ctx, tx.ID)
		told := slices.ContainsFunc(events, func(e orchestrator.Event) bool { return e.Type == "alert.on_hold" && e.Data["reason"] == tx.Attention })
		if tx.Attention != "" && err == nil && !told {
			w.t.Errorf("transaction %d is on hold and nobody was notified: %s", tx.ID, tx.Attention)
		}
	}
}

// Replica opens one more engine on the testbed's database, beside the same sandbox.
func (w *Testbed) Replica() *app.Testbed {
	w.t.Helper()
	c := w.Config
	c.Again, c.Hook = w.Testbed, nil
	replica, err := app.OpenTestbed(w.t.Context(), c)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := replica.App.Close(); err != nil {
			w.t.Errorf("close replica: %v", err)
		}
	})
	return replica
}

// Restart replaces the engine by a new one, as after a crash: what was only in
// memory is gone.
func (w *Testbed) Restart() {
	w.t.Helper()
	w.restart(func() error { return nil })
}

// restart does something while the engine is down.
func (w *Testbed) restart(meanwhile func() error) {
	w.t.Helper()
	w.front.set(nil)
	if err := errors.Join(w.App.Close(), meanwhile()); err != nil {
		w.t.Fatal(err)
	}
	c := w.Config
	c.Again = w.Testbed
	next, err := app.OpenTestbed(w.t.Context(), c)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Testbed.App, w.Testbed.Key, w.Testbed.OtherKey = next.App, next.Key, next.OtherKey
	w.front.set(w.Handler)
}

// Advance moves the clock and lets everything that is due happen.
func (w *Testbed) Advance(d time.Duration) {
	w.t.Helper()
	w.within(func(ctx context.Context) error { return w.Testbed.Advance(ctx, d) })
}

// MustSettle waits until nothing more happens at this time.
func (w *Testbed) MustSettle() {
	w.t.Helper()
	w.within(w.Settle)
}

// within fails the test when something fails or takes more than a minute.
func (w *Testbed) within(do func(ctx context.Context) error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	if err := do(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// Buyer and Seller are the parties of Open.
var (
	Buyer   = process.Actor{Kind: process.User, ID: "bea"}
	Seller  = process.Actor{Kind: process.User, ID: "sam"}
	Backend = process.Actor{Kind: process.Backend}
)

// Deal is the input that opens an online escrow deal of 50.00 euro.
func Deal() orchestrator.CreateInput {
	return orchestrator.CreateInput{
		CommunityID: app.SampleCommunity, Process: "escrow_online", Gateway: "trustap", Actor: Buyer,
		Starter: Buyer.ID, Author: Seller.ID, Title: "Old city bike", UnitPrice: money.New(5000, "EUR"),
	}
}

// Open opens a deal.
func (w *Testbed) Open() orchestrator.Transaction {
	w.t.Helper()
	result, err := w.Engine.Create(w.t.Context(), Deal())
	if err != nil {
		w.t.Fatal(err)
	}
	return result.Transaction
}

// Do takes a transition.
func (w *Testbed) Do(tx orchestrator.Transaction, name process.Transition, actor process.Actor) (orchestrator.Transaction, error) {
	result, err := w.Engine.Do(w.t.Context(), orchestrator.DoInput{
		CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: name, Actor: actor, Input: Because(actor, input(name)),
	})
	return result.Transaction, err
}

// Because adds a reason to what staff says, which staff must give.
func Because(actor process.Actor, said map[string]string) map[string]string {
	if actor.Kind != process.Staff || said["reason"] != "" {
		return said
	}
	with := map[string]string{"reason": "looked at it"}
	maps.Copy(with, said)
	return with
}

func input(name process.Transition) map[string]string {
	switch name {
	case "track":
		return map[string]string{"carrier": "an-post", "tracking_code": "CP123456785IE"}
	case "complain":
		return map[string]string{"description": "the bell is missing"}
	}
	return nil
}

// MustDo takes a transition that must be possible.
func (w *Testbed) MustDo(tx orchestrator.Transaction, name process.Transition, actor process.Actor) orchestrator.Transaction {
	w.t.Helper()
	after, err := w.Do(tx, name, actor)
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return after
}

// Pay lets the buyer pay on the payment page and waits until the engine knows.
func (w *Testbed) Pay(tx orchestrator.Transaction) orchestrator.Transaction {
	w.t.Helper()
	w.PayOnly(tx)
	w.MustSettle()
	return w.Load(tx)
}

// PayOnly lets the buyer pay and does not wait for the engine.
func (w *Testbed) PayOnly(tx orchestrator.Transaction) {
	w.t.Helper()
	if _, err := w.Sandbox.Pay(w.PaymentID(tx), "success"); err != nil {
		w.t.Fatal(err)
	}
}

// PaymentID is the sandbox's id of the deal's payment.
func (w *Testbed) PaymentID(tx orchestrator.Transaction) int64 {
	w.t.Helper()
	var id int64
	if _, err := fmt.Sscan(tx.PaymentID, &id); err != nil {
		w.t.Fatalf("payment id %q: %v", tx.PaymentID, err)
	}
	return id
}

// Load reads the deal again.
func (w *Testbed) Load(tx orchestrator.Transaction) orchestrator.Transaction {
	w.t.Helper()
	now, err := w.Store.Transaction(w.t.Context(), tx.CommunityID, tx.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return now
}

// BringTo brings a new deal into a state of its life.
func (w *Testbed) BringTo(s process.State) orchestrator.Transaction {
	w.t.Helper()
	tx := w.Open()
	steps := []struct {
		reached process.State
		next    func() orchestrator.Transaction
	}{
		{escrow.Joined, func() orchestrator.Transaction { return w.Pay(tx) }},
		{escrowonline.Paid, func() orchestrator.Transaction { return w.MustDo(tx, "track", Seller) }},
		{escrowonline.Tracked, func() orchestrator.Transaction { return w.MustDo(tx, "confirm_delivery", Buyer) }},
		{escrowonline.Delivered, func() orchestrator.Transaction { return w.MustDo(tx, "complain", Buyer) }},
		{escrow.Complained, nil},
	}
	for _, step := range steps {
		if tx.State != step.reached {
			w.t.Fatalf("the deal is %s, want %s", tx.State, step.reached)
		}
		if s == step.reached {
			return tx
		}
		tx = step.next()
	}
	return tx
}

// CheckBooks fails the test when an invariant is broken or an operation is open.
func (w *Testbed) CheckBooks() {
	w.t.Helper()
	for _, v := range w.Violations() {
		w.t.Errorf("%s: transaction %d: %s", v.Invariant, v.TransactionID, v.Message)
	}
}

// Violations are the invariants that are broken.
func (w *Testbed) Violations() []orchestrator.Violation {
	w.t.Helper()
	registry, err := processes()
	if err != nil {
		w.t.Fatal(err)
	}
	violations, err := w.Store.Doctor(w.t.Context(), registry)
	if err != nil {
		w.t.Fatal(err)
	}
	return violations
}

// processes are those that ship; to check them takes longer than to look at a small database.
var processes = sync.OnceValues(func() (*process.Registry, error) { return process.NewRegistry(catalog.All()...) })

// Effects counts what really happened at the sandbox for one payment, by operation.
func (w *Testbed) Effects() map[string]int {
	counts := map[string]int{}
	for _, e := range w.Sandbox.Effects() {
		counts[e.Operation]++
	}
	return counts
}

// Response is an answer of the HTTP API.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Call calls the HTTP API with a JSON body; header pairs are name, value.
func (w *Testbed) Call(method, path, body string, header ...string) Response {
	w.t.Helper()
	url := path
	if strings.HasPrefix(path, "/") {
		url = w.URL + path
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+w.Key)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return Response{resp.StatusCode, resp.Header, content}
}

// JSON decodes the answer's body.
func (r Response) JSON(t testing.TB, into any) {
	t.Helper()
	if err := json.NewDecoder(bytes.NewReader(r.Body)).Decode(into); err != nil {
		t.Fatalf("answer %d %s: %v", r.Status, r.Body, err)
	}
}

// Crash is how a hook stops the engine dead: Run turns it into a return.
type crash struct{ point string }

// CrashAt is a hook that dies the first time a point is reached.
func CrashAt(point string) func(string) {
	var once sync.Once
	return func(reached string) {
		if reached == point {
			once.Do(func() { panic(crash{point}) })
		}
	}
}

// Survive runs a call that may crash, and reports whether it did.
func Survive(call func()) (crashed bool) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case crash:
			crashed = true
		default:
			panic(p)
		}
	}()
	call()
	return false
}

// Remote calls the sandbox directly, as a user would on Trustap's own pages.
func (w *Testbed) Remote(tx orchestrator.Transaction, call string, actor process.Actor, body string) {
	w.t.Helper()
	account, found, err := w.Store.Account(w.t.Context(), tx.CommunityID, actor.ID, "trustap")
	if err != nil || !found {
		w.t.Fatalf("account of %s: %v %v", actor.ID, found, err)
	}
	r := w.Call("POST", fmt.Sprintf("%s/api/v1/transactions/%s/%s", w.Config.SandboxURL, tx.PaymentID, call), body,
		"Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("sandbox:")), "Trustap-User", account)
	if r.Status >= 300 {
		w.t.Fatalf("%s: status %d: %s", call, r.Status, r.Body)
	}
}
