package orchestrator_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// recovering checks whether the database is in recovery.
func (r *rig) recovering(t *testing.T, want bool) {
	t.Helper()
	mode, err := r.Store.Recovery(t.Context())
	if err != nil || (mode != nil) != want {
		t.Fatalf("recovery is %+v (%v), want %v", mode, err, want)
	}
}

// oneDifference checks that what differed when recovery ended is a task.
func (r *rig) oneDifference(t *testing.T) {
	t.Helper()
	counted, err := r.Store.CountTasks(t.Context(), 0, orchestrator.TaskRules{OpenEnded: []process.State{"none"}, Refused: []process.TimerName{"none"}, Now: r.Sandbox.Now()})
	if err != nil || !slices.ContainsFunc(counted, func(c orchestrator.TaskCount) bool { return c.Kind == orchestrator.TaskDifference && c.Count == 1 }) {
		t.Errorf("what differed when recovery ended is no task: %v, %v", counted, err)
	}
}

// A server that starts on a restored backup sees in the gateway's statement an
// operation of its own that it does not know: it sends nothing any more, merges what
// it finds, and goes on once nothing differs.
func TestM1_recoveryAtStart(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		r := newRig(t, fresh(t, address))
		old := cardPaid(t, r.Testbed, "pm_card_visa")
		held, err := r.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
		if err != nil {
			t.Fatal(err)
		}
		backup := r.Backup()
		r.interpose()
		r.MustDo(held.Transaction, "complete_preauthorization", testkit.Seller)
		in := card("preauthorize", "pm_card_visa")
		in.Title, in.Key = "lost deal", key("recovery", "one", "content")
		lost, err := r.Engine.Create(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		r.MustDo(lost.Transaction, "complete_preauthorization", testkit.Seller)
		r.MustSettle()
		backup.Restore()
		r.recovering(t, false)
		r.MustSettle()
		r.recovering(t, true)
		r.interpose()
		// The deal that is gone is nobody else's, and its request opens no second payment.
		if _, err := r.Store.Transaction(t.Context(), lost.Transaction.CommunityID, lost.Transaction.ID); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("the lost deal is answered %v", err)
		}
		_, err = r.Engine.Create(t.Context(), in)
		if f := fault.As(err); f.Reason != "recovery_mode" || f.Code != fault.Unavailable || f.Money() != fault.MoneyNo {
			t.Errorf("the repeat is answered %v", err)
		}
		if b := r.StripeBooks("lost deal"); b.Payments != 1 {
			t.Errorf("%d payments of the lost deal", b.Payments)
		}
		if _, err := r.Do(old, "complete", testkit.Buyer); fault.ReasonOf(err) != "recovery_mode" {
			t.Errorf("the payout is answered %v", err)
		}
		r.Advance(20 * 24 * time.Hour) // its automatic confirmation falls due, and waits
		if now := r.Load(old); now.State != settlement.Paid {
			t.Errorf("the old deal is %s", now.State)
		}
		if now := r.Load(held.Transaction); now.State != settlement.Paid {
			t.Errorf("what was captured since the backup is not merged: the deal is %s", now.State)
		}
		mode, err := r.Store.Recovery(t.Context())
		if err != nil || mode == nil || len(mode.Problems) != 1 || !strings.Contains(mode.Problems[0], "missing_here") {
			t.Fatalf("recovery says %+v (%v)", mode, err)
		}
		tasks, err := r.Engine.Tasks(t.Context(), orchestrator.TaskFilter{CommunityID: lost.Transaction.CommunityID, Kind: orchestrator.TaskDifference})
		if err != nil || len(tasks) != 1 || tasks[0].CommunityID != lost.Transaction.CommunityID || !strings.Contains(tasks[0].Detail, "lost with a restore") {
			t.Errorf("the tasks of the lost deal's community are %+v (%v)", tasks, err)
		}
		// An operator refunds the stray payment at the gateway and lets everything go on,
		// also after another start.
		r.AtStripe("/v1/refunds", url.Values{"payment_intent": {lost.Transaction.PaymentID}})
		end := orchestrator.Act{Actor: "command:olga", Name: "recovery.end", Object: "recovery", Reason: "the stray payment is refunded", At: r.Sandbox.Now()}
		if err := r.Store.EndRecovery(t.Context(), end); err != nil {
			t.Fatal(err)
		}
		r.restart()
		r.Advance(2 * time.Minute)
		r.recovering(t, false)
		if now := r.Load(old); now.State != settlement.Confirmed {
			t.Errorf("the old deal is %s, want paid out", now.State)
		}
		created, err := r.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
		if err != nil || created.Transaction.ID <= lost.Transaction.ID {
			t.Errorf("deal %d after deal %d: %v", created.Transaction.ID, lost.Transaction.ID, err)
		}
		r.CheckBooks()
	})
}

// What recovery is told by a person: withdrawals wait too, until a round over
// everything finds nothing that differs.
func TestM1_recoveryByHand(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		r := newRig(t, fresh(t, address))
		// Another program shares the account: its payment is no deal that was forgotten.
		r.AtStripe("/v1/payment_intents", url.Values{
			"amount": {"700"}, "currency": {"eur"}, "payment_method": {"pm_card_visa"}, "confirm": {"true"}, "metadata[intent_id]": {"order-77"},
			"automatic_payment_methods[enabled]": {"true"}, "automatic_payment_methods[allow_redirects]": {"never"},
		})
		begin := func() bool {
			begun, err := orchestrator.BeginRecovery(t.Context(), r.Store, r.Sandbox.Now(), "a backup was restored")
			if err != nil {
				t.Fatal(err)
			}
			return begun
		}
		if !begin() || begin() {
			t.Error("recovery begins other than once")
		}
		in := own("withdrawal")
		in.Actor, in.Starter, in.Author, in.Transition, in.Input = staff, "bea", "bea", "", testkit.Because(staff, nil)
		if _, err := r.Engine.Create(t.Context(), in); fault.ReasonOf(err) != "recovery_mode" {
			t.Errorf("the withdrawal is answered %v", err)
		}
		ready := r.Call("GET", "/readyz", "")
		if ready.Status != 200 || !strings.Contains(string(ready.Body), `"mode":"recovery"`) {
			t.Errorf("readiness is %d %s", ready.Status, ready.Body)
		}
		r.Advance(2 * time.Minute) // nothing of ours differs
		r.recovering(t, false)
		r.oneDifference(t)
		if _, err := r.Engine.Create(t.Context(), in); err != nil {
			t.Errorf("the withdrawal after recovery: %v", err)
		}
	})
}

// A refund that an older state of the database sent is seen when the payment is
// looked at, not only when a payment is on a statement.
func TestM1_recoveryByALook(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		r := newRig(t, fresh(t, address))
		tx := cardPaid(t, r.Testbed, "pm_card_visa")
		r.MustDo(tx, "cancel", testkit.Buyer)
		backup := r.Backup()
		r.interpose()
		r.MustDo(tx, "refund", staff)
		r.MustSettle()
		backup.Restore()
		r.interpose()
		_, err := r.Do(tx, "dismiss", staff)
		if f := fault.As(err); f.Reason != "books_differ" || errors.Is(err, fault.New(fault.Unknown, "", "")) {
			t.Fatalf("the payout is answered %v", err)
		}
		r.recovering(t, true)
		if b := r.StripeBooks(tx.ListingTitle).Funds; b.Refunded != 5000 || b.Released != 0 {
			t.Errorf("the gateway moved %+v", b)
		}
	})
}

// The same at Trustap, where only the opening of a payment carries a reference: nothing
// is opened twice, and nothing is released, until staff ends it.
func TestM1_recoveryAtTrustap(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		r := newRig(t, fresh(t, address))
		old := r.BringTo(escrowonline.Delivered)
		shipped := r.BringTo(escrowonline.Paid)
		backup := r.Backup()
		r.interpose()
		r.MustDo(shipped, "track", testkit.Seller)
		in := testkit.Deal()
		in.Title, in.Key = "lost deal", key("recovery", "one", "content")
		lost, err := r.Engine.Create(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		r.Pay(lost.Transaction)
		backup.Restore()
		r.MustSettle()
		r.recovering(t, true)
		r.interpose()
		_, err = r.Engine.Create(t.Context(), in)
		if f := fault.As(err); f.Reason != "recovery_mode" || f.Money() != fault.MoneyNo {
			t.Errorf("the repeat is answered %v", err)
		}
		if b := r.TrustapBooks("lost deal"); b.Payments != 1 {
			t.Errorf("%d payments of the lost deal", b.Payments)
		}
		if _, err := r.Do(old, "end_complaint_period", testkit.Buyer); fault.ReasonOf(err) != "recovery_mode" {
			t.Errorf("the release is answered %v", err)
		}
		r.Advance(7 * time.Hour) // payments are polled
		if now := r.Load(old); now.State != escrowonline.Delivered {
			t.Errorf("the old deal is %s", now.State)
		}
		if now := r.Load(shipped); now.State != escrowonline.Tracked {
			t.Errorf("what was shipped since the backup is not merged: the deal is %s", now.State)
		}
		end := orchestrator.Act{Actor: "command:olga", Name: "recovery.end", Object: "recovery", Reason: "the lost deal is known", At: r.Sandbox.Now()}
		if err := r.Store.EndRecovery(t.Context(), end); err != nil {
			t.Fatal(err)
		}
		r.oneDifference(t)
		r.restart()
		r.Advance(2 * time.Minute)
		r.recovering(t, false)
		r.MustDo(old, "end_complaint_period", testkit.Buyer)
		r.Advance(time.Hour)
		if now := r.Load(old); now.State != escrow.FundsReleased {
			t.Errorf("the old deal is %s, want its money released", now.State)
		}
		r.CheckBooks()
	})
}

// Recovery looks at every deal that has not ended, also at those that are older than
// the statements that it reads.
func TestM1_recoveryLooksAtAll(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		r := newRig(t, fresh(t, address))
		old := r.BringTo(escrowonline.Paid)
		r.Advance(3 * time.Hour)
		r.BringTo(escrowonline.Paid)
		backup := r.Backup()
		r.interpose()
		r.MustDo(old, "track", testkit.Seller)
		backup.Restore()
		if _, err := orchestrator.BeginRecovery(t.Context(), r.Store, r.Sandbox.Now(), "a backup was restored"); err != nil {
			t.Fatal(err)
		}
		r.interpose()
		r.Advance(2 * time.Minute) // less than until the payment is polled
		if now := r.Load(old); now.State != escrowonline.Tracked {
			t.Errorf("what was shipped since the backup is not merged: the deal is %s", now.State)
		}
		r.recovering(t, false)
	})
}

// Of two replicas one at a time compares the books with the gateways, and the other one
// goes on when it has died.
func TestM73_oneReplicaRecovers(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		r := newRig(t, fresh(t, address))
		tx := cardPaid(t, r.Testbed, "pm_card_visa")
		if _, err := orchestrator.BeginRecovery(t.Context(), r.Store, r.Sandbox.Now(), "a backup was restored"); err != nil {
			t.Fatal(err)
		}
		one, two := r.Engine, r.replica
		looks := 0
		r.line.Break("GET", tx.PaymentID, func(func() (*http.Response, error)) (*http.Response, error) {
			if looks++; looks == 1 {
				if err := two.WatchRecovery(t.Context()); err != nil {
					t.Error(err)
				}
			}
			testkit.MustDie("while the deal is looked at")
			return nil, nil
		})
		if !testkit.Survive(func() { _ = one.WatchRecovery(t.Context()) }) || looks != 1 {
			t.Fatalf("the first replica did not die; %d looks", looks)
		}
		r.line.Break("", "", nil)
		round := func(want bool) {
			t.Helper()
			if err := two.WatchRecovery(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.recovering(t, want)
		}
		round(true) // it may still be at work
		if err := r.Sandbox.Advance(3 * time.Minute); err != nil {
			t.Fatal(err)
		}
		round(false)
	})
}

// A payment that the restored database has forgotten belongs to a deal that looks unpaid
// here: nobody ends that deal meanwhile, neither a person nor a timer. Deals that are
// opened during recovery go on.
func TestM1_recoveryEndsNoDeal(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		r := newRig(t, fresh(t, address))
		invoiced, err := r.Engine.Create(t.Context(), card("postpay", ""))
		if err != nil {
			t.Fatal(err)
		}
		do := func(name process.Transition, who process.Actor, input map[string]string) {
			t.Helper()
			in := orchestrator.DoInput{CommunityID: invoiced.Transaction.CommunityID, TransactionID: invoiced.Transaction.ID, Transition: name, Actor: who, Input: input}
			if _, err := r.Engine.Do(t.Context(), in); err != nil {
				t.Fatal(err)
			}
		}
		do("invoice", testkit.Seller, map[string]string{"total_sum": "5000"})
		invited := testkit.Deal()
		invited.Transition, invited.Seller, invited.Author = "invite", "", ""
		open, err := r.Engine.Create(t.Context(), invited)
		if err != nil {
			t.Fatal(err)
		}
		backup := r.Backup()
		r.interpose()
		do("pay_invoice", testkit.Buyer, map[string]string{"payment_method": "pm_card_visa"})
		r.MustSettle()
		if now := r.Load(invoiced.Transaction); now.State != settlement.Paid {
			t.Fatalf("the invoice is %s", now.State)
		}
		backup.Restore()
		r.MustSettle()
		r.recovering(t, true)
		r.interpose()
		for who, tx := range map[process.Actor]orchestrator.Transaction{testkit.Buyer: invoiced.Transaction, staff: open.Transaction} {
			_, err := r.Do(tx, "cancel", who)
			if f := fault.As(err); f.Reason != "recovery_mode" || f.Code != fault.Unavailable {
				t.Errorf("%s: cancelling answered %v", tx.Process, err)
			}
		}
		if err := r.Sandbox.Advance(31 * 24 * time.Hour); err != nil { // at once: a round of recovery a minute is many
			t.Fatal(err)
		}
		r.MustSettle()
		if now := r.Load(invoiced.Transaction); now.State != postpay.Accepted {
			t.Errorf("the invoice that was paid at the gateway is %s", now.State)
		}
		if now := r.Load(open.Transaction); now.State != escrow.Created {
			t.Errorf("the invitation is %s", now.State)
		}
		later, err := r.Engine.Create(t.Context(), invited)
		if err != nil {
			t.Fatal(err)
		}
		r.MustDo(later.Transaction, "cancel", staff)
		r.CheckBooks()
	})
}
