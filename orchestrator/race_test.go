package orchestrator_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// fresh gives a part of a test a database of its own, of the same kind.
func fresh(t *testing.T, url string) string {
	if strings.HasPrefix(url, "postgres") {
		return testdb.Postgres(t)
	}
	return ""
}

// oneOfMany is fresh for one of many cases, which does not need both databases.
func oneOfMany(t *testing.T, url string) string {
	t.Helper()
	testkit.OneOfMany(t, url)
	return fresh(t, url)
}

// armed is a hook that can be set after the testbed was brought into position.
type armed struct {
	mu    sync.Mutex
	crash func(string)
}

func (a *armed) set(point string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.crash = testkit.CrashAt(point)
}

func (a *armed) hook(point string) {
	a.mu.Lock()
	crash := a.crash
	a.mu.Unlock()
	if crash != nil {
		crash(point)
	}
}

// race runs calls at the same moment and returns their errors.
func race(calls ...func() error) []error {
	errs := make([]error, len(calls))
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i, call := range calls {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = call()
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

// Exactly one of two competing transitions wins; the other is told why not.
func TestRace_twoPeople(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from   process.State
		a, b   process.Transition
		aState process.State
		bState process.State
		actors [2]process.Actor
	}{
		"complain against content": {escrowonline.Delivered, "complain", "end_complaint_period", escrow.Complained, escrow.FundsReleased, [2]process.Actor{testkit.Buyer, testkit.Buyer}},
		"both cancel":              {escrow.Joined, "cancel", "cancel", escrow.Cancelled, escrow.Cancelled, [2]process.Actor{testkit.Buyer, testkit.Seller}},
		"two shipments":            {escrowonline.Paid, "track", "track", escrowonline.Tracked, escrowonline.Tracked, [2]process.Actor{testkit.Seller, testkit.Seller}},
	}
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		other := w.Replica()
		for name, tc := range tests {
			for range 10 {
				tx := w.BringTo(tc.from)
				errs := race(
					func() error { _, err := w.Do(tx, tc.a, tc.actors[0]); return err },
					func() error {
						_, err := other.Engine.Do(t.Context(), orchestrator.DoInput{
							CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: tc.b, Actor: tc.actors[1], Input: inputOf(tc.b),
						})
						return err
					})
				w.MustSettle()
				judge(t, name, w.Load(tx), errs, tc.aState, tc.bState)
			}
		}
		w.CheckBooks()
	})
}

func inputOf(name process.Transition) map[string]string {
	if name == "track" {
		return map[string]string{"carrier": "ups", "tracking_code": "1Z"}
	}
	return nil
}

func judge(t *testing.T, name string, tx orchestrator.Transaction, errs []error, a, b process.State) {
	t.Helper()
	won, want := 0, a
	for i, err := range errs {
		if err == nil {
			won++
			if i == 1 {
				want = b
			}
			continue
		}
		if f := fault.As(err); f.Code != fault.Conflict {
			t.Errorf("%s: the loser got %v, want a conflict with a reason", name, err)
		}
	}
	if won != 1 || tx.State != want {
		t.Errorf("%s: %d winners (%v) and the deal is %s, want one and %s", name, won, errs, tx.State, want)
	}
}

// A complaint at the last moment against the end of the complaint period.
func TestRace_complaintAgainstTimer(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		for range 10 {
			tx := w.BringTo(escrowonline.Delivered)
			errs := race(
				func() error { _, err := w.Do(tx, "complain", testkit.Buyer); return err },
				func() error { return w.Sandbox.Advance(24 * time.Hour) },
			)
			w.MustSettle()
			want := escrow.Complained
			if errs[0] != nil {
				want = escrow.FundsReleased
				if c := fault.CodeOf(errs[0]); c != fault.Conflict {
					t.Errorf("the late complaint got %v, want a conflict", errs[0])
				}
			}
			if tx = w.Load(tx); tx.State != want {
				t.Errorf("complaint answered %v, but the deal is %s", errs[0], tx.State)
			}
		}
		w.CheckBooks()
	})
}

// The seller cancels while the buyer pays: either the deal is cancelled and
// unpaid, or it is paid and the seller is told.
func TestRace_cancelAgainstPayment(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		for range 20 {
			tx := w.BringTo(escrow.Joined)
			id := w.PaymentID(tx)
			errs := race(
				func() error { _, err := w.Do(tx, "cancel", testkit.Seller); return err },
				func() error { _, err := w.Sandbox.Pay(id, "success"); return err },
			)
			w.MustSettle()
			want, funds := escrow.Cancelled, process.Funds{}
			if errs[1] == nil {
				want, funds = escrowonline.Paid, process.Funds{Captured: 5190, Held: 5000, Fees: 190}
			}
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Errorf("cancel answered %v, the payment %v: want exactly one winner", errs[0], errs[1])
			}
			if errs[0] != nil && fault.CodeOf(errs[0]) != fault.Conflict {
				t.Errorf("the late cancel got %v, want a conflict with a reason", errs[0])
			}
			if tx = w.Load(tx); tx.State != want || tx.Funds != funds {
				t.Errorf("the deal is %s with %+v, want %s with %+v", tx.State, tx.Funds, want, funds)
			}
		}
		w.CheckBooks()
	})
}

// The webhook about our own call arrives before the call returns.
func TestRace_webhookAgainstReturn(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		line := newGate("/track_with_guest_seller")
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Transport: line, CallTimeout: time.Minute})
		tx := w.BringTo(escrowonline.Paid)
		var after orchestrator.Transaction
		var err error
		var call sync.WaitGroup
		call.Go(func() { after, err = w.Do(tx, "track", testkit.Seller) })
		<-line.reached
		w.MustSettle()
		if now := w.Load(tx); now.State != escrowonline.Tracked || now.IntentID != "" {
			t.Errorf("after the webhook the deal is %s with intent %q, want tracked and settled", now.State, now.IntentID)
		}
		close(line.open)
		call.Wait()
		if err != nil || after.State != escrowonline.Tracked {
			t.Errorf("the call returned %s, %v; want tracked", after.State, err)
		}
		if n := w.Effects()["track_with_guest_seller"]; n != 1 {
			t.Errorf("tracked %d times at the sandbox", n)
		}
		w.CheckBooks()
	})
}

// Two replicas tick on one database: every timer fires once.
func TestRace_twoReplicasTick(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true})
		other := w.Replica()
		const deals = 20
		for range deals {
			w.BringTo(escrowonline.Tracked)
		}
		before := w.Effects()["confirm_delivery_with_guest_buyer"]
		if err := w.Sandbox.Advance(14*24*time.Hour + time.Minute); err != nil {
			t.Fatal(err)
		}
		race(
			func() error { _, err := w.Engine.FireDue(t.Context()); return err },
			func() error { _, err := other.Engine.FireDue(t.Context()); return err },
		)
		if n := w.Effects()["confirm_delivery_with_guest_buyer"] - before; n != deals {
			t.Errorf("%d automatic confirmations of %d deals", n, deals)
		}
		w.CheckBooks()
	})
}

// Fifty senders of one key: one effect, one answer for all.
func TestRace_oneKey(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		var mu sync.Mutex
		bodies := map[string]int{}
		send := func() error {
			in := testkit.Deal()
			in.Key = key("create", "k1", "hash")
			result, err := w.Engine.Create(t.Context(), in)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			if result.Replay != nil {
				bodies[string(result.Replay.Body)]++
			} else {
				_, body := in.Key.Render(result.Transaction, nil)
				bodies[string(body)]++
			}
			return nil
		}
		calls := make([]func() error, 50)
		for i := range calls {
			calls[i] = send
		}
		for _, err := range race(calls...) {
			if err != nil && fault.ReasonOf(err) != "request_in_progress" {
				t.Errorf("got %v, want an answer or request_in_progress", err)
			}
		}
		if err := send(); err != nil {
			t.Errorf("repeat after the fact: %v", err)
		}
		if len(bodies) != 1 || len(w.Sandbox.Transactions()) != 1 {
			t.Errorf("%d different answers and %d payments, want one of each", len(bodies), len(w.Sandbox.Transactions()))
		}
		in := testkit.Deal()
		in.Key = key("create", "k1", "other content")
		if _, err := w.Engine.Create(t.Context(), in); fault.CodeOf(err) != fault.KeyReused {
			t.Errorf("same key, other content: %v, want key_reused", err)
		}
		w.CheckBooks()
	})
}

func key(scope, value, hash string) *orchestrator.Key {
	return &orchestrator.Key{Key: idempotency.Key{Scope: scope, Value: value, Hash: hash}, Render: func(tx orchestrator.Transaction, err error) (int, []byte) {
		if err != nil {
			return 402, []byte(fault.ReasonOf(err))
		}
		return 201, []byte(string(tx.State) + " " + tx.RedirectURL)
	}}
}
