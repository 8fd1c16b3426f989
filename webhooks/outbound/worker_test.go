package outbound_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// clock is moved by tests.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// receiver remembers what it got, and answers as its behaviour says. It notices when two
// events of a deal are with it at the same time.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(w http.ResponseWriter, n int64, deal int64)
	taken  map[int64][]int64 // of each deal, with a status of 2xx, in order
	asked  map[int64]int     // by number
	busy   map[int64]bool
	mixed  bool
	total  int
}

func newReceiver(t *testing.T, answer func(w http.ResponseWriter, n, deal int64)) *receiver {
	t.Helper()
	r := &receiver{answer: answer, taken: map[int64][]int64{}, asked: map[int64]int{}, busy: map[int64]bool{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// status notes what is answered.
type status struct {
	http.ResponseWriter
	code  int
	asker context.Context // ends when nobody waits for the answer any longer
}

func (s *status) WriteHeader(code int) { s.code = code; s.ResponseWriter.WriteHeader(code) }

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	var e struct{ Sequence, Deal int64 }
	_ = json.Unmarshal(body, &e)
	r.mu.Lock()
	r.total++
	r.asked[e.Sequence]++
	r.mixed = r.mixed || e.Deal != 0 && r.busy[e.Deal]
	r.busy[e.Deal] = true
	answer := r.answer
	r.mu.Unlock()
	s := &status{w, 200, q.Context()}
	defer func() { // also when it hangs up
		r.mu.Lock()
		defer r.mu.Unlock()
		r.busy[e.Deal] = false
		if s.code == 200 && recover() == nil {
			if !slices.Contains(r.taken[e.Deal], e.Sequence) { // its id tells a repeat
				r.taken[e.Deal] = append(r.taken[e.Deal], e.Sequence)
			}
			return
		}
		if s.code == 200 {
			panic(http.ErrAbortHandler)
		}
	}()
	if answer != nil {
		answer(s, e.Sequence, e.Deal)
	}
}

// set changes how a receiver answers.
func (r *receiver) set(answer func(w http.ResponseWriter, n, deal int64)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// check is that everything came, and each deal's in order.
func (r *receiver) check(t *testing.T, name string, m *memory) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	want := map[int64][]int64{}
	for _, e := range m.log {
		want[e.TransactionID] = append(want[e.TransactionID], e.Sequence)
	}
	for _, deal := range slices.Sorted(maps.Keys(want)) {
		got := r.taken[deal]
		if deal == 0 {
			got = slices.Sorted(slices.Values(got))
		}
		if !slices.Equal(got, want[deal]) {
			t.Errorf("%s: of deal %d got %v, want %v", name, deal, got, want[deal])
			return
		}
	}
	if r.mixed {
		t.Errorf("%s: two events of a deal at the same time", name)
	}
}

type bed struct {
	*memory
	*clock
	worker  *outbound.Worker
	timeout time.Duration // far more than an answer takes on a machine that is busy
}

func newBed(t *testing.T) *bed {
	t.Helper()
	b := &bed{memory: newMemory(), clock: &clock{now: at}, timeout: 10 * time.Second}
	b.worker = b.another(t)
	return b
}

// another is the worker of another replica.
func (b *bed) another(t *testing.T) *outbound.Worker {
	t.Helper()
	sender, err := outbound.NewSender(outbound.SenderConfig{Guard: outbound.Guard{Loopback: true}, Timeout: b.timeout, Now: b.Now, Elapsed: stopwatch})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	w, err := outbound.NewWorker(outbound.WorkerConfig{
		Queue: b.memory, Log: b.memory, Wire: wire{}, Sender: sender, Now: b.Now, Draw: func(int) int { return 500 },
		Write: func(_ context.Context, e outbound.Endpoint, t events.Type) ([]outbound.Letter, error) {
			return []outbound.Letter{{ID: "letter", Kind: string(t) + " " + string(e.Reason)}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (b *bed) endpointAt(t *testing.T, id int64, url string) {
	t.Helper()
	b.add(outbound.Endpoint{
		CommunityID: 1, ID: id, URL: url, Types: []string{"*"}, Payload: outbound.Full, Status: outbound.Enabled,
		Secrets: []outbound.Secret{secretOf(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
	})
}

// dying lets replicas die now and then, before they have written results.
func (b *bed) dying(on bool) {
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	n := 0
	b.lose = func() bool { // called under the lock of the store
		n++
		return on && n%97 == 0
	}
}

// anyLoose reports whether something waits at one of the first endpoints.
func (b *bed) anyLoose(first int) bool {
	for id := range first {
		if b.endpoint(int64(id + 1)).Loose {
			return true
		}
	}
	return false
}

func (b *bed) once(t *testing.T) {
	t.Helper()
	if _, err := b.worker.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// play lets time pass.
func (b *bed) play(t *testing.T, d, step time.Duration) {
	t.Helper()
	for ; d > 0; d -= step {
		b.move(step)
		b.once(t)
	}
}

func deals(n, of int) []int64 {
	all := make([]int64, n)
	for i := range all {
		all[i] = int64(i%of + 1)
	}
	return all
}

// What happened is sent, each deal's in order, and a round without news writes nothing.
func TestWorker_sends(t *testing.T) {
	t.Parallel()
	b, r := newBed(t), newReceiver(t, nil)
	b.endpointAt(t, 7, r.URL)
	b.happen(at, deals(1000, 100)...)
	b.happen(at, 0, 0, 0)
	b.once(t)
	r.check(t, "receiver", b.memory)
	if e := b.endpoint(7); e.Position != 1003 || e.Loose || !e.Due.IsZero() || b.row(7, 1000).Status != outbound.Delivered {
		t.Errorf("it stands at %+v", e.Place)
	}
	before := b.writes
	b.once(t)
	if b.writes != before || r.total != 1003 {
		t.Errorf("without news %d commits, %d attempts", b.writes-before, r.total)
	}
}

// Types that an endpoint does not want cost it nothing.
func TestWorker_types(t *testing.T) {
	t.Parallel()
	b, r := newBed(t), newReceiver(t, nil)
	b.endpointAt(t, 7, r.URL)
	b.change(7, func(e *outbound.Endpoint) { e.Types = []string{"listing.*"} })
	b.happen(at, deals(600, 5)...)
	b.once(t)
	if e := b.endpoint(7); r.total != 0 || e.Position != 600 || len(b.rows) != 0 {
		t.Errorf("%d attempts, at %d", r.total, e.Position)
	}
}

// While an event of a deal fails, those behind it wait and other deals go on. After five days it
// is dead, and its deal goes on.
func TestWorker_oneDealFails(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	r := newReceiver(t, func(w http.ResponseWriter, n, _ int64) {
		if n == 1 {
			w.WriteHeader(500)
		}
	})
	b.endpointAt(t, 7, r.URL)
	b.happen(at, 1, 2, 1, 3, 1)
	b.once(t)
	if len(r.taken[1]) != 0 || len(r.taken[2]) != 1 || len(r.taken[3]) != 1 {
		t.Errorf("taken %v", r.taken)
	}
	if e := b.endpoint(7); e.Position != 5 || !e.Loose || e.Due.Sub(at) != 5*time.Second {
		t.Errorf("it stands at %+v", e.Place)
	}
	if a, c := b.row(7, 1), b.row(7, 3); a.Status != outbound.Pending || c.Status != outbound.Waiting || a.Attempts[0].Status != 500 {
		t.Errorf("rows %+v, %+v", a, c)
	}
	for day := range 6 {
		for range 48 {
			b.happen(b.Now(), 2) // others are delivered, so it is not the endpoint that fails
			b.play(t, 30*time.Minute, 10*time.Minute)
		}
		if day < 4 && len(r.taken[1]) != 0 {
			t.Fatalf("on day %d the deal went on", day)
		}
	}
	if row := b.row(7, 1); row.Status != outbound.Dead || len(row.Attempts) != 12 || !slices.Equal(r.taken[1], []int64{3, 5}) {
		t.Errorf("row %+v, taken %v", row, r.taken[1])
	}
	if e := b.endpoint(7); e.Loose || e.Status != outbound.Enabled {
		t.Errorf("it stands at %+v", e.Place)
	}
}

// An endpoint that fails as a whole rests: a million events that wait cost nothing. It is warned of
// once, and disabled after five days; enabled, it goes on where it stopped.
func TestWorker_allFails(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	down := func(w http.ResponseWriter, _, _ int64) { w.WriteHeader(503) }
	r := newReceiver(t, down)
	b.endpointAt(t, 7, r.URL)
	b.happen(at, deals(3000, 500)...)
	b.once(t)
	b.play(t, 2*24*time.Hour, 10*time.Minute)
	if len(b.announced) != 0 || r.total > 120 || len(b.rows) > 200 {
		t.Errorf("after two days %d announcements, %d attempts, %d rows", len(b.announced), r.total, len(b.rows))
	}
	b.play(t, 24*time.Hour, 10*time.Minute)
	if len(b.announced) != 1 || b.announced[0].Type != events.EndpointFailing || len(b.letters) != 1 || b.letters[0].Kind != "webhook_endpoint.failing " {
		t.Errorf("after three days %+v", b.announced)
	}
	b.play(t, 3*24*time.Hour, 10*time.Minute)
	e := b.endpoint(7)
	if len(b.announced) != 2 || b.announced[1].Type != events.EndpointDisabled || len(b.letters) != 2 || b.letters[1].Kind != "webhook_endpoint.disabled failing" || e.Status != outbound.Disabled || e.Reason != outbound.Failing || r.total > 250 {
		t.Errorf("after six days %+v, %d attempts: %+v", e, r.total, b.announced)
	}
	before := r.total
	b.play(t, 24*time.Hour, time.Hour)
	if r.total != before {
		t.Error("a disabled endpoint gets attempts")
	}
	r.set(nil)
	b.change(7, func(e *outbound.Endpoint) {
		e.Status, e.Reason, e.Rests, e.Failures, e.FailingSince, e.Loose, e.Due = outbound.Enabled, "", 0, 0, time.Time{}, true, b.Now()
	})
	b.play(t, 24*time.Hour, time.Hour)
	r.check(t, "enabled again", b.memory)
}

// 410 disables at once; Retry-After is kept to.
func TestWorker_asked(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	gone := newReceiver(t, func(w http.ResponseWriter, _, _ int64) { w.WriteHeader(410) })
	later := newReceiver(t, func(w http.ResponseWriter, _, _ int64) {
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(429)
	})
	b.endpointAt(t, 7, gone.URL)
	b.endpointAt(t, 8, later.URL)
	b.happen(at, deals(100, 100)...)
	b.once(t)
	if e := b.endpoint(7); e.Reason != outbound.Gone || e.Status != outbound.Disabled || gone.total > 16 {
		t.Errorf("after 410 %+v, %d attempts", e.Status, gone.total)
	}
	first := later.total
	b.play(t, 2*time.Hour-time.Minute, time.Minute)
	if later.total != first || first > 16 {
		t.Errorf("%d attempts at first, %d within two hours", first, later.total-first)
	}
	later.set(nil)
	b.play(t, 2*time.Minute, time.Minute)
	later.check(t, "later", b.memory)
}

// Three dead days of one receiver beside one that hangs, one that resets, one that fails every
// second time, and twenty good ones, while replicas die: nothing is lost, order is kept,
// and the good ones get theirs in the same moment.
func TestWorker_deadDays(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.timeout = 300 * time.Millisecond // one of them hangs
	b.worker = b.another(t)
	var mu sync.Mutex
	n := 0
	every := func(k int) bool {
		mu.Lock()
		defer mu.Unlock()
		n++
		return n%k == 0
	}
	bad := map[string]*receiver{
		"dead": newReceiver(t, func(w http.ResponseWriter, _, _ int64) { w.WriteHeader(502) }),
		"hangs": newReceiver(t, func(w http.ResponseWriter, _, _ int64) {
			<-w.(*status).asker.Done() // until it is given up
		}),
		"resets": newReceiver(t, func(http.ResponseWriter, int64, int64) { panic(http.ErrAbortHandler) }),
		"half": newReceiver(t, func(w http.ResponseWriter, _, _ int64) {
			if every(2) {
				w.WriteHeader(500)
			}
		}),
	}
	id := int64(100)
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		id++
		b.endpointAt(t, id, bad[name].URL)
	}
	good := make([]*receiver, 20)
	for i := range good {
		good[i] = newReceiver(t, nil)
		b.endpointAt(t, int64(i+1), good[i].URL)
	}
	for range 3 * 4 {
		b.dying(true)
		b.happen(b.Now(), deals(20, 7)...)
		b.move(6 * time.Hour)
		for range 4 { // what a replica that died had claimed is anybody's after a minute
			_, _ = b.worker.Once(t.Context())
			b.move(time.Minute + time.Second)
			b.worker = b.another(t)
		}
		b.dying(false)
		b.play(t, 18*time.Second, 6*time.Second)                      // also what a busy machine has let time out
		for tries := 0; tries < 6 && b.anyLoose(len(good)); tries++ { // perhaps twice
			b.play(t, 6*time.Minute, 2*time.Minute)
		}
		for i, r := range good {
			r.check(t, "good", b.memory)
			if t.Failed() {
				t.Fatalf("good receiver %d", i)
			}
		}
	}
	for _, r := range bad {
		r.set(nil)
	}
	b.play(t, 6*time.Hour, 10*time.Minute)
	bad["dead"].check(t, "dead", b.memory) // it is noticed that it works again
	b.play(t, 2*24*time.Hour, time.Hour)
	bad["hangs"].mixed = false // it cannot know that nobody waits for it any longer
	for name, r := range bad {
		r.check(t, name, b.memory)
	}
	for i := range good {
		if e := b.endpoint(int64(i + 1)); e.Loose || e.Position != int64(len(b.log)) {
			t.Errorf("good endpoint %d stands at %+v", i+1, e.Place)
		}
	}
}

// What staff asks for again is sent again, while all else goes on.
func TestWorker_replay(t *testing.T) {
	t.Parallel()
	b, r := newBed(t), newReceiver(t, nil)
	b.endpointAt(t, 7, r.URL)
	b.happen(at, deals(700, 70)...)
	b.once(t)
	b.change(7, func(e *outbound.Endpoint) { e.ReplayAfter, e.ReplayUntil = 99, 600 })
	b.happen(at, deals(5, 5)...)
	b.once(t)
	again := 0
	for n, times := range r.asked {
		if times == 2 {
			again++
		}
		if times == 2 != (n > 99 && n <= 600) {
			t.Fatalf("event %d was sent %d times", n, times)
		}
	}
	if e := b.endpoint(7); again != 501 || e.Position != 705 || e.ReplayAfter != e.ReplayUntil || len(b.row(7, 100).Attempts) != 2 {
		t.Errorf("%d sent again; it stands at %+v", again, e.Place)
	}
}

// An endpoint whose secrets cannot be opened gets nothing: nobody could verify it. Nothing of
// that is lost.
func TestWorker_unsigned(t *testing.T) {
	t.Parallel()
	b, r := newBed(t), newReceiver(t, nil)
	b.endpointAt(t, 7, r.URL)
	var secrets []outbound.Secret
	b.change(7, func(e *outbound.Endpoint) { secrets, e.Secrets = e.Secrets, nil })
	b.happen(at, deals(10, 5)...)
	_, _ = b.worker.Once(t.Context())
	if r.total != 0 || b.endpoint(7).Position != 0 {
		t.Errorf("%d attempts without a signature, at %d", r.total, b.endpoint(7).Position)
	}
	b.change(7, func(e *outbound.Endpoint) { e.Secrets = secrets })
	b.play(t, 5*time.Minute, time.Minute)
	r.check(t, "receiver", b.memory)
}
