package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/web"
)

// Late are the rows of jobs that are late, or have failed and are tried again.
type Late interface {
	LateRows(ctx context.Context, f orchestrator.LateFilter) ([]orchestrator.LateRow, error)
	HurryRow(ctx context.Context, f orchestrator.LateFilter, by orchestrator.By) error
}

// jobRows are a page of rows of a job.
type jobRows struct {
	Job, Path string
	Failed    bool
	All       []jobRow
	Next      string // address of the next page; empty: there is none
	Now       time.Time
}

type jobRow struct {
	orchestrator.LateRow
	Key, Deal string // what a form calls it; path of its deal, empty: it is about none
}

// failedFate selects rows that have failed.
const failedFate = "failed"

var errJob = fault.New(fault.NotFound, "task_not_found", "no rows of such a job are shown; use one of the page of jobs")

func (f face) job(v visit) error {
	page := jobRows{Job: v.Param("id"), Failed: v.Query("fate") == failedFate, Now: f.Engine.Now()}
	if !slices.Contains(listedJobs, page.Job) {
		return errJob
	}
	if fate := v.Query("fate"); fate != "" && fate != failedFate {
		return web.Invalid("unknown_kind", "fate", "fate must be failed, or empty for what is late")
	}
	page.Path = jobs + "/" + page.Job
	filter := orchestrator.LateFilter{CommunityID: v.Community, Job: page.Job, Failed: page.Failed, Limit: perPage, Rules: f.Engine.LateRules()}
	at, key, err := v.before()
	if err == nil && !at.IsZero() {
		filter.After, err = f.rowOf(key)
		filter.After.Since = at
	}
	if err != nil {
		return errBefore
	}
	all, err := f.Late.LateRows(v.Request.Context(), filter)
	if err != nil {
		return err
	}
	for _, r := range all {
		one := jobRow{LateRow: r, Key: f.IDs.Seal(publicid.Transaction, r.TransactionID) + " " + r.Name}
		if r.TransactionID != 0 {
			one.Deal = f.path(r.TransactionID)
		}
		page.All = append(page.All, one)
	}
	if len(all) == filter.Limit {
		last := page.All[len(all)-1]
		page.Next = page.Path + "?" + url.Values{"fate": {v.Query("fate")}, "before": {behind(last.Since, last.Key)}}.Encode()
	}
	return f.show(v, worded(v.Request.Context(), page.Job), page.sentence(v.Request.Context()), jobPage(v, page))
}

// rowOf reads what a form, or an address, calls a row.
func (f face) rowOf(key string) (r orchestrator.LateRow, err error) {
	deal, name, _ := strings.Cut(key, " ")
	r.Name = name
	if r.TransactionID, err = f.IDs.Open(publicid.Transaction, deal); err == nil {
		err = web.Text("row", name, web.MaxText)
	}
	return r, err
}

func (p jobRows) sentence(ctx context.Context) string {
	switch n := len(p.All); {
	case n == 0 && p.Failed:
		return say(ctx, "No row of this job has failed.")
	case n == 0:
		return say(ctx, "No row of this job is late.")
	case p.Failed:
		return number(ctx, n, "One row has failed and is tried again.", "%d rows have failed and are tried again, the oldest first.")
	}
	return number(ctx, len(p.All), "One row is late.", "%d rows are late, the oldest first.")
}

// tone is the colour of a row.
func (p jobRows) tone() string {
	if p.Failed {
		return "wrong"
	}
	return "needs"
}

// hurryRow makes a row due now that waits for its next try. The job does it as it does others.
func (f face) hurryRow(v visit, job, key, reason string) error {
	if !slices.Contains(listedJobs, job) {
		return errJob
	}
	row, err := f.rowOf(key)
	if err != nil {
		return fault.New(fault.NotFound, "task_not_found", "there is no such row; load the page again")
	}
	filter := orchestrator.LateFilter{CommunityID: v.Community, Job: job, After: row, Rules: f.Engine.LateRules()}
	if err := f.Late.HurryRow(v.Request.Context(), filter, f.by(v, reason)); err != nil {
		return err
	}
	f.Jobs.Hurry(job)
	v.Redirect(http.StatusSeeOther, jobs+"/"+job+"?fate="+failedFate)
	return nil
}
