package orchestrator_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// PayPal shows no payout beside its order. One that a restored database has forgotten is found by
// the order when it is asked for again: it is booked, and nobody is paid twice.
func TestCrash_forgottenPayout(t *testing.T) {
	t.Parallel()
	buyer := testkit.Buyer
	for name, tc := range map[string]struct {
		first, then []deed
		to          process.State
	}{
		"completed twice":                {by(buyer, "complete"), by(buyer, "complete"), settlement.Confirmed},
		"completed, then dismissed":      {by(buyer, "complete"), append(by(buyer, "cancel"), by(staff, "dismiss")...), settlement.Dismissed},
		"completed, then by itself":      {by(buyer, "complete"), nil, settlement.Confirmed},
		"by a rule, then by the starter": {nil, by(buyer, "complete"), settlement.Confirmed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, address string) {
				r := newRig(t, address)
				result, err := r.Engine.Create(t.Context(), at("preauthorize", "paypal"))
				if err != nil {
					t.Fatal(err)
				}
				tx := result.Transaction
				r.follows(t, tx, append([]deed{{pays: true}}, by(testkit.Seller, "complete_preauthorization")...))
				backup := r.Backup()
				r.interpose()
				r.follows(t, tx, tc.first)
				backup.Restore()
				r.interpose()
				r.follows(t, tx, tc.then)
				b := r.PayPalBooks(tx.ListingTitle)
				if tx = r.Load(tx); tx.State != tc.to || b.Effects["payout"] != 1 || b.Funds != tx.Funds {
					t.Errorf("the deal is %s with %+v, at PayPal %+v", tx.State, tx.Funds, b)
				}
				r.CheckBooks()
			})
		})
	}
}

// follows does what people do, or waits until the deal ends by itself.
func (r *rig) follows(t *testing.T, tx orchestrator.Transaction, deeds []deed) {
	t.Helper()
	if err := r.take(t, tx, deeds); err != nil {
		t.Fatal(err)
	}
	if r.MustSettle(); deeds == nil {
		r.Advance(15 * 24 * time.Hour)
	}
}
