package sqlstore_test

import (
	"database/sql"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/timeline"
)

// shares are how many of ten thousand rows around a deal each source has.
var shares = map[timeline.Source]int{
	timeline.Message: 4000, timeline.Step: 1500, timeline.Delivery: 1500, timeline.Operation: 1000, timeline.Letter: 800, timeline.Report: 400, timeline.Act: 400, timeline.Written: 100,
	timeline.Asked: 150, timeline.Decided: 150,
}

// busyDeal puts so many rows around a deal past the store, three of each source at a time, and returns how many there are.
func busyDeal(t testing.TB, db *sql.DB, deal orchestrator.Transaction, rows int) (all int) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	put := func(table string, values map[string]any) {
		names := slices.Sorted(maps.Keys(values))
		args, places := make([]any, len(names)), make([]string, len(names))
		for i, name := range names {
			args[i], places[i] = values[name], fmt.Sprintf("$%d", i+1)
		}
		if _, err := tx.ExecContext(t.Context(), `insert into `+table+` (`+strings.Join(names, ", ")+`) values (`+strings.Join(places, ", ")+`)`, args...); err != nil {
			t.Fatal(table, err)
		}
	}
	const c, id = "community_id", "transaction_id"
	n := 0
	at := func(i int) string { // all sources over the same time
		return tenantNoon.Add(time.Duration(i/3*3) * 6 * time.Hour / time.Duration(n)).UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	ofSource := map[timeline.Source]func(i int){
		timeline.Message: func(i int) {
			put("messages", map[string]any{c: deal.CommunityID, id: deal.ID, "id": 900_000 + i, "sender": "bea", "kind": "text", "content": strings.Repeat("When do you ship? ", 6), "at": at(i)})
		},
		timeline.Step: func(i int) {
			put("transaction_log", map[string]any{c: deal.CommunityID, id: deal.ID, "revision": 100 + i, "token": 1, "transition": "look", "from_state": "paid", "to_state": "paid", "actor": "gateway",
				"request_id": "req_1", "intent_id": "", "note": "", "at": at(i), "said": `{"reason":"because"}`})
			for line, account := range []string{"outside:stripe", "fees:stripe"} {
				put("postings", map[string]any{c: deal.CommunityID, id: deal.ID, "revision": 100 + i, "line": line, "entry": 0, "kind": "fee", "reverses": "", "account": account, "amount": 2*line - 1, "currency": "EUR", "at": at(i)})
			}
		},
		timeline.Delivery: func(i int) {
			put("webhook_deliveries", map[string]any{c: deal.CommunityID, id: deal.ID, "endpoint_id": 40 + i%3, "sequence": 1000 + i, "type": "transaction.paid", "status": "delivered", "tries": 1, "begun_at": at(i), "at": at(i), "attempts": ""})
		},
		timeline.Operation: func(i int) {
			put("intents", map[string]any{c: deal.CommunityID, id: deal.ID, "id": fmt.Sprintf("busy-%06d", i), "gateway": "stripe", "transition": "capture", "from_state": "paid", "verb": "capture", "actor_kind": "user", "actor_id": "sam",
				"input": "{}", "request_id": "req_1", "status": "succeeded", "code": "", "attempt": 1, "created_at": at(i), "updated_at": at(i)})
		},
		timeline.Letter: func(i int) {
			put("mails", map[string]any{c: deal.CommunityID, id: deal.ID, "id": fmt.Sprintf("busy.%06d", i), "user_id": "bea", "kind": "paid", "data": `{"link":"https://example.com/secret"}`, "at": at(i), "attempts": 1, "claimable_at": at(i), "ended_at": at(i), "note": ""})
		},
		timeline.Report: func(i int) {
			put("inbox", map[string]any{"id": 800_000 + i, "gateway": deal.Gateway, "dedupe_key": fmt.Sprint("busy", i), "payment_id": deal.PaymentID, "code": "paid", "body": []byte(`{"id":"evt_1"}`), "received_at": at(i), "attempts": 1, "claimable_at": at(i), "done": 1, "note": ""})
		},
		timeline.Written: func(i int) {
			put("deal_notes", map[string]any{c: deal.CommunityID, id: deal.ID, "id": 500_000 + i, "author": "operator:olga", "content": "She called.", "at": at(i)})
		},
		timeline.Act: func(i int) {
			put("audit_log", map[string]any{c: deal.CommunityID, "id": 700_000 + i, "actor": "operator:olga", "act": "console.look", "object": orchestrator.ObjectOf(deal.ID), "reason": "a look", "request_id": "req_1", "data": "{}", "at": at(i), "digest": []byte{}, "lane": 0, "position": 0})
		},
		timeline.Asked: func(i int) {
			approval := map[string]any{c: deal.CommunityID, id: deal.ID, "id": 600_000 + i, "status": "rejected", "act": "transaction.refund", "object": orchestrator.ObjectOf(deal.ID), "amount": 1, "currency": "EUR", "asked_by": "operator:olga",
				"reason": "asked", "request_id": "req_1", "asked_at": at(i), "expires_at": at(i + 3), "request": []byte{}, "same": fmt.Sprint("busy", i), "decided_by": "operator:ann", "decision": "no", "outcome": "", "decided_at": at(i + 3), "ended_at": at(i + 3)}
			put("approvals", approval)
		},
		timeline.Decided: func(int) {}, // with what was asked
	}
	for source, share := range shares {
		n = max(share*rows/10_000, 4)
		for i := range n {
			ofSource[source](i)
		}
		all += n
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return all
}

// A timeline has every row once, in the same order however large its pages are, and only those of its community.
func TestTimeline(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			ours := fill(t, db, 501, ourRows)
			deal := ours.deals[0]
			f := timeline.Filter{CommunityID: 501, TransactionID: deal.ID, Limit: 1000}
			before, err := db.Happened(t.Context(), f)
			if err != nil || len(before.Rows) == 0 {
				t.Fatal(before, err)
			}
			want := busyDeal(t, rawDB(t, url), deal, 200) + len(before.Rows)
			whole, err := db.Happened(t.Context(), f)
			if err != nil || len(whole.Rows) != want || !whole.Next.At.IsZero() {
				t.Fatalf("%d rows, want %d; next %v, %v", len(whole.Rows), want, whole.Next, err)
			}
			found := map[timeline.Source]int{}
			for i, r := range whole.Rows {
				found[r.Source]++
				if next := whole.Rows[max(i-1, 0)]; r.At.After(next.At) || r.At.Equal(next.At) && slices.Index(timeline.Sources(), r.Source) > slices.Index(timeline.Sources(), next.Source) {
					t.Errorf("row %d, %v, stands behind %v", i, r.Place, next.Place)
				}
				if r.Step != nil && r.Step.Transition == "look" && (len(r.Posted) != 1 || len(r.Posted[0].Postings) != 2) {
					t.Errorf("step %d posted %v", r.Step.Revision, r.Posted)
				}
			}
			for _, s := range timeline.Sources() {
				if found[s] < 4 {
					t.Errorf("%d rows of %s", found[s], s)
				}
			}
			for _, limit := range []int{1, 2, 7, want - 1} {
				var rows []timeline.Row
				f.Limit, f.Before = limit, timeline.Place{}
				for more := true; more; more = !f.Before.At.IsZero() {
					page, err := db.Happened(t.Context(), f)
					if err != nil || len(page.Rows) == 0 || len(page.Rows) > limit || len(rows) > want {
						t.Fatal(limit, len(rows), page.Next, err)
					}
					rows, f.Before = append(rows, page.Rows...), page.Next
				}
				if !reflect.DeepEqual(whole.Rows, rows) {
					t.Errorf("pages of %d show other rows, or in another order", limit)
				}
			}
			f.CommunityID, f.Limit, f.Before = 502, 10, timeline.Place{}
			if theirs, err := db.Happened(t.Context(), f); err != nil || len(theirs.Rows) > 0 {
				t.Errorf("another community is told of %v, %v", theirs.Rows, err)
			}
		})
	}
}

// BenchmarkTimeline puts ten thousand rows around a deal and prints, for both databases, how many statements a page takes and the 95th
// of the times of the first page and of nine pages behind it.
func BenchmarkTimeline(b *testing.B) {
	for _, name := range []string{"sqlite", "postgres"} {
		url := b.TempDir() + "/busy.db"
		if name == "postgres" {
			url = pgtest.URL(b)
		}
		db, err := sqlstore.Open(b.Context(), url, sqlstore.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = db.Close() })
		if err := db.AddCommunity(b.Context(), 501, "501", orchestrator.By{Actor: "system", Reason: "x", At: tenantNoon}); err != nil {
			b.Fatal(err)
		}
		commit := confided(7, orchestrator.IntentOpen)
		commit.Transaction.CommunityID = 501
		if err := db.Apply(b.Context(), commit); err != nil {
			b.Fatal(err)
		}
		rows := busyDeal(b, rawDB(b, url), commit.Transaction, 10_000)
		if _, err := rawDB(b, url).ExecContext(b.Context(), "analyze"); err != nil {
			b.Fatal(err)
		}
		var first, behind []time.Duration
		statements, pages := db.Stats().Statements, 0
		for range 20 {
			f := timeline.Filter{CommunityID: 501, TransactionID: 7, Limit: 50}
			for range 10 {
				begun := time.Now()
				page, err := db.Happened(b.Context(), f)
				if err != nil || len(page.Rows) == 0 {
					b.Fatal(page, err)
				}
				took := time.Since(begun)
				if pages++; f.Before.At.IsZero() {
					first = append(first, took)
				} else {
					behind = append(behind, took)
				}
				f.Before = page.Next
			}
		}
		each := float64(db.Stats().Statements-statements) / float64(pages)
		slices.Sort(first)
		slices.Sort(behind)
		fmt.Fprintf(os.Stderr, "%-9s %d rows: %.1f statements a page, p95 %s of the first page, %s of those behind it\n", name, rows, each,
			first[len(first)*95/100].Round(10*time.Microsecond), behind[len(behind)*95/100].Round(10*time.Microsecond))
	}
}
