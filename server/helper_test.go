package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/feed"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/balance"
	"github.com/handsel-dev/handsel/orchestrator/gateway/none"
	"github.com/handsel-dev/handsel/server"
)

const (
	ours   = int64(501)
	theirs = int64(502)
)

// world is a server on a real store with a gateway in memory.
type world struct {
	t       testing.TB
	store   *sqlstore.DB
	gateway *escrow
	cards   *cards
	engine  *orchestrator.Engine
	server  *server.Server
	ids     publicid.Codec
	log     *syncBuffer
	key     string // may do everything in our community
	other   string // the same in another community
	clock   *clock
}

type clock struct{ offset atomic.Int64 }

var epoch = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func (c *clock) now() time.Time { return epoch.Add(time.Duration(c.offset.Load())) }

func (c *clock) advance(by time.Duration) { c.offset.Add(int64(by)) }

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldWith(t, func(*server.Config) {})
}

// heads are the letterheads of a server without settings for e-mails.
type heads struct{ *sqlstore.DB }

func (h heads) Letterhead(ctx context.Context, community int64) (feed.Letterhead, error) {
	set, name, err := h.DB.Letterhead(ctx, community)
	return set.Or(feed.Letterhead{Marketplace: name, Language: "en"}), err
}

func (h heads) OwnLetterhead(ctx context.Context, community int64) (feed.Letterhead, error) {
	set, _, err := h.DB.Letterhead(ctx, community)
	return set, err
}

// scopes makes a key of our community that may do less.
func (w *world) scopes(s ...apikey.Scope) string {
	w.t.Helper()
	return w.addKey(ours, s...)
}

func newWorldWith(t testing.TB, change func(*server.Config)) *world {
	t.Helper()
	return newWorldOn(t, testdb.SQLite(t), change)
}

func newWorldOn(t testing.TB, databaseURL string, change func(*server.Config)) *world {
	t.Helper()
	w := &world{t: t, log: &syncBuffer{}, clock: &clock{}}
	var err error
	w.store, err = sqlstore.Open(context.Background(), databaseURL, sqlstore.Options{AdsRest: -1})
	w.must(err)
	t.Cleanup(func() { _ = w.store.Close() })
	w.gateway, w.cards = newEscrow(w.clock.now), newCards("stripe", w.clock.now)
	log := slog.New(slog.NewTextHandler(w.log, nil))
	var id atomic.Int64
	w.engine, err = orchestrator.New(orchestrator.Config{
		Store: w.store, Now: w.clock.now, Log: log, Policy: w.store.Fees,
		Gateways: []orchestrator.Gateway{none.Gateway{}, balance.Gateway{}, w.gateway, w.cards, newCards("paytrail", w.clock.now)},
		NewID:    func() string { return fmt.Sprintf("id-%030d", id.Add(1)) },
	})
	w.must(err)
	w.ids, err = publicid.New([]byte("a secret for tests of the server"))
	w.must(err)
	for _, community := range []int64{ours, theirs} {
		w.must(w.store.AddCommunity(context.Background(), community, "sample", someone))
	}
	w.key = w.addKey(ours, apikey.Read, apikey.Write, apikey.Operate)
	w.other = w.addKey(theirs, apikey.Read, apikey.Write, apikey.Operate)
	config := server.Config{
		Engine: w.engine, Keys: w.store, Profiles: w.store, Fees: w.store, Letterheads: heads{w.store}, StripePage: &server.StripePage{PublishableKey: "pk_test_page"}, Audit: w.store, IDs: w.ids, Log: log, Now: w.clock.now,
		NewID: func() string { return fmt.Sprintf("req_%d", id.Add(1)) },
	}
	change(&config)
	w.server, err = server.New(config)
	w.must(err)
	return w
}

// someone does what is privileged in these tests.
var someone = orchestrator.By{Actor: "operator:olga", Reason: "a test", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) addKey(community int64, scopes ...apikey.Scope) string {
	w.t.Helper()
	k, text := apikey.Generate(community, "test", apikey.Test, scopes, w.clock.now())
	w.must(w.store.AddKey(context.Background(), k, someone))
	return text
}

// syncBuffer is a log that several goroutines write.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// answer is what came back.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

// option changes a request before it is sent.
type option func(*http.Request)

func header(name, value string) option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func as(user string) option     { return header("Handsel-Actor", user) }
func staff(id string) option    { return header("Handsel-Operator", id) }
func withKey(key string) option { return header("Authorization", "Bearer "+key) }
func anonymous(r *http.Request) { r.Header.Del("Authorization") }
func once(value string) option  { return header("Idempotency-Key", value) }

// call makes a request with our key; body is JSON text, or a value to be encoded.
func (w *world) call(t testing.TB, method, path string, body any, options ...option) answer {
	t.Helper()
	text, ok := body.(string)
	if !ok && body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		text = string(encoded)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(text))
	r.Header.Set("Authorization", "Bearer "+w.key)
	if text != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, o := range options {
		o(r)
	}
	return serve(t, w.server.Handler(), r)
}

func serve(t testing.TB, h http.Handler, r *http.Request) answer {
	t.Helper()
	recorder := httptest.NewRecorder()
	var sent bytes.Buffer
	if r.Body != nil {
		r.Body = io.NopCloser(io.TeeReader(r.Body, &sent))
	}
	h.ServeHTTP(recorder, r)
	body, err := io.ReadAll(recorder.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{t, recorder.Code, recorder.Header(), string(body)}
	conforms(t, r, sent.Bytes(), a)
	record(t, r, sent.Bytes(), a)
	return a
}

// is checks the status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// refused checks that the answer is a whole problem detail with a status and a code.
func (a answer) refused(status int, code string) answer {
	a.t.Helper()
	var p map[string]any
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		a.t.Fatalf("status %d, no JSON: %s", a.status, a.body)
	}
	if a.status != status || p["code"] != code {
		a.t.Fatalf("status %d, code %v; want %d %s: %s", a.status, p["code"], status, code, a.body)
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		a.t.Errorf("Content-Type %q", got)
	}
	want := map[string]any{
		"type": "urn:handsel:problem:" + code, "status": float64(status),
		"title": http.StatusText(status), "request_id": a.header.Get("X-Request-Id"),
	}
	for name, value := range want {
		if p[name] != value {
			a.t.Errorf("%s is %v, want %v", name, p[name], value)
		}
	}
	if p["detail"] == "" || p["detail"] == nil {
		a.t.Error("detail is missing")
	}
	switch p["money_moved"] {
	case "no", "yes", "unknown":
	default:
		a.t.Errorf("money_moved is %v", p["money_moved"])
	}
	return a
}

// at returns the value at a dotted path as it is printed: "3", "true", "<nil>", "text".
func (a answer) at(path string) string {
	a.t.Helper()
	decoder := json.NewDecoder(strings.NewReader(a.body))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		a.t.Fatalf("no JSON: %s", a.body)
	}
	for name := range strings.SplitSeq(path, ".") {
		switch parent := v.(type) {
		case map[string]any:
			value, ok := parent[name]
			if !ok {
				return "absent"
			}
			v = value
		case []any:
			index, err := strconv.Atoi(name)
			if err != nil || index >= len(parent) {
				return "absent"
			}
			v = parent[index]
		default:
			return "absent"
		}
	}
	return fmt.Sprint(v)
}

// has checks values at dotted paths.
func (a answer) has(want map[string]string) answer {
	a.t.Helper()
	for path, value := range want {
		if got := a.at(path); got != value {
			a.t.Errorf("%s is %s, want %s in %s", path, got, value, a.body)
		}
	}
	return a
}

// transactions counts what a community has.
func (w *world) transactions(community int64) int {
	w.t.Helper()
	all, err := w.store.List(context.Background(), orchestrator.Filter{CommunityID: community, Limit: 100})
	w.must(err)
	return len(all)
}

// fund books euros into a user's balance.
func (w *world) fund(t testing.TB, user string, minor int64) {
	t.Helper()
	w.call(t, "POST", "/v1/balances/"+user+"/deposits", map[string]any{"amount": minor, "currency": "EUR"}, once("fund "+user+" "+strconv.FormatInt(minor, 10))).is(201)
}
