package console_test

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/webhooks"
)

var consoleLink = regexp.MustCompile(`href="(/console[^"#]*)`)

// crawl is all that somebody can read: each page and file that a link leads to, by its path.
func crawl(w *facetest.Testbed, t *testing.T, who facetest.Option, more ...string) map[string]string {
	t.Helper()
	read, next := map[string]string{}, append([]string{"/console", "/console/webhooks", "/console/webhooks/events"}, more...)
	for len(next) > 0 && len(read) < 400 {
		path := next[0]
		next = next[1:]
		if _, known := read[path]; known {
			continue
		}
		a := w.Call(t, "GET", path, nil, facetest.Anonymous, who)
		read[path] = a.Body
		for _, m := range consoleLink.FindAllStringSubmatch(a.Body, -1) {
			next = append(next, html.UnescapeString(m[1]))
		}
	}
	return read
}

// What parties and staff write is read from the role support on, on whatever page and in whatever file: as what was said with a step,
// to each other, in a note, as the name of a file, and where a gateway's message repeats it. A viewer follows every link there is.
func TestViewer_readsNothingWritten(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		var talks *conversations.Service
		w := facetest.NewTestbedOn(t, database, func(c *server.Config) {
			facetest.KeepAll(t, c)
			talks = c.Conversations.(*conversations.Service)
		})
		w.Fund(t, "bea", 200_000)
		sale := facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance")
		id := w.Call(t, "POST", "/v1/transactions", sale, facetest.Once("sale")).Is(201).At("id")
		w.Take(t, id, "complete_preauthorization", nil, "paid", facetest.As("sam"))
		w.Take(t, id, "cancel", map[string]string{"reason": "canary-said"}, "canceled", facetest.As("bea"))
		w.Call(t, "POST", "/v1/transactions/"+id+"/messages", facetest.Object{"content": "canary-chat"}, facetest.As("sam"), facetest.Once("said")).Is(201)
		number, err := w.Ids.Open("txn", id)
		w.Must(err)
		ref := conversations.Ref{CommunityID: facetest.Ours, TransactionID: number, Actor: process.Actor{Kind: process.User, ID: "bea"}}
		_, err = talks.Add(t.Context(), ref, conversations.Upload{Name: "canary-file.txt", Type: "text/plain", Content: []byte("canary-evidence"), RequestID: "r"})
		w.Must(err)
		other := w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("other")).Is(201).At("id")
		number, err = w.Ids.Open("txn", other)
		w.Must(err)
		deal, err := w.Engine.Find(t.Context(), facetest.Ours, number, process.Actor{Kind: process.Staff, ID: "olga"})
		w.Must(err)
		_, err = w.Store.Put(t.Context(), webhooks.Delivery{Gateway: deal.Gateway, DedupeKey: "k", PaymentID: deal.PaymentID, Code: "complaint", Body: []byte(`{"complaint":"canary-reported","tracking_code":"canary-tracked"}`), ReceivedAt: w.Clock.Now()})
		w.Must(err)
		vic, sue := signIn(w, t, "vic", console.Viewer), signIn(w, t, "sue", console.Support)
		send(w, t, "/console/deals/"+id, map[string]string{"note": "canary-note"}, sue).Is(303)

		more := []string{"/console/disputes/" + id, "/console/deals/" + id, "/console/deals/" + other, "/console/books/export?format=csv", "/console/books/export?format=json",
			"/console/books/entries", "/console/books/statement?user=sam", "/console/books/statement?user=sam&format=csv", "/console/deals/" + id + "/do/refund",
			"/console/jobs/timers", "/console/jobs/operations", "/console/jobs/mails", "/console/jobs/feed_again?fate=failed"}
		for path, text := range crawl(w, t, vic, more...) {
			if found := regexp.MustCompile(`canary-\w+`).FindString(text); found != "" {
				t.Errorf("a viewer reads %s at %s", found, path)
			}
		}
		whole := ""
		reached := crawl(w, t, sue, more...)
		for _, text := range reached {
			whole += text
		}
		for _, one := range []string{"said", "chat", "file", "evidence", "reported", "tracked", "note"} {
			if !strings.Contains(whole, "canary-"+one) {
				t.Errorf("support does not read canary-%s", one)
			}
		}
		for route, role := range needs {
			method, path, _ := strings.Cut(route, " ")
			form := regexp.MustCompile("^" + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), `[^/?]+`) + `(\?|$)`)
			seen := slices.ContainsFunc(slicesOf(reached), form.MatchString)
			if elsewhere := []string{"/console/live", "/console/dev", "/console/ads", "/console/ads/{id}", "/console/listings/{id}", "/console/webhooks/endpoints/{id}"}; method == "GET" && role == console.Viewer && !seen && !slices.Contains(elsewhere, path) {
				t.Errorf("%s was not read", route)
			}
		}
	})
}

func slicesOf(read map[string]string) (paths []string) {
	for path := range read {
		paths = append(paths, path)
	}
	return paths
}
