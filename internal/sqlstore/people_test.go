package sqlstore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Users are found by their ids, their e-mails, and page by page, each once, whatever table knows them; those of another community are not.
func TestUsers(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			for _, community := range []int64{501, 502} {
				if err := db.AddCommunity(t.Context(), community, "sample", someone); err != nil {
					t.Fatal(err)
				}
			}
			for _, err := range []error{
				db.SaveProfile(t.Context(), orchestrator.Profile{CommunityID: 501, UserID: "ann", Email: "Ann@example.com"}),
				db.SaveProfile(t.Context(), orchestrator.Profile{CommunityID: 501, UserID: "sam", Email: "sam@example.com"}),
				db.SaveProfile(t.Context(), orchestrator.Profile{CommunityID: 502, UserID: "eve", Email: "ann@example.com"}),
				db.SaveTrader(t.Context(), 501, exchange.Trader{ID: "bob", Name: "Bob", Since: tenantNoon}),
				db.SaveTrader(t.Context(), 501, exchange.Trader{ID: "sam", Name: "Sam", Since: tenantNoon}),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, gateway := range []string{"stripe", "paypal"} {
				if _, err := db.SaveAccount(t.Context(), 501, "sam", gateway, "acct_"+gateway); err != nil {
					t.Fatal(err)
				}
			}
			link := orchestrator.SellerLink{CommunityID: 501, UserID: "sam", Gateway: "stripe", AccountID: "acct_stripe"}
			if err := db.KeepStanding(t.Context(), link, orchestrator.SellerRestricted, tenantNoon); err != nil {
				t.Fatal(err)
			}
			before := db.Texts()
			found := func(f orchestrator.UserFilter) (ids []string) {
				t.Helper()
				f.CommunityID = 501
				all, err := db.Users(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, u := range all {
					ids = append(ids, u.ID)
				}
				return ids
			}
			for _, c := range []struct {
				f    orchestrator.UserFilter
				want []string
			}{
				{orchestrator.UserFilter{}, []string{"ann", "bob", "sam"}}, {orchestrator.UserFilter{Limit: 2}, []string{"ann", "bob"}},
				{orchestrator.UserFilter{After: "bob", Limit: 2}, []string{"sam"}}, {orchestrator.UserFilter{ID: "sam"}, []string{"sam"}},
				{orchestrator.UserFilter{ID: "eve"}, nil}, {orchestrator.UserFilter{ID: "a\x00"}, nil},
				{orchestrator.UserFilter{Email: "ann@EXAMPLE.com"}, []string{"ann"}}, {orchestrator.UserFilter{Email: "nobody@example.com"}, nil},
			} {
				if got := found(c.f); !slices.Equal(got, c.want) {
					t.Errorf("%+v finds %q, want %q", c.f, got, c.want)
				}
			}
			all, err := db.Users(t.Context(), orchestrator.UserFilter{CommunityID: 501, ID: "sam"})
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			want := []orchestrator.KnownAccount{{Gateway: "paypal", ID: "acct_paypal"}, {Gateway: "stripe", ID: "acct_stripe", Status: orchestrator.SellerRestricted}}
			if u := all[0]; u.Name != "Sam" || !u.Since.Equal(tenantNoon) || !u.BannedAt.IsZero() || !slices.Equal(u.Accounts, want) {
				t.Errorf("sam is %+v", u)
			}
			for _, text := range db.Texts() {
				if !slices.Contains(before, text) {
					if plan := planText(t, url, text); wholeTable.MatchString(plan) {
						t.Errorf("a table is read from end to end:\n%s\nin %s", plan, text)
					}
				}
			}
		})
	}
}

// E-mails are listed page by page, the newest first, each once, by an index.
func TestListMails(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			fill(t, db, 501, ourRows)
			var mails []notices.Mail
			for i := range 5 {
				mails = append(mails, notices.Mail{ID: fmt.Sprint("mail", i), CommunityID: 503, UserID: "bea", Kind: "deal_paid", Data: []byte(`{"secret":"sauce"}`), At: tenantNoon.Add(time.Duration(i/2) * time.Hour), TransactionID: 7})
			}
			for _, m := range mails {
				if err := db.AddMail(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.EndMail(t.Context(), "mail4", "sent", tenantNoon.Add(4*time.Hour)); err != nil {
				t.Fatal(err)
			}
			before := db.Texts()
			var ids []string
			f := notices.PostedFilter{CommunityID: 503, Limit: 2}
			for {
				page, err := db.ListMails(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range page {
					ids = append(ids, m.ID)
				}
				if len(page) < 2 {
					break
				}
				f.Before, f.BeforeID = page[1].At, page[1].ID
			}
			if want := []string{"mail4", "mail3", "mail2", "mail1", "mail0"}; !slices.Equal(ids, want) {
				t.Errorf("the pages have %q, want %q", ids, want)
			}
			first, err := db.ListMails(t.Context(), notices.PostedFilter{CommunityID: 503, Limit: 1})
			want := notices.Posted{ID: "mail4", CommunityID: 503, UserID: "bea", Kind: "deal_paid", TransactionID: 7, At: tenantNoon.Add(2 * time.Hour), Due: tenantNoon.Add(2 * time.Hour), EndedAt: tenantNoon.Add(4 * time.Hour), Note: "sent"}
			if d := cmp.Diff([]notices.Posted{want}, first); err != nil || d != "" {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
			for _, text := range db.Texts() {
				if !slices.Contains(before, text) && strings.Contains(text, "from mails") {
					if plan := planText(t, url, text); !strings.Contains(plan, "mails_sent") {
						t.Errorf("the index is not used:\n%s\nin %s", plan, text)
					}
				}
			}
		})
	}
}
