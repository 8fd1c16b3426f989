package orchestrator_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
)

// stopped runs due work until four calls of it hang, then ends it as a shutdown does.
func stopped(t *testing.T, h *hanging, work func(context.Context) (int, error)) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	h.on.Store(true)
	ended := make(chan error, 1)
	go func() { _, err := work(ctx); ended <- err }()
	for range 4 {
		<-h.entered
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	h.on.Store(false)
}

// TestE23_timersAreHandedBack stops an engine while the gateway hangs: another one
// fires every timer at the same moment, without waiting for a lease to end.
func TestE23_timersAreHandedBack(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		const deals = 6
		h := newHanging()
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Transport: h, Manual: true, CallTimeout: time.Minute})
		for range deals {
			w.Open() // polls the payment after six hours
		}
		if err := w.Sandbox.Advance(6*time.Hour + time.Minute); err != nil {
			t.Fatal(err)
		}
		other := w.Replica()
		stopped(t, h, w.Engine.FireDue)
		if n, err := other.Engine.FireDue(t.Context()); n != deals || err != nil {
			t.Errorf("another engine fired %d of %d timers, %v", n, deals, err)
		}
	})
}

// TestE23_operationsAreHandedBack does the same with operations whose outcome is open.
func TestE23_operationsAreHandedBack(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		const deals = 6
		h := newHanging()
		var cut atomic.Bool
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true, CallTimeout: time.Minute, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if cut.Load() && r.Method == http.MethodPost {
				return nil, errors.New("the line was cut") // nobody knows whether it arrived
			}
			return h.RoundTrip(r)
		})})
		for range deals {
			tx := w.BringTo("paid")
			cut.Store(true)
			if _, err := w.Do(tx, "track", testkit.Seller); fault.CodeOf(err) != fault.Unknown {
				t.Fatal(err)
			}
			cut.Store(false)
		}
		if err := w.Sandbox.Advance(time.Minute); err != nil {
			t.Fatal(err)
		}
		other := w.Replica()
		stopped(t, h, w.Engine.Recover)
		now := w.Sandbox.Now()
		got, err := other.Store.ClaimIntents(t.Context(), now, now, 100)
		if err != nil || len(got) != deals {
			t.Errorf("another engine may look after %d of %d operations, %v", len(got), deals, err)
		}
		for _, i := range got {
			if i.Attempt != 1 {
				t.Errorf("an operation that was handed back counts %d attempts", i.Attempt)
			}
		}
	})
}

// TestE23_straysAreHandedBack does the same with payments that belong to no deal.
func TestE23_straysAreHandedBack(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		const strays = 6
		h := newHanging()
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Transport: h, Manual: true, CallTimeout: time.Minute})
		tx := w.Open()
		log, err := w.Store.Timeline(t.Context(), tx.ID)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(log, func(l orchestrator.LogEntry) bool { return l.IntentID != "" })
		if i < 0 {
			t.Fatal("no operation opened the payment")
		}
		now := w.Sandbox.Now()
		for n := range strays {
			if err := w.Store.NoteStray(t.Context(), orchestrator.Stray{
				CommunityID: tx.CommunityID, Gateway: "trustap", PaymentID: strconv.Itoa(9000 + n), TransactionID: tx.ID, IntentID: log[i].IntentID,
				Amount: tx.Price, Due: now, FoundAt: now,
			}); err != nil {
				t.Fatal(err)
			}
		}
		other := w.Replica()
		stopped(t, h, w.Engine.SettleStrays)
		got, err := other.Store.ClaimStrays(t.Context(), now, now, 100)
		if err != nil || len(got) != strays {
			t.Errorf("another engine may look after %d of %d strays, %v", len(got), strays, err)
		}
		for _, s := range got {
			if s.Attempts != 1 {
				t.Errorf("a stray that was handed back counts %d attempts", s.Attempts-1)
			}
		}
	})
}
