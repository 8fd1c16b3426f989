package server_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// What a refusal offers to do next are calls of this API, among them those that its text names, and the
// answer has them.
func TestNextActions(t *testing.T) {
	t.Parallel()
	routes, err := facetest.EveryRoute()
	if err != nil {
		t.Fatal(err)
	}
	byCall, operations := map[string]string{}, map[string]bool{}
	for _, r := range routes {
		byCall[r.Method+" "+r.Path], operations[r.Operation()] = r.Operation(), true
	}
	call, rows := regexp.MustCompile("`((?:GET|POST|PUT|PATCH|DELETE) [^`?]*)"), 0
	for _, g := range fault.Reasons() {
		for _, m := range g.Meanings {
			next := fault.NextCalls(m.Reason)
			rows += min(1, len(next))
			for _, name := range next {
				if !operations[name] {
					t.Errorf("%s leads to %s, which is no call", m.Reason, name)
				}
			}
			for _, named := range call.FindAllStringSubmatch(m.Next, -1) {
				if name := byCall[named[1]]; name == "" || !slices.Contains(next, name) {
					t.Errorf("%s says %s (%q), and leads to %v", m.Reason, named[1], name, next)
				}
			}
		}
	}
	if rows < 60 {
		t.Errorf("%d reasons have a next call", rows)
	}
	w := facetest.NewTestbed(t)
	w.Call(t, "GET", "/v1/transactions/404404", nil).Refused(404, "transaction_not_found").Has(map[string]string{"next_actions.0": "transactions.list", "next_actions.1": "absent"})
	w.Call(t, "GET", "/v1/transactions?limit=x", nil).Refused(400, "invalid_limit").Has(map[string]string{"next_actions": "absent"})
	page := w.Call(t, "GET", "/docs/errors/illegal_transition", nil, facetest.Anonymous).Is(200).Body
	if !strings.Contains(page, `<a href="/docs/api/transactions#transactions.explain">`) {
		t.Errorf("the page leads to no call: %s", page)
	}
}
