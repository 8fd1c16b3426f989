package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// lateQueue says how the rows of a job are read. A row is named by its deal and one column more.
type lateQueue struct {
	table, name, what, tries, note string
	open                           string // what holds for rows that are not done
	next                           string // the column with the time of the next try
	due                            string // a column that is moved with it
	lateness                       string // what holds for a late row besides; @late is since when
	failed                         string // what holds for a row that has failed; @refused are timers that take a step
	since                          string // the order of those that have failed
}

// lateQueues are the jobs whose rows are shown one by one. Each list is in the order of an index.
var lateQueues = map[string]lateQueue{
	// The time of a timer that was tried is that of its next try, which is that of others, too: those that look payments up.
	"timers":     {"timers", "name", "name", "attempts", "''", "true", "claimable_at", "due", "due <= @late", "attempts >= 3 and name in (@refused)", "coalesce(since, due)"},
	"operations": {"intents", "id", "transition", "attempt", "code", "status = 'open'", "due", "", "true", "(attempt > 1 or code <> '')", "created_at"},
	"feed_again": {"told_later", "stream", "stream", "attempts", "''", "true", "claimable_at", "", "true", "true", "claimable_at"},
	"mails":      {"mails", "id", "kind", "attempts", "note", "ended_at is null", "claimable_at", "", "true", "attempts > 0 and note <> ''", "claimable_at"},
}

// fill puts the arguments of conditions in.
func (q *taskQuery) fill(text string, r orchestrator.LateRules) string {
	if strings.Contains(text, "@late") {
		text = strings.ReplaceAll(text, "@late", q.arg(stamp{r.Late}))
	}
	if strings.Contains(text, "@refused") {
		places := []string{"''"}
		for _, name := range r.Refused {
			places = append(places, q.arg(string(name)))
		}
		text = strings.ReplaceAll(text, "@refused", strings.Join(places, ", "))
	}
	return text
}

type lateRow struct {
	TransactionID int64  `db:"transaction_id"`
	Name          string `db:"name"`
	What          string `db:"what"`
	Since         stamp  `db:"since"`
	Next          stamp  `db:"next"`
	Tries         int    `db:"tries"`
	Note          string `db:"note"`
	Hurries       bool   `db:"hurries"`
}

// LateRows lists rows of a job that are late, or that have failed, the oldest first.
func (db LateWork) LateRows(ctx context.Context, f orchestrator.LateFilter) ([]orchestrator.LateRow, error) {
	j, known := lateQueues[f.Job]
	if !known {
		return nil, fmt.Errorf("no rows of a job %q are listed", f.Job)
	}
	q := &taskQuery{}
	which, since := j.failed, j.since
	if !f.Failed {
		which, since = j.next+" <= @late and "+j.lateness, j.next
	}
	whose := "community_id"
	if since == j.next {
		whose += " + 0" // the index by that time is read, which claims read too, and none that begins with a community
	}
	if f.After.Since.IsZero() {
		f.After.Since = beginOfTime
	}
	after := q.arg(stamp{f.After.Since})
	var rows []lateRow
	err := db.all(ctx, &rows, fmt.Sprintf(`select transaction_id, %[1]s as name, %[2]s as what, %[3]s as since, %[4]s as next, %[5]s as tries, %[6]s as note, %[7]s as hurries
		from %[8]s where %[9]s and %[16]s = %[10]s and %[11]s and %[3]s >= %[12]s and (%[3]s, transaction_id, %[1]s) > (%[12]s, %[13]s, %[14]s)
		order by %[3]s, transaction_id, %[1]s limit %[15]s`,
		j.name, j.what, since, j.next, j.tries, j.note, "case when "+j.hurries(q, f.Rules)+" then 1 else 0 end",
		j.table, j.open, q.arg(f.CommunityID), q.fill(which, f.Rules), after, q.arg(f.After.TransactionID), q.arg(f.After.Name), q.arg(f.Limit), whose), q.args...)
	return each(rows, func(r lateRow) orchestrator.LateRow {
		return orchestrator.LateRow{TransactionID: r.TransactionID, Name: r.Name, What: r.What, Since: r.Since.at, Next: r.Next.at, Tries: r.Tries, Note: r.Note, Hurries: r.Hurries}
	}), err
}

// hurries is the condition on rows that may be made due now: they have failed, and wait for longer than anybody holds one.
func (j lateQueue) hurries(q *taskQuery, r orchestrator.LateRules) string {
	return q.fill(j.failed, r) + " and " + j.next + " > " + q.arg(stamp{r.Held})
}

// HurryRow makes a row due now that has failed and waits. One that is due already, or that somebody is at work with, is left
// alone. Fault: task_not_found.
func (db LateWork) HurryRow(ctx context.Context, f orchestrator.LateFilter, by orchestrator.By) error {
	j, known := lateQueues[f.Job]
	if !known {
		return fault.New(fault.NotFound, "task_not_found", "no rows of this job are listed")
	}
	q := &taskQuery{}
	now := q.arg(stamp{f.Rules.Now})
	set := j.next + " = " + now
	if j.due != "" {
		set += ", " + j.due + " = " + now
	}
	text := `update ` + j.table + ` set ` + set + ` where community_id = ` + q.arg(f.CommunityID) + ` and transaction_id = ` + q.arg(f.After.TransactionID) +
		` and ` + j.name + ` = ` + q.arg(f.After.Name) + ` and ` + j.open + ` and ` + j.hurries(q, f.Rules)
	object := "job:" + f.Job
	if f.After.TransactionID != 0 {
		object = orchestrator.ObjectOf(f.After.TransactionID)
	}
	act := by.Act(f.CommunityID, "console.hurry_row", object, map[string]string{"job": f.Job, "row": f.After.Name})
	return db.act(ctx, act, func(u unit) error {
		n, err := u.exec(ctx, text, q.args...)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "task_not_found", "this row does not wait for a later try: it is done, or it is tried within minutes; load the page again")
		}
		return err
	})
}
