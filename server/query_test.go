package server_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/web"
)

// whole is a server with all its parts.
func whole(t *testing.T) *facetest.Market {
	t.Helper()
	return facetest.NewExchangeIn(t, func(c *server.Config) { facetest.KeepAll(t, c) })
}

// foreign are the routes whose query is other people's: of probes, and of gateways.
var foreign = map[string]bool{
	"/livez": true, "/readyz": true, "/metrics": true, "/openapi.yaml": true, "/docs": true, "/pay/{payment}": true, "/gateways/{gateway}/webhooks": true, "/logins/{gateway}": true, "/mail/stop/{token}": true, "/mail/resume/{token}": true,
	"/portal/open/{token}": true, "/portal/leave": true, "/portal": true, "/portal/events": true, "/portal/endpoints": true, "/portal/endpoints/{id}": true, "/portal/endpoints/{id}/{act}": true,
	"/console/open/{token}": true, "/console/sign-in": true, "/console/sign-in/account": true, "/console/invite/{token}": true, "/console/sign-in/oidc": true, "/console/leave": true, "/console": true, "/console/deals": true, "/console/deals/{id}": true, "/console/deals/{id}/do/{transition}": true, "/console/risk": true,
	"/": true, "/docs/errors": true, "/docs/errors/{code}": true, "/docs/calls": true, "/docs/search": true, "/docs/{document}": true, "/docs/processes/{document}": true, "/docs/api/{subject}": true,
	"/console/risk/{id}/{act}": true, "/console/approvals": true, "/console/approvals/{id}/{act}": true, "/console/audit": true,
	"/console/live": true, "/console/sessions": true, "/console/books": true, "/console/books/entries": true, "/console/books/statement": true, "/console/books/export": true,
	"/console/jobs": true, "/console/jobs/{id}": true,
	"/console/webhooks": true, "/console/webhooks/events": true, "/console/webhooks/endpoints": true, "/console/webhooks/endpoints/{id}": true, "/console/webhooks/endpoints/{id}/{act}": true,
	"/console/disputes": true, "/console/disputes/{id}": true, "/console/disputes/{id}/take": true, "/console/disputes/{id}/evidence/{file}": true,
	"/console/sellers": true, "/console/sellers/{user}": true, "/console/sellers/{user}/{act}": true,
	"/console/community": true, "/console/community/{act}": true, "/console/keys": true, "/console/keys/{id}/revoke": true,
	"/console/mails":    true,
	"/console/listings": true, "/console/listings/{id}": true, "/console/listings/{id}/{act}": true, "/console/ads": true, "/console/ads/{id}": true, "/console/ads/{id}/{act}": true,
	"/console/inbox": true, "/console/inbox/{id}/replay": true,
}

// A name that is not known may be a wish that the caller relies on.
func TestM7_unknownQueryNames(t *testing.T) {
	t.Parallel()
	m := whole(t)
	for _, r := range m.Server.Routes() {
		if foreign[r.Path] {
			continue
		}
		for query, wrong := range map[string]bool{
			"?dry_ran=true": true, "?Dry_run=true": true, "?dry_run%5B%5D=true": true, "?dry_run=true;x": true, "?=": true, "?limit=1&limit=2&state=": true, "": false,
		} {
			if r.Lasts && !wrong {
				continue // it would begin, and not end
			}
			a := m.Knock(t, r, query, facetest.Once("k"))
			unknown := strings.Contains(a.Body, "unknown name") || strings.Contains(a.Body, "malformed") || strings.Contains(a.Body, "repeated")
			if wrong != (a.Status == http.StatusBadRequest && unknown) {
				t.Errorf("%s %s%s answers %d %s", r.Method, r.Path, query, a.Status, a.Body)
			}
		}
	}
	m.Call(t, "GET", "/v1/transactions?limits=5", nil).Refused(400, "unknown_parameter").
		Has(map[string]string{"parameter": "limits", "known.0": "limit", "known.1": "cursor"})
	if a := m.Call(t, "GET", "/v1/transactions?"+facetest.Card+"=1", nil); a.Status != http.StatusBadRequest || strings.Contains(a.Body, facetest.Card) {
		t.Errorf("the answer repeats a card number: %s", a.Body)
	}
}

// movesNothing are the native routes that change something but move no money, and why.
var movesNothing = map[string]string{
	"POST /v1/transactions/{id}/dry-run":           "changes nothing",
	"POST /v1/transactions/{id}/messages":          "text",
	"PUT /v1/users/{id}":                           "a profile",
	"POST /v1/sellers/{user_id}/onboarding":        "a link; the account is made once for each user",
	"PUT /v1/sellers/{user_id}/accounts/{gateway}": "whose an account is", "DELETE /v1/sellers/{user_id}/accounts/{gateway}": "whose an account is",
	"PATCH /v1/transactions/{id}": "a note", "PATCH /v1/listings/{id}": "a note", "PATCH /v1/sellers/{user_id}": "a note",
	"POST /v1/payment-setups":                       "what a browser begins with; nothing is opened",
	"POST /v1/prices/preview":                       "changes nothing",
	"POST /v1/operator/transactions/{id}/clear":     "ends a hold; what then moves is asked for by itself",
	"POST /v1/operator/transactions/{id}/take_over": "books what has moved already; the second time nothing differs",
	"POST /v1/operator/transactions/{id}/outcome":   "books what has moved already; the second time no refund is open",
	"POST /v1/operator/holds/end":                   "ends a hold; what then moves is asked for by itself",
	"POST /v1/operator/approvals/{id}/approve":      "the act has a key of its own; the second time it is done already",
	"POST /v1/operator/approvals/{id}/reject":       "ends a request", "PUT /v1/community/approval-limits": "a rule", "PUT /v1/community/operators": "a list of names",
	"POST /v1/operator/tasks/{id}/assign": "a note", "POST /v1/operator/tasks/{id}/done": "a note",
	"POST /v1/transactions/{id}/refresh":      "looks, and merges what has happened already",
	"PUT /v1/community/fees":                  "for deals that are opened later",
	"POST /v1/payouts/settlements":            "says what was paid; the second time nothing is due",
	"PUT /v1/community/confirmation":          "for deals that are opened later",
	"PUT /v1/community/mail-templates/{name}": "texts", "DELETE /v1/community/mail-templates/{name}": "texts",
	"PUT /v1/community/letterhead":     "names and addresses",
	"PUT /v1/community/origins":        "who may read answers in a browser",
	"PUT /v1/community/exchange-rules": "for orders that are opened later",
	"POST /v1/webhook-endpoints":       "where events are sent", "PATCH /v1/webhook-endpoints/{id}": "where events are sent", "DELETE /v1/webhook-endpoints/{id}": "where events are sent",
	"POST /v1/webhook-endpoints/{id}/rotate-secret": "a secret", "POST /v1/webhook-endpoints/{id}/enable": "where events are sent", "POST /v1/webhook-endpoints/{id}/disable": "where events are sent",
	"POST /v1/webhook-endpoints/{id}/test": "an event of its own", "POST /v1/webhook-endpoints/{id}/deliveries/{event}/resend": "an event again", "POST /v1/webhook-endpoints/{id}/replay": "events again",
	"POST /v1/portal-links": "a link",
	"POST /v1/listings":     "an offer", "DELETE /v1/listings/{id}": "an offer", "PUT /v1/listings/{id}/description": "an offer",
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
	for _, r := range m.Server.Routes() {
		line := r.Method + " " + r.Path
		if r.Method == http.MethodGet || !strings.HasPrefix(r.Path, "/v1/") {
			continue
		}
		if known[line] = true; movesNothing[line] != "" {
			continue
		}
		if r.Keying != web.KeyRequired {
			t.Errorf("%s does not require an Idempotency-Key", line)
		}
		m.Knock(t, r, "").Refused(400, "idempotency_key_missing")
		if a := m.Knock(t, r, "?dry_run=true"); strings.Contains(a.Body, "unknown name") || strings.Contains(a.Body, "idempotency") {
			t.Errorf("%s cannot be tried without a key: %s", line, a.Body)
		}
		m.Knock(t, r, "?dry_run=yes").Refused(400, "invalid_dry_run")
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
			if m.Call(t, "POST", "/v1/balances/bea/deposits", map[string]any{"amount": 1, "currency": "EUR"}).Status == http.StatusCreated {
				booked.Add(1)
			}
		})
	}
	callers.Wait()
	m.Call(t, "GET", "/v1/balances/bea?currency=EUR", nil).Is(200).Has(map[string]string{"available": "0"})
	if booked.Load() != 0 {
		t.Errorf("%d deposits without a key were booked", booked.Load())
	}
}

// failing is a store that crashes between what a request does and its answer.
type failing struct {
	idempotency.Runner
	armed atomic.Bool
}

func (f *failing) Once(ctx context.Context, r idempotency.Reply, do func(context.Context) (int, []byte, error)) (idempotency.Reply, bool, error) {
	return f.Runner.Once(ctx, r, func(ctx context.Context) (int, []byte, error) {
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
			facetest.KeepAll(t, c)
			store.Runner = c.Replies
			c.Replies, c.Exchange.Replies = store, store
		})
		crash := func(path string, body any, count func() string, options ...facetest.Option) {
			t.Helper()
			before := count()
			store.armed.Store(true)
			if a := b.Call(t, "POST", path, body, append(options, facetest.Once("k"))...); a.Status != http.StatusInternalServerError {
				t.Fatalf("%s: %d %s", path, a.Status, a.Body)
			}
			store.armed.Store(false)
			if now := count(); now != before {
				t.Errorf("%s left something behind: %s, before %s", path, now, before)
			}
			first := b.Call(t, "POST", path, body, append(options, facetest.Once("k"))...)
			after := count()
			again := b.Call(t, "POST", path, body, append(options, facetest.Once("k"))...)
			if first.Status >= 300 || again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" || after == before || count() != after {
				t.Errorf("%s: %d %s, again %d %s; %s, %s, %s", path, first.Status, first.Body, again.Status, again.Body, before, after, count())
			}
		}
		single := facetest.Changed(facetest.Bike(), map[string]any{"kind": "single_use", "stock": nil})
		crash("/v1/listings", single, func() string { return b.Call(t, "GET", "/v1/listings", nil).Is(200).Body })
		mine := func() string { return b.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"ads/my", nil).Is(200).Body }
		crash(facetest.ExchangePath+"ads", facetest.Ad("sell"), mine, b.By(facetest.Ann))
		id := b.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"ads/my", nil).At("items.0.id")
		crash(facetest.ExchangePath+"ads/"+id+"/pause", nil, mine, b.By(facetest.Ann))
		crash(facetest.ExchangePath+"ads/"+id+"/resume", nil, mine, b.By(facetest.Ann))
	})
}
