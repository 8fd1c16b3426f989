package sandbox_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/sandbox"
)

// description is the sandbox's own OpenAPI document with a router over its paths.
type description struct {
	*openapi3.T
	router routers.Router
}

var spec = sync.OnceValues(func() (description, error) {
	d, err := openapi3.NewLoader().LoadFromData(sandbox.Spec())
	if err != nil {
		return description{}, err
	}
	router, err := legacy.NewRouter(d) // also validates the document
	return description{d, router}, err
})

// check reports how an answer differs from its description.
func (d description) check(ctx context.Context, r *http.Request, a answer) error {
	plain := r.Clone(ctx)
	plain.URL.Scheme, plain.URL.Host = "", ""
	route, params, err := d.router.FindRoute(plain)
	if err != nil {
		if a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed {
			return nil // what is not described is not served either
		}
		return fmt.Errorf("%s %s answers %d but is not described: %w", r.Method, r.URL.Path, a.status, err)
	}
	return openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: plain, PathParams: params, Route: route},
		Status:                 a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: !strings.Contains(a.header.Get("Content-Type"), "json")},
	})
}

func conforms(t testing.TB, r *http.Request, a answer) {
	t.Helper()
	d, err := spec()
	must(t, err)
	if err := d.check(t.Context(), r, a); err != nil {
		t.Errorf("not as described: %v", err)
	}
}

func TestDescriptionListsEveryOperation(t *testing.T) {
	t.Parallel()
	d, err := spec()
	must(t, err)
	var served, described []string
	for _, row := range sandbox.Rows() {
		served = append(served, row.Method+" "+row.Path)
		item := d.Paths.Value(row.Path)
		if item == nil || item.GetOperation(row.Method) == nil || item.GetOperation(row.Method).Responses.Status(row.Success) == nil {
			t.Errorf("%s: status %d is not described", row.Name, row.Success)
		}
	}
	ids := map[string]bool{}
	for path, item := range d.Paths.Map() {
		for method, operation := range item.Operations() {
			if id := operation.OperationID; ids[id] || id == "" {
				t.Errorf("%s %s: operationId %q is missing or taken", method, path, id)
			}
			ids[operation.OperationID] = true
			if strings.HasPrefix(path, "/api/v1") || strings.HasPrefix(path, "/_sandbox") {
				described = append(described, method+" "+path)
			}
		}
	}
	sort.Strings(served)
	sort.Strings(described)
	same(t, "described", described, served)
}

// The validator itself must be able to fail.
func TestDescriptionFindsFaults(t *testing.T) {
	t.Parallel()
	d, err := spec()
	must(t, err)
	request := func(method, path string) *http.Request {
		return &http.Request{Method: method, URL: &url.URL{Path: path}}
	}
	clock, charge := request("GET", "/_sandbox/clock"), request("GET", "/api/v1/charge")
	tests := map[string]struct {
		r      *http.Request
		status int
		body   string
	}{
		"missing field": {charge, 400, `{"code":"a"}`},
		"extra field":   {charge, 400, `{"code":"a","error":"b","more":1}`},
		"wrong type":    {charge, 400, `{"code":1,"error":"b"}`},
		"null":          {charge, 400, `{"code":null,"error":"b"}`},
		"no object":     {charge, 400, `[]`},
		"no JSON":       {charge, 400, `{`},
		"fraction":      {clock, 200, `{"now":1.5}`},
		"no time":       {clock, 200, `{"now":"today"}`},
		"unknown path":  {request("GET", "/api/v1/nothing"), 200, `{}`},
	}
	for name, tc := range tests {
		a := answer{status: tc.status, header: http.Header{"Content-Type": {"application/json"}}, body: []byte(tc.body)}
		if d.check(t.Context(), tc.r, a) == nil {
			t.Errorf("%s: %s passed", name, tc.body)
		}
	}
}

// lacking are official calls that the client can make and the sandbox does not serve, with the reason.
var lacking = map[string]string{}

func TestSandboxServesWhatTheClientCalls(t *testing.T) {
	t.Parallel()
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	plain := func(method, path string) string { return method + " " + parameter.ReplaceAllString(path, "{}") }
	served := map[string]bool{}
	for _, row := range sandbox.Rows() {
		served[plain(row.Method, strings.TrimPrefix(row.Path, "/api/v1"))] = true
	}
	count := 0
	for _, op := range client.Operations() {
		key := plain(op.Method, op.Path)
		if served[key] {
			count++
			continue
		}
		if reason := lacking[key]; reason == "" {
			t.Errorf("%s (%s) is neither served nor excused", key, op.GoName)
		} else {
			t.Logf("lacks %s: %s", key, reason)
		}
	}
	t.Logf("serves %d of the client's %d operations", count, len(client.Operations()))
}

// What is compressed is what stands in the file.
func TestDescriptionIsPacked(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("openapi.yaml")
	must(t, err)
	if !bytes.Equal(text, sandbox.Spec()) {
		t.Error("openapi.yaml.gz is older than openapi.yaml: make generate")
	}
}

func TestDescriptionIsServed(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	a, err := x.send("GET", "/openapi.yaml", "", "")
	must(t, err)
	same(t, "body", string(a.body), string(sandbox.Spec()))
}
