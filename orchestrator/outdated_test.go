package orchestrator_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// A refund of 1.00 by hand is put before a second person; while they think, 30.00 more
// are refunded by hand. The approval was for the first.
func TestS7_approvedHoldIsTheSame(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address})
		tx := cardPaid(t, w, "pm_card_visa")
		by := orchestrator.By{Actor: "system", Reason: "a test", At: w.Sandbox.Now()}
		if err := errors.Join(
			w.Store.SaveOperators(t.Context(), tx.CommunityID, []string{"olga", "ann"}, by),
			w.Store.SaveApprovalLimits(t.Context(), tx.CommunityID, orchestrator.Limits{"EUR": 1000}, by),
		); err != nil {
			t.Fatal(err)
		}
		refund := func(minor string) {
			w.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}, "amount": {minor}})
			w.MustSettle()
		}
		olga, ann := process.Actor{Kind: process.Staff, ID: "olga"}, process.Actor{Kind: process.Staff, ID: "ann"}
		acts := map[string]func() error{
			"take over": func() error {
				_, err := w.Engine.TakeOver(t.Context(), tx.CommunityID, tx.ID, olga, "promised by phone", "r1")
				return err
			},
			"clear": func() error {
				_, err := w.Engine.Clear(t.Context(), tx.CommunityID, tx.ID, olga, "it is fine", "r2")
				return err
			},
		}
		ask := func() map[string]int64 {
			ids := map[string]int64{}
			for name, act := range acts {
				waits := (*orchestrator.AwaitsApproval)(nil)
				if err := act(); !errors.As(err, &waits) {
					t.Fatalf("%s is answered %v", name, err)
				}
				if waits.Approval.Details()["attention"] == "" {
					t.Errorf("%s does not say why the deal is on hold", name)
				}
				ids[name] = waits.Approval.ID
			}
			return ids
		}
		refund("100")
		before := ask()
		refund("3000")
		for name, id := range before {
			if _, err := w.Engine.Approve(t.Context(), tx.CommunityID, id, ann, "seen", "r3"); fault.ReasonOf(err) != "approval_outdated" {
				t.Errorf("%s: the approval is answered %v", name, err)
			}
		}
		if now := w.Load(tx); now.Attention == "" || now.Funds.Refunded != 0 {
			t.Fatalf("the hold is %q, the funds are %+v", now.Attention, now.Funds)
		}
		if _, err := w.Engine.Approve(t.Context(), tx.CommunityID, ask()["take over"], ann, "seen", "r4"); err != nil {
			t.Fatal(err)
		}
		if now := w.Load(tx); now.Attention != "" || now.Funds.Refunded != 3100 {
			t.Errorf("the hold is %q, the funds are %+v", now.Attention, now.Funds)
		}
		w.CheckBooks()
	})
}
