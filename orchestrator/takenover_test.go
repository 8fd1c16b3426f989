package orchestrator_test

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// gone is what left at the gateway past the books of a paid deal of 50.00.
type gone struct {
	refunded, released int64
	then               []deed // what is done with what is left
	ends               process.State
}

// split is a split that leads to these sums without fees.
func (g gone) split() []deed {
	parts := map[string]string{"refund": strconv.FormatInt(g.refunded, 10), "release": strconv.FormatInt(5000-g.refunded, 10)}
	return append(by(testkit.Buyer, "cancel"), deed{name: "split", actor: staff, input: parts})
}

// move does it by hand.
func (g gone) move(r *rig, tx orchestrator.Transaction) {
	if g.refunded > 0 {
		r.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}, "amount": {strconv.FormatInt(g.refunded, 10)}})
	}
	if g.released > 0 {
		r.TransferElsewhere(tx, g.released)
	}
}

func allGone() []gone {
	done := by(testkit.Buyer, "complete")
	return []gone{
		{1000, 4000, nil, settlement.Settled}, {2500, 2500, nil, settlement.Settled}, {1, 4999, nil, settlement.Settled}, {4999, 1, nil, settlement.Settled},
		{0, 5000, nil, settlement.Confirmed}, {5000, 0, nil, settlement.Refunded}, {1000, 2000, done, settlement.Confirmed},
	}
}

// overAsThere checks that a deal is over, its books are the gateway's, and kept is what is
// kept in fees.
func (r *rig) overAsThere(t *testing.T, tx orchestrator.Transaction, ends process.State, kept int64) {
	t.Helper()
	now, there := r.Load(tx), r.StripeBooks(tx.ListingTitle).Funds
	want := process.Funds{Captured: there.Captured, Refunded: there.Refunded, Released: there.Released, Fees: kept}
	if now.State != ends || now.Funds != want || now.Attention != "" {
		t.Errorf("the deal is %s with %+v, attention %q; want %s with %+v", now.State, now.Funds, now.Attention, ends, want)
	}
	report, err := r.Engine.Reconcile(t.Context(), orchestrator.ReconcileInput{Gateway: "stripe", From: testkit.Start.Add(-time.Hour), To: r.Sandbox.Now().Add(time.Hour)})
	if err != nil || len(report.Differences) > 0 {
		t.Errorf("reconcile says %+v (%v)", report.Differences, err)
	}
	if kinds, _ := tasksOf(t, r.Testbed, tx); len(kinds) > 0 {
		t.Errorf("tasks remain: %v", kinds)
	}
	r.CheckBooks()
}

func (r *rig) takeOver(t *testing.T, tx orchestrator.Transaction) {
	t.Helper()
	if _, err := r.Engine.TakeOver(t.Context(), tx.CommunityID, tx.ID, staff, "agreed with both sides", "r1"); err != nil {
		t.Fatalf("taking over is answered %v", err)
	}
}

// Whatever part of a payment went back and out by hand, taking it over leads on: the deal
// is over when nothing is left, wherever it was.
func TestTakeOver_neverADeadEnd(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		for _, g := range allGone() {
			for _, from := range []process.State{settlement.Paid, settlement.Canceled} {
				if from == settlement.Canceled && g.then != nil {
					continue // who has cancelled cannot confirm
				}
				t.Run(fmt.Sprintf("%s, %d back and %d out", from, g.refunded, g.released), func(t *testing.T) {
					t.Parallel()
					r := newRig(t, oneOfMany(t, address))
					tx := cardPaid(t, r.Testbed, "pm_card_visa")
					ends := g.ends
					if from == settlement.Canceled {
						tx = r.MustDo(tx, settlement.Cancel, testkit.Buyer)
						if ends == settlement.Confirmed {
							ends = settlement.Dismissed
						}
					}
					g.move(r, tx)
					r.MustSettle()
					r.takeOver(t, tx)
					if err := r.take(t, tx, g.then); err != nil {
						t.Fatal(err)
					}
					r.MustSettle()
					r.overAsThere(t, tx, ends, 0)
				})
			}
		}
	})
}

// A backup from before money left is restored, by a split or by hand: taking the sums over
// ends the deal, and recovery with it.
func TestTakeOver_afterARestore(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		for _, g := range allGone() {
			t.Run(fmt.Sprintf("%d back and %d out", g.refunded, g.released), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, oneOfMany(t, address))
				tx := cardPaid(t, r.Testbed, "pm_card_visa")
				backup := r.Backup()
				r.interpose()
				if g.ends == settlement.Settled {
					if err := r.take(t, tx, g.split()); err != nil {
						t.Fatal(err)
					}
					r.MustSettle()
				} else {
					g.move(r, tx)
				}
				backup.Restore()
				if _, err := orchestrator.BeginRecovery(t.Context(), r.Store, r.Sandbox.Now(), "a backup was restored"); err != nil {
					t.Fatal(err)
				}
				r.restart()
				r.Advance(2 * time.Minute)
				r.recovering(t, true)
				r.takeOver(t, tx)
				r.Advance(2 * time.Minute)
				r.recovering(t, false)
				if err := r.take(t, tx, g.then); err != nil {
					t.Fatal(err)
				}
				r.MustSettle()
				r.overAsThere(t, tx, g.ends, 0)
			})
		}
	})
}

// Where the sums are those of a split by the deal's rules, the fees are the split's. Where
// all that is held has left, nothing is kept of it.
func TestTakeOver_fees(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		gone
		kept int64
	}{
		"as a split pays it":   {gone{1025, 3600, nil, settlement.Settled}, 500},
		"the parts as a whole": {gone{1000, 4000, nil, settlement.Settled}, 125},
		"as complete pays it":  {gone{0, 4500, nil, settlement.Confirmed}, 625},
		"all of it paid out":   {gone{0, 5000, nil, settlement.Confirmed}, 125},
		"all of it, and fees":  {gone{5100, 0, nil, settlement.Refunded}, 25},
	}
	testkit.OnEither(t, func(t *testing.T, address string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, oneOfMany(t, address))
				policy := pricing.Policy{SellerBasisPoints: 1000, BuyerBasisPoints: 250}
				if err := r.Store.SaveFees(t.Context(), testkit.Deal().CommunityID, policy, orchestrator.By{Actor: "system", At: testkit.Start}); err != nil {
					t.Fatal(err)
				}
				tx := cardPaid(t, r.Testbed, "pm_card_visa")
				tc.move(r, tx)
				r.MustSettle()
				r.takeOver(t, tx)
				r.overAsThere(t, tx, tc.ends, tc.kept)
			})
		}
	})
}
