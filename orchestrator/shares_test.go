package orchestrator_test

import (
	"slices"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// A deal of 50.00 with 10 % commission and 2.5 % for the buyer is split: what the dry
// run shows is what is posted and what leaves at the gateway, to the cent.
func TestM6_splitOnStripe(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		rules           pricing.Policy
		refund, release string
		want            process.Funds
	}{
		"pro rata":           {pricing.Policy{}, "1000", "4000", process.Funds{Captured: 5125, Released: 3600, Refunded: 1025, Fees: 500}},
		"little is released": {pricing.Policy{}, "4800", "200", process.Funds{Captured: 5125, Released: 180, Refunded: 4920, Fees: 25}},
		"as before": {
			pricing.Policy{CommissionRule: pricing.Whole, BuyerFeeRule: pricing.Kept}, "4800", "200",
			process.Funds{Captured: 5125, Refunded: 4800, Fees: 325},
		},
		"all goes back": {pricing.Policy{}, "", "", process.Funds{Captured: 5125, Refunded: 5125}},
		"but the fee":   {pricing.Policy{BuyerFeeRule: pricing.Kept}, "", "", process.Funds{Captured: 5125, Refunded: 5000, Fees: 125}},
	}
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				policy := tc.rules
				policy.SellerBasisPoints, policy.BuyerBasisPoints = 1000, 250
				w := testkit.New(t, testkit.Options{DatabaseURL: oneOfMany(t, url)})
				if err := w.Store.SaveFees(t.Context(), testkit.Deal().CommunityID, policy, orchestrator.By{Actor: "system", At: testkit.Start}); err != nil {
					t.Fatal(err)
				}
				tx := paidByCard(t, w, []process.Transition{"complete_preauthorization", "cancel"})
				in := orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "refund", Actor: staff, Input: testkit.Because(staff, nil)}
				if tc.refund != "" {
					in.Transition, in.Input = "split", testkit.Because(staff, map[string]string{"refund": tc.refund, "release": tc.release})
				}
				preview, err := w.Engine.DryRun(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				result, err := w.Engine.Do(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				if preview.To != result.Transaction.State || preview.Transaction.Funds != result.Transaction.Funds {
					t.Errorf("the dry run told %s with %+v, the answer %s with %+v", preview.To, preview.Transaction.Funds, result.Transaction.State, result.Transaction.Funds)
				}
				w.MustSettle()
				now := w.Load(tx)
				if now.Funds != tc.want || now.Attention != "" {
					t.Errorf("funds = %+v with attention %q, want %+v", now.Funds, now.Attention, tc.want)
				}
				seen := process.Funds{Captured: tc.want.Captured, Held: 5000, Fees: 125}
				for _, m := range preview.Moves {
					for pocket, sum := range map[process.Pocket]*int64{
						process.Payee: &seen.Released, process.Payer: &seen.Refunded, process.GatewayFees: &seen.Fees, process.EscrowPocket: &seen.Held,
					} {
						if m.To == pocket {
							*sum += m.Amount.Minor()
						}
						if m.From == pocket {
							*sum -= m.Amount.Minor()
						}
					}
				}
				if seen != tc.want {
					t.Errorf("the dry run showed %+v, what came is %+v", seen, tc.want)
				}
				if split := in.Transition == "split"; slices.Contains(preview.Then, "settle_rest") != split {
					t.Errorf("the dry run of %s says that %v follow", in.Transition, preview.Then)
				}
				w.CheckBooks()
			})
		}
	})
}
