package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// server is how commands call an API. A redirect is an answer like any other refusal: whoever it leads to gets no key.
var server = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// request is a call of an API. The body is JSON unless another kind is named.
type request struct {
	method, url string
	token       string // an API key, or a user's token
	actor       string // the user for whom the holder of an API key calls
	staff       string // or the operator
	body, kind  string
}

// send makes a call under an idempotency key and decodes its answer. Errors: *refusedCall.
func (q request) send(ctx context.Context, key string, answer any) error {
	r, err := http.NewRequestWithContext(ctx, q.method, q.url, strings.NewReader(q.body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", cmp.Or(q.kind, "application/json"))
	if q.token != "" {
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	if q.token != "" && key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if q.actor != "" {
		r.Header.Set("Handsel-Actor", q.actor)
	}
	if q.staff != "" {
		r.Header.Set("Handsel-Operator", q.staff)
	}
	resp, err := server.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return refusalOf(r, resp.StatusCode, content)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(content, answer)
}

// refusedCall is a call that a server refused.
type refusedCall struct {
	call   string // its method and path
	status int
	code   string // the reason, if the server names one
	text   string
}

func refusalOf(r *http.Request, status int, content []byte) *refusedCall {
	var problem struct{ Code, Detail string }
	_ = json.Unmarshal(content, &problem) // what is no problem is shown as it is
	return &refusedCall{
		call: r.Method + " " + r.URL.Path, status: status, code: problem.Code, text: cmp.Or(problem.Detail, string(bytes.TrimSpace(content))),
	}
}

// Refusal implements plays.Refusal.
func (r *refusedCall) Refusal() (status int, code string) { return r.status, r.code }

// Error is one line for a person.
func (r *refusedCall) Error() string {
	code := ""
	if r.code != "" {
		code = " (" + r.code + ")"
	}
	return fmt.Sprintf("%s: status %d: %s%s", r.call, r.status, r.text, code)
}

// maxAnswer is how many bytes of an answer, or of a line of a stream, are read: a page of events has about two million.
const maxAnswer = 8 << 20

// passing tells that the same call may be taken later.
func (r *refusedCall) passing() bool {
	return r.status >= 500 || r.status == http.StatusTooManyRequests
}

// serverSetting is shared by the commands that call a server's API.
type serverSetting struct {
	URL string `env:"HANDSEL_URL" default:"http://127.0.0.1:8420" help:"Address of the server; by default where handsel dev listens."`
	Key string `env:"HANDSEL_API_KEY" placeholder:"KEY" help:"API key of the marketplace's backend."`
}

func (s serverSetting) check() error {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usage(fmt.Errorf("HANDSEL_URL %.200q is no address of a server; it begins with http:// or https://", s.URL))
	}
	if s.Key == "" {
		return usage(errors.New("HANDSEL_API_KEY is not set; handsel dev prints a key, and handsel keys add makes one"))
	}
	return nil
}

// at is a path of the server's.
func (s serverSetting) at(path string) string { return strings.TrimRight(s.URL, "/") + path }

// logPage is an answer of GET /v1/events.
type logPage struct {
	Items []json.RawMessage `json:"items"`
	Next  int64             `json:"next_after"`
	More  bool              `json:"has_more"`
	Last  int64             `json:"last_sequence"`
}

// page reads the log of events.
func (s serverSetting) page(ctx context.Context, query url.Values) (p logPage, err error) {
	return p, request{method: http.MethodGet, url: s.at("/v1/events?" + query.Encode()), token: s.Key}.send(ctx, "", &p)
}

// lastEvent is the number of the newest event; 0: there is none.
func (s serverSetting) lastEvent(ctx context.Context) (int64, error) {
	p, err := s.page(ctx, url.Values{"from": {"now"}})
	return p.Next, err
}
