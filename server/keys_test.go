package server_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/none"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/web"
)

// play is a request that can be carried out once, to something that was made for it.
type play struct {
	path  string
	body  any
	other any               // another body that the route takes; default: one that it does not
	as    []facetest.Option // who asks; default: the key
}

// stage is where plays are prepared.
type stage struct {
	*testing.T
	*bazaar
	key      string // of the community
	receiver string // answers webhooks
	made     int    // names what is made
	sells    string // an ad
	db       *sql.DB
}

// edit changes rows past the store.
func (s *stage) edit(query string, args ...any) {
	s.Helper()
	if _, err := s.db.ExecContext(s.Context(), query, args...); err != nil {
		s.Fatalf("%s: %v", query, err)
	}
}

// do makes a request that succeeds.
func (s *stage) do(method, path string, body any, as ...facetest.Option) facetest.Answer {
	s.Helper()
	s.made++
	a := s.Call(s.T, method, path, body, append([]facetest.Option{facetest.WithKey(s.key), facetest.Once(fmt.Sprintf("made %d", s.made))}, as...)...)
	if a.Status >= 300 {
		s.Fatalf("%s %s: %d %s", method, path, a.Status, a.Body)
	}
	return a
}

// send makes the request of a play under a key.
func (s *stage) send(r web.Route, p play, body any, key string) facetest.Answer {
	return s.Call(s.T, r.Method, p.path, body, append(append([]facetest.Option{facetest.WithKey(s.key)}, p.as...), facetest.Once(key))...)
}

// quick is send without a look at the description, for many at the same moment.
func (s *stage) quick(r web.Route, p play, key string) facetest.Answer {
	text, ok := p.body.(string)
	if !ok && p.body != nil {
		encoded, err := json.Marshal(p.body)
		s.Must(err)
		text = string(encoded)
	}
	request := httptest.NewRequestWithContext(s.Context(), r.Method, p.path, strings.NewReader(text))
	for _, o := range append(append([]facetest.Option{facetest.WithKey(s.key), facetest.Header("Content-Type", "application/json")}, p.as...), facetest.Once(key)) {
		o(request)
	}
	answer := httptest.NewRecorder()
	s.Server.Handler().ServeHTTP(answer, request)
	return facetest.Answer{T: s.T, Status: answer.Code, Header: answer.Header(), Body: answer.Body.String()}
}

// outside counts what others were asked to do. As a gateway it takes payments, and pays no sellers.
type outside struct {
	none.Gateway
	asked atomic.Int64

	mu       sync.Mutex
	payments map[string]map[process.Fact]time.Time
}

func (o *outside) CanReceive(context.Context, int64, string) (bool, error) { return true, nil }

// KeepsStates: it tells no sums.
func (*outside) KeepsStates() {}

func (o *outside) Perform(_ context.Context, op orchestrator.Operation) orchestrator.Outcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	id := cmp.Or(op.Transaction.PaymentID, op.Reference())
	if o.payments[id] == nil {
		o.payments[id] = map[process.Fact]time.Time{}
	}
	o.payments[id][map[process.Verb]process.Fact{process.Authorize: process.FactAuthorized, process.Capture: process.FactCaptured}[op.Verb]] = facetest.Epoch
	return orchestrator.Outcome{Status: process.Succeeded, Snapshot: o.snapshot(id)}
}

func (o *outside) Lookup(_ context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.snapshot(cmp.Or(ref.PaymentID, ref.Reference)), nil
}

func (o *outside) snapshot(id string) orchestrator.Snapshot {
	facts := o.payments[id]
	return orchestrator.Snapshot{PaymentID: id, Payment: process.Payment{Found: facts != nil, Facts: maps.Clone(facts)}}
}

func (*outside) Name() string { return "braintree" }

func (o *outside) Prepare(context.Context, orchestrator.Preparation) (orchestrator.Prepared, error) {
	return orchestrator.Prepared{ClientToken: fmt.Sprintf("token %d", o.asked.Add(1))}, nil
}

func (o *outside) Onboard(context.Context, int64, string, orchestrator.Return) (orchestrator.OnboardingLink, error) {
	return orchestrator.OnboardingLink{URL: fmt.Sprintf("https://gateway.example.com/%d", o.asked.Add(1))}, nil
}

func (*outside) KnowsAccount(context.Context, int64, string, string) (bool, error) { return true, nil }

// books are the rows of a database, but for those of keys and of what numbers them.
type books struct {
	db     *sql.DB
	tables []string
	*outside
}

var notCounted = []string{"replies", "lanes", "id_blocks", "goose_db_version", "sqlite_sequence", "sqlite_stat1"}

func openBooks(t *testing.T, url string, o *outside) *books {
	t.Helper()
	driver, address, list := "postgres", url, `select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'`
	if !strings.HasPrefix(url, "postgres") {
		driver, address, list = "sqlite", "file:"+url+"?_pragma=busy_timeout(10000)", `select name from sqlite_master where type = 'table'`
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b := &books{db: db, outside: o}
	rows, err := db.QueryContext(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(notCounted, name) {
			b.tables = append(b.tables, name)
		}
	}
	if len(b.tables) < 20 {
		t.Fatalf("only %d tables are counted: %v", len(b.tables), b.tables)
	}
	return b
}

// counts is how many rows each table has, and what others were asked.
type counts map[string]int

func (b *books) counts(t *testing.T) counts {
	t.Helper()
	c := counts{"asked outside": int(b.asked.Load())}
	parts := make([]string, len(b.tables))
	for i, table := range b.tables {
		parts[i] = `select '` + table + `', count(*) from ` + table
	}
	found, err := b.db.QueryContext(t.Context(), strings.Join(parts, " union all "))
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var table string
		var n int
		if err := found.Scan(&table, &n); err != nil {
			t.Fatal(err)
		}
		c[table] = n
	}
	return c
}

// state is all that there is, by table.
type state map[string]string

func (b *books) state(t *testing.T) state {
	t.Helper()
	s := state{"asked outside": fmt.Sprint(b.asked.Load())}
	for _, table := range b.tables {
		rows := b.all(t, table)
		slices.Sort(rows)
		s[table] = strings.Join(rows, "\n")
	}
	return s
}

func (b *books) all(t *testing.T, table string) []string {
	t.Helper()
	found, err := b.db.QueryContext(t.Context(), `select * from `+table)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	names, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for found.Next() {
		values, at := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			at[i] = &values[i]
		}
		if err := found.Scan(at...); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%q", values))
	}
	return all
}

// since is how many rows were added to each table, and what others were asked.
func (c counts) since(before counts) counts {
	added := counts{}
	for name, n := range c {
		if d := n - before[name]; d != 0 {
			added[name] = d
		}
	}
	return added
}

// P5, I-10: on every route that changes something, one key does one thing, and its repeats get
// the same answer. A route that is keyed and not played fails the test.
func TestP5_everyKeyedRoute(t *testing.T) {
	t.Parallel()
	eachURL(t, func(t *testing.T, url string) {
		s := newStage(t, url)
		all, played := plays(), 0
		for _, r := range s.Server.Routes() {
			line := r.Method + " " + r.Path
			if r.Keying == "" || elsewhere[line] != "" {
				continue
			}
			prepare := all[line]
			if prepare == nil {
				t.Errorf("%s takes a key and is not played", line)
				continue
			}
			played++
			delete(all, line)
			s.oneKey(t, r, prepare)
		}
		for line := range all {
			t.Errorf("there is no keyed route %s", line)
		}
		if played < 60 {
			t.Errorf("%d routes were played: this test tests nothing", played)
		}
	})
}

type arena struct {
	*stage
	books *books
}

func newStage(t *testing.T, url string) *arena {
	t.Helper()
	return newStageWith(t, url, func(*server.Config) {})
}

func newStageWith(t *testing.T, url string, change func(*server.Config)) *arena {
	t.Helper()
	o := &outside{payments: map[string]map[process.Fact]time.Time{}}
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { o.asked.Add(1) }))
	t.Cleanup(receiver.Close)
	var config server.Config
	b := newBazaarWith(t, url, func(c *server.Config) {
		facetest.KeepAll(t, c)
		c.Webhooks.Random = rand.Reader
		change(c)
		config = *c
	})
	config.Engine = b.EngineWith(o)
	var err error
	if b.Server, err = server.New(config); err != nil {
		t.Fatal(err)
	}
	all := openBooks(t, url, o)
	return &arena{&stage{T: t, bazaar: b, key: b.Key, receiver: receiver.URL, db: all.db}, all}
}

// oneKey plays a route: once and again, by fifty at the same moment, and in two communities.
func (a *arena) oneKey(t *testing.T, r web.Route, prepare func(*stage) play) {
	t.Helper()
	line := r.Method + " " + r.Path
	p := prepare(a.stage)
	had, before := a.books.counts(t), a.books.state(t)
	first := a.send(r, p, p.body, "key of "+line)
	has, after := a.books.counts(t), a.books.state(t)
	if first.Status >= 300 || first.Header.Get("Idempotent-Replayed") != "" {
		t.Errorf("%s: %d %s", line, first.Status, first.Body)
		return
	}
	if maps.Equal(after, before) {
		t.Errorf("%s changes nothing: this test tests nothing", line)
	}
	again := a.send(r, p, p.body, "key of "+line)
	if again.Status != first.Status || again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" || again.Header.Get("Content-Type") != first.Header.Get("Content-Type") {
		t.Errorf("%s: %d %s %v, again %d %s %v", line, first.Status, first.Body, first.Header, again.Status, again.Body, again.Header)
	}
	a.reused(t, r, p)
	if now := a.books.state(t); !maps.Equal(now, after) {
		t.Errorf("%s under one key did more than once (-once +repeated):\n%s", line, gocmp.Diff(after, now))
	}
	if r.Access != web.Users {
		a.elsewhere(t, r, prepare, first)
	}
	a.atOnce(t, r, prepare, has.since(had))
}

// reused sends another request under the key.
func (a *arena) reused(t *testing.T, r web.Route, p play) {
	t.Helper()
	other := p.other
	if other == nil {
		other = facetest.Object{"reason": "another request"}
	}
	a.refuses(t, r, p, other)
	if strings.Contains(p.path, "?") {
		p.path += "x"
		a.refuses(t, r, p, p.body)
	}
}

// refuses checks that a request is taken for another one than that of its key.
func (a *arena) refuses(t *testing.T, r web.Route, p play, body any) {
	t.Helper()
	line := r.Method + " " + r.Path
	answer := a.send(r, p, body, "key of "+line)
	if !strings.Contains(strings.ToLower(answer.Body), "idempotency_") || answer.Status != refusedKey(r) {
		t.Errorf("%s with %s %v: %d %s", line, p.path, body, answer.Status, answer.Body)
	}
}

// refusedKey is the status of a key that was used with another request (contract, point 22).
func refusedKey(r web.Route) int {
	switch {
	case strings.HasPrefix(r.Path, facetest.ExchangePath):
		return http.StatusConflict
	case strings.HasPrefix(r.Path, "/p2p/"):
		return http.StatusBadRequest
	}
	return http.StatusUnprocessableEntity
}

// elsewhere sends the same request under the same key in another community.
func (a *arena) elsewhere(t *testing.T, r web.Route, prepare func(*stage) play, first facetest.Answer) {
	t.Helper()
	theirs := *a.stage
	theirs.key = a.Other
	p := prepare(&theirs)
	before := a.books.state(t)
	answer := theirs.send(r, p, p.body, "key of "+r.Method+" "+r.Path)
	if answer.Status != first.Status || answer.Header.Get("Idempotent-Replayed") != "" || maps.Equal(a.books.state(t), before) {
		t.Errorf("%s %s in another community: %d %s %v", r.Method, r.Path, answer.Status, answer.Body, answer.Header)
	}
	a.made = theirs.made
}

// tried is the table in which a route notes each try, before it is made: of those who try at the same
// moment as well.
var tried = map[string]string{"POST " + operator + "orders/{id}/resolve": "audit_log"}

// atOnce sends a request fifty times at the same moment.
func (a *arena) atOnce(t *testing.T, r web.Route, prepare func(*stage) play, once counts) {
	t.Helper()
	const most = 50
	line := r.Method + " " + r.Path
	p := prepare(a.stage)
	before := a.books.counts(t)
	answers := make([]facetest.Answer, most)
	var callers sync.WaitGroup
	for i := range most {
		callers.Go(func() { answers[i] = a.quick(r, p, "at once "+line) })
	}
	callers.Wait()
	last := a.send(r, p, p.body, "at once "+line)
	if last.Status >= 300 || last.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%s at once, then: %d %s %v", line, last.Status, last.Body, last.Header)
	}
	firsts := 0
	for _, answer := range answers {
		switch {
		case answer.Status == last.Status && answer.Body == last.Body:
			if answer.Header.Get("Idempotent-Replayed") == "" {
				firsts++
			}
		case !running(answer):
			t.Errorf("%s at once: %d %s, want %d %s", line, answer.Status, answer.Body, last.Status, last.Body)
		}
	}
	added := a.books.counts(t).since(before)
	for name, n := range added {
		if n > once[name] && tried[line] != name { // a row that is there already is written over
			t.Errorf("%s at once added %d %s, once it is %d", line, n, name, once[name])
		}
	}
	if firsts != 1 {
		t.Errorf("%s at once was carried out %d times", line, firsts)
	}
}

// running tells that the first try is still being carried out.
func running(a facetest.Answer) bool {
	var told struct{ Code string }
	if err := json.Unmarshal([]byte(a.Body), &told); err != nil {
		return false
	}
	return slices.Contains([]string{"request_in_progress", "operation_in_progress", "too_many_uploads"}, strings.ToLower(told.Code))
}

// name is a name that nothing else has.
func (s *stage) name(kind string) string {
	s.made++
	return fmt.Sprintf("%s-%d", kind, s.made)
}

func (s *stage) community() int64 {
	if s.key == s.Other {
		return facetest.Theirs
	}
	return facetest.Ours
}

// happened brings what happened at the gateway to a deal.
func (s *stage) happened(id string, facts ...process.Fact) {
	s.Helper()
	payment := s.do("GET", "/v1/transactions/"+id, nil).At("payment_id")
	for _, fact := range facts {
		s.Gateway.Happen(payment, fact)
	}
	s.Sync(s.T, payment)
}

// forgetting is a store that does not get to keep the answer of what was done apart from it.
type forgetting struct {
	idempotency.Runner
	armed atomic.Bool
}

func (f *forgetting) SaveReply(ctx context.Context, r idempotency.Reply) error {
	if f.armed.Load() {
		return errors.New("the process ends here")
	}
	return f.Runner.SaveReply(ctx, r)
}

// What is done apart from its answer is not done again blindly after a crash between the two: the
// repeat waits until nobody can be at it, and is then carried out, once.
func TestP5_crashBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	eachURL(t, func(t *testing.T, url string) {
		store := &forgetting{}
		s := newStageWith(t, url, func(c *server.Config) {
			store.Runner = c.Replies
			c.Replies = store
		})
		r := web.Route{Method: "POST"}
		p := play{path: "/v1/payment-setups", body: facetest.Object{"gateway": "braintree", "currency": "EUR"}}
		store.armed.Store(true)
		s.send(r, p, p.body, "k").Refused(500, "internal_error")
		store.armed.Store(false)
		for range 2 {
			s.send(r, p, p.body, "k").Refused(409, "request_in_progress")
		}
		s.send(r, p, facetest.Object{"gateway": "braintree", "currency": "USD"}, "k").Refused(422, "idempotency_key_reused")
		s.Clock.Advance(2*time.Minute + time.Second)
		first := s.send(r, p, p.body, "k").Is(201).Has(map[string]string{"client_token": "token 2"})
		if again := s.send(r, p, p.body, "k").Is(201); again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("again %s %v, want %s", again.Body, again.Header, first.Body)
		}
	})
}
