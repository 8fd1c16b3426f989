package sqlstore_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/migrations"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// olderSteps were the newest when a part of the program was done. Nothing has been
// released yet; a release adds its step.
var olderSteps = []int64{7, 15, 21, 25}

// TestRowsOfOlderSchemas takes rows of every table, as they stood at an older step, to the
// newest one: the doctor finds nothing, and all of them can be read and changed.
func TestRowsOfOlderSchemas(t *testing.T) {
	t.Parallel()
	for _, step := range olderSteps {
		for name, newURL := range map[string]func() string{
			"sqlite":   func() string { return filepath.Join(t.TempDir(), fmt.Sprint(step, ".db")) },
			"postgres": func() string { return pgtest.URL(t) },
		} {
			t.Run(fmt.Sprint(name, " ", step), func(t *testing.T) {
				t.Parallel()
				url := newURL()
				fillOlder(t, url, migrations.Dialect(name), step)
				db := open(t, url, sqlstore.Options{})
				soundAfter(t, db)
				readOlder(t, db, step)
				goOn(t, db)
				soundAfter(t, db)
			})
		}
	}
}

var bytesAt = regexp.MustCompile(`@bytes\(([0-9a-f]*)\)`)

// fillOlder brings a new database to a step and puts a row into every table that it has.
func fillOlder(t *testing.T, url string, d migrations.Dialect, step int64) {
	t.Helper()
	db := rawDB(t, url)
	if err := migrations.UpTo(t.Context(), db, d, step); err != nil {
		t.Fatal(err)
	}
	content := map[migrations.Dialect]string{migrations.SQLite: `x'$1'`, migrations.Postgres: `'\x$1'`}[d]
	for _, with := range olderSteps {
		if with > step {
			break
		}
		text, err := os.ReadFile(fmt.Sprintf("testdata/rows/%05d.sql", with))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), bytesAt.ReplaceAllString(string(text), content)); err != nil {
			t.Fatalf("rows of step %d: %v", with, err)
		}
	}
	for _, table := range tablesOf(t, db, d) {
		if n := raw(t, db, `select count(*) from `+table); n[0] == "[0]" {
			t.Errorf("table %s of step %d has no row", table, step)
		}
	}
}

func tablesOf(t *testing.T, db *sql.DB, d migrations.Dialect) []string {
	t.Helper()
	query := `select name from sqlite_master where type = 'table' and name not like 'goose%' and name not like 'sqlite%'`
	if d == migrations.Postgres {
		query = `select table_name from information_schema.tables where table_schema = current_schema() and table_name not like 'goose%'`
	}
	var names []string
	for _, name := range raw(t, db, query) {
		names = append(names, strings.Trim(name, "[]"))
	}
	return names
}

func soundAfter(t *testing.T, db *sqlstore.DB) {
	t.Helper()
	registry, err := process.NewRegistry(catalog.All()...)
	if err != nil {
		t.Fatal(err)
	}
	if found, err := db.Doctor(t.Context(), registry); err != nil || len(found) != 0 {
		t.Errorf("doctor: %v, %v", found, err)
	}
}

// addedBy are the reads of what a step added: rows of before have none of it.
var addedBy = map[int64]string{
	6:  "ListArrivals", // no message of before is about a deal
	15: "ExchangeRules Debts Payouts SellerEntries BookTotals BookMonths BookLines ExportLines",
	21: "ApprovalLimits Operators ListApprovals Approval Letterhead OpenStray Tasks CountTasks",
	30: "DealTerms",
	31: "ListBankPayouts",
	32: "FormerAccounts",
	33: "ReadEvents LastEvent",
	34: "ListEndpoints Endpoint ListDeliveries LooseRows",
	35: "SellerLabels LabelledSellers",
	36: "Origins Changes", // of rows without a lane it tells nothing
	37: "MailStopped MailTemplates",
	42: "BookCheck", // rows without a lane are not sealed
	43: "ListStays Stay",
	49: "LocalAccount ListLocalAccounts",
	99: "FrozenDifferences", // a sound database has none
}

// readOlder reads the rows by every method that shows those of a community, and by those
// that find them by their ids.
func readOlder(t *testing.T, db *sqlstore.DB, step int64) {
	t.Helper()
	of := tenant{
		community: 501, deals: []orchestrator.Transaction{{ID: 1}}, orders: []orchestrator.Transaction{{ID: 2}},
		listings: []listings.Listing{{ID: 7}}, ads: []listings.Ad{{ID: 15}}, keys: []apikey.Key{{ID: "0123456789abcdef"}}, approval: 51,
	}
	var later []string
	for at, names := range addedBy {
		if at > step {
			later = append(later, strings.Fields(names)...)
		}
	}
	for _, r := range tenantReads() {
		if !slices.Contains(later, r.name) && r.count(t, db, of.community, of) == 0 {
			t.Errorf("%s shows no row", r.name)
		}
	}
	d, err := db.Transaction(t.Context(), 501, 1)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{d.JoinCode, d.RedirectURL, d.ClientSecret, d.Facts["priced"].Format("15:04"), d.Price.String(), d.BuyerFee, d.ConfirmAfterDays,
		string(d.Operation), d.Attributes["colour"], d.Policy.SellerBasisPoints, d.Policy.AnySellerMinimum}
	want := []any{"join-me", "https://example.com/pay", "pi_secret", "11:00", d.UnitPrice.String(), int64(20), 14, "request_payment", "blue", int64(250), int64(10)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the deal (-want +got):\n%s", diff)
	}
	for what, look := range olderReads(t, db) {
		if n, err := look(); err != nil || n == 0 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
	}
}

// olderReads find rows that belong to no community by themselves.
func olderReads(t *testing.T, db *sqlstore.DB) map[string]func() (int, error) {
	ctx := t.Context()
	soon := tenantNoon.Add(1000 * 3600 * 1e9)
	return map[string]func() (int, error){
		"Timeline": func() (int, error) { all, err := db.Timeline(ctx, 1); return len(all), err },
		"Entries":  func() (int, error) { all, err := db.Entries(ctx, 5); return len(all), err },
		"Timers":   func() (int, error) { all, err := db.Timers(ctx, 1); return len(all), err },
		"Events":   func() (int, error) { all, err := db.Events(ctx, 1); return len(all[0].Data), err },
		"Messages": func() (int, error) {
			all, err := db.Messages(ctx, orchestrator.MessageFilter{TransactionID: 1})
			return len(all), err
		},
		"Intent": func() (int, error) { i, err := db.Intent(ctx, "int-1"); return len(i.Input["token"]), err },
		"Reply": func() (int, error) {
			r, found, err := db.Reply(ctx, "key:1 POST /v1/x", "done")
			return one(found) * len(r.Body), err
		},
		"FindPayment":  func() (int, error) { d, err := db.FindPayment(ctx, "stripe", "pi_1"); return int(d.ID), err },
		"FindKey":      func() (int, error) { k, _, err := db.FindKey(ctx, "0123456789abcdef"); return len(k.Scopes), err },
		"Files":        func() (int, error) { all, err := db.Files(ctx, 2); return len(all), err },
		"OpenFile":     func() (int, error) { _, content, _, err := db.OpenFile(ctx, 2, "file-1"); return len(content), err },
		"Reviews":      func() (int, error) { all, err := db.Reviews(ctx, 3); return len(all), err },
		"Assigned":     func() (int, error) { all, err := db.Assigned(ctx, []int64{2}); return len(all[2]), err },
		"MessageCount": func() (int, error) { n, err := db.MessageCount(ctx, 1); return int(n), err },
		"LastSteps": func() (int, error) {
			all, err := db.LastSteps(ctx, 501, []int64{1}, []process.Transition{process.Create})
			return len(all[1].Message), err
		},
		"Undelivered": func() (int, error) {
			events, messages, err := db.Undelivered(ctx, 10)
			return min(len(events), len(messages)), err
		},
		"Setting": func() (int, error) {
			v, err := db.Setting(ctx, "note", func() string { return "" })
			return len(v), err
		},
		"Communities": func() (int, error) { all, err := db.Communities(ctx); return len(all), err },
		"NewestDeal":  func() (int, error) { at, err := db.NewestDeal(ctx); return one(at.Equal(tenantNoon)), err },
		"Claim":       func() (int, error) { all, err := db.Claim(ctx, soon, soon, 10); return len(all[0].Body), err },
		"ClaimMails":  func() (int, error) { all, err := db.ClaimMails(ctx, soon, soon, 10); return len(all), err },
		"ClaimReminders": func() (int, error) {
			all, err := db.ClaimReminders(ctx, soon, soon, 10)
			return len(all), err
		},
		"ClaimTimers":     func() (int, error) { all, err := db.ClaimTimers(ctx, soon, soon, 10); return len(all[0].Gateway), err },
		"ClaimIntents":    func() (int, error) { all, err := db.ClaimIntents(ctx, soon, soon, 10); return len(all), err },
		"ClaimUnmirrored": func() (int, error) { all, err := db.ClaimUnmirrored(ctx, soon, soon, 10); return len(all), err },
		"TakeTicket":      func() (int, error) { holder, _, err := db.TakeTicket(ctx, "h", tenantNoon); return len(holder), err },
	}
}

// goOn seals what was in the clear and takes a deal one revision further.
func goOn(t *testing.T, db *sqlstore.DB) {
	t.Helper()
	if n, err := db.SealOld(t.Context()); err != nil || n < 2 {
		t.Errorf("sealed %d, %v", n, err)
	}
	d, err := db.Transaction(t.Context(), 501, 1)
	if err != nil || d.ClientSecret != "pi_secret" {
		t.Fatalf("%q, %v", d.ClientSecret, err)
	}
	d.Revision++
	d.Note = "went on"
	if err := db.Apply(t.Context(), orchestrator.Commit{Transaction: d, Log: orchestrator.LogEntry{
		Transition: "note", From: d.State, To: d.State, Actor: "operator:olga", At: tenantNoon,
	}}); err != nil {
		t.Fatal(err)
	}
	got, err := db.Transaction(t.Context(), 501, 1)
	if diff := cmp.Diff(d, got, cmp.AllowUnexported(d.Price)); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := db.Seal(t.Context()); err != nil {
		t.Errorf("seal: %v", err)
	}
}
