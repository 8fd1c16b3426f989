package sqlstore_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/webhooks"
)

var someRules = orchestrator.TaskRules{
	OpenEnded: []process.State{"disputed"}, Refused: []process.TimerName{"settle_rest"}, Now: tenantNoon.Add(24 * time.Hour), Late: tenantNoon,
}

// A message that is given up is a task of the community whose deal it is about. One
// about nobody's payment shows where there is only one community.
func TestM34_whoseMessageItIs(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, url string, o sqlstore.Options) {
		db, ctx := open(t, url, o), t.Context()
		tell := func(community int64) (payments []string) {
			t.Helper()
			found, err := db.Tasks(ctx, orchestrator.TaskFilter{CommunityID: community, Kind: orchestrator.TaskMessageDead, Rules: someRules})
			if err != nil {
				t.Fatal(err)
			}
			for _, task := range found {
				payments = append(payments, fmt.Sprint(task.Object, " of ", task.TransactionID))
			}
			return payments
		}
		ours := fill(t, db, 501, ourRows)
		deal := ours.deals[0]
		for _, payment := range []string{deal.PaymentID, "pi_nobodys"} {
			if _, err := db.Put(ctx, webhooks.Delivery{Gateway: "stripe", DedupeKey: payment, PaymentID: payment, Code: "paid", ReceivedAt: tenantNoon}); err != nil {
				t.Fatal(err)
			}
		}
		due, err := db.Claim(ctx, tenantNoon, tenantNoon, 10)
		if err != nil || len(due) != 2 {
			t.Fatal(len(due), err)
		}
		for _, d := range due {
			if err := db.Done(ctx, d.ID, "given up: internal"); err != nil {
				t.Fatal(err)
			}
		}
		known := fmt.Sprint("stripe:", deal.PaymentID, " of ", deal.ID)
		alone := tell(501)
		slices.Sort(alone)
		if !slices.Equal(alone, []string{known, "stripe:pi_nobodys of 0"}) {
			t.Errorf("the only community has %q", alone)
		}
		fill(t, db, 502, theirRows)
		if one, other := tell(501), tell(502); !slices.Equal(one, []string{known}) || len(other) != 0 {
			t.Errorf("of two communities one has %q, the other %q", one, other)
		}
	})
}

// TestP7_aPageOfTasks reads the plans of pages of tasks of which there can be many: they
// come from an index in their order, from where the page begins, so that nothing beyond
// the page is read. The tables are nearly empty, so it shows even where the planner knows
// nothing.
func TestP7_aPageOfTasks(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			fill(t, db, 501, ourRows)
			fill(t, db, 502, theirRows)
			for _, kind := range []orchestrator.TaskKind{
				orchestrator.TaskMessageDead, orchestrator.TaskMailDead, orchestrator.TaskOperationOpen, orchestrator.TaskOutcomeUnknown,
				orchestrator.TaskOnHold, orchestrator.TaskMoneyWaits, orchestrator.TaskDispute, orchestrator.TaskStepRefused,
			} {
				f := orchestrator.TaskFilter{CommunityID: 501, Kind: kind, Rules: someRules}
				for _, f.After = range []*orchestrator.Task{nil, {Kind: kind, Since: tenantNoon, Subject: "x"}} {
					if _, err := db.Tasks(t.Context(), f); err != nil {
						t.Fatal(err)
					}
				}
			}
			seen := 0
			for _, text := range db.Texts() {
				if !strings.Contains(text, "order by s.since") {
					continue
				}
				seen++
				conditions, sorts := pagePlan(t, url, text)
				if sorts || !strings.Contains(conditions, "community_id") {
					t.Errorf("a page reads more than a page (%s) in:\n%s", conditions, text)
				}
				if strings.Contains(text, "s.since >=") && !regexp.MustCompile(`\b(received_at|created_at|at) ?>|<expr>>|COALESCE\([^>]*>`).MatchString(conditions) {
					t.Errorf("a later page reads those before it (%s) in:\n%s", conditions, text)
				}
			}
			if seen != 16 {
				t.Errorf("%d pages were read, want 16", seen)
			}
		})
	}
}

// Reservations that lapse are found by the time when they do, and debts among the deals whose payment was taken back.
func TestP7_moneyAtRisk(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			fill(t, db, 501, ourRows)
			seen := map[string]bool{}
			for kind, index := range map[orchestrator.TaskKind]string{orchestrator.TaskHoldExpires: "transactions_lapsing", orchestrator.TaskSellerDebt: "transactions_charged_back", orchestrator.TaskTimerOverdue: "timers_claimable"} {
				if _, err := db.Tasks(t.Context(), orchestrator.TaskFilter{CommunityID: 501, Kind: kind, Rules: someRules}); err != nil {
					t.Fatal(err)
				}
				for _, text := range db.Texts() {
					if strings.Contains(text, "order by s.since") && !seen[text] {
						seen[text] = true
						if plan := planText(t, url, text); !strings.Contains(plan, index) {
							t.Errorf("%s is not read by %s:\n%s", kind, index, plan)
						}
					}
				}
			}
		})
	}
}

// planText is the plan of a statement, as the database tells it.
func planText(t *testing.T, url, text string) string {
	t.Helper()
	raw := rawDB(t, url)
	explain, args := `explain query plan `+text, make([]any, highest(text))
	if strings.HasPrefix(url, "postgres") {
		call := ""
		if n := highest(text); n > 0 {
			call = `(` + strings.TrimSuffix(strings.Repeat("null, ", n), ", ") + `)`
		}
		explain, args = `set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; deallocate all; prepare p as `+text+`; explain execute p`+call, nil
	}
	rows, err := raw.QueryContext(t.Context(), explain, args...)
	if err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	defer func() { _ = rows.Close() }()
	return texts(t, rows)
}

// pagePlan tells by which conditions an index is read, and whether anything is sorted.
func pagePlan(t *testing.T, url, text string) (conditions string, sorts bool) {
	t.Helper()
	raw := rawDB(t, url)
	if !strings.HasPrefix(url, "postgres") {
		rows, err := raw.QueryContext(t.Context(), `explain query plan `+text, make([]any, highest(text))...)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		plan := texts(t, rows)
		return plan, strings.Contains(plan, "TEMP B-TREE")
	}
	var plan []byte
	call := `played(` + strings.TrimSuffix(strings.Repeat(`null, `, highest(text)), `, `) + `)`
	conn, err := raw.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, set := range []string{
		`set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off`,
		`prepare played as ` + text,
	} {
		if _, err := conn.ExecContext(t.Context(), set); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.QueryRowContext(t.Context(), `explain (format json) execute `+call).Scan(&plan); err != nil {
		t.Fatal(err)
	}
	var roots []struct{ Plan planNode }
	if err := json.Unmarshal(plan, &roots); err != nil {
		t.Fatal(err)
	}
	for nodes := []planNode{roots[0].Plan}; len(nodes) > 0; nodes = nodes[1:] {
		if n := nodes[0]; slices.Contains([]string{"inbox", "mails", "intents", "timers", "transactions"}, n.Table) {
			conditions += n.Cond
		}
		sorts = sorts || strings.HasSuffix(nodes[0].Type, "Sort")
		nodes = append(nodes, nodes[0].Plans...)
	}
	return conditions, sorts
}
