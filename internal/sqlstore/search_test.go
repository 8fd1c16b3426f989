package sqlstore_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// searches are one of each kind, of what fill has stored.
func searches(of orchestrator.Transaction) map[string]orchestrator.Search {
	s := orchestrator.Search{Gateways: []string{"stripe", "trustap"}}
	s.CommunityID, s.Limit = of.CommunityID, 50
	with := func(change func(*orchestrator.Search)) orchestrator.Search {
		t := s
		change(&t)
		return t
	}
	return map[string]orchestrator.Search{
		"all":       s,
		"reference": with(func(s *orchestrator.Search) { s.By, s.Text = orchestrator.ByReference, "order-1" }),
		"payment":   with(func(s *orchestrator.Search) { s.By, s.Text = orchestrator.ByPayment, of.PaymentID }),
		"request":   with(func(s *orchestrator.Search) { s.By, s.Text = orchestrator.ByRequest, "req_searched" }),
		"email":     with(func(s *orchestrator.Search) { s.By, s.Text = orchestrator.ByEmail, "SAM@example.com" }),
		"user":      with(func(s *orchestrator.Search) { s.By, s.Text = orchestrator.ByUser, "sam" }),
		"price":     with(func(s *orchestrator.Search) { s.By, s.Minor, s.Currency = orchestrator.ByPrice, 4711, "EUR" }),
		"state":     with(func(s *orchestrator.Search) { s.State = "preauthorized" }),
		"attention": with(func(s *orchestrator.Search) {
			s.Attention, s.Rules = true, taskRules
		}),
		"older":   with(func(s *orchestrator.Search) { s.Until = tenantNoon.Add(time.Hour) }),
		"process": with(func(s *orchestrator.Search) { s.Process, s.Gateway = "preauthorize", "stripe" }),
	}
}

var taskRules = orchestrator.TaskRules{
	OpenEnded: []process.State{"disputed"}, Refused: []process.TimerName{"settle_rest"},
	Now: tenantNoon.Add(24 * time.Hour), Late: tenantNoon.Add(23 * time.Hour), Overdue: tenantNoon, Soon: tenantNoon.Add(72 * time.Hour),
}

// Deals that wait for staff are those on the list of what needs a person, with a text and without one. One whose buyer has to pay is
// looked up again and again, and is none of them; nor is one that its parties end.
func TestSearch_waitsForStaff(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			ours := fill(t, db, 501, ourRows)
			id := ours.deals[0].ID
			raw := rawDB(t, url)
			run := func(text string, args ...any) {
				t.Helper()
				if _, err := raw.ExecContext(t.Context(), fmt.Sprintf(text, args...)); err != nil {
					t.Fatal(err)
				}
			}
			clean := func() {
				t.Helper()
				for _, table := range []string{"timers", "intents", "strays", "differences", "approvals", "inbox"} {
					run("delete from %s", table)
				}
				run("update transactions set attention = '', authorized = 0, charged_back = 0, state = 'paid'")
			}
			timer := func(name, state string, tries int) {
				t.Helper()
				run(`insert into timers (transaction_id, name, community_id, state, due, attempts, claimable_at) values (%d, '%s', 501, '%s', '2030-01-03T12:00:00.000000Z', %d, '2030-01-03T12:00:00.000000Z')`, id, name, state, tries)
			}
			for what, c := range map[string]struct {
				put  func()
				want bool
			}{
				"nothing":      {func() {}, false},
				"looked up":    {func() { timer("pay_lookup", "paid", 9) }, false},
				"reminded":     {func() { timer("ship_reminder", "paid", 9) }, false},
				"of parties":   {func() { run("update transactions set state = 'disputed'") }, false},
				"step refused": {func() { timer("settle_rest", "paid", 3) }, true},
				"tried twice":  {func() { timer("settle_rest", "paid", 2) }, false},
				"on hold":      {func() { run("update transactions set attention = 'odd' where id = %d", id) }, true},
				"disputed": {func() {
					run("update transactions set state = 'disputed' where id = %d", id)
					timer("operator_reminder", "disputed", 0)
				}, true},
				"operation open": {func() { run("%s", openIntent("slow", id, 1, "'2026-03-01T12:00:00.000000Z'")) }, true},
			} {
				clean()
				c.put()
				s := orchestrator.Search{Rules: taskRules}
				s.CommunityID, s.Limit, s.Attention = 501, 50, true
				byUser := s
				byUser.By, byUser.Text = orchestrator.ByUser, ours.deals[0].Seller
				for _, search := range []orchestrator.Search{s, byUser} {
					found, err := db.Search(t.Context(), search)
					if err != nil || len(found.Deals) > 1 || (len(found.Deals) == 1 && found.Deals[0].ID == id) != c.want {
						t.Errorf("%s: by %q %d deals wait, %v", what, search.By, len(found.Deals), err)
					}
				}
				tasks, err := db.Tasks(t.Context(), orchestrator.TaskFilter{CommunityID: 501, Rules: taskRules})
				if err != nil || slices.ContainsFunc(tasks, func(task orchestrator.Task) bool { return task.TransactionID == id }) != c.want {
					t.Errorf("%s: the list has %v, %v", what, tasks, err)
				}
			}
		})
	}
}

// Each kind of search finds what it should, of one community, by an index: nothing reads a table from end to end.
func TestSearch(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			ours := fill(t, db, 501, ourRows)
			fill(t, db, 502, theirRows)
			deal := ours.deals[0]
			for _, text := range []string{
				fmt.Sprintf(`update transactions set external_reference = 'order-1', price = 4711, attention = 'odd' where id = %d`, deal.ID),
			} {
				if _, err := rawDB(t, url).ExecContext(t.Context(), text); err != nil {
					t.Fatal(err)
				}
			}
			deal.Revision++
			if err := db.Apply(t.Context(), orchestrator.Commit{Transaction: withPrice(deal), Log: orchestrator.LogEntry{Transition: "note", From: deal.State, To: deal.State, Actor: "operator:olga", RequestID: "req_searched", At: tenantNoon}}); err != nil {
				t.Fatal(err)
			}
			for kind, s := range searches(deal) {
				before := db.Texts()
				found, err := db.Search(t.Context(), s)
				if err != nil || !slices.ContainsFunc(found.Deals, func(tx orchestrator.Transaction) bool { return tx.ID == deal.ID }) {
					t.Errorf("%s finds %d deals, %v", kind, len(found.Deals), err)
				}
				for _, tx := range found.Deals {
					if tx.CommunityID != 501 {
						t.Errorf("%s finds a deal of community %d", kind, tx.CommunityID)
					}
				}
				for _, text := range db.Texts() {
					if !slices.Contains(before, text) {
						if plan := planText(t, url, text); wholeTable.MatchString(plan) {
							t.Errorf("%s reads a table from end to end:\n%s\nin %s", kind, plan, text)
						}
					}
				}
				s.CommunityID = 502
				theirs, err := db.Search(t.Context(), s)
				if err != nil || slices.ContainsFunc(theirs.Deals, func(tx orchestrator.Transaction) bool { return tx.ID == deal.ID }) {
					t.Errorf("%s shows another community %d deals, %v", kind, len(theirs.Deals), err)
				}
				s.CommunityID, s.Limit = 501, 1
				if n := pagesOf(t, db, s); n != len(found.Deals) {
					t.Errorf("%s has %d deals page by page, and %d at once", kind, n, len(found.Deals))
				}
			}
		})
	}
}

// wholeTable is a plan that reads one of the tables that grow without a condition.
var wholeTable = regexp.MustCompile(`Seq Scan on (transactions|transaction_log|timers|profiles)|SCAN (transactions|transaction_log|timers|profiles)\b`)

func withPrice(tx orchestrator.Transaction) orchestrator.Transaction {
	tx.Price, tx.Attention = money.New(4711, "EUR"), "odd"
	return tx
}

// pagesOf counts the deals of a search page by page, each once.
func pagesOf(t *testing.T, db *sqlstore.DB, s orchestrator.Search) int {
	t.Helper()
	seen := map[int64]bool{}
	for {
		found, err := db.Search(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, tx := range found.Deals {
			if seen[tx.ID] {
				t.Errorf("deal %d comes twice", tx.ID)
			}
			seen[tx.ID] = true
		}
		if s.Before = found.Next; found.Next == 0 {
			return len(seen)
		}
	}
}
