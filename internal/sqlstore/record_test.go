package sqlstore_test

import (
	"slices"
	"testing"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// What somebody has done is read of their deals in one community, by indexes: whoever they were in them, with the disputes that
// there were.
func TestDealings(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			ours, theirs := fill(t, db, 501, ourRows), fill(t, db, 502, theirRows)
			deal := ours.deals[0]
			deal.Revision++
			before := deal.State
			deal.State = "disputed"
			if err := db.Apply(t.Context(), orchestrator.Commit{Transaction: deal, Log: orchestrator.LogEntry{Transition: "dispute", From: before, To: "disputed", Actor: "gateway", At: tenantNoon}}); err != nil {
				t.Fatal(err)
			}
			disputes := []process.State{"disputed", "complained"}
			texts := db.Texts()
			all, err := db.Dealings(t.Context(), 501, "sam", disputes)
			if err != nil {
				t.Fatal(err)
			}
			disputed := slices.DeleteFunc(slices.Clone(all), func(d orchestrator.Dealing) bool { return !d.Disputed })
			if want := len(ours.deals) + len(ours.orders); len(all) < want || len(disputed) != 1 || disputed[0].State != "disputed" || disputed[0].Seller != "sam" {
				t.Errorf("sam has %d deals, want %d and more; disputed are %+v", len(all), want, disputed)
			}
			others, err := db.Dealings(t.Context(), 502, "sam", disputes)
			if err != nil || len(others) == 0 || len(others) >= len(all) || slices.ContainsFunc(others, func(d orchestrator.Dealing) bool { return d.Disputed }) {
				t.Errorf("another community's sam has %+v, %v", others, err)
			}
			if none, err := db.Dealings(t.Context(), 501, "nobody", disputes); err != nil || len(none) != 0 {
				t.Errorf("nobody has %+v, %v", none, err)
			}
			found, err := db.DealsByID(t.Context(), 501, []int64{deal.ID, theirs.deals[0].ID, 4711})
			if err != nil || len(found) != 1 || found[0].ID != deal.ID {
				t.Errorf("by their ids there are %+v, %v", found, err)
			}
			for _, text := range db.Texts() {
				if !slices.Contains(texts, text) {
					if plan := planText(t, url, text); wholeTable.MatchString(plan) {
						t.Errorf("a table is read from end to end:\n%s\nin %s", plan, text)
					}
				}
			}
		})
	}
}
