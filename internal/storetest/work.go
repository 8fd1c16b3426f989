package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/webhooks"
)

func timer(tx orchestrator.Transaction, name process.TimerName, due time.Time) orchestrator.Timer {
	return orchestrator.Timer{TransactionID: tx.ID, CommunityID: community, Name: name, State: tx.State, Due: due}
}

// armed inserts a transaction with timers of these names that are due at noon
// and one minute later each.
func armed(t *testing.T, s Store, names ...process.TimerName) orchestrator.Transaction {
	t.Helper()
	c := opening(newID(t, s))
	for i, n := range names {
		c.Timers.Set = append(c.Timers.Set, timer(c.Transaction, n, noon.Add(time.Duration(i)*time.Minute)))
	}
	must(t, s.Apply(t.Context(), c))
	return c.Transaction
}

func names(timers []orchestrator.Timer) []process.TimerName {
	all := []process.TimerName{}
	for _, timer := range timers {
		all = append(all, timer.Name)
	}
	return all
}

func testTimers(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	tx := armed(t, s, "a", "b", "c")
	claim := func(now time.Time, want ...process.TimerName) []orchestrator.Timer {
		t.Helper()
		// The clock of the caller may be in any zone.
		got, err := s.ClaimTimers(ctx, now.In(time.FixedZone("west", -7*3600)), now.Add(time.Hour), 10)
		must(t, err)
		if d := diff(want, names(got)); d != "" {
			t.Errorf("claimed at %v (-want +got):\n%s", now, d)
		}
		return got
	}
	claim(noon.Add(-time.Microsecond))
	first := claim(noon, "a")
	if len(first) == 1 && (first[0].Attempts != 1 || !first[0].Due.Equal(noon)) {
		t.Errorf("claimed as %+v", first[0])
	}
	claim(noon.Add(time.Minute), "b")
	a := claim(noon.Add(time.Hour), "a", "c")[0]
	b := claim(noon.Add(time.Hour+time.Minute), "b")[0]
	// Who claimed it before has lost it.
	must(t, s.RescheduleTimer(ctx, first[0], noon))
	must(t, s.ReleaseTimer(ctx, first[0]))
	must(t, s.DropTimer(ctx, first[0]))
	claim(noon.Add(time.Hour + time.Minute))
	must(t, s.RescheduleTimer(ctx, a, noon.Add(70*time.Minute)))
	claim(noon.Add(69 * time.Minute))
	claim(noon.Add(70*time.Minute), "a")
	stale := a
	stale.State = "gone"
	must(t, s.RescheduleTimer(ctx, stale, noon))
	must(t, s.DropTimer(ctx, stale))
	must(t, s.DropTimer(ctx, b))
	left, err := s.Timers(ctx, tx.ID)
	must(t, err)
	if d := diff([]process.TimerName{"c", "a"}, names(left)); d != "" {
		t.Errorf("left by due time (-want +got):\n%s", d)
	}
}

func testTimerClaimers(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	const total = 60
	for range total {
		armed(t, stores[0], "a")
	}
	claimed := make([][]orchestrator.Timer, 20)
	for _, err := range atOnce(len(claimed), func(i int) (err error) {
		claimed[i], err = stores[i%2].ClaimTimers(ctx, noon, noon.Add(time.Minute), 7)
		return err
	}) {
		must(t, err)
	}
	seen := map[int64]bool{}
	for _, some := range claimed {
		if len(some) > 7 {
			t.Errorf("%d claimed at once", len(some))
		}
		for _, timer := range some {
			if seen[timer.TransactionID] {
				t.Errorf("timer of %d was claimed twice", timer.TransactionID)
			}
			seen[timer.TransactionID] = true
		}
	}
	rest, err := stores[0].ClaimTimers(ctx, noon, noon.Add(time.Minute), total)
	must(t, err)
	if len(seen)+len(rest) != total {
		t.Errorf("%d and %d claimed of %d", len(seen), len(rest), total)
	}
}

func testTimerChange(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	tx := armed(t, s, "a", "b")
	other := armed(t, s, "a")
	change := func(c orchestrator.TimerChange, want ...process.TimerName) {
		t.Helper()
		commit := next(stored(t, s, tx.ID))
		commit.Timers = c
		must(t, s.Apply(ctx, commit))
		left, err := s.Timers(ctx, tx.ID)
		must(t, err)
		if d := diff(want, names(left)); d != "" {
			t.Errorf("%+v (-want +got):\n%s", c, d)
		}
	}
	later := noon.Add(time.Hour)
	change(orchestrator.TimerChange{}, "a", "b")
	change(orchestrator.TimerChange{Set: []orchestrator.Timer{timer(tx, "a", later)}}, "b", "a")
	change(orchestrator.TimerChange{Clear: true, Set: []orchestrator.Timer{timer(tx, "a", later), timer(tx, "d", noon)}}, "d", "a")
	change(orchestrator.TimerChange{Clear: true})
	left, err := s.Timers(ctx, other.ID)
	must(t, err)
	if len(left) != 1 {
		t.Error("the timer of another transaction is gone")
	}
}

// busy inserts a transaction with an open intent.
func busy(t *testing.T, s Store) (orchestrator.Transaction, orchestrator.Intent) {
	t.Helper()
	c := opening(newID(t, s))
	c.Transaction.IntentID = name("intent-", int(c.Transaction.ID))
	c.Log.IntentID = c.Transaction.IntentID
	c.Intent = &orchestrator.Intent{
		ID: c.Transaction.IntentID, CommunityID: community, TransactionID: c.Transaction.ID, Gateway: "stripe", Transition: "create",
		Verb: process.Authorize, Input: map[string]string{"payment_method": "pm_1"}, Status: orchestrator.IntentOpen, Attempt: 1, Due: noon, CreatedAt: noon, UpdatedAt: noon,
	}
	must(t, s.Apply(t.Context(), c))
	return c.Transaction, *c.Intent
}

func testIntents(t *testing.T, open func() Store) {
	s, other, ctx := open(), open(), t.Context()
	tx, intent := busy(t, s)
	claim := func(s Store, now time.Time) int {
		t.Helper()
		got, err := s.ClaimIntents(ctx, now, now.Add(time.Minute), 10)
		must(t, err)
		return len(got)
	}
	if early, one, none := claim(s, noon.Add(-1)), claim(other, noon), claim(s, noon); early != 0 || one != 1 || none != 0 {
		t.Errorf("claimed %d, %d, %d", early, one, none)
	}
	intent.Attempt, intent.Code, intent.Due, intent.UpdatedAt = 2, "timeout", noon.Add(time.Hour), noon.Add(time.Second)
	if err := s.DeferIntent(ctx, intent, noon); !errors.Is(err, orchestrator.ErrRevisionConflict) {
		t.Errorf("deferred by one who lost the claim: %v", err)
	}
	must(t, s.DeferIntent(ctx, intent, noon.Add(time.Minute)))
	got, err := s.Intent(ctx, intent.ID)
	must(t, err)
	if d := diff(intent, got); d != "" {
		t.Errorf("deferred (-want +got):\n%s", d)
	}
	c := next(tx)
	intent.Status = orchestrator.IntentSucceeded
	c.Transaction.IntentID, c.Intent, c.Log.IntentID = "", &intent, intent.ID
	must(t, s.Apply(ctx, c))
	late := intent
	late.Code = "late"
	if err := s.DeferIntent(ctx, late, intent.Due); !errors.Is(err, orchestrator.ErrRevisionConflict) {
		t.Errorf("deferred a closed intent: %v", err)
	}
	got, err = s.Intent(ctx, intent.ID)
	must(t, err)
	intent.Input = nil // it was needed to send the operation, and now is gone
	if d := diff(intent, got); d != "" || claim(s, noon.Add(100*time.Hour)) != 0 {
		t.Errorf("a closed intent changed or was claimed (-want +got):\n%s", d)
	}
	if _, err := s.Intent(ctx, "nobody's"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("unknown intent: %v", err)
	}
}

func testClosedIntent(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	tx, intent := busy(t, s)
	intent.Status = orchestrator.IntentDeclined
	c := next(tx)
	c.Intent = &intent
	must(t, s.Apply(ctx, c))
	again := next(c.Transaction)
	intent.Status = orchestrator.IntentSucceeded
	again.Intent = &intent
	if err := s.Apply(ctx, again); fault.ReasonOf(err) != "revision_conflict" {
		t.Errorf("a closed intent was closed again: %v", err)
	}
	foreign := opening(newID(t, s))
	foreign.Intent = &intent
	if err := s.Apply(ctx, foreign); fault.ReasonOf(err) != "revision_conflict" {
		t.Errorf("another transaction took the intent: %v", err)
	}
}

func delivery(key string) webhooks.Delivery {
	return webhooks.Delivery{Gateway: "trustap", DedupeKey: key, PaymentID: "pay", Code: "paid", Body: []byte{0, 255, '{'}, ReceivedAt: noon}
}

func testInbox(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	news := 0
	for _, err := range atOnce(20, func(int) error {
		_, err := s.Put(ctx, delivery("same"))
		return err
	}) {
		must(t, err)
	}
	for _, d := range []webhooks.Delivery{delivery("same"), delivery("Same"), {Gateway: "stripe", DedupeKey: "same", ReceivedAt: noon.Add(time.Minute)}} {
		isNew, err := s.Put(ctx, d)
		must(t, err)
		if isNew {
			news++
		}
	}
	if news != 2 {
		t.Errorf("%d of the last three are new, want 2", news)
	}
	claim := func(now time.Time, want int) []webhooks.Delivery {
		t.Helper()
		got, err := s.Claim(ctx, now, now.Add(time.Minute), 10)
		must(t, err)
		if len(got) != want {
			t.Errorf("claimed %d at %v, want %d", len(got), now, want)
		}
		return got
	}
	claim(noon.Add(-1), 0)
	first := claim(noon, 2)
	want := delivery("same")
	want.ID, want.Attempts = first[0].ID, 1
	if d := diff(want, first[0]); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	must(t, s.Done(ctx, first[0].ID, "applied"))
	must(t, s.Retry(ctx, first[1], noon.Add(time.Hour), "gateway is down"))
	must(t, s.Retry(ctx, first[0], noon, "done is done"))
	late := claim(noon.Add(2*time.Minute), 1)[0]
	again := claim(noon.Add(time.Hour), 2)
	if again[0].Attempts+again[1].Attempts != 4 {
		t.Errorf("attempts %d and %d", again[0].Attempts, again[1].Attempts)
	}
	// Who has lost a claim changes nothing; what is handed back counts as not tried.
	must(t, s.Retry(ctx, late, noon, "too late"))
	must(t, s.Return(ctx, late, noon))
	claim(noon.Add(time.Hour), 0)
	must(t, s.Return(ctx, again[1], noon.Add(time.Hour)))
	if got := claim(noon.Add(time.Hour), 1); got[0].ID != again[1].ID || got[0].Attempts != 2 {
		t.Errorf("handed back and claimed as %+v", got[0])
	}
}

func testInboxClaimers(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	for i := range 30 {
		_, err := stores[i%2].Put(ctx, delivery(name("d", i)))
		must(t, err)
	}
	claimed := make([][]webhooks.Delivery, 10)
	for _, err := range atOnce(len(claimed), func(i int) (err error) {
		claimed[i], err = stores[i%2].Claim(ctx, noon, noon.Add(time.Minute), 30)
		return err
	}) {
		must(t, err)
	}
	rest, err := stores[0].Claim(ctx, noon, noon.Add(time.Minute), 30)
	must(t, err)
	seen := map[int64]bool{}
	for _, some := range append(claimed, rest) {
		for _, d := range some {
			if seen[d.ID] {
				t.Errorf("delivery %d was claimed twice", d.ID)
			}
			seen[d.ID] = true
		}
	}
	if len(seen) != 30 {
		t.Errorf("%d claimed of 30", len(seen))
	}
}
