package sqlstore_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// changing is the commit that brings a deal to a revision. What was decided first need not be
// written first: its times are up to a minute before.
func changing(community, id, revision int64) orchestrator.Commit {
	at := tenantNoon.Add(time.Hour - time.Duration(rand.Int64N(int64(time.Minute))))
	state := []process.State{"preauthorized", "paid"}[revision%2]
	return orchestrator.Commit{
		Transaction: orchestrator.Transaction{
			ID: id, CommunityID: community, ConversationID: id, Process: "preauthorize@1", Gateway: "stripe", Revision: revision,
			Deal:      process.Deal{State: state, Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam", Price: money.New(1000, "EUR")},
			UnitPrice: money.New(1000, "EUR"), Quantity: 1, CreatedAt: tenantNoon, UpdatedAt: at, LastTransitionAt: at,
		},
		Log: orchestrator.LogEntry{Transition: "note", To: state, Actor: "user:bea", At: at},
	}
}

// TestChanges_missNone: two replicas with many writers change deals of two communities while the history is sealed,
// and a reader who goes on from page to page sees the last revision of each deal.
func TestChanges_missNone(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(testdb.TB) string{"sqlite": testdb.SQLite, "postgres": testdb.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			stores := []*sqlstore.DB{open(t, url, sqlstore.Options{}), open(t, url, sqlstore.Options{})}
			const writers, deals, revisions = 16, 3, 8
			var writing, sealing sync.WaitGroup
			var done atomic.Bool
			for w := range int64(writers) {
				writing.Go(func() {
					for revision := range int64(revisions) {
						for d := range int64(deals) {
							c := changing(501+w%2, 1000+w*deals+d, revision+1)
							if err := stores[w/2%2].Apply(t.Context(), c); err != nil {
								t.Error(err)
								return
							}
						}
					}
				})
			}
			sealing.Go(func() {
				for i := 0; !done.Load(); i++ {
					if _, err := stores[i%2].Seal(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
			go func() { writing.Wait(); done.Store(true) }()
			seen, f := map[int64]int64{}, orchestrator.ChangeFilter{Filter: orchestrator.Filter{CommunityID: 501, Limit: 4}, Since: tenantNoon, Written: tenantNoon}
			follow := func() {
				for page := (orchestrator.Changes{More: true}); page.More; {
					page = changesOf(t, stores[rand.IntN(2)], &f)
					for _, tx := range page.Transactions {
						seen[tx.ID] = tx.Revision
					}
				}
			}
			for !done.Load() {
				follow()
			}
			sealing.Wait()
			follow()
			if len(seen) != writers/2*deals {
				t.Errorf("%d deals were seen", len(seen))
			}
			for id, revision := range seen {
				if revision != revisions {
					t.Errorf("deal %d was seen at revision %d last", id, revision)
				}
			}
			if page := changesOf(t, stores[0], &f); len(page.Transactions) != 0 {
				t.Errorf("nothing has changed, and %d deals are shown", len(page.Transactions))
			}
			if len(f.From) > 2*len(stores)*4+1 {
				t.Errorf("the place has %d numbers", len(f.From))
			}
		})
	}
}

// changesOf reads a page and goes on behind it.
func changesOf(t *testing.T, db *sqlstore.DB, f *orchestrator.ChangeFilter) orchestrator.Changes {
	t.Helper()
	page, err := db.Changes(t.Context(), *f)
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Transactions) > f.Limit {
		t.Fatalf("%d deals on a page of %d", len(page.Transactions), f.Limit)
	}
	f.From = page.Next
	return page
}

// TestChanges_filter: what is asked for, after which time, each once, sealed or not.
func TestChanges_filter(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(testdb.TB) string{"sqlite": testdb.SQLite, "postgres": testdb.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, newURL(t), sqlstore.Options{})
			for i := range int64(60) {
				for revision := range 1 + i%2 {
					if err := db.Apply(t.Context(), changing(501, 100+i, revision+1)); err != nil {
						t.Fatal(err)
					}
				}
				if i%7 == 0 {
					if _, err := db.Seal(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			for what, c := range map[string]struct {
				f    orchestrator.ChangeFilter
				want int
			}{
				"all":              {orchestrator.ChangeFilter{}, 60},
				"a state":          {orchestrator.ChangeFilter{Filter: orchestrator.Filter{States: []process.State{"paid"}}}, 30},
				"two states":       {orchestrator.ChangeFilter{Filter: orchestrator.Filter{States: []process.State{"paid", "preauthorized"}}}, 60},
				"a party":          {orchestrator.ChangeFilter{Filter: orchestrator.Filter{Party: "sam", Process: "preauthorize"}}, 60},
				"a stranger":       {orchestrator.ChangeFilter{Filter: orchestrator.Filter{Party: "eve"}}, 0},
				"one":              {orchestrator.ChangeFilter{Filter: orchestrator.Filter{ListingID: 9}}, 0},
				"later":            {orchestrator.ChangeFilter{Since: tenantNoon.Add(2 * time.Hour)}, 0},
				"written from now": {orchestrator.ChangeFilter{Written: time.Now().Add(time.Hour)}, 3},
			} {
				for _, limit := range []int{1, 7, 100} {
					c.f.CommunityID, c.f.Limit = 501, limit
					f, seen := c.f, map[int64]int{}
					for page := (orchestrator.Changes{More: true}); page.More; {
						page = changesOf(t, db, &f)
						for _, tx := range page.Transactions {
							seen[tx.ID]++
						}
					}
					if len(seen) != c.want {
						t.Errorf("%s, %d at a time: %d deals, want %d", what, limit, len(seen), c.want)
					}
				}
			}
			if _, err := db.Changes(t.Context(), orchestrator.ChangeFilter{Filter: orchestrator.Filter{CommunityID: 501}, From: []int64{1, 2}}); fault.ReasonOf(err) != "invalid_cursor" {
				t.Errorf("half a place: %v", err)
			}
		})
	}
}
