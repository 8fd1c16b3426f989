package sqlstore_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// BenchmarkSearch fills PostgreSQL with a million deals of one community (HANDSEL_DEALS: another number) and prints the
// 95th of a hundred times of each kind of search, and of what the busiest pages of the console read.
func BenchmarkSearch(b *testing.B) {
	deals := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("HANDSEL_DEALS")); err == nil {
		deals = n
	}
	url := pgtest.URL(b)
	db, err := sqlstore.Open(b.Context(), url, sqlstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if err := db.AddCommunity(b.Context(), 501, "501", orchestrator.By{Actor: "system", Reason: "x", At: tenantNoon}); err != nil {
		b.Fatal(err)
	}
	if err := db.Apply(b.Context(), confided(7, orchestrator.IntentOpen)); err != nil {
		b.Fatal(err)
	}
	manyDeals(b, url, deals)
	start := time.Now()
	for name, read := range busy(db, int64(deals)) {
		var took []time.Duration
		for i := range 100 {
			begun := time.Now()
			if n, err := read(i); err != nil || n == 0 {
				b.Fatal(name, n, err)
			}
			took = append(took, time.Since(begun))
		}
		slices.Sort(took)
		fmt.Printf("%-16s p95 %s of %d deals\n", name, took[94].Round(10*time.Microsecond), deals)
	}
	b.ReportMetric(time.Since(start).Seconds(), "s/all")
}

// manyDeals copies a deal, each with a user, a price, a state and a time of its own, two postings and a step.
func manyDeals(b *testing.B, url string, deals int) {
	b.Helper()
	const at = `timestamptz '2026-01-01' + i * interval '20 seconds'`
	n := fmt.Sprint(deals)
	again := withoutIndexes(b, url) // to keep twenty of them in order row by row takes a quarter of an hour
	for _, text := range slices.Concat([]string{
		copies(b, url, "transactions", n, `c.id = 7`, map[string]string{
			"id": `1000 + i`, "community_id": `501`, "payment_id": `'pi_' || i`, "external_reference": `'order-' || i`, "buyer": `'buyer' || i % 50000`, "starter": `'buyer' || i % 50000`,
			"seller": `'seller' || i % 500`, "author": `'seller' || i % 500`, "price": `100 + i % 20000`, "operation": `''`, "intent_id": `''`,
			"state":     `case when i % 1000 = 0 then 'disputed' when i % 10 = 0 then 'paid' else 'completed' end`,
			"attention": `case when i % 5000 = 0 then 'odd' else '' end`, "created_at": at,
		}),
		copies(b, url, "transaction_log", n, `c.transaction_id = 7 and c.revision = (select max(revision) from transaction_log where transaction_id = 7)`, map[string]string{
			"transaction_id": `1000 + i`, "request_id": `'req_' || i`, "at": at, "lane": `0`, "position": `0`,
		}),
		`insert into postings (transaction_id, revision, line, entry, community_id, kind, reverses, account, amount, currency, at)
			select 1000 + i, 1, line, 0, 501, 'collect', '', case line when 0 then 'outside:stripe' else 'escrow:' || 1000 + i end, (2 * line - 1) * (100 + i % 20000), 'EUR', ` + at + `
			from generate_series(1, ` + n + `) i, generate_series(0, 1) line`,
		`insert into book_sums (community_id, account, currency, day, amount, postings) select community_id, case when account like 'escrow:%' then 'escrow' else account end, currency,
			to_char(at at time zone 'UTC', 'YYYY-MM-DD'), sum(amount), count(*) from postings where community_id = 501 group by 1, 2, 3, 4`,
		`insert into profiles (community_id, user_id, email, first_name, last_name, country_code, terms_ip) select 501, 'buyer' || i, 'buyer' || i || '@example.com', '', '', 'IE', '' from generate_series(0, 49999) i`,
	}, again, []string{`analyze`}) {
		if _, err := rawDB(b, url).ExecContext(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
}

// copies is the statement that copies a row of a table so many times, each as i says.
func copies(b *testing.B, url, table, times, which string, changed map[string]string) string {
	b.Helper()
	rows, err := rawDB(b, url).QueryContext(b.Context(), `select column_name from information_schema.columns where table_name = $1 and is_generated = 'NEVER' and is_identity = 'NO' order by ordinal_position`, table)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var columns, values []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			b.Fatal(err)
		}
		columns, values = append(columns, name), append(values, cmp.Or(changed[name], "c."+name))
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return `insert into ` + table + ` (` + strings.Join(columns, ", ") + `) select ` + strings.Join(values, ", ") + ` from ` + table + ` c, generate_series(1, ` + times + `) i where ` + which
}

// withoutIndexes drops the indexes of the large tables that hold no constraint, and tells how they are made again.
func withoutIndexes(b *testing.B, url string) (again []string) {
	b.Helper()
	db := rawDB(b, url)
	rows, err := db.QueryContext(b.Context(), `select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i
		where i.indrelid in ('transactions'::regclass, 'transaction_log'::regclass, 'postings'::regclass, 'book_sums'::regclass) and not i.indisprimary
		and not exists (select 1 from pg_constraint c where c.conindid = i.indexrelid)`)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	var drops []string
	for rows.Next() {
		var name, made string
		if err := rows.Scan(&name, &made); err != nil {
			b.Fatal(err)
		}
		drops, again = append(drops, "drop index "+name), append(again, made)
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	for _, text := range drops {
		if _, err := db.ExecContext(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
	return again
}

// busy are the reads, by name; each tells how much it found.
func busy(db *sqlstore.DB, deals int64) map[string]func(i int) (int, error) {
	search := func(change func(s *orchestrator.Search, i int64)) func(int) (int, error) {
		return func(i int) (int, error) {
			s := orchestrator.Search{Gateways: []string{"balance", "braintree", "paypal", "paytrail", "stripe", "trustap"}}
			s.CommunityID, s.Limit = 501, 50
			change(&s, 1+int64(i)*7919%deals)
			found, err := db.Search(context.Background(), s)
			return len(found.Deals), err
		}
	}
	text := func(by orchestrator.SearchBy, form string, most int64) func(int) (int, error) {
		return search(func(s *orchestrator.Search, i int64) { s.By, s.Text = by, fmt.Sprintf(form, i%most) })
	}
	return map[string]func(int) (int, error){
		"reference": text(orchestrator.ByReference, "order-%d", deals), "payment": text(orchestrator.ByPayment, "pi_%d", deals), "request": text(orchestrator.ByRequest, "req_%d", deals),
		"e-mail": text(orchestrator.ByEmail, "buyer%d@example.com", 1000), "buyer": text(orchestrator.ByUser, "buyer%d", 1000), "seller": text(orchestrator.ByUser, "seller%d", 500),
		"price":     search(func(s *orchestrator.Search, i int64) { s.By, s.Minor = orchestrator.ByPrice, 100+i%1000 }),
		"newest":    search(func(*orchestrator.Search, int64) {}),
		"state":     search(func(s *orchestrator.Search, _ int64) { s.State = "disputed" }),
		"attention": search(func(s *orchestrator.Search, _ int64) { s.Attention, s.Rules = true, someRules }),
		"older": search(func(s *orchestrator.Search, i int64) {
			s.Until = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i+100) * 20 * time.Second)
		}),
		"seller, state": search(func(s *orchestrator.Search, i int64) {
			s.By, s.Text, s.State = orchestrator.ByUser, fmt.Sprint("seller", 1+i%9), "completed"
		}),
		"book totals": func(int) (int, error) {
			all, err := db.BookTotals(context.Background(), 501, time.Time{})
			return len(all), err
		},
		"book past": func(i int) (int, error) {
			all, err := db.BookTotals(context.Background(), 501, time.Date(2026, 1, 2, 15, 4, 0, 0, time.UTC).Add(time.Duration(deals/100*int64(i))*20*time.Second))
			return len(all), err
		},
		"book entries": func(int) (int, error) {
			all, err := db.BookLines(context.Background(), orchestrator.BookFilter{CommunityID: 501, Account: "escrow", Currency: "EUR", Limit: 50})
			return len(all), err
		},
		"book check": func(int) (int, error) { _, err := db.BookCheck(context.Background(), 501); return 1, err },
		"fees":       func(int) (int, error) { _, err := db.BookMonths(context.Background(), 501, ledger.Fees); return 1, err },
		"record": func(i int) (int, error) {
			all, err := db.Dealings(context.Background(), 501, fmt.Sprint("seller", i%500), []process.State{"disputed"})
			return len(all), err
		},
		"tasks": func(int) (int, error) {
			all, err := db.Tasks(context.Background(), orchestrator.TaskFilter{CommunityID: 501, Limit: 100, Rules: someRules})
			return len(all), err
		},
	}
}
