package sqlstore_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/webhooks"
)

// growing are the tables that grow with use. No frequent statement reads one of them
// from one end to the other.
var growing = []string{
	"transactions", "transaction_log", "postings", "accounts", "timers", "intents", "events", "messages", "replies", "inbox",
	"gateway_accounts", "profiles", "resources", "listings", "ads", "reviews", "review_reminders", "evidence", "traders", "blocks",
	"assignments", "audit", "mails", "mail_stops", "feed_entries", "read_marks",
}

// scans are statements that may read a whole table, and why.
var scans = map[string]string{
	"accounts where account like 'frozen:%'": "reconciliation, on demand and daily",
	"as r3) order by id desc":                "the four ways inside have an index each; on a nearly empty table PostgreSQL goes through the ids instead",
	"as r3) order by t.id desc":              "the four ways inside have an index each; on a nearly empty table PostgreSQL goes through the ids instead",
}

// TestP7_frequentStatementsUseIndexes reads the plan of every statement that is
// prepared when the store is played: with a missing index it has to scan a table.
func TestP7_frequentStatementsUseIndexes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		url  func(*testing.T) string
		plan func(t *testing.T, raw *sql.Conn, text string) []string
	}{"sqlite": {sqliteFile, sqlitePlan}, "postgres": {unusedPostgres, postgresPlan}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := c.url(t)
			db := open(t, url, sqlstore.Options{})
			ours := fill(t, db, 501, ourRows)
			playDueWork(t, db)
			for _, r := range tenantReads() {
				r.count(t, db, ours.community, ours)
			}
			texts := db.Texts()
			if len(texts) < 60 {
				t.Fatalf("only %d statements were played", len(texts))
			}
			conn, err := rawDB(t, url).Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			for _, text := range texts {
				if mayScan(text) {
					continue
				}
				for _, table := range c.plan(t, conn, text) {
					if slices.Contains(growing, table) {
						t.Errorf("no index serves %s in:\n%s", table, text)
					}
				}
			}
		})
	}
}

// TestP7_blocksFromBothSides: who is blocked by a user, and who blocks them, are each
// found by an index of their own.
func TestP7_blocksFromBothSides(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := url(t)
			open(t, address, sqlstore.Options{})
			query := `explain query plan select user_id from blocks where community_id = 1 and blocked = 'bea'`
			if name == "postgres" {
				query = `set enable_seqscan = off; explain select user_id from blocks where community_id = 1 and blocked = 'bea'`
			}
			rows, err := rawDB(t, address).QueryContext(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = rows.Close() }()
			if plan := texts(t, rows); !strings.Contains(plan, "blocks_blocked") {
				t.Errorf("no index serves it: %s", plan)
			}
		})
	}
}

// texts is all that rows say.
func texts(t *testing.T, rows *sql.Rows) (all string) {
	t.Helper()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(sql.NullString)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		all += cells[len(cells)-1].(*sql.NullString).String + "\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func mayScan(text string) bool {
	for part := range scans {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// playDueWork asks for all that may be due, and reads a deal with all around it.
func playDueWork(t *testing.T, db *sqlstore.DB) {
	t.Helper()
	ctx, now, lease := t.Context(), tenantNoon, tenantNoon.Add(time.Minute)
	for name, claim := range map[string]func(context.Context) error{
		"timers":    func(ctx context.Context) error { _, err := db.ClaimTimers(ctx, now, lease, 10); return err },
		"intents":   func(ctx context.Context) error { _, err := db.ClaimIntents(ctx, now, lease, 10); return err },
		"inbox":     func(ctx context.Context) error { _, err := db.Claim(ctx, now, lease, 10); return err },
		"mails":     func(ctx context.Context) error { _, err := db.ClaimMails(ctx, now, lease, 10); return err },
		"reminders": func(ctx context.Context) error { _, err := db.ClaimReminders(ctx, now, lease, 10); return err },
		"listings":  func(ctx context.Context) error { _, err := db.ClaimUnmirrored(ctx, now, lease, 10); return err },
		"details": func(ctx context.Context) error {
			_, err := db.PruneDetails(ctx, now, sqlstore.DefaultRetention())
			return err
		},
		"secrets": func(ctx context.Context) error { _, err := db.SealOld(ctx); return err },
		"outbox":  func(ctx context.Context) error { _, _, err := db.Undelivered(ctx, 10); return err },
		"told": func(ctx context.Context) error {
			_, err := db.TransactionsByID(ctx, []int64{1})
			_ = db.DeliverQuietly(ctx, []orchestrator.Event{{TransactionID: 1, Sequence: 1}}, nil, now)
			return err
		},
		"told later": func(ctx context.Context) error {
			h := notices.Held{CommunityID: 501, TransactionID: 1, Stream: notices.Events, Since: now}
			_ = db.Hold(ctx, h, now)
			_, _, _ = db.Waiting(ctx, h, 10)
			h.Stream = notices.Messages
			_, _, _ = db.Waiting(ctx, h, 10)
			_, err := db.ClaimHeld(ctx, now, lease, 10)
			return err
		},
		"gateways' messages": func(ctx context.Context) error {
			_, err := db.Put(ctx, webhooks.Delivery{Gateway: "stripe", DedupeKey: "1", PaymentID: "pi_1", ReceivedAt: now})
			return err
		},
		"a deal": func(ctx context.Context) error {
			_, err := db.FindPayment(ctx, "stripe", "pi_x")
			_, _ = db.Timeline(ctx, 1)
			_, _ = db.Entries(ctx, 1)
			_, _ = db.Events(ctx, 1)
			_, _ = db.Timers(ctx, 1)
			_, _ = db.Messages(ctx, orchestrator.MessageFilter{TransactionID: 1, Limit: 10})
			_, _, _ = db.Reply(ctx, "scope", "key")
			_, _, _ = db.FindKey(ctx, "key")
			_, _ = db.Intent(ctx, "intent")
			_, _ = db.Files(ctx, 1)
			_, _ = db.Reviews(ctx, 1)
			_, _ = db.MessageCount(ctx, 1)
			_ = err // there is no such payment
			return nil
		},
	} {
		if err := claim(ctx); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// sqlitePlan returns the tables that a statement scans, unless by a partial index.
func sqlitePlan(t *testing.T, raw *sql.Conn, text string) []string {
	t.Helper()
	rows, err := raw.QueryContext(t.Context(), `explain query plan `+text, make([]any, highest(text))...)
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	defer func() { _ = rows.Close() }()
	var scanned []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		words := strings.Fields(detail)
		if words[0] != "SCAN" || strings.Contains(detail, "VIRTUAL TABLE") {
			continue
		}
		if at := slices.Index(words, "INDEX"); at > 0 && partial(t, raw, words[at+1]) {
			continue
		}
		scanned = append(scanned, aliased(text, words[1]))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return scanned
}

func partial(t *testing.T, raw *sql.Conn, index string) bool {
	t.Helper()
	var n int
	err := raw.QueryRowContext(t.Context(), `select count(*) from sqlite_master where name = $1 and sql like '% where %'`, index).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n == 1
}

// aliased finds the table that a statement calls by a short name.
func aliased(text, name string) string {
	if m := regexp.MustCompile(`(?:from|join|,)\s+(\w+)(?:\s+as)?\s+` + regexp.QuoteMeta(name) + `\b`).FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return name
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// highest is how many parameters a statement has.
func highest(text string) int {
	most := 0
	for _, m := range parameter.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		most = max(most, n)
	}
	return most
}

// postgresPlan returns the tables that a statement reads whole although scans cost
// more than anything else.
func postgresPlan(t *testing.T, raw *sql.Conn, text string) []string {
	t.Helper()
	ctx := t.Context()
	run := func(text string) {
		t.Helper()
		if _, err := raw.ExecContext(ctx, text); err != nil {
			t.Fatalf("%v in:\n%s", err, text)
		}
	}
	run(`set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off`)
	run(`prepare played as ` + text)
	call := `played`
	if n := highest(text); n > 0 {
		call += `(` + strings.TrimSuffix(strings.Repeat(`null, `, n), `, `) + `)`
	}
	var plan []byte
	if err := raw.QueryRowContext(ctx, `explain (format json) execute `+call).Scan(&plan); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	run(`deallocate played`)
	var roots []struct{ Plan planNode }
	if err := json.Unmarshal(plan, &roots); err != nil {
		t.Fatal(err)
	}
	indexes := map[string]bool{} // those that are partial
	for _, name := range raws(t, raw, `select i.relname::text from pg_index x join pg_class i on i.oid = x.indexrelid where x.indpred is not null`) {
		indexes[name] = true
	}
	var scanned []string
	for _, root := range roots {
		scanned = root.Plan.scans(scanned, indexes)
	}
	return scanned
}

// planNode is what is of interest of a node of PostgreSQL's plan.
type planNode struct {
	Type  string     `json:"Node Type"`
	Table string     `json:"Relation Name"`
	Index string     `json:"Index Name"`
	Cond  string     `json:"Index Cond"`
	Plans []planNode `json:"Plans"`
}

func (n planNode) scans(found []string, partial map[string]bool) []string {
	whole := n.Type == "Seq Scan" || strings.HasPrefix(n.Type, "Index") && n.Cond == "" && !partial[n.Index]
	if whole && n.Table != "" {
		found = append(found, n.Table)
	}
	for _, p := range n.Plans {
		found = p.scans(found, partial)
	}
	return found
}

func raws(t *testing.T, raw *sql.Conn, query string) []string {
	t.Helper()
	rows, err := raw.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	return all
}

// TestP7_claimsCostWhatIsDue: what was done long ago, and what waits for another
// gateway, is no part of a claim.
func TestP7_claimsCostWhatIsDue(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := url(t)
			db := open(t, address, sqlstore.Options{})
			raw := rawDB(t, address)
			const fill = `insert into inbox (id, gateway, dedupe_key, payment_id, code, body, received_at, attempts, claimable_at, done, note)
				with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
				select i, case when i > 2000 then 'trustap' else 'stripe' end, 'k' || i, 'p' || i, 'c', cast('' as %s), t.at, 0, t.at, case when i > 2000 then 0 else 1 end, ''
				from n, (select cast(%s as %s) as at) as t`
			blob, at, stamp := "blob", "'2026-01-01T00:00:00.000000Z'", "text"
			if name == "postgres" {
				blob, at, stamp = "bytea", "'2026-01-01T00:00:00Z'", "timestamptz"
			}
			if _, err := raw.ExecContext(t.Context(), fmt.Sprintf(fill, blob, at, stamp)); err != nil {
				t.Fatal(err)
			}
			if name == "postgres" { // which analyzes by itself; nobody does on SQLite
				if _, err := raw.ExecContext(t.Context(), `analyze`); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := db.Claim(t.Context(), tenantNoon, tenantNoon.Add(time.Minute), 10, "stripe"); err != nil {
				t.Fatal(err)
			}
			text := claimOf(t, db, "inbox")
			explain := `explain query plan ` + text
			args := make([]any, highest(text))
			if name == "postgres" {
				explain, args = `set plan_cache_mode = force_generic_plan; prepare c as `+text+`; explain execute c(`+strings.TrimSuffix(strings.Repeat("null, ", highest(text)), ", ")+`)`, nil
			}
			rows, err := raw.QueryContext(t.Context(), explain, args...)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = rows.Close() }()
			if plan := texts(t, rows); !strings.Contains(plan, "inbox_open (gateway=") && !strings.Contains(plan, "Index Scan using inbox_open") {
				t.Errorf("the claim reads more than what is due:\n%s", plan)
			}
		})
	}
}

// claimOf is the text of the last claim of a table's rows for some gateways.
func claimOf(t *testing.T, db *sqlstore.DB, table string) string {
	t.Helper()
	for _, text := range db.Texts() {
		if strings.Contains(text, "update "+table+" set attempts") && strings.Contains(text, "gateway in") {
			return text
		}
	}
	t.Fatalf("no claim of %s was played", table)
	return ""
}
