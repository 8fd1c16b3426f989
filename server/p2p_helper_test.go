package server_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/feed"
	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/usertoken"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server"
)

// The people of the exchange's tests.
const (
	ann      = "598b1f02-b6b5-4197-a399-c8537e45d768" // sells
	bob      = "a0f4b68d-90b9-4aaf-82e5-4c500f702fb1" // buys
	carl     = "0b4f6a5e-2f7e-4c6e-9d5b-8e3a1c2d4f60" // is a stranger
	olga     = "7f1d9e0c-5b2a-4d3f-8c6e-1a2b3c4d5e6f" // is an operator
	issuer   = "https://market.example.com"
	audience = "handsel"
)

// market is a world with the exchange's faces over an exchange in memory.
type market struct {
	*world
	trading *trading
	hub     *feed.Hub
	secret  []byte
	seen    *answers
}

// answers are all bodies of a run.
type answers struct {
	mu  sync.Mutex
	all []answer
}

func newExchange(t *testing.T) *market { return newExchangeWith(t, func(*server.Exchange) {}) }

func newExchangeWith(t *testing.T, change func(*server.Exchange)) *market {
	t.Helper()
	return newExchangeIn(t, func(c *server.Config) { change(c.Exchange) })
}

func newExchangeIn(t *testing.T, change func(*server.Config)) *market {
	t.Helper()
	m := &market{hub: feed.NewHub(), secret: []byte("a secret for tests of the exchange"), seen: &answers{}}
	m.world = newWorldWith(t, func(c *server.Config) {
		c.Exchange = m.exchange(t, c.Keys.(*sqlstore.DB), c.Now)
		change(c)
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := m.server.CloseSockets(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { m.leaksNothing(t) })
	return m
}

// exchange makes the parts of the exchange over the world's store.
func (m *market) exchange(t *testing.T, store *sqlstore.DB, now func() time.Time) *server.Exchange {
	t.Helper()
	box, err := secretbox.New(secretbox.Key{ID: "k1", Secret: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	ads, err := listings.NewAds(listings.AdsConfig{
		Store: store, Sealer: box, Now: now,
		OpenOrders: func(context.Context, int64, int64) (int, error) { return 0, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := usertoken.New(
		usertoken.Config{Community: ours, Secrets: [][]byte{m.secret}, Issuer: issuer, Audience: audience, Now: now},
		usertoken.Config{Community: theirs, Secrets: [][]byte{m.secret}, Issuer: issuer, Audience: audience, Now: now},
	)
	if err != nil {
		t.Fatal(err)
	}
	m.trading = &trading{
		ads: ads, replies: store, now: now, orders: map[int64]*exchange.Order{}, messages: map[int64][]orchestrator.Message{},
		names: map[string]string{}, banned: map[string]bool{}, blocked: map[string]bool{}, rated: map[int64]int{}, next: 100,
	}
	return &server.Exchange{
		Trading: m.trading, Ads: ads, Tokens: tokens, Feed: store, Hub: m.hub, Tickets: store, Replies: store, Community: ours,
	}
}

// token signs a token for a user of our community.
func (m *market) token(id string, life time.Duration) string {
	names := map[string]string{ann: "Ann Example", bob: "Bob Example", carl: "Carl Example", olga: "Olga Example"}
	return m.tokenNamed(id, names[id], life)
}

// tokenNamed signs a token with another name.
func (m *market) tokenNamed(id, name string, life time.Duration) string {
	u := usertoken.User{ID: id, Name: name, Community: ours, Operator: id == olga, Expires: m.clock.now().Add(life)}
	token, err := usertoken.Sign(m.secret, u, issuer, audience, m.clock.now())
	m.must(err)
	return token
}

func (m *market) by(id string) option {
	return header("Authorization", "Bearer "+m.token(id, time.Hour))
}

// ask makes a request as a user.
func (m *market) ask(t testing.TB, user, method, path string, body any, options ...option) answer {
	t.Helper()
	a := m.call(t, method, path, body, append([]option{m.by(user)}, options...)...)
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
func (m *market) leaksNothing(t *testing.T) {
	for _, a := range m.seen.all {
		for name := range memberNames(a.body) {
			if slices.Contains(leaked, name) {
				t.Errorf("%s is in %s", name, a.body)
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

// exactly checks the names of the object at a dotted path, "" for the whole answer.
func (a answer) exactly(path string, want ...string) answer {
	a.t.Helper()
	var v any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	for name := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '.' }) {
		switch parent := v.(type) {
		case map[string]any:
			v = parent[name]
		case []any:
			v = parent[number(a.t, name)]
		}
	}
	object, ok := v.(map[string]any)
	if !ok {
		a.t.Fatalf("%q is no object in %s", path, a.body)
	}
	got := slices.Sorted(maps.Keys(object))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		a.t.Errorf("%q has the names %v, want %v", path, got, want)
	}
	return a
}

// denied checks an error of the exchange's face: status, code, message, request id.
func (a answer) denied(status int, code string) answer {
	a.t.Helper()
	a.is(status).has(map[string]string{"code": code, "request_id": a.header.Get("X-Request-Id")})
	if message := a.at("message"); message == "" || message == "absent" {
		a.t.Errorf("no message in %s", a.body)
	}
	if kind := a.header.Get("Content-Type"); kind != "application/json" {
		a.t.Errorf("Content-Type %q", kind)
	}
	return a
}

// newAd posts an ad and returns its id.
func (m *market) newAd(t testing.TB, user, kind string) string {
	t.Helper()
	return m.ask(t, user, "POST", "/api/v1/p2p/ads", ad(kind)).is(200).at("id")
}

func ad(kind string) string {
	return `{"type":"` + kind + `","fiat_currency":"RUB","exchange_rate":100,"min_amount":100000,"max_amount":5000000,
		"payment_methods":["card","bank_transfer"],"payment_details":{"card_number":"2200000000000004"},
		"instructions":"Please include order ID in the transfer comment."}`
}

// newOrder takes an ad and returns the order's id.
func (m *market) newOrder(t testing.TB, user, ad string) string {
	t.Helper()
	return m.ask(t, user, "POST", "/api/v1/p2p/orders", `{"ad_id":`+ad+`,"usdt_amount":500000,"payment_method":"card"}`).is(200).at("id")
}

func number(t testing.TB, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
