package orchestrator_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Every step of every process that enters a state or records a fact is told, once and
// with the next number; only one that enters a state touches the timers.
func TestP4_everyStepIsTold(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	steps := 0
	for _, p := range catalog.All() {
		for _, r := range p.Rules {
			for _, from := range append(r.From, "") {
				to := r.To
				if to == "" {
					to = from
				}
				fact := r.Sets
				if fact == "" {
					fact = r.Observe
				}
				for _, entered := range []bool{true, false} {
					for _, recorded := range []process.Fact{fact, ""} {
						steps++
						checkTold(t, process.Step{
							Transition: r.Name, From: from, To: to, Entered: entered, Recorded: recorded, Deal: process.Deal{State: to, Price: money.New(0, "EUR")},
							Arm: []process.Alarm{{Name: "later", Due: at.Add(time.Hour)}},
						}, at)
					}
				}
			}
		}
	}
	if steps < 100 {
		t.Errorf("%d steps only", steps)
	}
}

func checkTold(t *testing.T, s process.Step, at time.Time) {
	t.Helper()
	before := orchestrator.Transaction{ID: 7, CommunityID: 501, Revision: 3, EventSequence: 5, UnitPrice: money.New(0, "EUR"), Quantity: 1}
	c, err := orchestrator.CommitOf(app.Kinds(), before, s, at)
	if err != nil {
		t.Fatalf("%+v: %v", s, err)
	}
	var want []string
	switch {
	case s.Entered:
		want = []string{"transaction." + string(s.To)}
	case s.Recorded != "":
		want = []string{"transaction." + string(s.Recorded)}
	}
	var got []string
	for _, e := range c.Events {
		got = append(got, e.Type)
		if e.Sequence != 6 || e.TransactionID != 7 || e.CommunityID != 501 || !e.At.Equal(at) || e.Data["transition"] != string(s.Transition) {
			t.Errorf("%s: event %+v", s.Transition, e)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || c.Transaction.EventSequence != 5+int64(len(want)) {
		t.Errorf("%s from %s to %s, entered %t, recorded %q: told %v up to number %d, want %v", s.Transition, s.From, s.To, s.Entered, s.Recorded, got, c.Transaction.EventSequence, want)
	}
	if c.Timers.Clear != s.Entered || (len(c.Timers.Set) == 1) != s.Entered {
		t.Errorf("%s, entered %t: timers %+v", s.Transition, s.Entered, c.Timers)
	}
	if c.Transaction.Revision != 4 || c.Log.Revision != 4 || !c.Transaction.UpdatedAt.Equal(at) {
		t.Errorf("%s: revision %d, log %+v", s.Transition, c.Transaction.Revision, c.Log)
	}
}

// forgetful is a store that loses what a timer says after it was carried out, as if the
// process had died between the two.
type forgetful struct {
	orchestrator.Schedule
	losses int
}

var errCrash = errors.New("crashed")

func (f *forgetful) lost() bool {
	f.losses--
	return f.losses >= 0
}

func (f *forgetful) DropTimer(ctx context.Context, t orchestrator.Timer) error {
	if f.lost() {
		return errCrash
	}
	return f.Schedule.DropTimer(ctx, t)
}

func (f *forgetful) RescheduleTimer(ctx context.Context, t orchestrator.Timer, due time.Time) error {
	if f.lost() {
		return errCrash
	}
	return f.Schedule.RescheduleTimer(ctx, t, due)
}

// A reminder is told once however often its timer fires, and one that comes again and
// again once for each time that it was due; what was missed meanwhile is not made up.
func TestP4_remindedOnceEach(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Manual: true})
	c := w.EngineConfig()
	store := &forgetful{Schedule: c.Store.Schedule}
	c.Store.Schedule = store
	engine, err := orchestrator.New(c)
	if err != nil {
		t.Fatal(err)
	}
	tx := cardPaid(t, w, "pm_card_visa")
	reminders := func(kind string) (n int) {
		t.Helper()
		all, err := w.Store.Events(t.Context(), tx.ID)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range all {
			if e.Sequence != int64(i+1) {
				t.Errorf("event %d has number %d", i+1, e.Sequence)
			}
			if e.Type == "reminder."+kind {
				n++
			}
		}
		return n
	}
	wait := func(d time.Duration) {
		t.Helper()
		if err := w.Sandbox.Advance(d); err != nil {
			t.Fatal(err)
		}
		if _, err := engine.FireDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	store.losses = 3
	for range 6 {
		wait(12 * 24 * time.Hour / 6)
	}
	for range 6 {
		wait(10 * time.Minute)
	}
	if n := reminders("confirm_reminder"); n != 1 {
		t.Errorf("the buyer was reminded %d times, want once", n)
	}
	tx = w.MustDo(w.Load(tx), "cancel", testkit.Buyer)
	var kind string
	timers, err := w.Store.Timers(t.Context(), tx.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, timer := range timers {
		if strings.Contains(string(timer.Name), "remind") || len(timers) == 1 {
			kind = string(timer.Name)
		}
	}
	store.losses = 2
	wait(25 * 24 * time.Hour) // of a long outage
	for range 4 {
		wait(10 * time.Minute)
	}
	if n := reminders(kind); n != 1 {
		t.Errorf("operators were told of %s %d times after an outage, want once", kind, n)
	}
	wait(2 * 24 * time.Hour)
	if n := reminders(kind); n != 2 {
		t.Errorf("operators were told of %s %d times two days later, want twice", kind, n)
	}
}
