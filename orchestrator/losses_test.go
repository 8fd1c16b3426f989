package orchestrator_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// posted adds up what a deal put into the accounts of a kind.
func posted(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction, k ledger.Kind, owner string) (sum int64) {
	t.Helper()
	entries, err := w.Store.Entries(t.Context(), tx.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		for _, p := range e.Postings {
			if p.Account == (ledger.Account{Kind: k, Owner: owner}) {
				sum += p.Amount.Minor()
			}
		}
	}
	return sum
}

func differences(t *testing.T, w *testkit.Testbed) []orchestrator.Difference {
	t.Helper()
	report, err := w.Engine.Reconcile(t.Context(), orchestrator.ReconcileInput{
		Gateway: "stripe", From: w.Sandbox.Now().Add(-400 * day), To: w.Sandbox.Now().Add(day),
	})
	if err != nil {
		t.Fatal(err)
	}
	return report.Differences
}

// The payer's bank takes the money of a deal back that is over: the loss and the
// seller's debt are booked, and the case stays on the lists until it is settled or won.
func TestM4_chargebackAfterPayout(t *testing.T) {
	t.Parallel()
	paid := []process.Transition{"complete_preauthorization"}
	settled := func(recovered string) func(*testing.T, *testkit.Testbed, orchestrator.Transaction) {
		return func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			asStaff(t, w, tx, "settle_loss", map[string]string{"recovered": recovered, "reason": "talked to the seller"})
		}
	}
	closed := func(won bool) func(*testing.T, *testkit.Testbed, orchestrator.Transaction) {
		return func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			if err := w.Stripe.CloseDispute(disputeOf(t, w), won); err != nil {
				t.Fatal(err)
			}
			w.MustSettle()
		}
	}
	released := process.Funds{Captured: 5000, Released: 4500, Fees: 500}
	tests := map[string]struct {
		steps []process.Transition
		end   func(*testing.T, *testkit.Testbed, orchestrator.Transaction)
		want  process.Funds
		open  bool // after the end
	}{
		"won":            {append(paid, "complete"), closed(true), released, false},
		"lost":           {append(paid, "complete"), closed(false), with(released, 5000, 500, 0), true},
		"given up":       {append(paid, "complete"), settled("0"), with(released, 5000, 5000, 0), false},
		"paid back":      {append(paid, "complete"), settled("4500"), with(released, 5000, 500, 4500), false},
		"a part is back": {append(paid, "complete"), settled("1000"), with(released, 5000, 4000, 1000), false},
		"dismissed":      {append(paid, "cancel", "dismiss"), settled("4500"), with(released, 5000, 500, 4500), false},
	}
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: oneOfMany(t, url), Manual: true, CallTimeout: 5 * time.Second})
				if err := w.Store.SaveFees(t.Context(), testkit.Deal().CommunityID, pricing.Policy{SellerBasisPoints: 1000}, orchestrator.By{Actor: "system", At: testkit.Start}); err != nil {
					t.Fatal(err)
				}
				tx := lossDeal(t, w, tc.steps)
				takeBack(t, w, tx)
				now := w.Load(tx)
				if now.State != tx.State || now.Funds.ChargedBack != 5000 || now.Funds.Owed() != 4500 || !strings.Contains(now.Attention, "settle the loss") {
					t.Fatalf("disputed: %s, %+v, owed %d, attention %q", now.State, now.Funds, now.Funds.Owed(), now.Attention)
				}
				if seller, err := w.Engine.Seller(t.Context(), tx.CommunityID, tx.Seller); err != nil || len(seller.Debt) != 1 || seller.Debt[0] != money.New(4500, "EUR") {
					t.Errorf("the seller owes %v (%v)", seller.Debt, err)
				}
				if debt := posted(t, w, tx, ledger.Debt, tx.Seller); debt != -4500 {
					t.Errorf("debt of the seller = %d, want %d", debt, -4500)
				}
				listed, err := w.Engine.Waiting(t.Context(), orchestrator.Filter{CommunityID: tx.CommunityID, Limit: 10})
				if err != nil || !slices.ContainsFunc(listed, func(d orchestrator.Transaction) bool { return d.ID == tx.ID }) {
					t.Errorf("not on the operator's list: %v", err)
				}
				if _, err := w.Engine.Clear(t.Context(), tx.CommunityID, tx.ID, staff, "seen", ""); fault.ReasonOf(err) != "loss_not_settled" {
					t.Errorf("clearing the only sign: %v", err)
				}
				if found := differences(t, w); len(found) != 1 || found[0].Class != orchestrator.OpenLoss || found[0].There != money.New(5000, "EUR") {
					t.Errorf("reconciliation finds %+v, want the open loss", found)
				}
				tc.end(t, w, tx)
				now = w.Load(tx)
				if now.Funds != tc.want || (now.Attention != "") != tc.open || now.LossOpen() != tc.open {
					t.Errorf("after the end: %+v with attention %q, want %+v", now.Funds, now.Attention, tc.want)
				}
				if lost := posted(t, w, tx, ledger.Losses, "marketplace"); lost != -tc.want.Lost {
					t.Errorf("losses = %d, want %d", lost, -tc.want.Lost)
				}
				if found := differences(t, w); (len(found) != 0) != tc.open {
					t.Errorf("reconciliation finds %+v", found)
				}
				w.CheckBooks()
			})
		}
	})
}

func with(f process.Funds, back, lost, recovered int64) process.Funds {
	f.ChargedBack, f.Lost, f.Recovered = back, lost, recovered
	return f
}

// lossDeal is a deal on Stripe that has ended.
func lossDeal(t *testing.T, w *testkit.Testbed, steps []process.Transition) orchestrator.Transaction {
	t.Helper()
	tx := paidByCard(t, w, steps[:1])
	for _, name := range steps[1:] {
		actor := testkit.Buyer
		if name == "refund" || name == "dismiss" {
			actor = staff
		}
		w.MustDo(tx, name, actor)
	}
	w.MustSettle()
	return w.Load(tx)
}

// takeBack lets the payer's bank have the money.
func takeBack(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
	t.Helper()
	if _, err := w.Stripe.Dispute(tx.PaymentID, ""); err != nil {
		t.Fatal(err)
	}
	w.MustSettle()
}

func disputeOf(t *testing.T, w *testkit.Testbed) string {
	t.Helper()
	return firstAtStripe(t, w, "dispute")
}

// firstAtStripe is what the first operation of a name made.
func firstAtStripe(t *testing.T, w *testkit.Testbed, operation string) string {
	t.Helper()
	for _, e := range w.Stripe.Effects() {
		if e.Operation == operation {
			return e.ObjectID
		}
	}
	t.Fatalf("no %s", operation)
	return ""
}

// reverse takes a part of the payout back from the seller, on Stripe's dashboard.
func reverse(t *testing.T, w *testkit.Testbed, minor string) {
	t.Helper()
	w.AtStripe("/v1/transfers/"+firstAtStripe(t, w, "transfer")+"/reversals", map[string][]string{"amount": {minor}})
	w.MustSettle()
}

// winBack lets the payer's bank give the money back.
func winBack(t *testing.T, w *testkit.Testbed, _ orchestrator.Transaction) {
	t.Helper()
	if err := w.Stripe.CloseDispute(disputeOf(t, w), true); err != nil {
		t.Fatal(err)
	}
	w.MustSettle()
}

func asStaff(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction, name process.Transition, input map[string]string) {
	t.Helper()
	_, err := w.Engine.Do(t.Context(), orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: name, Actor: staff, Input: testkit.Because(staff, input)})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// What Stripe keeps is booked out of the platform's own account, with the step that
// learns of it; a refund by hand after the payout is a loss like a chargeback.
func TestM4_gatewayFees(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true, CallTimeout: 5 * time.Second})
		tx := lossDeal(t, w, []process.Transition{"complete_preauthorization", "complete"})
		fees := func(want int64) {
			t.Helper()
			now := w.Load(tx)
			if kept, paid := posted(t, w, tx, ledger.Fees, "stripe"), posted(t, w, tx, ledger.Platform, "stripe"); now.GatewayFees != want || kept != want || paid != -want {
				t.Errorf("Stripe kept %d by the deal, %d by the ledger, paid with %d; want %d", now.GatewayFees, kept, paid, want)
			}
		}
		fees(100) // 1.5 % of 50.00, and 0.25
		if now := w.Load(tx); now.Funds != (process.Funds{Captured: 5000, Released: 5000}) {
			t.Errorf("the fee changes the deal's own books: %+v", now.Funds)
		}
		takeBack(t, w, tx)
		fees(1600) // and 15.00 for the dispute
		if err := w.Stripe.CloseDispute(disputeOf(t, w), true); err != nil {
			t.Fatal(err)
		}
		w.MustSettle()
		fees(1600)
		w.AtStripe("/v1/refunds", map[string][]string{"payment_intent": {tx.PaymentID}, "amount": {"2000"}})
		w.MustSettle()
		if now := w.Load(tx); now.Funds.ChargedBack != 2000 || now.Funds.Owed() != 2000 || !now.LossOpen() {
			t.Errorf("after a refund by hand: %+v with attention %q", now.Funds, now.Attention)
		}
		w.CheckBooks()
	})
}

// What comes back after the loss was settled is won back: what nobody paid is no loss any
// more, and what the payee paid is owed to them until staff says that they have it. More
// that goes back opens the case again.
func TestM4_settledLossGoesOn(t *testing.T) {
	t.Parallel()
	released := process.Funds{Captured: 5000, Released: 4500, Fees: 500}
	due := func(f process.Funds, minor int64) process.Funds { f.PayeeDue = minor; return f }
	settle := func(recovered string) func(*testing.T, *testkit.Testbed, orchestrator.Transaction) {
		return func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			asStaff(t, w, tx, "settle_loss", map[string]string{"recovered": recovered, "reason": "talked to the seller"})
		}
	}
	dispute := takeBack
	won := winBack
	repaid := func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
		if _, err := w.Engine.Clear(t.Context(), tx.CommunityID, tx.ID, staff, "seen", ""); fault.ReasonOf(err) != "payee_not_repaid" {
			t.Errorf("clearing the only sign: %v", err)
		}
		due := w.Load(tx).Funds.PayeeDue
		repay := func(minor int64) error {
			_, err := w.Engine.Do(t.Context(), orchestrator.DoInput{
				CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "repay_payee", Actor: staff,
				Input: map[string]string{"repaid": strconv.FormatInt(minor, 10), "reason": "paid by bank transfer"},
			})
			return err
		}
		if err := repay(due + 1); fault.ReasonOf(err) != "invalid_repaid" {
			t.Errorf("another sum than is owed: %v", err)
		}
		if err := repay(due); err != nil {
			t.Fatal(err)
		}
	}
	byHand := func(minor string) func(*testing.T, *testkit.Testbed, orchestrator.Transaction) {
		return func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			w.AtStripe("/v1/refunds", map[string][]string{"payment_intent": {tx.PaymentID}, "amount": {minor}})
			w.MustSettle()
		}
	}
	reversed := func(minor string) func(*testing.T, *testkit.Testbed, orchestrator.Transaction) {
		return func(t *testing.T, w *testkit.Testbed, _ orchestrator.Transaction) { reverse(t, w, minor) }
	}
	paidAgain := func(minor int64) func(*testing.T, *testkit.Testbed, orchestrator.Transaction) {
		return func(_ *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			w.TransferElsewhere(tx, minor)
			w.MustSettle()
		}
	}
	type step struct {
		do   func(*testing.T, *testkit.Testbed, orchestrator.Transaction)
		want process.Funds
		sign string // in the attention note, which is empty without one
	}
	tests := map[string][]step{
		"nothing was recovered": {
			{dispute, with(released, 5000, 500, 0), "settle the loss"}, {settle("0"), with(released, 5000, 5000, 0), ""}, {won, released, ""},
		},
		"all was recovered": {
			{dispute, with(released, 5000, 500, 0), "settle the loss"}, {settle("4500"), with(released, 5000, 500, 4500), ""},
			{won, due(released, 4500), "repay_payee"}, {repaid, released, ""},
		},
		"a part was recovered": {
			{dispute, with(released, 5000, 500, 0), "settle the loss"}, {settle("1000"), with(released, 5000, 4000, 1000), ""},
			{won, due(released, 1000), "repay_payee"}, {repaid, released, ""},
		},
		"all was recovered by reversing the transfer": {
			{dispute, with(released, 5000, 500, 0), "settle the loss"}, {settle("4500"), with(released, 5000, 500, 4500), ""},
			{reversed("4500"), with(released, 5000, 500, 4500), ""}, {won, due(released, 4500), "repay_payee"},
			{paidAgain(4500), due(released, 4500), "repay_payee"}, {repaid, released, ""},
		},
		"a part was recovered by reversing the transfer": {
			{dispute, with(released, 5000, 500, 0), "settle the loss"}, {settle("1000"), with(released, 5000, 4000, 1000), ""},
			{reversed("600"), with(released, 5000, 4000, 1000), ""}, {reversed("400"), with(released, 5000, 4000, 1000), ""}, {won, due(released, 1000), "repay_payee"},
			{byHand("400"), with(due(released, 600), 400, 0, 400), "repay_payee"}, {paidAgain(600), with(due(released, 600), 400, 0, 400), "repay_payee"},
		},
		"won, and refunded by hand before the payee is repaid": {
			{dispute, with(released, 5000, 500, 0), "settle the loss"}, {settle("1000"), with(released, 5000, 4000, 1000), ""},
			{won, due(released, 1000), "repay_payee"},
			{byHand("400"), with(due(released, 600), 400, 0, 400), "repay_payee"}, {byHand("2000"), with(released, 2400, 0, 1000), "settle the loss"},
			{settle("1400"), with(released, 2400, 0, 2400), ""},
		},
		"refunded by hand, and again after it was settled": {
			{byHand("1000"), with(released, 1000, 0, 0), "settle the loss"}, {settle("300"), with(released, 1000, 700, 300), ""},
			{byHand("500"), with(released, 1500, 700, 300), "settle the loss"}, {byHand("3500"), with(released, 5000, 1200, 300), "settle the loss"},
			{settle("0"), with(released, 5000, 4700, 300), ""},
		},
	}
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, steps := range tests {
			t.Run(name, func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: oneOfMany(t, url), Manual: true, CallTimeout: 5 * time.Second})
				if err := w.Store.SaveFees(t.Context(), testkit.Deal().CommunityID, pricing.Policy{SellerBasisPoints: 1000}, orchestrator.By{Actor: "system", At: testkit.Start}); err != nil {
					t.Fatal(err)
				}
				tx := lossDeal(t, w, []process.Transition{"complete_preauthorization", "complete"})
				for i, s := range steps {
					s.do(t, w, tx)
					now := w.Load(tx)
					if now.Funds != s.want || (now.Attention != "") != (s.sign != "") || !strings.Contains(now.Attention, s.sign) {
						t.Fatalf("step %d: %+v with attention %q, want %+v", i, now.Funds, now.Attention, s.want)
					}
					if debt := posted(t, w, tx, ledger.Debt, tx.Seller); debt != s.want.PayeeDue-s.want.Owed() {
						t.Errorf("step %d: debt of the seller = %d, want %d", i, debt, s.want.PayeeDue-s.want.Owed())
					}
					for _, d := range differences(t, w) {
						if d.Class != orchestrator.OpenLoss || !now.LossOpen() {
							t.Errorf("step %d: reconciliation finds %+v", i, d)
						}
					}
					if tasks, err := w.Engine.Tasks(t.Context(), orchestrator.TaskFilter{CommunityID: tx.CommunityID, Limit: 10}); err != nil || (len(tasks) != 0) != (s.sign != "") {
						t.Errorf("step %d: %d tasks, %v", i, len(tasks), err)
					}
					w.CheckBooks()
				}
			})
		}
	})
}

// A refund that fails after a chargeback was settled lowers what the payer has, as a
// dispute that is won does; but that money is the payer's, and nobody owes it to the payee.
func TestM4_failedRefundIsNotWonBack(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: fresh(t, address), Manual: true, CallTimeout: 5 * time.Second})
		tx := cardPaid(t, w, "pm_card_refundFail")
		w.MustDo(tx, "cancel", testkit.Buyer)
		asStaff(t, w, tx, "split", map[string]string{"refund": "1500", "release": "3500"})
		w.MustSettle()
		takeBack(t, w, tx)
		asStaff(t, w, tx, "settle_loss", map[string]string{"recovered": "3500"})
		settled := w.Load(tx).Funds
		w.Advance(48 * time.Hour)
		w.MustSettle()
		now := w.Load(tx)
		if now.Funds != settled || !strings.HasPrefix(now.Attention, "the books differ") {
			t.Errorf("after the refund failed: %+v with attention %q, want %+v on hold", now.Funds, now.Attention, settled)
		}
	})
}
