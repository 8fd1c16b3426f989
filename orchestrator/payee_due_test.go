package orchestrator_test

import (
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

// More that was taken back from the payee than they have paid by the books is nobody's
// settlement: the deal is on hold.
func TestM4_moreReversedThanRecovered(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address, Manual: true, CallTimeout: 5 * time.Second})
		tx := lossDeal(t, w, []process.Transition{"complete_preauthorization", "complete"})
		takeBack(t, w, tx)
		asStaff(t, w, tx, "settle_loss", map[string]string{"recovered": "1000"})
		reverse(t, w, "1000")
		if now := w.Load(tx); now.Attention != "" {
			t.Errorf("what was recovered is reversed: attention %q", now.Attention)
		}
		reverse(t, w, "1")
		if now := w.Load(tx); !strings.HasPrefix(now.Attention, "the books differ: the gateway has released") {
			t.Errorf("more than was recovered is reversed: attention %q", now.Attention)
		}
		if found := differences(t, w); len(found) != 1 || found[0].What != "released" || found[0].There != money.New(3999, "EUR") {
			t.Errorf("reconciliation finds %+v", found)
		}
	})
}

// What the payee is owed stays on the operators' lists, by the sums: also when a replica of
// a release that does not know of it took the sign away, and after the books differed.
func TestM4_signOfWhatThePayeeIsOwed(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction){
		"taken away by an older replica": func(t *testing.T, w *testkit.Testbed, _ orchestrator.Transaction) {
			bySQL(t, w.Config.DatabaseURL, `update transactions set attention = '', held_at = null`)
		},
		"the books differed meanwhile": func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			reverse(t, w, "1001")
			if now := w.Load(tx); !strings.HasPrefix(now.Attention, "the books differ") {
				t.Errorf("attention %q", now.Attention)
			}
			w.TransferElsewhere(tx, 1)
		},
	}
	testkit.OnEither(t, func(t *testing.T, address string) {
		for name, happens := range tests {
			t.Run(name, func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: oneOfMany(t, address), Manual: true, CallTimeout: 5 * time.Second})
				tx := lossDeal(t, w, []process.Transition{"complete_preauthorization", "complete"})
				takeBack(t, w, tx)
				asStaff(t, w, tx, "settle_loss", map[string]string{"recovered": "1000"})
				winBack(t, w, tx)
				sign := w.Load(tx).Attention
				happens(t, w, tx)
				w.Advance(25 * time.Hour) // the daily look
				if now := w.Load(tx); now.Attention != sign || !strings.Contains(sign, "repay_payee") {
					t.Errorf("attention %q, want %q", now.Attention, sign)
				}
				if tasks, err := w.Engine.Tasks(t.Context(), orchestrator.TaskFilter{CommunityID: tx.CommunityID, Limit: 10}); err != nil || len(tasks) != 1 {
					t.Errorf("%d tasks, %v", len(tasks), err)
				}
				w.CheckBooks()
			})
		}
	})
}

// What is taken back from the payee at the gateway before staff has said what they paid is
// taken over as their payment: of the debt, and of what was given up of it. Then a dispute
// that was won meanwhile is booked, and the payee is owed just that. More than went back to
// the payer is not taken over.
func TestM4_reversedBeforeItIsSettled(t *testing.T) {
	t.Parallel()
	type act func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction)
	reversed := func(minor string) act {
		return func(t *testing.T, w *testkit.Testbed, _ orchestrator.Transaction) { reverse(t, w, minor) }
	}
	givenUp := func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
		asStaff(t, w, tx, "settle_loss", map[string]string{"recovered": "1000"})
	}
	refundedInPart := func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
		w.AtStripe("/v1/refunds", map[string][]string{"payment_intent": {tx.PaymentID}, "amount": {"1000"}})
		w.MustSettle()
	}
	released := process.Funds{Captured: 5000, Released: 4500, Fees: 500}
	due := func(minor int64) process.Funds { f := released; f.PayeeDue = minor; return f }
	tests := map[string]struct {
		happens []act
		want    process.Funds // after it is taken over
		sign    string
		refused bool
	}{
		"all of the debt":                {[]act{takeBack, reversed("4500")}, with(released, 5000, 500, 4500), "settle the loss", false},
		"a part of the debt":             {[]act{takeBack, reversed("1500")}, with(released, 5000, 500, 1500), "settle the loss", false},
		"and the dispute was won":        {[]act{takeBack, reversed("4500"), winBack}, due(4500), "repay_payee", false},
		"what was given up":              {[]act{takeBack, givenUp, reversed("3000")}, with(released, 5000, 2000, 3000), "", false},
		"what was given up, and won":     {[]act{takeBack, givenUp, reversed("3000"), winBack}, due(3000), "repay_payee", false},
		"more than went back":            {[]act{refundedInPart, reversed("1001")}, process.Funds{}, "", true},
		"of a payout that nobody claims": {[]act{reversed("1")}, process.Funds{}, "", true},
	}
	testkit.OnEither(t, func(t *testing.T, address string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: oneOfMany(t, address), Manual: true, CallTimeout: 5 * time.Second})
				if err := w.Store.SaveFees(t.Context(), testkit.Deal().CommunityID, pricing.Policy{SellerBasisPoints: 1000}, orchestrator.By{Actor: "system", At: testkit.Start}); err != nil {
					t.Fatal(err)
				}
				tx := lossDeal(t, w, []process.Transition{"complete_preauthorization", "complete"})
				for _, happens := range tc.happens {
					happens(t, w, tx)
				}
				if now := w.Load(tx); !strings.HasPrefix(now.Attention, "the books differ") {
					t.Fatalf("before it is taken over: attention %q", now.Attention)
				}
				after, err := w.Engine.TakeOver(t.Context(), tx.CommunityID, tx.ID, staff, "the transfer was reversed for the debt", "r1")
				if refused := fault.ReasonOf(err) == "cannot_take_over"; refused != tc.refused || err != nil && !refused {
					t.Fatalf("taking over is answered %v", err)
				}
				w.CheckBooks()
				if tc.refused {
					return
				}
				now := w.Load(tx)
				if now.Funds != tc.want || after.Funds != tc.want || !strings.Contains(now.Attention, tc.sign) || (now.Attention != "") != (tc.sign != "") {
					t.Errorf("%+v with attention %q, want %+v and %q", now.Funds, now.Attention, tc.want, tc.sign)
				}
				if debt := posted(t, w, tx, ledger.Debt, tx.Seller); debt != tc.want.PayeeDue-tc.want.Owed() {
					t.Errorf("debt of the seller = %d, want %d", debt, tc.want.PayeeDue-tc.want.Owed())
				}
				if lost := posted(t, w, tx, ledger.Losses, "marketplace"); lost != -tc.want.Lost {
					t.Errorf("losses = %d, want %d", lost, -tc.want.Lost)
				}
			})
		}
	})
}
