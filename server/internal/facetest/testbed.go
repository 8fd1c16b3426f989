// Package facetest is what the tests of the faces share: a server on a real store with
// gateways in memory, the exchange over it, and answers that are held against the
// description and can be recorded.
package facetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/balance"
	"github.com/handsel-dev/handsel/orchestrator/gateway/none"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/paypage"
	"github.com/handsel-dev/handsel/server/web"
)

const (
	Ours   = int64(501)
	Theirs = int64(502)
)

// Testbed is a server on a real store with a gateway in memory.
type Testbed struct {
	t       testing.TB
	Store   *sqlstore.DB
	Gateway *escrow
	cards   *cards
	Engine  *orchestrator.Engine
	engine  orchestrator.Config
	Server  *server.Server
	Ids     publicid.Codec
	Log     *syncBuffer
	Key     string // may do everything in our community
	Other   string // the same in another community
	Clock   *clock
	Door    *console.Door // of the console
}

type clock struct{ offset atomic.Int64 }

var Epoch = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func (c *clock) Now() time.Time { return Epoch.Add(time.Duration(c.offset.Load())) }

func (c *clock) Advance(by time.Duration) { c.offset.Add(int64(by)) }

func NewTestbed(t testing.TB) *Testbed {
	t.Helper()
	return NewTestbedWith(t, func(*server.Config) {})
}

// heads are the letterheads of a server without settings for e-mails.
type heads struct{ *sqlstore.DB }

func (h heads) Letterhead(ctx context.Context, community int64) (notices.Letterhead, error) {
	set, name, err := h.DB.Letterhead(ctx, community)
	return set.Or(notices.Letterhead{Marketplace: name, Language: "en"}), err
}

func (h heads) OwnLetterhead(ctx context.Context, community int64) (notices.Letterhead, error) {
	set, _, err := h.DB.Letterhead(ctx, community)
	return set, err
}

// Scopes makes a key of our community that may do less.
func (w *Testbed) Scopes(s ...apikey.Scope) string {
	w.t.Helper()
	return w.AddKey(Ours, s...)
}

func NewTestbedWith(t testing.TB, change func(*server.Config)) *Testbed {
	t.Helper()
	return NewTestbedOn(t, testdb.SQLite(t), change)
}

func NewTestbedOn(t testing.TB, databaseURL string, change func(*server.Config)) *Testbed {
	t.Helper()
	w := &Testbed{t: t, Log: &syncBuffer{}, Clock: &clock{}}
	var err error
	w.Store, err = sqlstore.Open(context.Background(), databaseURL, sqlstore.Options{AdsRest: -1})
	w.Must(err)
	t.Cleanup(func() { _ = w.Store.Close() })
	w.Gateway, w.cards = newEscrow(w.Clock.Now), newCards("stripe", w.Clock.Now)
	log := slog.New(slog.NewTextHandler(w.Log, nil))
	_, assets, err := money.ParseAssets("USDT:6,BTC:8,ETH:18")
	w.Must(err)
	var id atomic.Int64
	w.engine = orchestrator.Config{
		Store: w.Store.ForEngine(), Now: w.Clock.Now, RealNow: time.Now, Log: log, Terms: w.Store.DealTerms, Assets: assets,
		Kinds:    app.Kinds(),
		Gateways: []orchestrator.Gateway{none.Gateway{}, balance.Gateway{}, w.Gateway, w.cards, newCards("paytrail", w.Clock.Now)},
		NewID:    func() string { return fmt.Sprintf("id-%030d", id.Add(1)) },
	}
	w.Engine = w.EngineWith()
	w.Ids, err = publicid.New([]byte("a secret for tests of the server"))
	w.Must(err)
	for _, community := range []int64{Ours, Theirs} {
		w.Must(w.Store.AddCommunity(context.Background(), community, "sample", Someone))
	}
	w.Key = w.AddKey(Ours, apikey.Read, apikey.Write, apikey.Operate)
	w.Other = w.AddKey(Theirs, apikey.Read, apikey.Write, apikey.Operate)
	config := server.Config{
		Engine: w.Engine, Keys: w.Store, Replies: w.Store, Profiles: w.Store, Books: w.Store, Sums: w.Store, Finder: w.Store, People: w.Store, KeyDesk: w.Store, MailLog: w.Store, Timeline: w.Store, Arrivals: w.Store, Jobs: noJobs{}, Late: w.Store, Approvals: w.Store, Holds: w.Store, Terms: w.Store, Letterheads: heads{w.Store}, Origins: w.Store.Pages, Templates: w.Store, MailStops: w.Desk(), StripePage: &paypage.Config{PublishableKey: "pk_test_page"}, Audit: w.Store, IDs: w.Ids, Log: log, Now: w.Clock.Now,
		NewID: func() string { return fmt.Sprintf("req_%d", id.Add(1)) },
	}
	config.Console = &console.Door{Stays: w.Store.Stays, Passes: pass.Book[console.SignIn]{Tickets: w.Store.Tickets, Random: rand.Reader}, Accounts: w.Store.LocalAccounts, Auditor: w.Store, Origin: "https://pay.example.com", Now: w.Clock.Now}
	w.Door = config.Console
	change(&config)
	w.Server, err = server.New(config)
	w.Must(err)
	return w
}

// noJobs is a server without automatic work.
type noJobs struct{}

func (noJobs) Standings() []due.Standing { return nil }
func (noJobs) Hurry(string) bool         { return false }

// EngineWith is an engine over the same store that has further gateways.
func (w *Testbed) EngineWith(more ...orchestrator.Gateway) *orchestrator.Engine {
	c := w.engine
	c.Gateways = append(slices.Clone(c.Gateways), more...)
	e, err := orchestrator.New(c)
	w.Must(err)
	return e
}

// Desk answers the links that stop e-mails.
func (w *Testbed) Desk() notices.StopDesk {
	return notices.StopDesk{Links: notices.StopLinks{Origin: "https://pay.example.com", Key: "a secret for tests of the server"}, Store: w.Store, Heads: heads{w.Store}, Now: w.Clock.Now}
}

// Someone does what is privileged in these tests.
var Someone = orchestrator.By{Actor: "operator:olga", Reason: "a test", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}

func (w *Testbed) Must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *Testbed) AddKey(community int64, scopes ...apikey.Scope) string {
	w.t.Helper()
	k, text := apikey.Generate(community, "test", apikey.Test, scopes, w.Clock.Now())
	w.Must(w.Store.AddKey(context.Background(), k, Someone))
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

// Answer is what came back.
type Answer struct {
	T      testing.TB
	Status int
	Header http.Header
	Body   string
}

// Option changes a request before it is sent.
type Option func(*http.Request)

func Header(name, value string) Option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func As(user string) Option     { return Header("Handsel-Actor", user) }
func Staff(id string) Option    { return Header("Handsel-Operator", id) }
func WithKey(key string) Option { return Header("Authorization", "Bearer "+key) }
func Anonymous(r *http.Request) { r.Header.Del("Authorization") }
func Once(value string) Option  { return Header("Idempotency-Key", value) }

// Call makes a request with our key; body is JSON text, or a value to be encoded.
func (w *Testbed) Call(t testing.TB, method, path string, body any, options ...Option) Answer {
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
	r.Header.Set("Authorization", "Bearer "+w.Key)
	if text != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, o := range options {
		o(r)
	}
	return Serve(t, w.Server.Handler(), r)
}

func Serve(t testing.TB, h http.Handler, r *http.Request) Answer {
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
	a := Answer{t, recorder.Code, recorder.Header(), string(body)}
	conforms(t, r, sent.Bytes(), a)
	record(t, r, sent.Bytes(), a)
	return a
}

// Is checks the status.
func (a Answer) Is(status int) Answer {
	a.T.Helper()
	if a.Status != status {
		a.T.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	return a
}

// Refused checks that the answer is a whole problem detail with a status and a code.
func (a Answer) Refused(status int, code string) Answer {
	a.T.Helper()
	var p Object
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil {
		a.T.Fatalf("status %d, no JSON: %s", a.Status, a.Body)
	}
	if a.Status != status || p["code"] != code {
		a.T.Fatalf("status %d, code %v; want %d %s: %s", a.Status, p["code"], status, code, a.Body)
	}
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		a.T.Errorf("Content-Type %q", got)
	}
	want := Object{
		"type": web.ErrorPages + "/" + code, "status": float64(status),
		"title": http.StatusText(status), "request_id": a.Header.Get("X-Request-Id"),
	}
	for name, value := range want {
		if p[name] != value {
			a.T.Errorf("%s is %v, want %v", name, p[name], value)
		}
	}
	if p["detail"] == "" || p["detail"] == nil {
		a.T.Error("detail is missing")
	}
	switch p["money_moved"] {
	case "no", "yes", "unknown":
	default:
		a.T.Errorf("money_moved is %v", p["money_moved"])
	}
	return a
}

// At returns the value at a dotted path as it is printed: "3", "true", "<nil>", "text".
func (a Answer) At(path string) string {
	a.T.Helper()
	decoder := json.NewDecoder(strings.NewReader(a.Body))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		a.T.Fatalf("no JSON: %s", a.Body)
	}
	for name := range strings.SplitSeq(path, ".") {
		switch parent := v.(type) {
		case Object:
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

// Has checks values at dotted paths.
func (a Answer) Has(want map[string]string) Answer {
	a.T.Helper()
	for path, value := range want {
		if got := a.At(path); got != value {
			a.T.Errorf("%s is %s, want %s in %s", path, got, value, a.Body)
		}
	}
	return a
}

// Transactions counts what a community has.
func (w *Testbed) Transactions(community int64) int {
	w.t.Helper()
	all, err := w.Store.List(context.Background(), orchestrator.Filter{CommunityID: community, Limit: 100})
	w.Must(err)
	return len(all)
}

// Fund books euros into a user's balance.
func (w *Testbed) Fund(t testing.TB, user string, minor int64) {
	t.Helper()
	w.Call(t, "POST", "/v1/balances/"+user+"/deposits", Object{"amount": minor, "currency": "EUR"}, Once("fund "+user+" "+strconv.FormatInt(minor, 10))).Is(201)
}
