package sqlstore_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// exported is all that a community has posted in [from, to), piece by piece.
func exported(t *testing.T, db *sqlstore.DB, community int64, from, to time.Time) (all []orchestrator.BookLine) {
	t.Helper()
	f := orchestrator.ExportFilter{CommunityID: community, From: from, To: to}
	for {
		lines, next, err := db.ExportLines(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, lines...); next == 0 {
			return all
		}
		f.After = next
	}
}

// summed adds postings up as the sums by day do.
func summed(t *testing.T, lines []orchestrator.BookLine) map[string]int64 {
	t.Helper()
	sums := map[string]int64{}
	for _, l := range lines {
		a, err := ledger.ParseAccount(l.Account)
		if err != nil {
			t.Fatal(err)
		}
		name := string(a.Kind)
		switch a.Kind {
		case ledger.Outside, ledger.Fees, ledger.Platform, ledger.Losses:
			name = l.Account
		}
		sums[name+" "+string(l.Amount.Currency())] += l.Amount.Minor()
	}
	return sums
}

func totalsOf(t *testing.T, db *sqlstore.DB, community int64, before time.Time) map[string]int64 {
	t.Helper()
	all, err := db.BookTotals(t.Context(), community, before)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]int64{}
	for _, total := range all {
		sums[total.Account+" "+string(total.Amount.Currency())] = total.Amount.Minor()
	}
	return sums
}

// What was posted is counted once, whoever counts and how often, and the sums of every moment are those of the postings.
func TestBookSums(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, url string, o sqlstore.Options) {
		db, ctx := open(t, url, o), t.Context()
		fill(t, db, 501, ourRows)
		fill(t, db, 502, theirRows)
		other := open(t, url, o)
		for range 2 {
			if _, err := db.Seal(ctx); err != nil {
				t.Fatal(err)
			}
			var counting sync.WaitGroup
			for _, replica := range []*sqlstore.DB{db, other, db} {
				counting.Go(func() {
					if _, err := replica.CountBooks(ctx); err != nil {
						t.Error(err)
					}
				})
			}
			counting.Wait()
		}
		if n, err := db.CountBooks(ctx); n != 0 || err != nil {
			t.Errorf("counted again: %d, %v", n, err)
		}
		all := exported(t, db, 501, time.Time{}.AddDate(1, 0, 0), time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC))
		if len(all) < 8 {
			t.Fatalf("only %d postings", len(all))
		}
		if diff := cmp.Diff(summed(t, all), totalsOf(t, db, 501, time.Time{})); diff != "" {
			t.Errorf("the sums are not those of the postings (-postings +sums):\n%s", diff)
		}
		for _, l := range all {
			for _, before := range []time.Time{l.At, l.At.Add(time.Microsecond), l.At.Add(24 * time.Hour)} {
				earlier := slices.DeleteFunc(slices.Clone(all), func(o orchestrator.BookLine) bool { return !o.At.Before(before) })
				if diff := cmp.Diff(summed(t, earlier), totalsOf(t, db, 501, before)); diff != "" {
					t.Fatalf("before %s (-postings +sums):\n%s", before, diff)
				}
			}
		}
		linesOfEach(t, db, all)
		registry, err := process.NewRegistry(catalog.All()...)
		if err != nil {
			t.Fatal(err)
		}
		broken := func() (n int) {
			found, err := db.Doctor(ctx, registry)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range found {
				n += one(v.Invariant == "I-3" && v.TransactionID == 0)
			}
			return n
		}
		if n := broken(); n != 0 {
			t.Errorf("the doctor finds %d wrong sums", n)
		}
		for _, text := range []string{
			`update book_sums set amount = amount + 1 where community_id = 501 and account = 'outside:stripe'`,
			`update transactions set captured = captured + 5, held = held + 5 where id = (select min(id) from transactions where community_id = 501)`,
			`update communities set hold = 'chain broken at row 7' where id = 502`,
		} {
			if _, err := rawDB(t, url).ExecContext(ctx, text); err != nil {
				t.Fatal(err)
			}
		}
		if n := broken(); n != 1 {
			t.Errorf("the doctor finds %d wrong sums after one was changed", n)
		}
		ours, err := db.BookCheck(ctx, 501)
		if err != nil || ours.Behind || ours.CountedAt.IsZero() || ours.Seals == 0 || ours.SealedAt.IsZero() || ours.Broken != "" || ours.Holding != 1 {
			t.Errorf("ours is %+v, %v", ours, err)
		}
		theirs, err := db.BookCheck(ctx, 502)
		if err != nil || theirs.Broken != "chain broken at row 7" || theirs.Holding != 0 {
			t.Errorf("theirs is %+v, %v", theirs, err)
		}
	})
}

// linesOfEach reads the postings behind each sum page by page, and holds them against all.
func linesOfEach(t *testing.T, db *sqlstore.DB, all []orchestrator.BookLine) {
	t.Helper()
	seen := 0
	totals, err := db.BookTotals(t.Context(), 501, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, total := range totals {
		var sum, n int64
		f := orchestrator.BookFilter{CommunityID: 501, Account: total.Account, Currency: total.Amount.Currency(), Limit: 1}
		for {
			page, err := db.BookLines(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			sum, n, f.Before = sum+page[0].Amount.Minor(), n+1, &page[0]
		}
		if sum != total.Amount.Minor() || n != total.Postings {
			t.Errorf("%s: the pages have %d postings of %d, the sum says %+v", total.Account, n, sum, total)
		}
		seen += int(n)
	}
	if seen != len(all) {
		t.Errorf("the pages have %d postings of %d", seen, len(all))
	}
	own, err := db.BookLines(t.Context(), orchestrator.BookFilter{CommunityID: 501, Account: "available:sam", Currency: money.Currency("EUR")})
	for _, l := range own {
		if l.Account != "available:sam" {
			t.Errorf("sam's balance has a posting of %s", l.Account)
		}
	}
	if err != nil || len(own) == 0 {
		t.Errorf("sam's balance has %d postings, %v", len(own), err)
	}
}
