package orchestrator_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
)

// capped is a deal in which somebody may say how much is moved, and amounts that are not
// there to move.
type capped struct {
	bring func(t *testing.T, w *testkit.Testbed) orchestrator.Transaction
	name  process.Transition
	actor process.Actor
	bad   []map[string]string
}

// badSplits are splits of a price of 5000 that do not add up to it, or hold less than nothing.
func badSplits() (bad []map[string]string) {
	for _, p := range [][2]int64{
		{5001, 0}, {0, 5001}, {5001, -1}, {-1, 5001}, {2500, 2501}, {2501, 2500}, {2500, 2499}, {0, 0}, {-2500, -2500}, {0, 1},
		{math.MaxInt64, 1}, {1, math.MaxInt64}, {math.MaxInt64, math.MaxInt64}, {math.MinInt64, 5000}, {math.MaxInt64, -(math.MaxInt64 - 5000)},
	} {
		bad = append(bad, map[string]string{"refund": strconv.FormatInt(p[0], 10), "release": strconv.FormatInt(p[1], 10), "reason": "half each"})
	}
	return append(bad, map[string]string{"refund": "1e3", "release": "4000", "reason": "x"}, map[string]string{"refund": "5000", "reason": "x"})
}

// Who says how much is moved can move no more than there is, at no gateway: what is
// refused reaches no gateway and no ledger.
func TestP3_inputsAreCapped(t *testing.T) {
	t.Parallel()
	lena := process.Actor{Kind: process.Staff, ID: "lena"}
	do := func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction, name process.Transition, a process.Actor) orchestrator.Transaction {
		t.Helper()
		result, err := w.Engine.Do(t.Context(), orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: name, Actor: a})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return result.Transaction
	}
	prices := []map[string]string{}
	for _, price := range []int64{-1, 0, 1, math.MinInt64} {
		prices = append(prices, map[string]string{"price": strconv.FormatInt(price, 10)})
	}
	for name, tc := range map[string]capped{
		"split at stripe": {func(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
			return w.MustDo(cardPaid(t, w, "pm_card_visa"), "cancel", testkit.Buyer)
		}, "split", lena, badSplits()},
		"split of a balance": {func(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
			fund(t, w, "bea", 8000)
			result, err := w.Engine.Create(t.Context(), own("preauthorize"))
			if err != nil {
				t.Fatal(err)
			}
			tx := do(t, w, result.Transaction, "complete_preauthorization", testkit.Seller)
			return do(t, w, tx, "cancel", testkit.Buyer)
		}, "split", lena, badSplits()},
		"split of an order": {func(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
			fund(t, w, "sam", 8000)
			result, err := w.Engine.Create(t.Context(), own("p2p_order"))
			if err != nil {
				t.Fatal(err)
			}
			tx := do(t, w, result.Transaction, "confirm_paid", testkit.Buyer)
			return do(t, w, tx, "call_operator", testkit.Buyer)
		}, "resolve_split", lena, badSplits()},
		"price face to face": {func(_ *testing.T, w *testkit.Testbed) orchestrator.Transaction {
			return w.BringF2FTo(escrowf2f.DepositAccepted)
		}, "set_price", testkit.Seller, prices},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testkit.New(t, testkit.Options{Manual: true})
			tx := tc.bring(t, w)
			moved, entries := len(w.Stripe.Effects()), postings(t, w, tx)
			for _, input := range tc.bad {
				_, err := w.Engine.Do(t.Context(), orchestrator.DoInput{
					CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: tc.name, Actor: tc.actor, Input: input,
				})
				if code := fault.CodeOf(err); code != fault.Invalid && code != fault.Conflict && code != fault.Declined {
					t.Errorf("%v: %v", input, err)
				}
				after := w.Load(tx)
				if after.Funds != tx.Funds || after.State != tx.State || after.IntentID != "" || len(w.Stripe.Effects()) != moved || postings(t, w, tx) != entries {
					t.Fatalf("%v moved something: %s %+v", input, after.State, after.Funds)
				}
			}
			w.CheckBooks()
		})
	}
}

func postings(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) (n int) {
	t.Helper()
	all, err := w.Store.Entries(t.Context(), tx.ID)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
