package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// testDifferences: a difference is told of on the first day, and when it is gone, and not on the
// days between.
func testDifferences(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	must(t, s.AddCommunity(ctx, community, "Sample", olga))
	must(t, s.Apply(ctx, opening(newID(t, s))))
	deal := opening(newID(t, s))
	must(t, s.Apply(ctx, deal))
	owned := orchestrator.Difference{
		Class: orchestrator.AmountDiffers, What: "captured", CommunityID: community, TransactionID: deal.Transaction.ID, PaymentID: "pi_1",
		Here: money.New(500, "EUR"), There: money.New(400, "EUR"), Age: time.Hour,
	}
	nobodys := orchestrator.Difference{Class: orchestrator.MissingHere, PaymentID: "pi_2", There: money.New(7, "EUR"), Age: time.Hour}
	var want []string
	day := noon
	compare := func(what string, complete bool, found []orchestrator.Difference, news ...string) {
		t.Helper()
		must(t, s.SaveDifferences(ctx, "stripe", day.Add(-30*24*time.Hour), day, found, complete))
		day = day.Add(24 * time.Hour)
		var got []string
		for _, e := range told(t, s, "reconciliation.*") {
			got = append(got, string(e.Type)+" "+member(t, e.Data, "payment_id"))
		}
		if want = append(want, news...); !slices.Equal(got, want) {
			t.Fatalf("%s: told %q, want %q", what, got, want)
		}
	}
	const found, resolved = "reconciliation.difference_found ", "reconciliation.difference_resolved "
	compare("the first day", true, []orchestrator.Difference{owned, nobodys}, found+"pi_1", found+"pi_2")
	owned.There = money.New(300, "EUR")
	compare("the next day", true, []orchestrator.Difference{owned, nobodys})
	compare("what could not be read whole", false, []orchestrator.Difference{nobodys})
	compare("one is gone", true, []orchestrator.Difference{nobodys}, resolved+"pi_1")
	compare("and stays away", true, []orchestrator.Difference{nobodys})
	compare("and is back", true, []orchestrator.Difference{owned, nobodys}, found+"pi_1")

	all := told(t, s, "reconciliation.*")
	if e := all[2]; e.TransactionID != deal.Transaction.ID || e.Object.Type != events.Deal || e.Object.Reference != deal.Transaction.Labels.ExternalReference || member(t, e.Data, "class") != "amount_differs" || member(t, e.Data, "since") != "2026-03-01T12:00:00.123456Z" {
		t.Errorf("of a deal: %+v, %s", e, e.Data)
	}
	if e := all[1]; e.TransactionID != 0 || e.Object != (events.Object{Type: events.Community, Number: community}) {
		t.Errorf("of nobody, where there is one marketplace: %+v", e)
	}
	must(t, s.AddCommunity(ctx, community+1, "Other", olga))
	compare("of nobody, where there are two", true, []orchestrator.Difference{owned})
}
