package console_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

var rowField = regexp.MustCompile(`name="row" value="([^"]+)"`)

// A job shows its rows that are late, and those that have failed, with their deals. Who may has one of these tried again now, once
// however often the form comes, and the audit log keeps why.
func TestJob(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		vic, sue := signIn(w, t, "vic", console.Viewer), signIn(w, t, "sue", console.Support)
		get := func(path string, who facetest.Option) facetest.Answer {
			return w.Call(t, "GET", "/console/jobs/"+path, nil, facetest.Anonymous, who)
		}
		for _, job := range []string{"timers", "operations", "feed_again", "mails"} {
			for path, want := range map[string]string{job: "No row of this job is late.", job + "?fate=failed": "No row of this job has failed."} {
				if got := heading(get(path, vic).Is(200)); got != want {
					t.Errorf("%s says %q", path, got)
				}
			}
		}
		for path, want := range map[string]int{"seal": 404, "mails?fate=lost": 400, "mails?before=yesterday": 400, "mails?before=2026-01-02T03:04:05Z": 400, "mails?before=2026-01-02T03:04:05Z+txn_x+y": 400} {
			get(path, vic).Is(want)
		}
		deal := w.Sell(t, "sale")
		number, err := w.Ids.Open(publicid.Transaction, deal)
		w.Must(err)
		now := w.Clock.Now()
		for id, community := range map[string]int64{"ours": facetest.Ours, "theirs": facetest.Theirs} {
			w.Must(w.Store.AddMail(t.Context(), notices.Mail{ID: id, CommunityID: community, UserID: "mia", Kind: "<i>" + id, TransactionID: number, Data: []byte(`{"text":"for one reader"}`), At: now.Add(-2 * time.Minute)}))
		}
		late := get("mails", vic)
		if got := heading(late); got != "One row is late." {
			t.Errorf("the page says %q", got)
		}
		shows(t, late, "&lt;i&gt;ours", "/console/deals/"+deal)
		hides(t, late, "<i>ours", "theirs", "for one reader", "Try it again now")
		mails, err := w.Store.ClaimMails(t.Context(), now, now.Add(time.Minute), 9)
		w.Must(err)
		for _, m := range mails {
			w.Must(w.Store.RetryMail(t.Context(), m, "not sent yet", now.Add(time.Hour)))
		}
		if got := heading(get("mails?fate=failed", vic)); got != "One row has failed and is tried again." {
			t.Errorf("the page says %q", got)
		}
		hides(t, get("mails?fate=failed", vic), "Try it again now")
		failed := get("mails?fate=failed", sue)
		shows(t, failed, "not sent yet", "One try", "Try it again now")
		row := html.UnescapeString(rowField.FindStringSubmatch(failed.Body)[1])
		form := map[string]string{"row": row, "reason": "the mail server is back", "once": "a-form"}
		send(w, t, "/console/jobs/mails", form, vic).Is(403)
		send(w, t, "/console/jobs/mails", map[string]string{"row": row}, sue).Is(400)
		send(w, t, "/console/jobs/mails", form, signInThere(w, t)).Is(404)
		send(w, t, "/console/jobs/timers", form, sue).Is(404)
		send(w, t, "/console/jobs/seal", form, sue).Is(404)
		send(w, t, "/console/jobs/mails", map[string]string{"row": "nothing", "reason": "a guess"}, sue).Is(404)
		for range 2 {
			send(w, t, "/console/jobs/mails", form, sue).Is(303)
		}
		send(w, t, "/console/jobs/mails", map[string]string{"row": row, "reason": "once more"}, sue).Is(404)
		if due, err := w.Store.ClaimMails(t.Context(), now, now.Add(time.Minute), 9); err != nil || len(due) != 1 || due[0].ID != "ours" {
			t.Errorf("due are %+v, %v", due, err)
		}
		log := w.Call(t, "GET", "/console/audit", nil, facetest.Anonymous, vic).Is(200).Body
		if strings.Count(log, "the mail server is back") != 1 || strings.Contains(log, "a guess") || strings.Contains(log, "once more") {
			t.Errorf("the audit log says %s", log)
		}
	})
}

// Rows of a job have pages: each is on one of them, once.
func TestJob_pages(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		vic := signIn(w, t, "vic", console.Viewer)
		for i := range 120 {
			w.Must(w.Store.AddMail(t.Context(), notices.Mail{ID: fmt.Sprintf("row%03d", i), CommunityID: facetest.Ours, UserID: "mia", Kind: "k", Data: []byte("{}"), At: w.Clock.Now().Add(-time.Duration(1+i/7) * time.Hour)}))
		}
		if seen := everyRow(t, w, "/console/jobs/mails", vic); len(seen) != 120 {
			t.Errorf("%d rows are on all pages, want 120", len(seen))
		}
		first := w.Call(t, "GET", "/console/jobs/mails?"+url.Values{"fate": {""}}.Encode(), nil, facetest.Anonymous, vic)
		if n := strings.Count(first.Is(200).Body, "<li data-key="); n != 50 || !strings.Contains(first.Body, "row119") {
			t.Errorf("the first page has %d rows, and the oldest of them: %v", n, strings.Contains(first.Body, "row119"))
		}
	})
}
