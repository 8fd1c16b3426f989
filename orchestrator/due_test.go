package orchestrator_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
)

// spy is a store that watches how due work is claimed and set again, and may fail.
type spy struct {
	orchestrator.Stores
	mu       sync.Mutex
	offer    []orchestrator.Timer // answers to ClaimTimers, one each
	leases   map[string]time.Duration
	again    []time.Time // due times that timers were set to
	broken   bool        // Apply fails
	deferred error       // what DeferIntent answers
}

func (s *spy) note(kind string, lease time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.leases == nil {
		s.leases = map[string]time.Duration{}
	}
	s.leases[kind] = lease
}

func (s *spy) ClaimTimers(ctx context.Context, now, lease time.Time, limit int, shut ...orchestrator.Shut) ([]orchestrator.Timer, error) {
	s.note("timers", lease.Sub(now))
	if s.offer == nil {
		return s.Stores.ClaimTimers(ctx, now, lease, limit, shut...)
	}
	var one []orchestrator.Timer
	if len(s.offer) > 0 {
		one, s.offer = s.offer[:1], s.offer[1:]
	}
	return one, nil
}

func (s *spy) ClaimIntents(ctx context.Context, now, lease time.Time, limit int, shut ...string) ([]orchestrator.Intent, error) {
	s.note("intents", lease.Sub(now))
	return s.Stores.ClaimIntents(ctx, now, lease, limit, shut...)
}

func (s *spy) RescheduleTimer(ctx context.Context, t orchestrator.Timer, due time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.again = append(s.again, due)
	return s.Stores.RescheduleTimer(ctx, t, due)
}

func (s *spy) DeferIntent(ctx context.Context, i orchestrator.Intent, held time.Time) error {
	if s.deferred != nil {
		return s.deferred
	}
	return s.Stores.DeferIntent(ctx, i, held)
}

func (s *spy) Apply(ctx context.Context, c orchestrator.Commit) error {
	if s.broken {
		return errCrash
	}
	return s.Stores.Apply(ctx, c)
}

// watched is a testbed with a second engine whose store is watched.
func watched(t *testing.T, o testkit.Options, change func(*orchestrator.Config)) (*testkit.Testbed, *spy, *orchestrator.Engine) {
	t.Helper()
	o.Manual = true
	w := testkit.New(t, o)
	c := w.EngineConfig()
	s := &spy{Stores: c.Store}
	c.Store.Commits, c.Store.Schedule, c.Store.Intents = s, s, s
	if change != nil {
		change(&c)
	}
	engine, err := orchestrator.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return w, s, engine
}

// Claimed work belongs to who claimed it for longer than it can take: a timer asks its
// gateway and then how things are, an operation is asked and then committed.
func TestP9_leases(t *testing.T) {
	t.Parallel()
	_, s, engine := watched(t, testkit.Options{}, nil)
	if _, err := engine.FireDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	for kind, least := range map[string]time.Duration{"timers": 3 * engine.CallTimeout(), "intents": 2 * engine.CallTimeout()} {
		if got := s.leases[kind]; got < least || got > 10*least {
			t.Errorf("%s are leased for %s, want %s or a little more", kind, got, least)
		}
	}
}

// A timer that cannot be carried out is tried again after a minute, then ever more
// seldom, and at least once a day for ever.
func TestP9_timersAreTriedAgain(t *testing.T) {
	t.Parallel()
	w, s, engine := watched(t, testkit.Options{}, nil)
	result, err := w.Engine.Create(t.Context(), card("preauthorize", ""))
	if err != nil {
		t.Fatal(err)
	}
	timers, err := w.Store.Timers(t.Context(), result.Transaction.ID)
	if err != nil {
		t.Fatal(err)
	}
	timers = slices.DeleteFunc(timers, func(timer orchestrator.Timer) bool { return timer.Name != "payment_window" })
	if len(timers) != 1 {
		t.Fatalf("%d payment windows", len(timers))
	}
	for attempts := range 70 {
		timer := timers[0]
		timer.Attempts = attempts + 1
		s.offer = append(s.offer, timer)
	}
	if err := w.Sandbox.Advance(timers[0].Due.Sub(w.Sandbox.Now()) + time.Minute); err != nil {
		t.Fatal(err)
	}
	s.broken = true
	if _, err := engine.FireDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.again) != 70 {
		t.Fatalf("set again %d times, want 70", len(s.again))
	}
	var longest time.Duration
	waits := map[time.Duration]bool{}
	for _, due := range s.again {
		wait := due.Sub(w.Sandbox.Now()).Round(time.Second)
		longest = max(longest, wait)
		waits[wait] = true
	}
	if !waits[time.Minute] || longest != 24*time.Hour || waits[0] {
		t.Errorf("waits %v, the longest %s; want a minute first and a day at most", waits, longest)
	}
}

// A timer that looks at its gateway is set again after every look, as long as its state
// lasts.
func TestP5_pollsAreSetAgain(t *testing.T) {
	t.Parallel()
	var looks atomic.Int64
	w, _, engine := watched(t, testkit.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			looks.Add(1)
		}
		return http.DefaultTransport.RoundTrip(r)
	})}, nil)
	tx := w.Open()
	poll := func() orchestrator.Timer {
		t.Helper()
		timers, err := w.Store.Timers(t.Context(), tx.ID)
		if err != nil || len(timers) == 0 {
			t.Fatalf("timers %v, %v", timers, err)
		}
		return timers[0]
	}
	for range 4 {
		before, seen := poll(), looks.Load()
		if err := w.Sandbox.Advance(before.Due.Sub(w.Sandbox.Now()) + time.Second); err != nil {
			t.Fatal(err)
		}
		if n, err := engine.FireDue(t.Context()); n != 1 || err != nil {
			t.Fatalf("fired %d, %v", n, err)
		}
		after := poll()
		if after.Name != before.Name || !after.Due.After(w.Sandbox.Now().Add(time.Minute)) || looks.Load() == seen {
			t.Fatalf("%s, due %s, is due %s after %d looks; now is %s", before.Name, before.Due, after.Due, looks.Load()-seen, w.Sandbox.Now())
		}
		if n, err := engine.FireDue(t.Context()); n != 0 || err != nil {
			t.Fatalf("fired %d more at once, %v", n, err)
		}
	}
}

// An operation that is just being performed is nobody's to recover, however late it is
// by the clock.
func TestP5_busyIsNotRecovered(t *testing.T) {
	t.Parallel()
	var posts atomic.Int64
	began, goOn := make(chan struct{}), make(chan struct{})
	w := testkit.New(t, testkit.Options{Manual: true, CallTimeout: time.Minute, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if creates(r) && posts.Add(1) == 1 {
			close(began)
			<-goOn
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	opened := make(chan error, 1)
	go func() {
		_, err := w.Engine.Create(t.Context(), testkit.Deal())
		opened <- err
	}()
	<-began
	for range 3 {
		if err := w.Sandbox.Advance(time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Engine.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	close(goOn)
	if err := <-opened; err != nil || posts.Load() != 1 {
		t.Errorf("%v after %d calls, want one", err, posts.Load())
	}
}

// Who has lost an operation to another engine sends nothing.
func TestP5_lostClaimSendsNothing(t *testing.T) {
	t.Parallel()
	var posts atomic.Int64
	w, s, engine := watched(t, testkit.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if creates(r) && posts.Add(1) == 1 {
			return nil, errors.New("lost on its way")
		}
		return http.DefaultTransport.RoundTrip(r)
	})}, nil)
	if _, err := w.Engine.Create(t.Context(), testkit.Deal()); err == nil {
		t.Fatal("a lost call has succeeded")
	}
	s.deferred = orchestrator.ErrRevisionConflict
	for range 3 {
		if err := w.Sandbox.Advance(time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := engine.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := posts.Load(); n != 1 {
		t.Errorf("sent %d times without the claim", n)
	}
}

// When writing the intent took longer than a call may, recovery may have it by now: the
// operation is not performed here.
func TestP9_lateIntentIsNotPerformed(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	w, _, engine := watched(t, testkit.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			calls.Add(1)
		}
		return http.DefaultTransport.RoundTrip(r)
	})}, func(c *orchestrator.Config) { c.CallTimeout = time.Nanosecond })
	held, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
	if err != nil {
		t.Fatal(err)
	}
	calls.Store(0)
	_, err = engine.Do(t.Context(), orchestrator.DoInput{
		CommunityID: held.Transaction.CommunityID, TransactionID: held.Transaction.ID, Transition: preauthorize.CompletePreauthorization, Actor: testkit.Seller,
	})
	if fault.CodeOf(err) != fault.Unknown || calls.Load() != 0 {
		t.Errorf("%v after %d calls, want an unknown outcome and none", err, calls.Load())
	}
	tx := lastDeal(t, w)
	i, err := w.Store.Intent(t.Context(), tx.IntentID)
	if err != nil || i.Status != orchestrator.IntentOpen || i.Attempt != 1 || i.Code != "" {
		t.Errorf("the intent is %+v, %v; want it untouched", i, err)
	}
}

// A caller who leaves takes nothing along: what was asked of the gateway is heard and
// booked.
func TestP9_callerLeaves(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	w := testkit.New(t, testkit.Options{Manual: true, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			leave()
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	result, err := w.Engine.Create(ctx, card("preauthorize", "pm_card_visa"))
	if err != nil || result.Transaction.State != preauthorize.Preauthorized {
		t.Errorf("%s, %v", result.Transaction.State, err)
	}
	if tx := lastDeal(t, w); tx.State != preauthorize.Preauthorized || tx.IntentID != "" {
		t.Errorf("stored is %s, busy with %q", tx.State, tx.IntentID)
	}
}

// What a gateway charges changes nothing of what is paid already.
func TestP6_feesOfWhatIsPaid(t *testing.T) {
	t.Parallel()
	later := &process.Fees{Buyer: 91, Seller: 92, Deposit: 93}
	type fees struct{ buyer, seller, deposit int64 }
	for name, tc := range map[string]struct {
		deposit int64
		funds   process.Funds
		want    fees
	}{
		"nothing is paid":           {0, process.Funds{}, fees{91, 92, 93}},
		"reserved":                  {0, process.Funds{Authorized: 1010}, fees{91, 92, 93}},
		"paid":                      {0, process.Funds{Captured: 1010, Held: 1010}, fees{10, 92, 3}},
		"paid out":                  {0, process.Funds{Captured: 1010, Released: 980, Fees: 30}, fees{10, 20, 3}},
		"refunded":                  {0, process.Funds{Captured: 1010, Refunded: 1010}, fees{10, 92, 3}},
		"the deposit alone is paid": {100, process.Funds{Captured: 103, Held: 103}, fees{91, 92, 3}},
		"deposit and remainder":     {100, process.Funds{Captured: 1010, Held: 1010}, fees{10, 92, 3}},
		"more than the deposit":     {100, process.Funds{Captured: 104, Held: 104}, fees{10, 92, 3}},
	} {
		tx := process.Deal{Deposit: tc.deposit, DepositFee: 3, BuyerFee: 10, SellerFee: 20, Funds: tc.funds}
		after := tx.LearnFees(later)
		if got := (fees{after.BuyerFee, after.SellerFee, after.DepositFee}); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
		if after = tx.LearnFees(nil); after.BuyerFee != 10 || after.SellerFee != 20 || after.DepositFee != 3 {
			t.Errorf("%s: fees that nobody told: %+v", name, after)
		}
	}
}
