package sqlstore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func lateRules(now time.Time) orchestrator.LateRules {
	return orchestrator.LateRules{Now: now, Late: now.Add(-time.Minute), Held: now.Add(2 * time.Minute), Refused: []process.TimerName{"release"}}
}

// lateDeal stores a deal of a community with an operation and timers that are due at noon.
func lateDeal(t *testing.T, db *sqlstore.DB, community, id int64, timers ...process.TimerName) {
	t.Helper()
	c := confided(id, orchestrator.IntentOpen)
	c.Transaction.CommunityID, c.Intent.CommunityID, c.Intent.Due, c.Intent.CreatedAt = community, community, tenantNoon, tenantNoon
	for _, name := range timers {
		c.Timers.Set = append(c.Timers.Set, orchestrator.Timer{TransactionID: id, CommunityID: community, Name: name, Due: tenantNoon})
	}
	if err := db.Apply(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// Each job lists its rows of one community: those that are late, and those that have failed. One of those that waits is made due
// now, and nothing that is due already, that somebody works on, or of another community.
func TestLateRows(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, url string, o sqlstore.Options) {
		db, ctx := open(t, url, o), t.Context()
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		check(db.AddCommunity(ctx, 501, "Sample", someone))
		check(db.AddCommunity(ctx, 502, "Other", someone))
		lateDeal(t, db, 501, 11, "release", "look")
		lateDeal(t, db, 502, 12, "release")
		for i, community := range []int64{501, 502} {
			check(db.AddMail(ctx, notices.Mail{ID: fmt.Sprint("mail", i), CommunityID: community, UserID: "bea", Kind: "deal_paid", Data: []byte("{}"), TransactionID: 11 + int64(i), At: tenantNoon}))
			check(db.Hold(ctx, notices.Held{CommunityID: community, TransactionID: 11 + int64(i), Stream: notices.Events, Since: tenantNoon}, tenantNoon))
		}
		at := tenantNoon.Add(10 * time.Minute)
		list := func(job string, failed bool) (lines []string) {
			t.Helper()
			all, err := db.LateRows(ctx, orchestrator.LateFilter{CommunityID: 501, Job: job, Failed: failed, Limit: 9, Rules: lateRules(at)})
			check(err)
			for _, r := range all {
				lines = append(lines, fmt.Sprint(r.TransactionID, " ", r.Name, " ", r.What, " ", r.Next.Sub(tenantNoon), " ", r.Tries, " ", r.Note, " ", r.Hurries))
			}
			return lines
		}
		expect := func(job string, failed bool, want ...string) {
			t.Helper()
			if d := cmp.Diff(want, list(job, failed)); d != "" {
				t.Errorf("%s, failed %v (-want +got):\n%s", job, failed, d)
			}
		}
		hurry := func(job, name string, community int64) error {
			return db.HurryRow(ctx, orchestrator.LateFilter{CommunityID: community, Job: job, After: orchestrator.LateRow{TransactionID: 11, Name: name}, Rules: lateRules(at)}, someone)
		}
		expect("timers", false, "11 look look 0s 0  false", "11 release release 0s 0  false")
		expect("timers", true)
		expect("operations", false, "11 intent-11 create 0s 1  false")
		expect("operations", true)
		expect("mails", false, "11 mail0 deal_paid 0s 0  false")
		expect("mails", true)
		expect("feed_again", false, "11 events events 0s 0  false")
		for job, name := range map[string]string{"timers": "release", "operations": "intent-11", "mails": "mail0"} {
			if err := hurry(job, name, 501); fault.ReasonOf(err) != "task_not_found" {
				t.Errorf("%s: a row that is due is hurried: %v", job, err)
			}
		}
		// Each is tried, and waits for an hour.
		later := at.Add(time.Hour)
		for range 3 {
			timers, err := db.ClaimTimers(ctx, tenantNoon, tenantNoon, 9)
			check(err)
			for _, timer := range timers {
				if timer.Attempts == 3 {
					check(db.RescheduleTimer(ctx, timer, later))
				}
			}
		}
		intents, err := db.ClaimIntents(ctx, at, at.Add(time.Minute), 9)
		check(err)
		for _, i := range intents {
			held := i.Due
			i.Code, i.Due = "lookup_failed", later
			check(db.DeferIntent(ctx, i, held))
		}
		mails, err := db.ClaimMails(ctx, at, at.Add(time.Minute), 9)
		check(err)
		for _, m := range mails {
			check(db.RetryMail(ctx, m, "not sent yet", later))
		}
		streams, err := db.ClaimHeld(ctx, at, at.Add(time.Minute), 9)
		check(err)
		expect("feed_again", true, "11 events events 11m0s 1  false") // somebody is at work with it
		if err := hurry("feed_again", "events", 501); fault.ReasonOf(err) != "task_not_found" {
			t.Errorf("a row that somebody is at work with is hurried: %v", err)
		}
		for _, h := range streams {
			check(db.RetryHeld(ctx, h, later))
		}
		for job, c := range map[string]struct{ name, line string }{
			"timers": {"release", "11 release release 1h10m0s 3  true"}, "operations": {"intent-11", "11 intent-11 create 1h10m0s 1 lookup_failed true"},
			"mails": {"mail0", "11 mail0 deal_paid 1h10m0s 1 not sent yet true"}, "feed_again": {"events", "11 events events 1h10m0s 1  true"},
		} {
			expect(job, true, c.line)
			expect(job, false)
			for _, other := range []error{hurry(job, c.name, 502), hurry(job, "nothing", 501)} {
				if fault.ReasonOf(other) != "task_not_found" {
					t.Errorf("%s: %v", job, other)
				}
			}
			expect(job, true, c.line)
			check(hurry(job, c.name, 501))
			if err := hurry(job, c.name, 501); fault.ReasonOf(err) != "task_not_found" {
				t.Errorf("%s: a row is hurried twice: %v", job, err)
			}
		}
		if err := hurry("timers", "look", 501); fault.ReasonOf(err) != "task_not_found" {
			t.Errorf("a timer that takes no step is hurried: %v", err)
		}
		due, err := db.ClaimTimers(ctx, at, later, 9)
		check(err)
		if len(due) != 1 || due[0].Name != "release" || !due[0].Due.Equal(at) {
			t.Errorf("timers due now: %+v", due)
		}
		if due, err := db.ClaimIntents(ctx, at, later, 9); err != nil || len(due) != 1 {
			t.Errorf("operations due now: %+v, %v", due, err)
		}
		if due, err := db.ClaimMails(ctx, at, later, 9); err != nil || len(due) != 1 {
			t.Errorf("e-mails due now: %+v, %v", due, err)
		}
		if due, err := db.ClaimHeld(ctx, at, later, 9); err != nil || len(due) != 1 {
			t.Errorf("streams due now: %+v, %v", due, err)
		}
		acts, err := db.Acts(ctx, orchestrator.ActFilter{CommunityID: 501, Object: orchestrator.ObjectOf(11), Limit: 9})
		if check(err); len(acts) != 4 {
			t.Errorf("the audit log has %d lines, want 4: %+v", len(acts), acts)
		}
		if err := hurry("seal", "x", 501); fault.ReasonOf(err) != "task_not_found" {
			t.Errorf("an unknown job: %v", err)
		}
	})
}

// Rows are on one page each, in their order, also those that were due at the same moment.
func TestLateRows_pages(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, url string, o sqlstore.Options) {
		db, ctx := open(t, url, o), t.Context()
		if err := db.AddCommunity(ctx, 501, "Sample", someone); err != nil {
			t.Fatal(err)
		}
		for id := range int64(5) {
			lateDeal(t, db, 501, 11+id, "release", "look")
		}
		for _, job := range []string{"timers", "operations"} {
			var seen []string
			f := orchestrator.LateFilter{CommunityID: 501, Job: job, Limit: 3, Rules: lateRules(tenantNoon.Add(time.Hour))}
			for more := true; more; {
				page, err := db.LateRows(ctx, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page {
					seen = append(seen, fmt.Sprint(r.TransactionID, r.Name))
					f.After = r
				}
				more = len(page) == f.Limit
			}
			if want := map[string]int{"timers": 10, "operations": 5}[job]; len(seen) != want || !slices.IsSorted(seen) || len(slices.Compact(seen)) != want {
				t.Errorf("%s: %v", job, seen)
			}
		}
	})
}

// Each list is read from an index.
func TestP7_lateRows(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			for _, c := range []struct {
				job    string
				failed bool
				index  string
			}{
				{"timers", false, "timers_claimable"}, {"timers", true, "timers_refused"}, {"operations", false, "intents_open"}, {"operations", true, "intents_doubtful"},
				{"mails", false, "mails_due"}, {"mails", true, "mails_due"}, {"feed_again", false, "told_later"}, {"feed_again", true, "told_later"},
			} {
				before := db.Texts()
				if _, err := db.LateRows(t.Context(), orchestrator.LateFilter{CommunityID: 501, Job: c.job, Failed: c.failed, Limit: 50, Rules: lateRules(tenantNoon)}); err != nil {
					t.Fatal(err)
				}
				for _, text := range db.Texts() {
					if slices.Contains(before, text) || !strings.Contains(text, "as hurries") {
						continue
					}
					if plan := planText(t, url, text); !strings.Contains(plan, c.index) {
						t.Errorf("%s, failed %v: %s does not serve\n%s\n%s", c.job, c.failed, c.index, text, plan)
					}
				}
			}
		})
	}
}
