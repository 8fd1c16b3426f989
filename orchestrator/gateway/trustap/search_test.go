package trustap_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// A payment whose answer was lost is found however many newer ones the buyer has, in
// both models, and when Trustap's clock is a little behind ours.
func TestP6_searchGoesToTheEnd(t *testing.T) {
	t.Parallel()
	for name, deposit := range map[string]int64{"online": 0, "in person": 500} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, w := newGateway(t)
			op := operation(process.Charge)
			if deposit > 0 {
				op.Transaction.Deposit, op.Transaction.Price = deposit, money.New(0, "EUR")
			}
			make := func(reference string) string {
				t.Helper()
				op.IntentID = reference
				out := g.Perform(t.Context(), op)
				if out.Status != process.RequiresAction {
					t.Fatalf("%s: %+v", reference, out)
				}
				return out.Snapshot.PaymentID
			}
			const newer = 110 // more than two pages
			want := make("lost")
			if err := w.Sandbox.Advance(time.Minute); err != nil {
				t.Fatal(err)
			}
			for range newer {
				make("other")
			}
			for what, since := range map[string]time.Duration{"at once": 0, "their clock is behind": 4 * time.Minute} {
				ref := orchestrator.PaymentRef{CommunityID: 1, Reference: "lost", Since: t0.Add(since), Buyer: "bea", Seller: "sam"}
				if s, err := g.Lookup(t.Context(), ref); err != nil || s.PaymentID != want {
					t.Errorf("%s: found %q, %v; want %s", what, s.PaymentID, err, want)
				}
			}
		})
	}
}
