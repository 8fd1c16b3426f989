package exchange_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

const community = app.SampleCommunity

// market is an exchange in a testbed of its own.
type market struct {
	*exchange.Service
	t   testing.TB
	w   *testkit.Testbed
	ads *listings.Ads
}

// newMarket opens an exchange. Nothing happens by itself when its clock is moved by
// w.Sandbox; w.Advance lets everything due happen.
func newMarket(t testing.TB, url string, change ...func(*exchange.Config)) *market {
	t.Helper()
	m := &market{t: t, w: testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true})}
	m.open(m.w.Store, change...)
	return m
}

// open builds the services on an ad store.
func (m *market) open(ads listings.AdStore, change ...func(*exchange.Config)) {
	m.t.Helper()
	box, err := secretbox.New(secretbox.Key{ID: "test"})
	must(m.t, err)
	m.ads, err = listings.NewAds(listings.AdsConfig{Store: ads, Sealer: box, OpenOrders: m.w.Store.OpenOrders, Now: m.w.Sandbox.Now})
	must(m.t, err)
	talk, err := conversations.New(conversations.Config{
		Engine: m.w.Engine, Store: m.w.Store.ForConversations(), NewID: func() string { return "file" }, Now: m.w.Sandbox.Now,
	})
	must(m.t, err)
	// Most tests trade with people who have never traded before.
	rules := exchange.DefaultRules()
	rules.NewcomerWait = 0
	c := exchange.Config{Engine: m.w.Engine, Books: m.w.Store, Ads: m.ads, Store: m.w.Store.ForExchange(), Conversations: talk, Sealer: box, Defaults: rules}
	for _, f := range change {
		f(&c)
	}
	m.Service, err = exchange.New(c)
	must(m.t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func refused(t testing.TB, what string, err error, reason fault.Reason) {
	t.Helper()
	if err == nil || fault.ReasonOf(err) != reason {
		t.Errorf("%s: %v, want %s", what, err, reason)
	}
}

func user(id string) exchange.User {
	return exchange.User{Community: community, ID: id, Name: strings.ToUpper(id[:1]) + id[1:]}
}

func operator(id string) exchange.User {
	u := user(id)
	u.Operator = true
	return u
}

// seen introduces users.
func (m *market) seen(ids ...string) {
	m.t.Helper()
	for _, id := range ids {
		must(m.t, m.Seen(m.t.Context(), user(id)))
	}
}

// fund books a deposit into a user's balance.
func (m *market) fund(id string, minor int64) {
	m.t.Helper()
	m.seen(id)
	_, err := m.w.Engine.Create(m.t.Context(), orchestrator.CreateInput{
		CommunityID: community, Process: "deposit", Gateway: "balance", Actor: process.Actor{Kind: process.Staff, ID: "olga"},
		Starter: id, Author: id, Title: "deposit", UnitPrice: money.New(minor, "RUB"), Input: map[string]string{"reason": "paid in"},
	})
	must(m.t, err)
}

// card is how somebody is paid.
func card(t testing.TB) listings.Details {
	t.Helper()
	d, err := listings.ParseDetails([]byte(`{"card_number":"2200000000000004"}`))
	must(t, err)
	return d
}

// terms are those of an ad for 1,000 to 5,000 units of 10,000 altogether.
func terms(side listings.AdType) listings.AdTerms {
	return listings.AdTerms{
		Type: side, Asset: "RUB", Fiat: "RUB", Rate: 100, Min: 1000, Max: 5000, Total: 10_000,
		Methods: []string{"card", "sbp"}, Instructions: "Name the order", PayMinutes: 30,
	}
}

func (m *market) ad(owner string, t listings.AdTerms) listings.Ad {
	m.t.Helper()
	m.seen(owner)
	if t.Type == listings.Sell {
		t.Details = card(m.t)
	}
	a, err := m.ads.Create(m.t.Context(), community, owner, t)
	must(m.t, err)
	return a
}

func (m *market) left(ad int64) int64 {
	m.t.Helper()
	a, err := m.ads.Get(m.t.Context(), community, ad)
	must(m.t, err)
	return a.Available
}

// take takes an amount of an ad.
func (m *market) take(who string, ad, amount int64) (exchange.Order, error) {
	o, _, err := m.Take(m.t.Context(), user(who), exchange.Take{AdID: ad, Amount: amount, Method: "card"}, exchange.Request{})
	return o, err
}

func (m *market) mustTake(who string, ad, amount int64) exchange.Order {
	m.t.Helper()
	o, err := m.take(who, ad, amount)
	must(m.t, err)
	return o
}

// steps of a party, by name.
func (m *market) step(name, who string, id int64) (exchange.Order, error) {
	ctx, u, r := m.t.Context(), user(who), exchange.Request{}
	var o exchange.Order
	var err error
	switch name {
	case "paid":
		o, _, err = m.ConfirmPaid(ctx, u, id, r)
	case "received":
		o, _, err = m.ConfirmReceived(ctx, u, id, r)
	case "cancel":
		o, _, err = m.Cancel(ctx, u, id, false, r)
	case "not paid":
		o, _, err = m.Cancel(ctx, u, id, true, r)
	case "operator":
		o, _, err = m.CallOperator(ctx, u, id, "where is it?", r)
	case "appeal":
		o, _, err = m.Appeal(ctx, u, id, "I have paid", r)
	default:
		err = fmt.Errorf("there is no step %q", name)
	}
	return o, err
}

func (m *market) mustStep(name, who string, id int64) exchange.Order {
	m.t.Helper()
	o, err := m.step(name, who, id)
	if err != nil {
		m.t.Fatalf("%s by %s: %v", name, who, err)
	}
	return o
}

// has checks what a user has.
func (m *market) has(who string, available, frozen int64) {
	m.t.Helper()
	a, f, err := m.Balance(m.t.Context(), user(who), "")
	if err != nil || a != available || f != frozen {
		m.t.Errorf("%s has %d and %d frozen, want %d and %d (%v)", who, a, f, available, frozen, err)
	}
}

// later moves the clock and lets nothing happen by itself.
func (m *market) later(d time.Duration) {
	m.t.Helper()
	must(m.t, m.w.Sandbox.Advance(d))
}

// fire lets everything happen that is due.
func (m *market) fire() {
	m.t.Helper()
	for {
		n, err := m.w.Engine.FireDue(m.t.Context())
		must(m.t, err)
		if n == 0 {
			return
		}
	}
}

// atOnce runs do n times at the same moment and collects the results.
func atOnce(n int, do func(i int) error) []error {
	results := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			results[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	return results
}

// key is a request under an idempotency key, answered with the order's id and status.
func key(value, hash string) exchange.Request {
	return exchange.Request{
		ID: "req", Key: &orchestrator.Key{Key: idempotency.Key{Scope: "test", Value: value, Hash: hash}},
		Render: func(o exchange.Order) (int, []byte) { return 200, fmt.Appendf(nil, "%d %s", o.ID, o.Status) },
	}
}
