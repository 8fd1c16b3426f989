package app_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// Automatic work is documented, job by job.
func TestJobs_documented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "## What is done automatically\n")
	if !found {
		t.Fatal("the section is gone")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_<>]+)` \\|").FindAllStringSubmatch(section, -1) {
		if before, after, many := strings.Cut(row[1], "<gateway>"); many {
			documented = append(documented, before+"trustap"+after, before+"stripe"+after, before+"paypal"+after, before+"braintree"+after, before+"paytrail"+after)
			continue
		}
		documented = append(documented, row[1])
	}
	if diff := cmp.Diff(testkit.New(t, testkit.Options{}).Due.Names(), documented); diff != "" {
		t.Errorf("jobs (-) and docs/operations.md (+) differ:\n%s", diff)
	}
}

// A testbed does all that a server in production does, the housekeeping too, and its
// metrics tell what.
func TestJobs_ofATestbed(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	w.Open()
	w.MustSettle()
	seals, broken, err := w.Store.Seals(t.Context())
	if err != nil || len(seals) == 0 || len(broken) > 0 {
		t.Errorf("sealed %v, broken %v, %v", seals, broken, err)
	}
	answer := httptest.NewRecorder()
	w.Server.Ops().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`handsel_due_done_total{job="feed"} `, `handsel_due_rows{job="timers"} 0`, `handsel_due_oldest_seconds{job="operations"} 0`,
		`handsel_due_done_total{job="seal"} `, `handsel_due_rows{job="feed_again"} 0`,
	} {
		if !slices.ContainsFunc(strings.Split(answer.Body.String(), "\n"), func(line string) bool { return strings.HasPrefix(line, want) }) {
			t.Errorf("the metrics have no line %s", want)
		}
	}
}

// A second in which nothing is due costs each replica a few statements: one claim for
// each kind of row, and what has to be read every second.
func TestJobs_idle(t *testing.T) {
	t.Parallel()
	// Fourteen claims, the two sides of the outbox, the mode of recovery, and three to seven of the
	// seal, which holds a piece of what was sealed before against the rows of now. The count of the books
	// has one, and two more each 20 s. PostgreSQL is asked for its time as well.
	const most = 28
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true})
		w.Open()
		w.MustSettle()
		for range 3 {
			before := w.Store.Stats().Statements
			n, err := w.Due.Once(t.Context())
			took := w.Store.Stats().Statements - before
			if n != 0 || err != nil || took > most {
				t.Errorf("did %d with %d statements, %v; want at most %d", n, took, err, most)
			}
		}
	})
}
