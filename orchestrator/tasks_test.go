package orchestrator_test

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

func tasksOf(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) (kinds []orchestrator.TaskKind, all []orchestrator.Task) {
	t.Helper()
	found, err := w.Engine.Tasks(t.Context(), orchestrator.TaskFilter{CommunityID: tx.CommunityID})
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range found {
		if task.TransactionID == tx.ID {
			kinds, all = append(kinds, task.Kind), append(all, task)
		}
	}
	return kinds, all
}

func byOlga(reason string) orchestrator.By {
	return orchestrator.By{Actor: staff.String(), Reason: reason, At: testkit.Start}
}

// An operation that stays open, a payout that is refused again and again and money
// that rests in a cancelled deal are on the list, and no word takes them off it.
func TestM34_openUntilTheCauseIsGone(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, database string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: database})
		result, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
		if err != nil {
			t.Fatal(err)
		}
		tx := result.Transaction
		if err := w.Stripe.SetFaults([]stripe.Fault{{Route: "capture_payment_intent", Kind: "cut_before", Times: -1}}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Do(tx, "complete_preauthorization", testkit.Seller); fault.CodeOf(err) != fault.Unknown {
			t.Fatalf("%v, want an unknown outcome", err)
		}
		if kinds, _ := tasksOf(t, w, tx); len(kinds) != 0 {
			t.Errorf("a minute after it was sent: %v", kinds)
		}
		for range 14 {
			w.Advance(5 * time.Minute)
		}
		kinds, all := tasksOf(t, w, tx)
		if !slices.Equal(kinds, []orchestrator.TaskKind{orchestrator.TaskOutcomeUnknown}) {
			t.Fatalf("after an hour: %v", kinds)
		}
		one := orchestrator.TaskFilter{CommunityID: tx.CommunityID, ID: all[0].ID()}
		if _, err := w.Engine.DoneTask(t.Context(), one, byOlga("it is fine")); fault.ReasonOf(err) != "task_stands" {
			t.Errorf("done while the cause stands: %v", err)
		}
		if task, err := w.Engine.AssignTask(t.Context(), one, "olga", byOlga("mine")); err != nil || task.Owner != "olga" {
			t.Errorf("assigned: %+v, %v", task, err)
		}
		if err := w.Stripe.SetFaults(nil); err != nil {
			t.Fatal(err)
		}
		w.Advance(11 * time.Minute)
		if kinds, _ := tasksOf(t, w, tx); len(kinds) != 0 || w.Load(tx).State != settlement.Paid {
			t.Fatalf("once it is settled: %v", kinds)
		}
		if _, err := w.Engine.DoneTask(t.Context(), one, byOlga("it is gone")); fault.ReasonOf(err) != "task_not_found" {
			t.Errorf("done when it is gone: %v", err)
		}
		w.MustDo(tx, "cancel", testkit.Buyer)
		if kinds, all := tasksOf(t, w, tx); !slices.Equal(kinds, []orchestrator.TaskKind{orchestrator.TaskMoneyWaits}) || !all[0].Since.Equal(w.Sandbox.Now()) {
			t.Errorf("cancelled: %+v", all)
		}
		w.MustDo(tx, "refund", staff)
		if kinds, _ := tasksOf(t, w, tx); len(kinds) != 0 {
			t.Errorf("refunded: %v", kinds)
		}
	})
}

// The books are compared with every gateway once a day, and what differs is a row
// until it is gone, whichever replica was first.
func TestM32_dailyComparison(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, database string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: database})
		result, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
		if err != nil {
			t.Fatal(err)
		}
		tx := w.MustDo(result.Transaction, "complete_preauthorization", testkit.Seller)
		if err := w.Stripe.SetFaults([]stripe.Fault{{Route: "webhook", Kind: "lose", Times: -1}}); err != nil {
			t.Fatal(err)
		}
		w.AtStripe("/v1/refunds", refundOf(tx.PaymentID, "700"))
		other := w.Replica()
		w.Advance(25 * time.Hour)
		if err := other.Engine.ReconcileDaily(t.Context()); err != nil {
			t.Fatal(err)
		}
		kinds, all := tasksOf(t, w, tx)
		if !slices.Contains(kinds, orchestrator.TaskDifference) {
			t.Fatalf("a day after a refund by hand: %+v", all)
		}
		one := orchestrator.TaskFilter{CommunityID: tx.CommunityID, ID: all[slices.Index(kinds, orchestrator.TaskDifference)].ID()}
		said := byOlga("looked at it")
		said.At = w.Sandbox.Now()
		if _, err := w.Engine.DoneTask(t.Context(), one, said); err != nil {
			t.Fatal(err)
		}
		if kinds, _ := tasksOf(t, w, tx); slices.Contains(kinds, orchestrator.TaskDifference) {
			t.Error("a difference that a person was done with is listed")
		}
		w.Advance(25 * time.Hour)
		if kinds, _ := tasksOf(t, w, tx); !slices.Contains(kinds, orchestrator.TaskDifference) {
			t.Error("a difference that is still there does not come back")
		}
		if _, err := w.Engine.TakeOver(t.Context(), tx.CommunityID, tx.ID, staff, "the refund was agreed", "r"); err != nil {
			t.Fatal(err)
		}
		w.Advance(25 * time.Hour)
		if kinds, _ := tasksOf(t, w, tx); len(kinds) != 0 {
			t.Errorf("once the books agree: %v", kinds)
		}
	})
}

func refundOf(payment, amount string) url.Values {
	return url.Values{"payment_intent": {payment}, "amount": {amount}}
}
