package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/webhooks"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// Jobs are the automatic work of this server.
type Jobs interface {
	Standings() []due.Standing
	Hurry(name string) bool
}

// late is how long something may be due before the page calls its job late; our choice.
const late = time.Minute

// job is one as the page shows it.
type job struct {
	due.Standing
	Path string // where it is hurried
	Each string // where its rows are seen one by one, with what was tried and what can be done; empty: nowhere
}

// listedJobs are those whose rows have a page of their own.
var listedJobs = []string{"timers", "operations", "feed_again", "mails"}

// rowsOf is the page with the rows of a job; empty: there is none.
func rowsOf(name string) string {
	if slices.Contains(listedJobs, name) {
		return jobs + "/" + name
	}
	if gateway, is := strings.CutPrefix(name, webhooks.JobOf("")); is {
		return inbox + "?" + url.Values{"gateway": {gateway}}.Encode()
	}
	return map[string]string{
		outbound.JobName: Webhooks, "approvals": second, "strays": risk + "?kind=stray_payment", "bank_payouts": risk + "?kind=payout_failed",
	}[name]
}

// tone is the colour of how a job does.
func (j job) tone() string {
	switch {
	case j.Reason != "":
		return "wrong"
	case j.Asked.IsZero():
		return "idle"
	case j.Oldest > late && j.Rows > 0:
		return "needs"
	}
	return "good"
}

// words say how a job does.
func (j job) words(ctx context.Context) string {
	switch j.tone() {
	case "wrong":
		return say(ctx, "fails: %s", plainReason(string(j.Reason)))
	case "idle":
		return say(ctx, "not asked yet")
	case "needs":
		return say(ctx, "late by %s", span(j.Oldest))
	}
	return say(ctx, "well")
}

func (f face) jobs(v visit) error {
	var all []job
	for _, s := range f.Jobs.Standings() {
		all = append(all, job{s, jobs + "/" + s.Name, rowsOf(s.Name)})
	}
	return f.show(v, v.say("Jobs"), jobsSentence(v.say, all), jobsPage(v, all, f.Engine.Now()))
}

func jobsSentence(say sayer, all []job) string {
	count := map[string]int{}
	for _, j := range all {
		count[j.tone()]++
	}
	switch {
	case count["wrong"] > 0:
		return say("%d of %d jobs fail; each is tried again.", count["wrong"], len(all))
	case count["needs"] > 0:
		return say("%d of %d jobs are late.", count["needs"], len(all))
	case count["idle"] == len(all):
		return say("No job was asked yet: this server has just begun.")
	}
	return say("Every job of this server does its work.")
}

// hurry has a job asked at once, or, where the form names one, a row of it tried again.
func (f face) hurry(v visit) error {
	reason, err := givenReason(v)
	if err != nil {
		return err
	}
	name := v.Param("id")
	if row := v.PostForm("row"); row != "" {
		return f.hurryRow(v, name, row, reason)
	}
	known := false
	for _, s := range f.Jobs.Standings() {
		known = known || s.Name == name
	}
	if !known {
		return fault.New(fault.NotFound, "task_not_found", "unknown job; use one of the page of jobs")
	}
	if err := f.Audit.AddAct(v.Request.Context(), f.by(v, reason).Act(v.Community, "console.hurry", "job:"+name, nil)); err != nil {
		return err
	}
	f.Jobs.Hurry(name)
	v.Redirect(http.StatusSeeOther, jobs)
	return nil
}
