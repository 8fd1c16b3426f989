package orchestrator_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// charging is a testbed whose marketplace takes 10 % of the seller and 3 % of the buyer, of
// which a refund gives back its share.
func charging(t *testing.T, url string) *testkit.Testbed {
	t.Helper()
	w := testkit.New(t, testkit.Options{DatabaseURL: fresh(t, url), Manual: true, CallTimeout: 5 * time.Second})
	policy := pricing.Policy{SellerBasisPoints: 1000, BuyerBasisPoints: 300, BuyerFeeRule: pricing.ProRata}
	if err := w.Store.SaveFees(t.Context(), testkit.Deal().CommunityID, policy, orchestrator.By{Actor: "system", At: testkit.Start}); err != nil {
		t.Fatal(err)
	}
	return w
}

// A buyer is refunded after the seller was paid: the transfer is reversed, then the payment is
// given back, and nobody keeps anything of it.
func TestM21_refundAfterPayout(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		steps func(*testing.T, *testkit.Testbed, orchestrator.Transaction)
		paid  process.Funds
	}{
		"completed": {func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			w.MustDo(tx, "complete", testkit.Buyer)
		}, process.Funds{Captured: 5150, Released: 4500, Fees: 650}},
		"dismissed": {func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			w.MustDo(tx, "cancel", testkit.Buyer)
			asStaff(t, w, tx, "dismiss", nil)
		}, process.Funds{Captured: 5150, Released: 4500, Fees: 650}},
		"split": {func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			w.MustDo(tx, "cancel", testkit.Buyer)
			asStaff(t, w, tx, "split", map[string]string{"refund": "2001", "release": "2999"})
			w.MustSettle()
		}, process.Funds{Captured: 5150, Released: 2699, Refunded: 2061, Fees: 390}},
		"completed after parts": {func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			asStaff(t, w, tx, "refund_part", map[string]string{"refund": "1000"})
			asStaff(t, w, tx, "refund_part", map[string]string{"refund": "1000"})
			w.MustDo(tx, "complete", testkit.Buyer)
		}, process.Funds{Captured: 5150, Released: 2700, Refunded: 2060, Fees: 390}},
	}
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				w := charging(t, url)
				tx := paidByCard(t, w, []process.Transition{"complete_preauthorization"})
				tc.steps(t, w, tx)
				if got := w.Load(tx).Funds; got != tc.paid {
					t.Fatalf("before: %+v, want %+v", got, tc.paid)
				}
				asStaff(t, w, tx, "refund_after_payout", map[string]string{"reason": "arrived broken"})
				w.MustSettle()
				now := w.Load(tx)
				if want := (process.Funds{Captured: 5150, Refunded: 5150}); now.State != "refunded" || now.Funds != want {
					t.Errorf("after: %s, %+v", now.State, now.Funds)
				}
				if at := w.StripeBooks(tx.ListingTitle); at.Funds.Refunded != 5150 || at.Funds.Released != 0 || at.Effects["reverse"] != 1 {
					t.Errorf("at Stripe: %+v", at)
				}
				if left := posted(t, w, tx, ledger.PaidOut, tx.Seller) + posted(t, w, tx, ledger.Fees, "marketplace"); left != 0 {
					t.Errorf("%d stay in the books", left)
				}
				if found := differences(t, w); len(found) != 0 {
					t.Errorf("reconciliation finds %+v", found)
				}
				if entries, err := w.Engine.Statement(t.Context(), orchestrator.SellerFilter{CommunityID: tx.CommunityID, Seller: tx.Seller, From: testkit.Start, To: testkit.Start.Add(day)}); err != nil || len(entries) != 2 || entries[0].PaidOut != tc.paid.Released || entries[1].PaidOut != -tc.paid.Released {
					t.Errorf("the seller's statement: %+v, %v", entries, err)
				}
				w.CheckBooks()
			})
		}
	})
}

// loseAnswerOf has Stripe carry the next call of a route out and cut its answer.
func loseAnswerOf(t *testing.T, w *testkit.Testbed, route string) {
	t.Helper()
	if err := w.Stripe.SetFaults([]stripe.Fault{{Route: route, Kind: "cut_after"}}); err != nil {
		t.Fatal(err)
	}
}

// What is in the way of a refund after the payout, and how it goes on.
func TestM21_refundAfterPayoutIsHindered(t *testing.T) {
	t.Parallel()
	back := func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) error {
		_, err := w.Engine.Do(t.Context(), orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "refund_after_payout", Actor: staff, Input: map[string]string{"reason": "broken"}})
		return err
	}
	tests := map[string]struct {
		play  func(*testing.T, *testkit.Testbed, orchestrator.Transaction)
		state process.State
	}{
		"the bank took it back before": {func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			takeBack(t, w, tx)
			if err := back(t, w, tx); fault.ReasonOf(err) != "payout_not_returnable" {
				t.Errorf("refused with %v", err)
			}
		}, "confirmed"},
		"the answer to the reversal is lost": {func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			loseAnswerOf(t, w, "reverse_transfer")
			if err := back(t, w, tx); fault.CodeOf(err) != fault.Unknown {
				t.Errorf("answered with %v", err)
			}
			w.Advance(time.Hour)
			w.MustSettle()
		}, "refunded"},
		"somebody reversed it by hand": {func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			w.AtStripe("/v1/transfers/"+firstAtStripe(t, w, "transfer")+"/reversals", url.Values{})
			if err := back(t, w, tx); err != nil {
				t.Errorf("refused with %v", err)
			}
			w.MustSettle()
		}, "refunded"},
		"a part was reversed by hand": {func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			w.AtStripe("/v1/transfers/"+firstAtStripe(t, w, "transfer")+"/reversals", url.Values{"amount": {"100"}})
			if err := back(t, w, tx); fault.ReasonOf(err) != "books_differ" {
				t.Errorf("refused with %v", err)
			}
		}, "confirmed"},
		"the payee has spent it": {func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			w.Advance(10 * day) // Stripe pays it out to their bank
			if err := back(t, w, tx); fault.ReasonOf(err) != "payee_balance_insufficient" {
				t.Errorf("refused with %v", err)
			}
		}, "confirmed"},
		"the payee was paid by hand, in two transfers": {func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			w.ReverseElsewhere(tx)
			w.TransferElsewhere(tx, 2000)
			w.TransferElsewhere(tx, 2500)
			if err := back(t, w, tx); fault.ReasonOf(err) != "several_transfers" {
				t.Errorf("refused with %v", err)
			}
		}, "confirmed"},
		"the payee is paid again": {func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			if err := back(t, w, tx); err != nil {
				t.Fatal(err)
			}
			asStaff(t, w, tx, "pay_again", map[string]string{"reason": "the buyer agreed after all"})
		}, "dismissed"},
		"a party may not": {func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			for _, who := range []process.Actor{testkit.Buyer, testkit.Seller} {
				if _, err := w.Do(tx, "refund_after_payout", who); fault.CodeOf(err) != fault.Forbidden {
					t.Errorf("%s: %v", who, err)
				}
			}
		}, "confirmed"},
	}
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				w := charging(t, url)
				tx := paidByCard(t, w, []process.Transition{"complete_preauthorization"})
				w.MustDo(tx, "complete", testkit.Buyer)
				tc.play(t, w, tx)
				if now := w.Load(tx); now.State != tc.state {
					t.Errorf("the deal is %s (%s), want %s", now.State, now.Attention, tc.state)
				}
				if at := w.StripeBooks(tx.ListingTitle); at.Funds.Refunded+at.Funds.Released > 5150 || at.Effects["refund"] > 1 {
					t.Errorf("at Stripe: %+v", at)
				}
				w.CheckBooks()
			})
		}
	})
}

// Parts of what is held go back as often as staff says, the same sum too, while the deal goes on.
func TestM21_partsGoBack(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := charging(t, url)
		tx := paidByCard(t, w, []process.Transition{"complete_preauthorization"})
		for n, want := range []process.Funds{
			{Captured: 5150, Held: 4000, Refunded: 1030, Fees: 120}, {Captured: 5150, Held: 3000, Refunded: 2060, Fees: 90},
		} {
			asStaff(t, w, tx, "refund_part", map[string]string{"refund": "1000"})
			if now := w.Load(tx); now.State != "paid" || now.Funds != want {
				t.Fatalf("part %d: %s, %+v, want %+v", n+1, now.State, now.Funds, want)
			}
		}
		for refund, reason := range map[string]fault.Reason{"0": "invalid_refund", "3000": "invalid_refund", "": "invalid_refund", "1.5": "invalid_refund"} {
			_, err := w.Engine.Do(t.Context(), orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "refund_part", Actor: staff, Input: testkit.Because(staff, map[string]string{"refund": refund})})
			if fault.ReasonOf(err) != reason {
				t.Errorf("a part of %q: %v", refund, err)
			}
		}
		loseAnswerOf(t, w, "create_refund")
		_, err := w.Engine.Do(t.Context(), orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "refund_part", Actor: staff, Input: testkit.Because(staff, map[string]string{"refund": "1000"})})
		if fault.CodeOf(err) != fault.Unknown {
			t.Errorf("a lost answer: %v", err)
		}
		w.Advance(time.Hour)
		w.MustDo(tx, "complete", testkit.Buyer)
		want := process.Funds{Captured: 5150, Released: 1800, Refunded: 3090, Fees: 260}
		if now := w.Load(tx); now.State != "confirmed" || now.Funds != want {
			t.Errorf("the end: %s, %+v, want %+v", now.State, now.Funds, want)
		}
		if at := w.StripeBooks(tx.ListingTitle); at.Funds.Refunded != 3090 || at.Effects["refund"] != 3 {
			t.Errorf("at Stripe: %+v", at)
		}
		told := 0
		events, err := w.Store.Events(t.Context(), tx.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if strings.HasSuffix(e.Type, "refunded_in_part") {
				told++
			}
		}
		if told != 3 {
			t.Errorf("%d parts are told", told)
		}
		w.CheckBooks()
	})
}
