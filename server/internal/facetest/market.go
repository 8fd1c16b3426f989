package facetest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/usertoken"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	deposits "github.com/handsel-dev/handsel/orchestrator/process/balance"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/trade"
)

// The people of the exchange's tests.
const (
	Ann      = "598b1f02-b6b5-4197-a399-c8537e45d768" // sells
	Bob      = "a0f4b68d-90b9-4aaf-82e5-4c500f702fb1" // buys
	Carl     = "0b4f6a5e-2f7e-4c6e-9d5b-8e3a1c2d4f60" // is a stranger
	Olga     = "7f1d9e0c-5b2a-4d3f-8c6e-1a2b3c4d5e6f" // is an operator
	issuer   = "https://market.example.com"
	audience = "handsel"
)

// Market is a testbed with the exchange and its faces. Ann and Bob have a balance.
type Market struct {
	*Testbed
	Exchange *exchange.Service
	Hub      *notices.Hub
	stores   *watched
	secret   []byte
	seen     *answers
}

// answers are all bodies of a run.
type answers struct {
	mu  sync.Mutex
	all []Answer
}

func NewExchange(t *testing.T) *Market { return NewExchangeWith(t, func(*trade.Exchange) {}) }

func NewExchangeWith(t *testing.T, change func(*trade.Exchange)) *Market {
	t.Helper()
	return NewExchangeIn(t, func(c *server.Config) { change(c.Exchange) })
}

func NewExchangeIn(t *testing.T, change func(*server.Config)) *Market {
	t.Helper()
	return NewExchangeOn(t, testdb.SQLite(t), change)
}

func NewExchangeOn(t *testing.T, databaseURL string, change func(*server.Config)) *Market {
	t.Helper()
	m := &Market{Hub: notices.NewHub(), secret: []byte("a secret for tests of the exchange"), seen: &answers{}}
	m.Testbed = NewTestbedOn(t, databaseURL, func(c *server.Config) { m.open(t, c, change) })
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := m.Server.CloseSockets(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { m.leaksNothing(t) })
	for _, user := range []string{Ann, Bob} {
		m.payIn(user)
	}
	return m
}

// open makes the exchange over the testbed's store, as the changed settings say.
func (m *Market) open(t *testing.T, c *server.Config, change func(*server.Config)) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	store := c.Keys.(*sqlstore.DB)
	box, err := secretbox.New(secretbox.Key{ID: "k1", Secret: [32]byte{1}})
	must(err)
	ads, err := listings.NewAds(listings.AdsConfig{Store: store, Sealer: box, OpenOrders: store.OpenOrders, Now: c.Now})
	must(err)
	talk, err := conversations.New(conversations.Config{Engine: c.Engine, Store: store.ForConversations(), NewID: rand.Text, Now: c.Now})
	must(err)
	tokens, err := usertoken.New(
		usertoken.Config{Community: Ours, Secrets: [][]byte{m.secret}, Issuer: issuer, Audience: audience, Now: c.Now},
		usertoken.Config{Community: Theirs, Secrets: [][]byte{m.secret}, Issuer: issuer, Audience: audience, Now: c.Now},
	)
	must(err)
	c.Exchange = &trade.Exchange{
		Ads: ads, Tokens: tokens, Feed: store, Hub: m.Hub, Tickets: store, Replies: store, Evidence: talk, Community: Ours,
	}
	change(c)
	rules := exchange.DefaultRules()
	rules.NewcomerWait = 0 // these people have never traded before
	m.stores = watch(store)
	stores := store.ForExchange()
	stores.RuleBook = m.stores
	m.Exchange, err = exchange.New(exchange.Config{
		Engine: c.Engine, Books: m.stores, Ads: ads, Store: stores, Conversations: talk, Sealer: box, Defaults: rules,
		Listed: c.Exchange.Listed, Assets: c.Assets, ReleaseEarly: c.Exchange.ReleaseEarly,
	})
	must(err)
	c.Exchange.Trading = m.Exchange
}

// Before lets something happen at each call of a store of the exchange, before it is
// carried out; an error fails the call.
func (m *Market) Before(call string, do func() error) { m.stores.set(call, do) }

// Failing lets a call of a store of the exchange fail; nil lets it succeed again.
func (m *Market) Failing(call string, err error) { m.Before(call, func() error { return err }) }

// payIn introduces a user, with 100,000 rubles.
func (m *Market) payIn(user string) {
	m.t.Helper()
	ctx := context.Background()
	m.Must(m.Exchange.Seen(ctx, exchange.User{Community: Ours, ID: user, Name: "X"}))
	_, err := m.Engine.Create(ctx, orchestrator.CreateInput{
		CommunityID: Ours, Process: deposits.DepositName, Gateway: "balance", Actor: process.Actor{Kind: process.Staff, ID: Olga},
		Starter: user, Author: user, Title: "deposit", UnitPrice: money.New(10_000_000, "RUB"), Input: map[string]string{"reason": "paid in"},
	})
	m.Must(err)
}

// Token signs a token for a user of our community.
func (m *Market) Token(id string, life time.Duration) string {
	names := map[string]string{Ann: "Ann Example", Bob: "Bob Example", Carl: "Carl Example", Olga: "Olga Example"}
	return m.TokenNamed(id, names[id], life)
}

// TokenNamed signs a token with another name.
func (m *Market) TokenNamed(id, name string, life time.Duration) string {
	u := usertoken.User{ID: id, Name: name, Community: Ours, Operator: id == Olga, Expires: m.Clock.Now().Add(life)}
	token, err := usertoken.Sign(m.secret, u, issuer, audience, m.Clock.Now())
	m.Must(err)
	return token
}

// NewUser is the id of somebody who was not there before.
func NewUser() string { return uuid.NewString() }

func (m *Market) By(id string) Option {
	return Header("Authorization", "Bearer "+m.Token(id, time.Hour))
}

// Ask makes a request as a user.
func (m *Market) Ask(t testing.TB, user, method, path string, body any, options ...Option) Answer {
	t.Helper()
	a := m.Call(t, method, path, body, append([]Option{m.By(user)}, options...)...)
	m.seen.mu.Lock()
	defer m.seen.mu.Unlock()
	m.seen.all = append(m.seen.all, a)
	return a
}

// leaked are the names that the customer's document prints of a user and that must
// never be in an answer.
var leaked = []string{
	"password", "last_login", "email", "phone_number", "google_id", "facebook_id", "is_staff", "is_superuser", "is_active",
	"two_factor_enabled", "two_factor_type", "groups", "user_permissions", "transaction_id",
}

// leaksNothing looks for leaked names in every answer of the run (contract of the
// faces, invariant 18).
func (m *Market) leaksNothing(t *testing.T) {
	for _, a := range m.seen.all {
		for name := range memberNames(a.Body) {
			if slices.Contains(leaked, name) {
				t.Errorf("%s is in %s", name, a.Body)
			}
		}
	}
}

// memberNames are the names of a JSON text, wherever they are.
func memberNames(body string) map[string]bool {
	names := map[string]bool{}
	d := jsontext.NewDecoder(strings.NewReader(body))
	for {
		token, err := d.ReadToken()
		if err != nil {
			return names
		}
		if parent, n := d.StackIndex(d.StackDepth()); parent == '{' && n%2 == 1 && token.Kind() == '"' {
			names[token.String()] = true
		}
	}
}

// Exactly checks the names of the object at a dotted path, "" for the whole answer.
func (a Answer) Exactly(path string, want ...string) Answer {
	a.T.Helper()
	var v any
	if err := json.Unmarshal([]byte(a.Body), &v); err != nil {
		a.T.Fatalf("%v: %s", err, a.Body)
	}
	for name := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' }) {
		switch parent := v.(type) {
		case Object:
			v = parent[name]
		case []any:
			v = parent[Number(a.T, name)]
		}
	}
	object, ok := v.(Object)
	if !ok {
		a.T.Fatalf("%q is not an object in %s", path, a.Body)
	}
	got := slices.Sorted(maps.Keys(object))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		a.T.Errorf("%q has the names %v, want %v", path, got, want)
	}
	return a
}

// Denied checks an error of the exchange's face: status, code, message, request id.
func (a Answer) Denied(status int, code string) Answer {
	a.T.Helper()
	a.Is(status).Has(map[string]string{"code": code, "request_id": a.Header.Get("X-Request-Id")})
	if message := a.At("message"); message == "" || message == "absent" {
		a.T.Errorf("no message in %s", a.Body)
	}
	if kind := a.Header.Get("Content-Type"); kind != "application/json" {
		a.T.Errorf("Content-Type %q", kind)
	}
	return a
}

// NewAd posts an ad and returns its id.
func (m *Market) NewAd(t testing.TB, user, kind string) string {
	t.Helper()
	return m.Ask(t, user, "POST", "/api/v1/p2p/ads", Ad(kind)).Is(200).At("id")
}

func Ad(kind string) string {
	return `{"type":"` + kind + `","fiat_currency":"RUB","exchange_rate":100,"min_amount":100000,"max_amount":5000000,
		"payment_methods":["card","bank_transfer"],"payment_details":{"card_number":"2200000000000004"},
		"instructions":"Please include order ID in the transfer comment."}`
}

// NewOrder takes an ad and returns the order's id.
func (m *Market) NewOrder(t testing.TB, user, ad string) string {
	t.Helper()
	return m.Ask(t, user, "POST", "/api/v1/p2p/orders", `{"ad_id":`+ad+`,"usdt_amount":500000,"payment_method":"card"}`).Is(200).At("id")
}

// Ban lets an operator ban a user.
func (m *Market) Ban(t testing.TB, user string) {
	t.Helper()
	m.Ask(t, Olga, "POST", ExchangePath+"operator/users/"+user+"/ban", `{"reason":"fraud"}`).Is(200)
}

// Step takes a step with an order.
func (m *Market) Step(t testing.TB, user, order, step, body string) Answer {
	t.Helper()
	return m.Ask(t, user, "POST", ExchangePath+"orders/"+order+"/"+step, body)
}

// Complete brings an order of Bob's with Ann to its end, and the buyer rates the seller.
func (m *Market) Complete(t testing.TB, order string, stars int) {
	t.Helper()
	m.Step(t, Bob, order, "confirm-paid", "").Is(200)
	m.Step(t, Ann, order, "confirm-received", "").Is(200)
	m.Step(t, Bob, order, "rate", `{"rating":`+strconv.Itoa(stars)+`}`).Is(200)
}

// Rated makes Ann somebody who sold to Bob twice, rated 5 and 4.
func (m *Market) Rated(t testing.TB) {
	t.Helper()
	ad := m.NewAd(t, Ann, "sell")
	for _, stars := range []int{5, 4} {
		m.Complete(t, m.NewOrder(t, Bob, ad), stars)
	}
	m.Ask(t, Ann, "DELETE", ExchangePath+"ads/"+ad, nil).Is(204)
}

func Number(t testing.TB, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
