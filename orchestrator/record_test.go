package orchestrator_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// A dispute is won by who got the money: in a sale what is released goes to the seller, in an order of the exchange to the buyer.
func TestRecordOf(t *testing.T) {
	t.Parallel()
	r, err := process.NewRegistry(catalog.All()...)
	if err != nil {
		t.Fatal(err)
	}
	deal := func(name string, s process.State, released, refunded int64, disputed bool) orchestrator.Dealing {
		return orchestrator.Dealing{Process: name, State: s, Buyer: "bea", Seller: "sam", Released: released, Refunded: refunded, Disputed: disputed}
	}
	held := deal("preauthorize@1", "canceled", 0, 0, true)
	held.Open = true
	all := []orchestrator.Dealing{
		deal("preauthorize@1", "confirmed", 10, 0, false), deal("preauthorize@1", "paid", 0, 0, false), held,
		deal("preauthorize@1", "dismissed", 10, 0, true), deal("preauthorize@1", "refunded", 0, 10, true), deal("preauthorize@1", "settled", 4, 6, true),
		deal("p2p_order@1", "completed", 10, 0, true), deal("p2p_order@1", "cancelled", 0, 10, true), deal("p2p_order@1", "cancelled", 0, 0, true),
		deal("escrow_online@1", "refunded", 0, 10, true), deal("deposit@1", "booked", 10, 0, false), deal("unknown@1", "paid", 10, 0, false),
	}
	for user, want := range map[string]orchestrator.Record{
		"bea": {Deals: 10, Going: 2, Paid: 4, Dispute: orchestrator.Disputes{All: 8, Open: 1, Won: 3, Lost: 2, Shared: 1}},
		"sam": {Deals: 10, Going: 2, Paid: 4, Dispute: orchestrator.Disputes{All: 8, Open: 1, Won: 2, Lost: 3, Shared: 1}},
	} {
		if d := cmp.Diff(want, orchestrator.RecordOf(r, user, all)); d != "" {
			t.Errorf("%s (-want +got):\n%s", user, d)
		}
	}
	states := orchestrator.DisputeStates(r)
	slices.Sort(states)
	if d := cmp.Diff([]process.State{"canceled", "cancelled_contested", "complained", "disputed"}, states); d != "" {
		t.Errorf("the states of disputes (-want +got):\n%s", d)
	}
}
