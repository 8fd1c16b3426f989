package app_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/notices/events"
)

// taker is a marketplace's program that gets events, and answers as its mood says.
type taker struct {
	*httptest.Server
	mu    sync.Mutex
	mood  func(w http.ResponseWriter, n int)
	asked int
	first []int64 // numbers, as it took each for the first time
	seen  map[int64]bool
	id    string // of its endpoint
}

// newTaker starts a program and lets it have all events.
func newTaker(t *testing.T, w *testkit.Testbed, mood func(w http.ResponseWriter, n int)) *taker {
	t.Helper()
	k := &taker{mood: mood, seen: map[int64]bool{}}
	k.Server = httptest.NewServer(k)
	t.Cleanup(k.Close)
	r := w.Call("POST", "/v1/webhook-endpoints", `{"url":"`+k.URL+`"}`)
	if r.Status != http.StatusCreated {
		t.Fatalf("endpoint: %d %s", r.Status, r.Body)
	}
	var made struct{ ID string }
	r.JSON(t, &made)
	k.id = made.ID
	return k
}

func (k *taker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var e struct{ Sequence int64 }
	if err != nil || json.Unmarshal(body, &e) != nil || r.Header.Get("Webhook-Signature") == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	k.mu.Lock()
	k.asked++
	n, mood := k.asked, k.mood
	k.mu.Unlock()
	answer := httptest.NewRecorder()
	if mood != nil {
		mood(answer, n)
	}
	if answer.Code == hangUp {
		reset(w)
		return
	}
	if answer.Code == http.StatusOK {
		k.mu.Lock()
		if !k.seen[e.Sequence] {
			k.seen[e.Sequence], k.first = true, append(k.first, e.Sequence)
		}
		k.mu.Unlock()
	}
	w.WriteHeader(answer.Code)
}

// hangUp is no status: the connection is reset.
const hangUp = 599

func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// taken is how often it was asked.
func (k *taker) taken() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asked
}

func (k *taker) set(mood func(w http.ResponseWriter, n int)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mood = mood
}

// fleet are the replicas of a server, one of which dies in each round, and what their
// events are sent to.
type fleet struct {
	*testkit.Testbed
	t       *testing.T
	beside  *app.Testbed // nil on SQLite, where there is one process
	good    []*taker
	bad     map[string]*taker
	from    int64        // number of the last event before there were endpoints
	until   atomic.Int64 // so many deliveries until a replica dies
	condemn atomic.Pointer[app.App]
	died    atomic.Int64
}

// dies is the mood of good programs: a replica dies while they answer.
func (f *fleet) dies(http.ResponseWriter, int) {
	if f.until.Add(-1) != 0 {
		return
	}
	if victim := f.condemn.Load(); victim != nil {
		f.died.Add(1)
		_ = victim.Store.Close() // what it has sent, it can write no more
	}
}

// writes plays deals. What meets a replica that has died is answered with an error, and is
// left so.
func (f *fleet) writes() {
	say := func(path, body, who string) (id string) {
		r, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.URL+path, strings.NewReader(body))
		if err != nil {
			return ""
		}
		r.Header.Set("Authorization", "Bearer "+f.Key)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Handsel-Actor", who)
		r.Header.Set("Idempotency-Key", rand.Text())
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return ""
		}
		defer answer.Body.Close()
		var made struct{ ID string }
		_ = json.NewDecoder(answer.Body).Decode(&made)
		return made.ID
	}
	for range 2 {
		deal := say("/v1/transactions", `{"process":"none","gateway":"none",`+strings.Replace(bought, "5000", "0", 1)+`}`, "bea")
		for _, who := range []string{"bea", "sam", "bea"} {
			say("/v1/transactions/"+deal+"/messages", `{"content":"Hello","sender_id":"`+who+`"}`, who)
		}
	}
}

// work lets a replica do what is due, again and again, until it has died or writers have
// ended and nothing is left.
func (f *fleet) work(a *app.App, written <-chan struct{}) {
	ctx, cancel := context.WithTimeout(f.t.Context(), 30*time.Second)
	defer cancel()
	for {
		over := false
		select {
		case <-written:
			over = true
		default:
		}
		n, err := a.Due.Once(ctx)
		if err != nil || over && n == 0 {
			return
		}
	}
}

// round is half a day, in which one replica dies.
func (f *fleet) round(n int) {
	f.t.Helper()
	if err := f.Sandbox.Advance(12 * time.Hour); err != nil {
		f.t.Fatal(err)
	}
	replicas := []*app.App{f.App}
	if f.beside != nil {
		replicas = append(replicas, f.beside.App)
	}
	victim := replicas[n%len(replicas)]
	f.condemn.Store(victim)
	f.until.Store(int64(5 + 7*n))
	var writers, workers sync.WaitGroup
	for range 3 {
		writers.Go(f.writes)
	}
	written := make(chan struct{})
	for _, a := range replicas {
		workers.Go(func() { f.work(a, written) })
	}
	writers.Wait()
	close(written)
	workers.Wait()
	f.condemn.Store(nil)
	if victim == f.App {
		f.Restart()
	} else {
		f.beside = f.Replica()
	}
	// What the dead one had claimed is anybody's after a minute.
	f.Advance(time.Minute + time.Second)
}

// check is that a program has every event, and those of each deal in order.
func (f *fleet) check(name string, k *taker) {
	f.t.Helper()
	k.mu.Lock()
	got := slices.Clone(k.first)
	k.mu.Unlock()
	want, deal := f.log()
	byDeal := func(all []int64) []int64 {
		all = slices.Clone(all)
		slices.SortStableFunc(all, func(a, b int64) int { return cmp.Compare(deal[a], deal[b]) })
		return all
	}
	if !slices.Equal(byDeal(got), byDeal(want)) {
		f.t.Fatalf("%s: got %v, want %v", name, byDeal(got), byDeal(want))
	}
}

// log are the numbers since there are endpoints, and what stays in order among them.
func (f *fleet) log() (numbers []int64, deal map[int64]int64) {
	f.t.Helper()
	deal = map[int64]int64{}
	for after := f.from; ; {
		p, err := f.Store.EventLog.ReadEvents(f.t.Context(), events.Filter{CommunityID: app.SampleCommunity, After: after, Limit: 1000})
		if err != nil {
			f.t.Fatal(err)
		}
		for _, e := range p.Events {
			if e.Sequence != after+1 {
				f.t.Fatalf("number %d comes after %d", e.Sequence, after)
			}
			after = e.Sequence
			deal[after] = cmp.Or(e.TransactionID, -after) // what is of no deal has no order
			numbers = append(numbers, after)
		}
		if !p.More {
			slices.SortFunc(numbers, func(a, b int64) int { return cmp.Or(cmp.Compare(deal[a], deal[b]), cmp.Compare(a, b)) })
			return numbers, deal
		}
	}
}

func newFleet(t *testing.T, url string) *fleet {
	t.Helper()
	f := &fleet{Testbed: testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true}), t: t}
	f.MustSettle()
	var err error
	if f.from, err = f.Store.LastEvent(t.Context(), app.SampleCommunity); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		f.good = append(f.good, newTaker(t, f.Testbed, f.dies))
	}
	f.bad = map[string]*taker{
		"dead":   newTaker(t, f.Testbed, func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusBadGateway) }),
		"resets": newTaker(t, f.Testbed, func(w http.ResponseWriter, _ int) { w.WriteHeader(hangUp) }),
		"slow":   newTaker(t, f.Testbed, func(http.ResponseWriter, int) { time.Sleep(20 * time.Millisecond) }),
		"half": newTaker(t, f.Testbed, func(w http.ResponseWriter, n int) {
			if n%2 == 0 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}),
	}
	if strings.HasPrefix(url, "postgres") {
		f.beside = f.Replica()
	}
	return f
}

// One replay of an endpoint ends before another one begins.
func TestWebhooks_oneReplay(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true})
		k := newTaker(t, w, nil)
		w.Open()
		w.Advance(time.Minute)
		sent := k.taken()
		replay := func(status int, code string) {
			t.Helper()
			r := w.Call("POST", "/v1/webhook-endpoints/"+k.id+"/replay", `{"from_sequence":1,"reason":"the program lost them"}`)
			if r.Status != status || !strings.Contains(string(r.Body), code) {
				t.Errorf("%d %s, want %d %s", r.Status, r.Body, status, code)
			}
		}
		replay(202, "")
		replay(409, `"code":"replay_in_progress"`)
		w.Advance(time.Minute)
		if again := k.taken(); sent == 0 || again != 2*sent {
			t.Errorf("%d were sent, and %d with the replay", sent, again)
		}
		replay(202, "")
	})
}

// Three days of programs that are dead, reset connections, are slow or fail every second
// time, beside good ones, while deals are played and a replica dies every twelve hours: good
// ones have everything in order at the end of each round, and the others when they work
// again.
func TestWebhooks_threeBadDays(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		f := newFleet(t, url)
		for n := range 6 {
			f.round(n)
			for _, k := range f.good {
				f.check("a good one", k)
			}
		}
		if n := f.died.Load(); n < 5 {
			t.Errorf("only %d replicas died", n)
		}
		for _, k := range f.bad {
			k.set(nil)
		}
		for range 30 {
			f.Advance(time.Hour)
		}
		for name, k := range f.bad {
			f.check(name, k)
		}
		if numbers, _ := f.log(); len(numbers) < 100 {
			t.Errorf("only %d events", len(numbers))
		}
	})
}

// Operators get an e-mail when nothing was delivered to an endpoint for half the time, and
// one when it is disabled, in the language of the marketplace, without the address's query.
func TestWebhooks_operatorsAreTold(t *testing.T) {
	t.Parallel()
	for language, want := range map[string][3]string{
		"en": {"a webhook endpoint gets nothing", "For 2 days nothing could be delivered", "is disabled, because nothing was delivered to it for 5 days"},
		"de": {"ein Webhook-Endpunkt empfängt nichts", "Seit 2 Tagen konnte nichts an den", "ist abgeschaltet, weil seit 5 Tagen nichts zugestellt werden konnte"},
		"es": {"un endpoint de webhooks no recibe nada", "Desde hace 2 días no se ha podido", "está desactivado porque no se ha podido entregar nada desde hace 5 días"},
	} {
		testkit.OnEither(t, func(t *testing.T, url string) {
			w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true})
			head := `{"marketplace":"Wheels","sender":"hello@wheels.example.com","link":"https://wheels.example.com/orders/{order}","language":"` + language + `","operators":"` + staffMail + `","reason":"ours"}`
			if r := w.Call("PUT", "/v1/community/letterhead", head, "Handsel-Operator", "olga"); r.Status != http.StatusOK {
				t.Fatalf("%d %s", r.Status, r.Body)
			}
			gone := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, _ *http.Request) { a.WriteHeader(http.StatusGone) }))
			dead := httptest.NewServer(nil)
			dead.Close()
			for _, k := range []string{dead.URL, gone.URL} {
				if r := w.Call("POST", "/v1/webhook-endpoints", `{"url":"`+k+`/hook?token=secret"}`); r.Status != http.StatusCreated {
					t.Fatalf("%d %s", r.Status, r.Body)
				}
			}
			defer gone.Close()
			w.Open()
			w.MustSettle()
			for range 6 * 24 {
				w.Advance(time.Hour)
			}
			for _, path := range []string{"/v1/events?after=0&type=webhook_endpoint.*", "/v1/operator/audit"} {
				if r := w.Call("GET", path, ""); !strings.Contains(string(r.Body), gone.URL+"/hook") || strings.Contains(string(r.Body), "token") {
					t.Errorf("%s has the query of an address, or no address: %s", path, r.Body)
				}
			}
			var told []string
			for _, m := range w.Mailbox.Messages() {
				if !strings.HasPrefix(string(m.Kind), "endpoint_") {
					continue
				}
				told = append(told, m.Text)
				if m.To != staffMail || !strings.HasPrefix(m.Subject, "Wheels: ") || strings.Contains(m.Text, "token") || strings.Contains(m.Text, "/orders/") {
					t.Errorf("to %s: %s\n%s", m.To, m.Subject, m.Text)
				}
				if m.Kind == "endpoint_failing" && m.Subject != "Wheels: "+want[0] {
					t.Errorf("subject %q", m.Subject)
				}
			}
			if len(told) != 3 || !strings.Contains(told[0]+told[1]+told[2], "410") || !strings.Contains(told[0]+told[1]+told[2], want[1]) || !strings.Contains(told[0]+told[1]+told[2], want[2]) {
				t.Errorf("%d e-mails:\n%s", len(told), strings.Join(told, "\n"))
			}
		})
	}
}

// What an endpoint did not get before it was disabled waits for longer than results are kept,
// and comes when it is enabled; results, and all of an endpoint that was deleted, go.
func TestWebhooks_disabledForMonths(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		f := &fleet{Testbed: testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true}), t: t}
		f.MustSettle()
		var err error
		if f.from, err = f.Store.LastEvent(t.Context(), app.SampleCommunity); err != nil {
			t.Fatal(err)
		}
		fails := func(w http.ResponseWriter, n int) {
			if n%2 == 1 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}
		kept, deleted := newTaker(t, f.Testbed, fails), newTaker(t, f.Testbed, fails)
		f.writes()
		f.MustSettle()
		for path, method := range map[string]string{kept.id + "/disable": "POST", deleted.id: "DELETE"} {
			if r := f.Call(method, "/v1/webhook-endpoints/"+path, `{}`); r.Status >= 300 {
				t.Fatalf("%s: %d %s", path, r.Status, r.Body)
			}
		}
		keep := sqlstore.DefaultRetention()
		count := func(id string) (n int) {
			t.Helper()
			if _, err := f.Store.Prune(t.Context(), f.Sandbox.Now().Add(40*24*time.Hour), keep); err != nil {
				t.Fatal(err)
			}
			var page struct{ Items []any }
			f.Call("GET", "/v1/webhook-endpoints/"+id+"/deliveries", "").JSON(t, &page)
			return len(page.Items)
		}
		if n := count(kept.id); n == 0 || n == len(kept.first) {
			t.Errorf("%d rows left", n)
		}
		if r := testkit.Tables(t, url)["webhook_deliveries"]; r == "" || strings.Contains(r, "delivered") {
			t.Errorf("rows left:\n%s", r)
		}
		kept.set(nil)
		if r := f.Call("POST", "/v1/webhook-endpoints/"+kept.id+"/enable", `{}`); r.Status >= 300 {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		f.Advance(time.Minute)
		f.check("enabled again", kept)
	})
}
