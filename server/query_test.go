package server_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server"
)

// whole is a server with all its parts.
func whole(t *testing.T) *market {
	t.Helper()
	return newExchangeIn(t, func(c *server.Config) { keepAll(t, c) })
}

var samplePath = strings.NewReplacer("{id}", "1", "{user_id}", "x", "{conversation_id}", "1", "{evidence_id}", "1", "{file}", "1")

// knock calls a route as somebody who may, with nothing but a query.
func (m *market) knock(t *testing.T, r server.Route, query string, options ...option) answer {
	t.Helper()
	if r.Access == server.Users || r.Access == server.Public {
		options = append(options, m.by(olga))
	}
	return m.call(t, r.Method, samplePath.Replace(r.Path)+query, nil, options...)
}

// foreign are the routes whose query is other people's: of probes, and of gateways.
var foreign = map[string]bool{
	"/livez": true, "/readyz": true, "/metrics": true, "/openapi.yaml": true, "/docs": true, "/pay/{payment}": true, "/gateways/{gateway}/webhooks": true,
}

// A name that is not known may be a wish that the caller relies on.
func TestM7_unknownQueryNames(t *testing.T) {
	t.Parallel()
	m := whole(t)
	for _, r := range m.server.Routes() {
		if foreign[r.Path] {
			continue
		}
		for query, wrong := range map[string]bool{
			"?dry_ran=true": true, "?Dry_run=true": true, "?dry_run%5B%5D=true": true, "?dry_run=true;x": true, "?=": true, "?limit=1&limit=2&state=": true, "": false,
		} {
			a := m.knock(t, r, query, once("k"))
			unknown := strings.Contains(a.body, "unknown name") || strings.Contains(a.body, "malformed") || strings.Contains(a.body, "twice")
			if wrong != (a.status == http.StatusBadRequest && unknown) {
				t.Errorf("%s %s%s answers %d %s", r.Method, r.Path, query, a.status, a.body)
			}
		}
	}
	m.call(t, "GET", "/v1/transactions?limits=5", nil).refused(400, "unknown_parameter").
		has(map[string]string{"parameter": "limits", "known.0": "limit", "known.1": "cursor"})
	if a := m.call(t, "GET", "/v1/transactions?"+card+"=1", nil); a.status != http.StatusBadRequest || strings.Contains(a.body, card) {
		t.Errorf("the answer repeats a card number: %s", a.body)
	}
}

// movesNothing are the native routes that change something but move no money, and why.
var movesNothing = map[string]string{
	"POST /v1/transactions/{id}/dry-run":            "changes nothing",
	"POST /v1/transactions/{id}/messages":           "text",
	"PUT /v1/users/{id}":                            "a profile",
	"POST /v1/prices/preview":                       "changes nothing",
	"POST /v1/operator/transactions/{id}/clear":     "ends a hold; what then moves is asked for by itself",
	"POST /v1/operator/transactions/{id}/take_over": "books what has moved already; the second time nothing differs",
	"POST /v1/operator/holds/end":                   "ends a hold; what then moves is asked for by itself",
	"POST /v1/operator/approvals/{id}/approve":      "the act has a key of its own; the second time it is done already",
	"POST /v1/operator/approvals/{id}/reject":       "ends a request", "PUT /v1/community/approval-limits": "a rule", "PUT /v1/community/operators": "a list of names",
	"POST /v1/operator/tasks/{id}/assign": "a note", "POST /v1/operator/tasks/{id}/done": "a note",
	"POST /v1/transactions/{id}/refresh": "looks, and merges what has happened already",
	"PUT /v1/community/fees":             "for deals that are opened later",
	"PUT /v1/community/letterhead":       "names and addresses",
	"PUT /v1/community/exchange-rules":   "for orders that are opened later",
	"POST /v1/listings":                  "an offer", "DELETE /v1/listings/{id}": "an offer", "PUT /v1/listings/{id}/description": "an offer",
	"PUT /v1/listings/{id}/pricing": "deals keep their price", "PUT /v1/listings/{id}/stock": "an offer",
	"POST /v1/listings/{id}/enable": "an offer", "POST /v1/listings/{id}/disable": "an offer",
	"POST /v1/listings/{id}/blocked-dates": "a calendar", "DELETE /v1/listings/{id}/blocked-dates": "a calendar",
	"POST /v1/transactions/{id}/read": "a mark", "POST /v1/transactions/{id}/reviews": "text", "POST /v1/transactions/{id}/evidence": "a file",
}

// Every native route that changes something needs a key, and can be tried, unless it
// is known to move no money.
func TestM8_moneyNeedsAKey(t *testing.T) {
	t.Parallel()
	m := whole(t)
	known := map[string]bool{}
	for _, r := range m.server.Routes() {
		line := r.Method + " " + r.Path
		if r.Method == http.MethodGet || !strings.HasPrefix(r.Path, "/v1/") {
			continue
		}
		if known[line] = true; movesNothing[line] != "" {
			continue
		}
		if r.Keying != server.KeyRequired {
			t.Errorf("%s does not require an Idempotency-Key", line)
		}
		m.knock(t, r, "").refused(400, "idempotency_key_missing")
		if a := m.knock(t, r, "?dry_run=true"); strings.Contains(a.body, "unknown name") || strings.Contains(a.body, "idempotency") {
			t.Errorf("%s cannot be tried without a key: %s", line, a.body)
		}
		m.knock(t, r, "?dry_run=yes").refused(400, "invalid_dry_run")
	}
	for line := range movesNothing {
		if !known[line] {
			t.Errorf("there is no %s", line)
		}
	}
	var callers sync.WaitGroup
	var booked atomic.Int32
	for range 50 {
		callers.Go(func() {
			if m.call(t, "POST", "/v1/balances/bea/deposits", map[string]any{"amount": 1, "currency": "EUR"}).status == http.StatusCreated {
				booked.Add(1)
			}
		})
	}
	callers.Wait()
	m.call(t, "GET", "/v1/balances/bea?currency=EUR", nil).is(200).has(map[string]string{"available": "0"})
	if booked.Load() != 0 {
		t.Errorf("%d deposits without a key were booked", booked.Load())
	}
}

// failing is a store that crashes between what a request does and its answer.
type failing struct {
	server.Replies
	armed atomic.Bool
}

func (f *failing) Once(ctx context.Context, r orchestrator.Reply, do func(context.Context) (int, []byte, error)) (orchestrator.Reply, bool, error) {
	return f.Replies.Once(ctx, r, func(ctx context.Context) (int, []byte, error) {
		status, body, err := do(ctx)
		if f.armed.Load() && err == nil {
			err = errors.New("the process ends here")
		}
		return status, body, err
	})
}

// One key makes one thing, whatever happens between it and its answer: on every
// route that keeps its answers beside the engine.
func TestM38_oneKeyOneThing(t *testing.T) {
	t.Parallel()
	eachURL(t, func(t *testing.T, url string) {
		store := &failing{}
		b := newBazaarWith(t, url, func(c *server.Config) {
			keepAll(t, c)
			store.Replies = c.Replies
			c.Replies, c.Exchange.Replies = store, store
		})
		crash := func(path string, body any, count func() string, options ...option) {
			t.Helper()
			before := count()
			store.armed.Store(true)
			if a := b.call(t, "POST", path, body, append(options, once("k"))...); a.status != http.StatusInternalServerError {
				t.Fatalf("%s: %d %s", path, a.status, a.body)
			}
			store.armed.Store(false)
			if now := count(); now != before {
				t.Errorf("%s left something behind: %s, before %s", path, now, before)
			}
			first := b.call(t, "POST", path, body, append(options, once("k"))...)
			after := count()
			again := b.call(t, "POST", path, body, append(options, once("k"))...)
			if first.status >= 300 || again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" || after == before || count() != after {
				t.Errorf("%s: %d %s, again %d %s; %s, %s, %s", path, first.status, first.body, again.status, again.body, before, after, count())
			}
		}
		single := changed(bike(), map[string]any{"kind": "single_use", "stock": nil})
		crash("/v1/listings", single, func() string { return b.call(t, "GET", "/v1/listings", nil).is(200).body })
		mine := func() string { return b.ask(t, ann, "GET", p2pPath+"ads/my", nil).is(200).body }
		crash(p2pPath+"ads", ad("sell"), mine, b.by(ann))
		id := b.ask(t, ann, "GET", p2pPath+"ads/my", nil).at("items.0.id")
		crash(p2pPath+"ads/"+id+"/pause", nil, mine, b.by(ann))
		crash(p2pPath+"ads/"+id+"/resume", nil, mine, b.by(ann))
	})
}
