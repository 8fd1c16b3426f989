package console_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// toys is a playground that notes what is done.
type toys struct {
	done    []string
	last    console.Latest
	failing []console.Failing
}

func (p *toys) Advance(_ context.Context, by time.Duration) error {
	p.done = append(p.done, by.String())
	p.last.From, p.last.To, p.last.Fired = facetest.Epoch, facetest.Epoch.Add(3*time.Hour), []console.Timers{{Name: "poll", Times: 2}, {Name: "release_due", Times: 1}}
	return nil
}

func (p *toys) Tills(context.Context) ([]console.Till, error) {
	return []console.Till{{Gateway: "stripe", URL: "http://127.0.0.1:1", Operations: []string{"*", "create_refund"}, Kinds: []string{"slow"}, Losses: []string{"lose"}, Failing: p.failing}}, nil
}

func (p *toys) Break(_ context.Context, gateway string, failing ...console.Failing) error {
	p.done, p.failing = append(p.done, fmt.Sprint(gateway, " ", failing)), failing
	return nil
}

func (p *toys) Stories() []console.Story {
	return []console.Story{{Name: "hold-expires", Means: "Sam never answers.", Ends: "rejected", Moves: true}}
}

func (p *toys) Tell(_ context.Context, name string) error {
	p.done = append(p.done, name)
	p.last.Story, p.last.Steps, p.last.Deal, p.last.Failed = name, []console.Beat{{What: "Bea opens a deal", State: "initiated"}}, "txn_told", "it ended elsewhere <b>"
	return nil
}

func (p *toys) Latest() console.Latest { return p.last }

// newPlayground is a market as handsel dev has it.
func newPlayground(t *testing.T) (*facetest.Testbed, *toys) {
	t.Helper()
	p := &toys{}
	return facetest.NewTestbedOn(t, testdb.SQLite(t), func(c *server.Config) { facetest.KeepAll(t, c); c.Playground = p }), p
}

// Who develops moves the clock from each page and comes back to it, sets and clears what fails, and plays a scenario. A
// viewer reads, and what nobody offers is refused.
func TestPlayground(t *testing.T) {
	t.Parallel()
	w, p := newPlayground(t)
	vic, sue := signIn(w, t, "vic", console.Viewer), signIn(w, t, "sue", console.Support)
	says := func(path string, who facetest.Option, words ...string) string {
		t.Helper()
		page := w.Call(t, "GET", path, nil, facetest.Anonymous, who).Is(200).Body
		for _, word := range words {
			if !strings.Contains(page, word) {
				t.Errorf("%s lacks %q: %s", path, word, page)
			}
		}
		return page
	}
	if page := says("/console/dev", vic, "Sam never answers.", "Nothing fails."); strings.Contains(page, `action="/console/dev`) {
		t.Error("a viewer may play")
	}
	says("/console/deals?q=bea", sue, `value="/console/deals?q=bea"`, "To the next timer", "/_dev/mail")
	for _, by := range []string{"1h", "1d", "next"} {
		if to := send(w, t, "/console/dev/clock", map[string]string{"by": by, "back": "/console/deals?q=bea"}, sue).Is(303).Header.Get("Location"); to != "/console/deals?q=bea" {
			t.Errorf("after %s one is led to %s", by, to)
		}
	}
	if to := send(w, t, "/console/dev/clock", map[string]string{"by": "1h", "back": "https://evil.example"}, sue).Is(303).Header.Get("Location"); to != "/console" {
		t.Errorf("one is led to %s", to)
	}
	says("/console/deals", vic, "3 h forward; fired: 2 × poll, release due")
	send(w, t, "/console/dev/clock", map[string]string{"by": "-1h"}, sue).Is(400)
	fault := func(operation, kind, times string) map[string]string {
		return map[string]string{"operation": operation, "kind": kind, "times": times}
	}
	send(w, t, "/console/dev/faults/stripe", fault("webhook", "lose", "-1"), sue).Is(303)
	send(w, t, "/console/dev/faults/stripe", fault("create_refund", "slow", "3"), sue).Is(303)
	says("/console/dev", sue, "webhook:lose", "create_refund:slow", "always", "× 3")
	for _, wrong := range []map[string]string{fault("webhook", "slow", "1"), fault("create_refund", "lose", "1"), fault("nothing", "slow", "1"), fault("*", "slow", "0"), {}} {
		send(w, t, "/console/dev/faults/stripe", wrong, sue).Is(400)
	}
	send(w, t, "/console/dev/faults/unknown", fault("webhook", "lose", "1"), sue).Is(404)
	send(w, t, "/console/dev/faults/stripe", map[string]string{"clear": "1"}, sue).Is(303)
	send(w, t, "/console/dev/scenarios/unknown", nil, sue).Is(404)
	send(w, t, "/console/dev/scenarios/hold-expires", nil, sue).Is(303)
	says("/console/dev", sue, "Bea opens a deal", `href="/console/deals/txn_told"`, "it ended elsewhere &lt;b&gt;", "Nothing fails.")
	want := []string{"1h0m0s", "24h0m0s", "0s", "1h0m0s", "stripe [{webhook lose -1}]", "stripe [{webhook lose -1} {create_refund slow 3}]", "stripe []", "hold-expires"}
	if !slices.Equal(p.done, want) {
		t.Errorf("done: %q", p.done)
	}
	says("/console/audit", vic, "console.clock", "console.faults", "scenario:hold-expires")
}

// A server without a playground has none of it: no route, and nothing on its pages.
func TestPlayground_none(t *testing.T) {
	t.Parallel()
	w := newMarket(t, testdb.SQLite(t))
	ann := signIn(w, t, "ann", console.Admin)
	for _, r := range w.Server.Routes() {
		if strings.HasPrefix(r.Path, "/console/dev") {
			t.Errorf("%s %s is served", r.Method, r.Path)
		}
	}
	w.Call(t, "GET", "/console/dev", nil, facetest.Anonymous, ann).Is(404)
	send(w, t, "/console/dev/clock", map[string]string{"by": "1h"}, ann).Is(404)
	if page := w.Call(t, "GET", "/console", nil, facetest.Anonymous, ann).Is(200).Body; strings.Contains(page, "/console/dev") || strings.Contains(page, "_dev") {
		t.Error("the overview leads to what only handsel dev has")
	}
}
