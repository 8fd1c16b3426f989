package console_test

import (
	"context"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// The page says whether automatic work is done, late or failing. Who may has a job asked at once, for a reason.
func TestJobs(t *testing.T) {
	t.Parallel()
	fails, asked := error(nil), 0
	var list *due.List
	w := facetest.NewTestbedOn(t, testdb.SQLite(t), func(c *server.Config) {
		var err error
		list, err = due.New(due.Config{Now: c.Now}, due.Job{Name: "send_mails", Every: time.Hour, Do: due.Counted(func(context.Context) (int, error) { asked++; return 0, fails })})
		if err != nil {
			t.Fatal(err)
		}
		c.Jobs = list
	})
	vic, sue := signIn(w, t, "vic", console.Viewer), signIn(w, t, "sue", console.Support)
	says := func(sentence string, words ...string) {
		t.Helper()
		page := w.Call(t, "GET", "/console/jobs", nil, facetest.Anonymous, vic).Is(200)
		if got := heading(page); got != sentence {
			t.Errorf("the page says %q, want %q", got, sentence)
		}
		for _, word := range words {
			if !strings.Contains(page.Body, word) {
				t.Errorf("the page lacks %q: %s", word, page.Body)
			}
		}
		if strings.Contains(page.Body, `action="/console/jobs`) {
			t.Error("a viewer may try a job")
		}
	}
	once := func() { _, _ = list.Once(t.Context()) }
	says("No job was asked yet: this server has just begun.", "Send mails", "not asked yet")
	once()
	says("Every job of this server does its work.", "● well")
	fails = fault.New(fault.Unavailable, "database_unavailable", "secret of the database")
	send(w, t, "/console/jobs/send_mails", map[string]string{"reason": "as vic"}, vic).Is(403)
	send(w, t, "/console/jobs/send_mails", nil, sue).Is(400)
	send(w, t, "/console/jobs/unknown", map[string]string{"reason": "a guess"}, sue).Is(404)
	once()
	if asked != 1 {
		t.Errorf("a job that rests was asked %d times", asked)
	}
	send(w, t, "/console/jobs/send_mails", map[string]string{"reason": "the mail server is back"}, sue).Is(303)
	once()
	if asked != 2 {
		t.Errorf("the job was asked %d times, want twice", asked)
	}
	says("1 of 1 jobs fail; each is tried again.", "✕ fails: database unavailable", "one failure")
	if log := w.Call(t, "GET", "/console/audit", nil, facetest.Anonymous, vic).Is(200).Body; !strings.Contains(log, "the mail server is back") || strings.Contains(log, "a guess") {
		t.Errorf("the audit log says %s", log)
	}
}

// A job leads to the page where its rows are seen one by one, where there is one.
func TestJobs_rows(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbedOn(t, testdb.SQLite(t), func(c *server.Config) {
		facetest.KeepAll(t, c)
		var jobs []due.Job
		for _, name := range []string{"inbox_stripe", "mails", "webhooks_out", "approvals", "strays", "operations", "timers", "bank_payouts", "seal"} {
			jobs = append(jobs, due.Job{Name: name, Every: time.Hour, Do: due.Counted(func(context.Context) (int, error) { return 0, nil })})
		}
		list, err := due.New(due.Config{Now: c.Now}, jobs...)
		if err != nil {
			t.Fatal(err)
		}
		c.Jobs = list
	})
	vic := signIn(w, t, "vic", console.Viewer)
	found := regexp.MustCompile(`<a href="([^"]+)" aria-label="Its rows, one by one: [A-Z]`).FindAllStringSubmatch(w.Call(t, "GET", "/console/jobs", nil, facetest.Anonymous, vic).Is(200).Body, -1)
	if len(found) != 8 {
		t.Errorf("%d jobs of 9 lead to their rows, want 8: %q", len(found), found)
	}
	for _, m := range found {
		w.Call(t, "GET", html.UnescapeString(m[1]), nil, facetest.Anonymous, vic).Is(200)
	}
}
