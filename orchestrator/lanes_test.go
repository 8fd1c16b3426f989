package orchestrator_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
)

// hanging lets calls of the Trustap sandbox hang until they are let go, or their
// caller gives up.
type hanging struct {
	on    atomic.Bool
	stuck atomic.Int64
	calls atomic.Int64
	free  chan struct{}
	// entered gets one for each call that hangs.
	entered chan struct{}
}

func newHanging() *hanging {
	return &hanging{free: make(chan struct{}), entered: make(chan struct{}, 10_000)}
}

func (h *hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	if quote := strings.HasSuffix(r.URL.Path, "/charge"); strings.Contains(r.URL.Path, "/api/v1/") && !quote && h.on.Load() {
		h.calls.Add(1)
		h.stuck.Add(1)
		defer h.stuck.Add(-1)
		h.entered <- struct{}{}
		if r.Method == http.MethodPost {
			resp, err := http.DefaultTransport.RoundTrip(r) // it arrives, and is never answered
			if err != nil {
				return nil, err
			}
			_ = resp.Body.Close()
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		select {
		case <-r.Context().Done():
			return nil, r.Context().Err()
		case <-h.free:
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// lateness is how late timers fired, by their deal's gateway, in virtual time.
type lateness struct {
	orchestrator.Observer
	fired chan fired
}

type fired struct {
	timer process.TimerName
	late  time.Duration
}

func (l lateness) Fired(name process.TimerName, late time.Duration) { l.fired <- fired{name, late} }

// While one gateway hangs, timers of another fire as punctually as ever, and so do
// those of its own deals that ask nobody.
func TestM30_oneGatewayHangs(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		const hung, others = 12, 20
		h := newHanging()
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Transport: h, Manual: true, CallTimeout: time.Minute})
		for range hung {
			w.Open() // polls the payment after six hours
		}
		if err := w.Sandbox.Advance(5*time.Hour + 30*time.Minute); err != nil {
			t.Fatal(err)
		}
		deals := make([]orchestrator.Transaction, others)
		for i := range deals {
			result, err := w.Engine.Create(t.Context(), card("preauthorize", ""))
			if err != nil {
				t.Fatal(err)
			}
			deals[i] = result.Transaction
		}
		c := w.EngineConfig()
		seen := lateness{c.Observer, make(chan fired, 1000)}
		c.Observer = seen
		engine, err := orchestrator.New(c)
		if err != nil {
			t.Fatal(err)
		}
		h.on.Store(true)
		ended := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		// The polls are due and hang.
		if err := w.Sandbox.Advance(45 * time.Minute); err != nil {
			t.Fatal(err)
		}
		go func() { _, err := engine.FireDue(ctx); ended <- err }()
		for range 4 {
			<-h.entered
		}
		// An hour after they were opened, the other deals are given up.
		if err := w.Sandbox.Advance(15 * time.Minute); err != nil {
			t.Fatal(err)
		}
		for n := 0; n < others; {
			f := <-seen.fired
			if f.timer != "payment_window" {
				continue
			}
			if n++; f.late > time.Second {
				t.Errorf("a timer of another gateway fired %s late", f.late)
			}
		}
		if h.stuck.Load() == 0 {
			t.Error("nothing hangs any more: the others may have waited for it")
		}
		close(h.free)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		for _, tx := range deals {
			if tx = w.Load(tx); tx.State != preauthorize.Abandoned {
				t.Errorf("deal %d is %s", tx.ID, tx.State)
			}
		}
	})
}

func dealsOf(t *testing.T, w *testkit.Testbed) []orchestrator.Transaction {
	t.Helper()
	all, err := w.Store.List(t.Context(), orchestrator.Filter{CommunityID: testkit.Deal().CommunityID, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A gateway that answers nothing is left alone but for a probe now and then, and once
// it is well again every outcome is known within two minutes.
func TestM30_breaker(t *testing.T) {
	t.Parallel()
	const deals = 3
	h := newHanging()
	w := testkit.New(t, testkit.Options{Transport: h, CallTimeout: time.Minute})
	w.Open() // the parties have accounts
	h.on.Store(true)
	w.Engine.SetCallTimeout(250 * time.Millisecond) // nothing is answered, however long one waits
	for i := range deals {
		in := testkit.Deal()
		in.Title = fmt.Sprint("Bike ", i)
		if _, err := w.Engine.Create(t.Context(), in); err == nil {
			t.Fatal("a gateway that answers nothing has answered")
		}
	}
	for range 5 {
		w.Advance(time.Minute)
	}
	if state := w.Engine.Lanes().States()["trustap"]; state == orchestrator.BreakerClosed {
		t.Errorf("after five minutes of silence the breaker is %s", state)
	}
	open := 0
	for _, tx := range dealsOf(t, w) {
		if tx.Operation != "" {
			open++
		}
	}
	if open != deals {
		t.Errorf("%d operations are open, want %d", open, deals)
	}
	before := h.calls.Load()
	for range 3 {
		w.Advance(time.Minute)
	}
	if n := h.calls.Load() - before; n > 12 {
		t.Errorf("%d calls in three minutes of silence", n)
	}
	h.on.Store(false)
	w.Engine.SetCallTimeout(time.Minute) // what is answered now may be answered slowly
	for range 4 {
		w.Advance(30 * time.Second)
	}
	if state := w.Engine.Lanes().States()["trustap"]; state == orchestrator.BreakerOpen {
		t.Errorf("two minutes after it is well the breaker is %s", state)
	}
	for _, tx := range dealsOf(t, w) {
		if tx.Operation != "" {
			t.Errorf("two minutes after the gateway is well, %s of deal %d is open", tx.Operation, tx.ID)
		}
	}
	w.CheckBooks()
}

// A gateway that has some of its places taken by calls that hang does not make the
// others' work be claimed in small pieces, nor does one that is tried out again.
func TestM30_slowLaneNarrowsNobody(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Manual: true})
	lanes := w.Engine.Lanes()
	for range 3 {
		if !lanes.Enter("trustap") {
			t.Fatal("an empty lane has no room")
		}
	}
	expect := func(when string, want int) {
		t.Helper()
		if shut, width := lanes.Shut(); len(shut) != 0 || width != want {
			t.Errorf("%s: shut %v, width %d, want %d", when, shut, width, want)
		}
	}
	expect("just begun", 1)
	if err := w.Sandbox.Advance(2 * time.Second); err != nil {
		t.Fatal(err)
	}
	expect("hanging", 4)
	lanes.Leave("trustap")
	expect("getting on", 2)
	lanes.Enter("trustap")
	lanes.Enter("trustap")
	if shut, width := lanes.Shut(); len(shut) != 1 || width != 4 {
		t.Errorf("full: shut %v, width %d", shut, width)
	}
}
