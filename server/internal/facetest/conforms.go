package facetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// description is the OpenAPI document of a whole server, with a router over its paths.
type description struct {
	*openapi3.T
	router routers.Router
}

var Spec = sync.OnceValues(func() (description, error) {
	text, err := WholeSpec()
	if err != nil {
		return description{}, err
	}
	d, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return description{}, err
	}
	closed(d)
	router, err := legacy.NewRouter(d, openapi3.EnableExamplesValidation()) // also validates the document
	return description{d, router}, err
})

// closed refuses members that are not described: a description leaves answers open, because they may
// have more one day, and an answer of today has none that is not described.
func closed(d *openapi3.T) {
	no := false
	for _, s := range d.Components.Schemas {
		if s.Value.Properties != nil && s.Value.AdditionalProperties.Has == nil && s.Value.AdditionalProperties.Schema == nil {
			s.Value.AdditionalProperties.Has = &no
		}
	}
}

// find returns the operation that a request is for; ok is false where nothing is
// described because nothing is served.
func (d description) find(r *http.Request, a Answer) (*openapi3filter.RequestValidationInput, bool, error) {
	plain := r.Clone(r.Context())
	plain.URL.Scheme, plain.URL.Host, plain.Host = "", "", ""
	plain.URL.Path, plain.URL.RawPath = strings.TrimSuffix(plain.URL.EscapedPath(), "/"), "" // a parameter may hold an escaped slash
	route, params, err := d.router.FindRoute(plain)
	switch {
	case a.Status == http.StatusNotFound && strings.Contains(a.Body, `"code":"route_not_found"`):
		return nil, false, nil // a server without this part
	case err != nil && (a.Status == http.StatusNotFound || a.Status == http.StatusMethodNotAllowed):
		return nil, false, nil
	case err != nil && strings.HasPrefix(r.URL.Path, "/console/dev"):
		return nil, false, nil // which only handsel dev has
	case err != nil:
		return nil, false, fmt.Errorf("%s %s answers %d but is not described: %w", r.Method, r.URL.Path, a.Status, err)
	}
	return &openapi3filter.RequestValidationInput{Request: plain, PathParams: params, Route: route}, true, nil
}

// Operation is the one that a request is for; empty for none.
func (d description) Operation(r *http.Request) string {
	input, ok, err := d.find(r, Answer{Status: http.StatusNotFound})
	if err != nil || !ok {
		return ""
	}
	return input.Route.Operation.OperationID
}

// Check reports how an answer, and a request that was accepted, differ from the
// description.
func (d description) Check(ctx context.Context, r *http.Request, sent []byte, a Answer) error {
	input, ok, err := d.find(r, a)
	if err != nil || !ok {
		return err
	}
	kind := a.Header.Get("Content-Type")
	input.Options = &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: !strings.Contains(kind, "json")}
	err = openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.Status, Header: a.Header, Body: io.NopCloser(strings.NewReader(a.Body)), Options: input.Options,
	})
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	body := input.Route.Operation.RequestBody
	if a.Status >= http.StatusBadRequest || body == nil || body.Value.Content.Get("application/json") == nil || len(bytes.TrimSpace(sent)) == 0 {
		return nil
	}
	input.Request.Body = io.NopCloser(bytes.NewReader(sent))
	input.Request.Header.Set("Content-Type", "application/json") // none at all is taken for it
	if err := openapi3filter.ValidateRequestBody(ctx, input, body.Value); err != nil {
		return fmt.Errorf("accepted request %s: %w", sent, err)
	}
	return nil
}

// conforms fails the test when a call was not as described. What a browser asks before a call is
// no call.
func conforms(t testing.TB, r *http.Request, sent []byte, a Answer) {
	t.Helper()
	if r.Method == http.MethodOptions {
		return
	}
	d, err := Spec()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Check(t.Context(), r, sent, a); err != nil {
		t.Errorf("%s %s is not as described: %v", r.Method, r.URL.Path, err)
	}
}
