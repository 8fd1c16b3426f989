package sqlstore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/webhooks"
)

// writers are two processes with a database, of which the second has the block of higher ids. Their real time does not move
// until it is moved.
func writers(t *testing.T, url string, o sqlstore.Options) (both [2]*sqlstore.DB, move func(time.Duration)) {
	t.Helper()
	real := tenantNoon
	o.RealTime = func() time.Time { return real }
	for i := range both {
		both[i] = open(t, url, o)
		if _, err := both[i].NextID(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := both[0].AddCommunity(t.Context(), 501, "Sample", someone); err != nil {
		t.Fatal(err)
	}
	return both, func(d time.Duration) { real = real.Add(d) }
}

// written are who writes what is listed, and how many minutes after noon: the second writer does so before the first, between
// its lines, and at the same moment.
var written = []struct{ who, minute int }{{1, 0}, {0, 1}, {1, 1}, {1, 2}, {0, 3}, {0, 3}, {1, 3}}

// listed is a place in a list.
type listed struct {
	at time.Time
	id int64
}

// inOrder holds that a list is that of the time, the newest first and each once, page by page, whatever the size of a page.
func inOrder(t *testing.T, name string, most int, page func(behind listed, limit int) []listed) {
	t.Helper()
	for limit := 1; limit <= most+1; limit++ {
		var all []listed
		for {
			next := page(append([]listed{{}}, all...)[len(all)], limit)
			if all = append(all, next...); len(next) < limit || len(all) > most {
				break
			}
		}
		if len(all) != most {
			t.Errorf("%s has %d lines in pages of %d, want %d", name, len(all), limit, most)
		}
		for i := 1; i < len(all); i++ {
			if a, b := all[i-1], all[i]; a.at.Before(b.at) || a.at.Equal(b.at) && a.id <= b.id {
				t.Errorf("%s in pages of %d: %v stands above %v", name, limit, a, b)
			}
		}
	}
}

// Lists are in the order of the time that they show, whichever process wrote a line; the chain follows the order of its own.
func TestListsAreInTheOrderOfTime(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, url string, o sqlstore.Options) {
		both, _ := writers(t, url, o)
		ctx, db := t.Context(), both[0]
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		for i, w := range written {
			at, by := tenantNoon.Add(time.Duration(w.minute)*time.Minute), both[w.who]
			check(by.AddAct(ctx, orchestrator.Act{CommunityID: 501, Actor: "operator:olga", Name: "note.write", Object: "user:bea", At: at}))
			id, err := by.NextID(ctx)
			check(err)
			a := orchestrator.Approval{
				ID: id, CommunityID: 501, Status: orchestrator.ApprovalWaiting, Act: "deposit", Object: "user:bea", Amount: money.New(1, "EUR"),
				AskedBy: "operator:ann", AskedAt: at, ExpiresAt: at, Request: []byte("{}"), Same: orchestrator.ObjectOfApproval(id),
			}
			_, err = by.AskApproval(ctx, a, nil, orchestrator.Act{CommunityID: 501, Actor: "operator:ann", Name: "approval.ask", Object: a.Same, At: at})
			check(err)
			_, err = by.Put(ctx, webhooks.Delivery{Gateway: "stripe", DedupeKey: fmt.Sprint(i), Code: "paid", ReceivedAt: at})
			check(err)
		}
		acts := func(f orchestrator.ActFilter) func(listed, int) []listed {
			return func(behind listed, limit int) (found []listed) {
				f.CommunityID, f.Before, f.Limit = 501, behind.id, limit
				all, err := db.Acts(ctx, f)
				check(err)
				for _, a := range all {
					found = append(found, listed{a.At, a.ID})
				}
				return found
			}
		}
		inOrder(t, "the audit log", 2*len(written)+1, acts(orchestrator.ActFilter{}))
		inOrder(t, "the audit log of a user", len(written), acts(orchestrator.ActFilter{Object: "user:bea"}))
		inOrder(t, "what somebody did", len(written), acts(orchestrator.ActFilter{Actor: "operator:ann"}))
		inOrder(t, "the audit log since a moment", 6, acts(orchestrator.ActFilter{Since: tenantNoon.Add(3 * time.Minute)}))
		for _, status := range []orchestrator.ApprovalStatus{"", orchestrator.ApprovalWaiting} {
			inOrder(t, "what waits for a second person", len(written), func(behind listed, limit int) (found []listed) {
				all, err := db.ListApprovals(ctx, orchestrator.ApprovalFilter{CommunityID: 501, Status: status, Before: behind.id, Limit: limit})
				check(err)
				for _, a := range all {
					found = append(found, listed{a.AskedAt, a.ID})
				}
				return found
			})
		}
		inOrder(t, "what gateways reported", len(written), func(behind listed, limit int) (found []listed) {
			all, err := db.ListArrivals(ctx, webhooks.ArrivalFilter{CommunityID: 501, Before: behind.at, BeforeID: behind.id, Limit: limit})
			check(err)
			for _, a := range all {
				found = append(found, listed{a.ReceivedAt, a.ID})
			}
			return found
		})
		if _, err := db.Seal(ctx); err != nil {
			t.Fatal(err)
		}
		if reach, broken, err := db.Seals(ctx); err != nil || len(broken) != 0 || len(reach) != 1 || reach[0].Rows != int64(2*len(written)+1) {
			t.Errorf("sealed %+v, %v, %v", reach, broken, err)
		}
	})
}

// A page of these lists is read from an index in its order, from where it begins.
func TestP7_listsByTime(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			fill(t, db, 501, ourRows)
			for index, read := range map[string]func(behind int64) error{
				"audit_log_newest": func(behind int64) error {
					_, err := db.Acts(t.Context(), orchestrator.ActFilter{CommunityID: 501, Before: behind, Limit: 10})
					return err
				},
				"audit_log_object": func(behind int64) error {
					_, err := db.Acts(t.Context(), orchestrator.ActFilter{CommunityID: 501, Object: "user:bea", Before: behind, Limit: 10})
					return err
				},
				"approvals_newest": func(behind int64) error {
					_, err := db.ListApprovals(t.Context(), orchestrator.ApprovalFilter{CommunityID: 501, Before: behind, Limit: 10})
					return err
				},
				"approvals_waiting": func(behind int64) error {
					_, err := db.ListApprovals(t.Context(), orchestrator.ApprovalFilter{CommunityID: 501, Status: orchestrator.ApprovalWaiting, Before: behind, Limit: 10})
					return err
				},
				"inbox_newest": func(behind int64) error {
					_, err := db.ListArrivals(t.Context(), webhooks.ArrivalFilter{CommunityID: 501, BeforeID: behind, Limit: 10})
					return err
				},
			} {
				for _, behind := range []int64{0, 1} {
					before := db.Texts()
					if err := read(behind); err != nil {
						t.Fatal(err)
					}
					for _, text := range db.Texts() {
						if slices.Contains(before, text) || !strings.Contains(text, " desc limit ") {
							continue
						}
						plan := planText(t, url, text)
						if !strings.Contains(plan, index) || strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Sort") {
							t.Errorf("%s does not serve, in its order,\n%s\n%s", index, text, plan)
						}
					}
				}
			}
		})
	}
}

// What is in the order of ids is in that of time up to a minute: who has a block leaves what is left of it then. A search for
// older deals begins before all that may be in it.
func TestIdsFollowTheTime(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, url string, o sqlstore.Options) {
		both, move := writers(t, url, o)
		open := func(by *sqlstore.DB, at time.Time) int64 {
			t.Helper()
			id, err := by.NextID(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			c := confided(id, orchestrator.IntentOpen)
			c.Transaction.CommunityID, c.Transaction.CreatedAt, c.Intent = 501, at, nil
			if err := by.Apply(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			return id
		}
		ahead := open(both[1], tenantNoon)
		if open(both[0], tenantNoon.Add(time.Second)) > ahead {
			t.Fatal("the ids of the first process are no lower; this test shows nothing")
		}
		found, err := both[0].Search(t.Context(), orchestrator.Search{Until: tenantNoon.Add(time.Minute), Filter: orchestrator.Filter{CommunityID: 501, Limit: 10}})
		if err != nil || len(found.Deals) != 2 {
			t.Errorf("%d deals are older than a minute after noon, %v; want 2", len(found.Deals), err)
		}
		move(time.Minute)
		if later := open(both[0], tenantNoon.Add(2*time.Minute)); later < ahead {
			t.Errorf("a minute later a deal has the id %d, below the earlier %d", later, ahead)
		}
	})
}
