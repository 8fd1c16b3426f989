package sqlstore_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

// What staff filters lists by is read from an index in the order of the list, from where a page begins: nothing is sorted, and
// nothing that is not like that is looked at.
func TestP7_filters(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			fill(t, db, 501, ourRows)
			mails := func(f notices.PostedFilter) func() error {
				return func() error { _, err := db.ListMails(t.Context(), f); return err }
			}
			ads := func(f listings.StaffFilter) func() error {
				return func() error { _, err := db.AllAds(t.Context(), f); return err }
			}
			acts := func(f orchestrator.ActFilter) func() error {
				return func() error { _, err := db.Acts(t.Context(), f); return err }
			}
			offers := func(f listings.Filter) func() error {
				return func() error { _, err := db.Listings(t.Context(), f); return err }
			}
			for _, tc := range []struct {
				index string
				read  func() error
			}{
				{"mails_user", mails(notices.PostedFilter{CommunityID: 501, UserID: "bea", Limit: 10})},
				{"mails_user", mails(notices.PostedFilter{CommunityID: 501, UserID: "bea", Before: tenantNoon, BeforeID: "m", Limit: 10})},
				{"ads_whose", ads(listings.StaffFilter{Community: 501, Owner: "bea", Limit: 10})},
				{"ads_whose", ads(listings.StaffFilter{Community: 501, Owner: "bea", Before: 9, Limit: 10})},
				{"ads_status", ads(listings.StaffFilter{Community: 501, Status: listings.Suspended, Limit: 10})},
				{"ads_status", ads(listings.StaffFilter{Community: 501, Status: listings.Closed, Before: 9, Limit: 10})},
				{"listings_disabled", offers(listings.Filter{CommunityID: 501, State: listings.Disabled, Limit: 10})},
				{"listings_author", offers(listings.Filter{CommunityID: 501, Author: "bea", Limit: 10})},
				{"audit_log_actor", acts(orchestrator.ActFilter{CommunityID: 501, Actor: "operator:olga", Limit: 10})},
				{"audit_log_actor", acts(orchestrator.ActFilter{CommunityID: 501, Actor: "operator:olga", Before: 1, Limit: 10})},
				{"audit_log_act", acts(orchestrator.ActFilter{CommunityID: 501, Name: "limits.set", Limit: 10})},
				{"audit_log_act", acts(orchestrator.ActFilter{CommunityID: 501, Name: "limits.set", Before: 1, Limit: 10})},
			} {
				before := db.Texts()
				if err := tc.read(); err != nil {
					t.Fatal(err)
				}
				looked := 0
				for _, text := range db.Texts() {
					if slices.Contains(before, text) || !strings.Contains(text, "order by") {
						continue
					}
					looked++
					plan := planText(t, url, text)
					if !strings.Contains(plan, tc.index) || strings.Contains(plan, "USE TEMP B-TREE FOR ORDER BY") || strings.Contains(plan, "Sort Key") {
						t.Errorf("%s does not give the page in its order:\n%s\nin %s", tc.index, plan, text)
					}
				}
				if looked == 0 {
					t.Errorf("no statement is read by %s", tc.index)
				}
			}
		})
	}
}
