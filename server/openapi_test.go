package server_test

import (
	"flag"
	"net/http"
	"os"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

var update = flag.Bool("update", false, "rewrite openapi.yaml")

// operationName is what an operation is about and what it does, "transactions.take".
var operationName = regexp.MustCompile(`^[a-z][A-Za-z0-9]*\.[a-z][A-Za-z0-9]*$`)

func TestDescription_listsEveryRoute(t *testing.T) {
	t.Parallel()
	d, err := facetest.Spec()
	if err != nil {
		t.Fatal(err)
	}
	var served, described []string
	routes, err := facetest.EveryRoute()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range routes {
		served = append(served, r.Method+" "+r.Path)
	}
	ids := map[string]bool{}
	for path, item := range d.Paths.Map() {
		for method, o := range item.Operations() {
			described = append(described, method+" "+path)
			if ids[o.OperationID] || !operationName.MatchString(o.OperationID) || o.Summary == "" {
				t.Errorf("%s %s: operationId %q is missing or taken, or the summary %q is missing", method, path, o.OperationID, o.Summary)
			}
			ids[o.OperationID] = true
		}
	}
	sort.Strings(served)
	sort.Strings(described)
	if diff := cmp.Diff(served, described); diff != "" {
		t.Errorf("routes (-served +described):\n%s", diff)
	}
	for name := range d.Components.Schemas {
		if regexp.MustCompile(`2$`).MatchString(name) {
			t.Errorf("two types are both called %s", strings.TrimSuffix(name, "2"))
		}
	}
}

// openapi.yaml is for readers; servers answer with what they were built with.
func TestDescription_file(t *testing.T) {
	t.Parallel()
	const path = "openapi.yaml"
	text, err := facetest.WholeSpec()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(file), string(text)); diff != "" {
		t.Errorf("%s is out of date; run go test ./server -run TestDescription -update\n%s", path, diff)
	}
}

// The check itself must be able to fail.
func TestDescription_findsFaults(t *testing.T) {
	t.Parallel()
	d, err := facetest.Spec()
	if err != nil {
		t.Fatal(err)
	}
	const refusal = `{"type":"urn:a","title":"Bad Request","status":400,"detail":"b","code":"c","request_id":"r","money_moved":"no","retryable":false`
	tests := map[string]struct {
		method, path string
		sent         string
		status       int
		body         string
		fine         bool
	}{
		"fine":                {"GET", "/livez", "", 200, `{"status":"ok"}`, true},
		"missing field":       {"GET", "/livez", "", 200, `{}`, false},
		"extra field":         {"GET", "/livez", "", 200, `{"status":"ok","more":1}`, false},
		"null":                {"GET", "/livez", "", 200, `{"status":null}`, false},
		"no object":           {"GET", "/livez", "", 200, `[]`, false},
		"no JSON":             {"GET", "/livez", "", 200, `{`, false},
		"another status":      {"GET", "/livez", "", 201, `{"status":"ok"}`, false},
		"unknown path":        {"GET", "/nothing", "", 200, `{}`, false},
		"refusal":             {"GET", "/v1/community", "", 400, refusal + `}`, true},
		"refusal with detail": {"GET", "/v1/community", "", 400, refusal + `,"field":"a"}`, true},
		"refusal cut short":   {"GET", "/v1/community", "", 400, `{"code":"c"}`, false},
		"no time":             {"GET", "/v1/transactions/a/reviews", "", 200, `{"items":[{"transaction_id":"a","reviewer_id":"a","subject_id":"a","rating":1,"content":"","created_at":"today"}],"next_cursor":null}`, false},
		"fraction":            {"GET", "/api/v1/p2p/balance", "", 200, `{"currency":"RUB","available":1.5,"frozen":0}`, false},
		"accepted body":       {"PUT", "/v1/listings/a/stock", `{"stock":1}`, 400, refusal + `}`, true},
		"refused body":        {"PUT", "/v1/listings/a/stock", `{}`, 400, refusal + `}`, true},
		"body lacks a field":  {"POST", "/v1/listings/a/blocked-dates", `{}`, 204, ``, false},
		"body has one more":   {"POST", "/v1/listings/a/blocked-dates", `{"days":["2030-01-01"],"more":1}`, 204, ``, false},
		"body is fine":        {"POST", "/v1/listings/a/blocked-dates", `{"days":["2030-01-01"]}`, 204, ``, true},
	}
	for name, tc := range tests {
		r, err := http.NewRequestWithContext(t.Context(), tc.method, tc.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		kind := "application/json"
		if tc.status >= http.StatusBadRequest {
			kind = "application/problem+json"
		}
		a := facetest.Answer{Status: tc.status, Header: http.Header{"Content-Type": {kind}}, Body: tc.body}
		if err := d.Check(t.Context(), r, []byte(tc.sent), a); (err == nil) != tc.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDocs(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	served := w.Call(t, "GET", "/openapi.yaml", nil, facetest.Anonymous).Is(200)
	d, err := openapi3.NewLoader().LoadFromData([]byte(served.Body))
	if err != nil {
		t.Fatal(err)
	}
	if d.Paths.Value("/v1/transactions") == nil || d.Paths.Value("/v1/listings") != nil {
		t.Error("a server describes other routes than its own")
	}
	page := w.Call(t, "GET", "/docs/calls", nil, facetest.Anonymous).Is(200)
	policy := page.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") {
		t.Errorf("policy %q", policy)
	}
	if !strings.Contains(page.Body, "<code>GET /v1/transactions/{id}/explain</code>") || regexp.MustCompile(`( src|@import|url\()`).MatchString(page.Body) || strings.Contains(page.Body, "://") {
		t.Errorf("page %s", page.Body)
	}
}

// docs/api.md has a line for every route, and none without a route.
func TestDocs_everyRoute(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	var lines, served []string
	call := regexp.MustCompile("`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`")
	for line := range strings.Lines(string(text)) {
		first, _, table := strings.Cut(line, " | ")
		if !table || !strings.HasPrefix(line, "| `") {
			continue
		}
		for _, match := range call.FindAllStringSubmatch(first, -1) {
			lines = append(lines, match[1])
		}
	}
	routes, err := facetest.EveryRoute()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range routes {
		served = append(served, r.Method+" "+r.Path)
	}
	sort.Strings(lines)
	sort.Strings(served)
	if diff := cmp.Diff(served, lines); diff != "" {
		t.Errorf("routes (-served +in docs/api.md):\n%s", diff)
	}
}
