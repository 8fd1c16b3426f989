package orchestrator_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// bell is something that happens by itself in a deal on Stripe.
type bell struct {
	open   orchestrator.CreateInput
	steps  []process.Transition
	due    func(tx orchestrator.Transaction) time.Time
	to     process.State // where it leads; empty for a reminder
	effect string        // at Stripe; empty if nothing
	event  string        // of a reminder
}

// booked is a deal about a time that ends some time from now.
func booked(in orchestrator.CreateInput, ends time.Duration) orchestrator.CreateInput {
	in.Booking = &orchestrator.Booking{StartOn: "2026-03-03", EndOn: "2026-03-04"}
	in.BookingEnd = testkit.Start.Add(ends)
	return in
}

// after is due some time after the deal entered the state that it is in.
func after(wait time.Duration) func(orchestrator.Transaction) time.Time {
	return func(tx orchestrator.Transaction) time.Time { return tx.EnteredAt.Add(wait) }
}

// holdEnd is ten minutes before Stripe says that the card's hold lapses.
func holdEnd(tx orchestrator.Transaction) time.Time {
	return tx.Deadlines[process.CaptureBefore].Add(-10 * time.Minute)
}

// bookingOver is a day after the booked time.
func bookingOver(tx orchestrator.Transaction) time.Time { return tx.BookingEnd.Add(day) }

func bells() map[string]bell {
	held, page := card("preauthorize", "pm_card_visa"), card("preauthorize", "")
	accept := []process.Transition{"complete_preauthorization"}
	return map[string]bell{
		"hold expires":            {open: held, due: holdEnd, to: preauthorize.Rejected, effect: "void"},
		"booking bounds the hold": {open: booked(held, 2*day), due: bookingOver, to: preauthorize.Rejected, effect: "void"},
		"hold is 80 % over": {open: held, event: "hold_warning", due: func(tx orchestrator.Transaction) time.Time {
			return tx.EnteredAt.Add(holdEnd(tx).Sub(tx.EnteredAt) * 80 / 100)
		}},
		"hold has a day left":       {open: held, event: "decision_reminder", due: func(tx orchestrator.Transaction) time.Time { return holdEnd(tx).Add(-day) }},
		"confirmation":              {open: held, steps: accept, due: after(14 * day), to: settlement.Confirmed, effect: "transfer"},
		"confirmation is near":      {open: held, steps: accept, due: after(12 * day), event: "confirm_reminder"},
		"confirmation of a booking": {open: booked(held, 5*day), steps: accept, due: bookingOver, to: settlement.Confirmed, effect: "transfer"},
		"bank not answered":         {open: card("preauthorize", "pm_card_authenticationRequired"), due: after(15 * time.Minute), to: preauthorize.Abandoned},
		"page not paid":             {open: page, due: after(time.Hour), to: preauthorize.Abandoned},
		"invoice not paid":          {open: card("postpay", ""), steps: []process.Transition{"invoice", "pay_invoice"}, due: after(time.Hour), to: postpay.Accepted},
	}
}

// What happens by itself happens once, not a second early, and at once when it is
// due or when everybody has slept for years.
func TestClock_rings(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true, CallTimeout: 5 * time.Second})
		for name, b := range bells() {
			t.Run(name, func(t *testing.T) {
				// The clock has moved since the testbed was started.
				b.open.Title = name
				if !b.open.BookingEnd.IsZero() {
					b.open.BookingEnd = w.Sandbox.Now().Add(b.open.BookingEnd.Sub(testkit.Start))
				}
				tx := b.bring(t, w)
				wait := b.due(tx).Sub(w.Sandbox.Now())
				if wait <= 0 {
					t.Fatalf("due %s ago", -wait)
				}
				w.Advance(wait - time.Second)
				b.judge(t, w, tx, 0)
				w.Advance(time.Second)
				b.judge(t, w, tx, 1)
				w.Advance(time.Minute)
				b.judge(t, w, tx, 1)
			})
		}
		w.CheckBooks()
	})
}

func (b bell) bring(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
	t.Helper()
	result, err := w.Engine.Create(t.Context(), b.open)
	if err != nil {
		t.Fatal(err)
	}
	actors := map[process.Transition]process.Actor{"complete_preauthorization": testkit.Seller, "invoice": testkit.Seller, "pay_invoice": testkit.Buyer}
	for _, name := range b.steps {
		in := orchestrator.DoInput{CommunityID: result.Transaction.CommunityID, TransactionID: result.Transaction.ID, Transition: name, Actor: actors[name]}
		if name == "invoice" {
			in.Input = map[string]string{"total_sum": "5000"}
		}
		if _, err := w.Engine.Do(t.Context(), in); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	w.MustSettle()
	return w.Load(result.Transaction)
}

// judge checks whether the bell has rung as often as it should.
func (b bell) judge(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction, rung int) {
	t.Helper()
	now := w.Load(tx)
	if b.event != "" {
		if n := events(t, w, tx)["reminder."+b.event]; n != rung || now.State != tx.State {
			t.Errorf("%d reminders and the deal is %s, want %d and %s", n, now.State, rung, tx.State)
		}
		return
	}
	want := tx.State
	if rung > 0 {
		want = b.to
	}
	if now.State != want {
		t.Errorf("at %s the deal is %s, want %s", w.Sandbox.Now(), now.State, want)
	}
	if books := w.StripeBooks(tx.ListingTitle); b.effect != "" && books.Effects[b.effect] != rung || books.Effects["expire"] > 0 {
		t.Errorf("effects are %v, want %s %d times", books.Effects, b.effect, rung)
	}
}

func events(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) map[string]int {
	t.Helper()
	list, err := w.Store.Events(t.Context(), tx.ID)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, e := range list {
		seen[e.Type]++
	}
	return seen
}

// Everybody sleeps for two years: every bell rings once, and every deal ends.
func TestClock_sleepsForYears(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true, CallTimeout: 5 * time.Second})
		deals := map[string]orchestrator.Transaction{}
		for name, b := range bells() {
			b.open.Title = name
			deals[name] = b.bring(t, w)
		}
		w.Advance(2 * 365 * day)
		w.Advance(day)
		for name, tx := range deals {
			b, now := bells()[name], w.Load(tx)
			if b.to != "" && now.State != b.to && now.State != postpay.Lapsed {
				t.Errorf("%s: the deal is %s, want %s", name, now.State, b.to)
			}
			for kind, n := range w.StripeBooks(name).Effects {
				if n > 1 {
					t.Errorf("%s: %d effects of %s", name, n, kind)
				}
			}
			for kind, n := range events(t, w, tx) {
				if n > 1 && kind != "transaction.accepted" {
					t.Errorf("%s: %d events %s", name, n, kind)
				}
			}
		}
		w.CheckBooks()
	})
}

// A person acts in the very instant in which the time is over, while two replicas
// tick: exactly one wins, and whoever acted before the tick has won.
func TestClock_humanAgainstTimer(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		bell    string
		human   process.Transition
		actor   process.Actor
		to      process.State
		effects [2]string // the human's, the timer's
	}{
		"accept against the hold's end":        {"hold expires", "complete_preauthorization", testkit.Seller, settlement.Paid, [2]string{"capture", "void"}},
		"cancel against the confirmation":      {"confirmation", "cancel", testkit.Buyer, settlement.Canceled, [2]string{"", "transfer"}},
		"confirm against the own confirmation": {"confirmation", "complete", testkit.Buyer, settlement.Confirmed, [2]string{"transfer", "transfer"}},
	}
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true, CallTimeout: 5 * time.Second})
		other := w.Replica()
		for name, tc := range tests {
			b := bells()[tc.bell]
			for round := range 6 {
				b.open.Title = fmt.Sprint(name, " ", round)
				tx := b.bring(t, w)
				if err := w.Sandbox.Advance(b.due(tx).Sub(w.Sandbox.Now())); err != nil {
					t.Fatal(err)
				}
				human := func() error { _, err := w.Do(tx, tc.human, tc.actor); return err }
				told := raceTicks(t, human, round%2 == 0, w.Engine, other.Engine)
				w.MustSettle()
				won, lost, want := tc.effects[0], tc.effects[1], tc.to
				if told != nil {
					won, lost, want = lost, won, b.to
				}
				now, effects := w.Load(tx), w.StripeBooks(b.open.Title).Effects
				if now.State != want || won != "" && effects[won] != 1 || lost != won && effects[lost] != 0 {
					t.Errorf("%s: the person is told %v, the deal is %s with %v, want %s", name, told, now.State, effects, want)
				}
			}
		}
		w.CheckBooks()
	})
}

// raceTicks lets a person act while two engines tick, or right before that, and
// returns what the person is told: nothing, or a conflict when they were too late.
func raceTicks(t *testing.T, human func() error, first bool, engines ...*orchestrator.Engine) error {
	t.Helper()
	var answer error
	calls := []func() error{func() error { answer = human(); return nil }}
	if first {
		calls = nil
		if answer = human(); answer != nil {
			t.Errorf("who acted first is told %v", answer)
		}
	}
	for _, e := range engines {
		calls = append(calls, func() error { _, err := e.FireDue(t.Context()); return err })
	}
	for _, err := range race(calls...) {
		if err != nil {
			t.Error(err)
		}
	}
	if answer != nil && fault.CodeOf(answer) != fault.Conflict {
		t.Errorf("who was too late is told %v, want a conflict", answer)
	}
	return answer
}

// Two replicas tick: every hold that is over is dropped once.
func TestClock_twoReplicasTick(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true, CallTimeout: 5 * time.Second})
		other := w.Replica()
		const deals = 15
		var last orchestrator.Transaction
		for range deals {
			last = bells()["hold expires"].bring(t, w)
		}
		if err := w.Sandbox.Advance(holdEnd(last).Sub(w.Sandbox.Now())); err != nil {
			t.Fatal(err)
		}
		for _, err := range race(
			func() error { _, err := w.Engine.FireDue(t.Context()); return err },
			func() error { _, err := other.Engine.FireDue(t.Context()); return err },
		) {
			if err != nil {
				t.Error(err)
			}
		}
		voids := 0
		for _, e := range w.Stripe.Effects() {
			if e.Operation == "void" {
				voids++
			}
		}
		if now := w.Load(last); voids != deals || now.State != preauthorize.Rejected {
			t.Errorf("%d holds of %d dropped, the last deal is %s", voids, deals, now.State)
		}
		w.CheckBooks()
	})
}
