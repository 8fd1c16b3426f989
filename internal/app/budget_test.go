package app_test

import (
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/server/web"
)

// budget is what one kind of request that anybody may send may cost.
type budget struct {
	route  string // a public one, or who may call a route that is asked without credentials
	name   string // beside others of the same route
	method string
	path   string
	body   int // bytes
	header []string
	status int
	live   bool    // over a connection
	kib    float64 // that one request may allocate
}

const busy = 9 // more tries that the machine may be too busy for: what is too dear is so in each

const slowest = 80 // times as long a write may take during a flood; goroutines share few processors

// budgets has a line for every route that anybody may call. The database is asked by
// some of them, and written by none.
var budgets = []budget{
	{route: "GET /livez", path: "/livez", status: 200, kib: 32},
	{route: "GET /readyz", path: "/readyz", status: 200, kib: 32},
	{route: "GET /openapi.yaml", path: "/openapi.yaml", status: 200, kib: 32},
	{route: "GET /pay/{payment}", path: "/pay/pi_made_up", status: 200, kib: 64},
	{route: "GET /docs", path: "/docs", status: 200, kib: 32},
	{route: "GET /docs/calls", path: "/docs/calls", status: 200, kib: 32},
	{route: "GET /docs/search", path: "/docs/search?q=the", status: 200, kib: 224},
	{route: "GET /docs/{document}", path: "/docs/operations", status: 200, kib: 32},
	{route: "GET /docs/{document}", name: "no such document", path: "/docs/made_up", status: 404, kib: 96},
	{route: "GET /docs/api/{subject}", path: "/docs/api/transactions", status: 200, kib: 32},
	{route: "GET /docs/api/{subject}", name: "no such subject", path: "/docs/api/made_up", status: 404, kib: 96},
	{route: "GET /docs/processes/{document}", path: "/docs/processes/postpay@1", status: 200, kib: 32},
	{route: "GET /", name: "a program", path: "/", status: 404, kib: 32},
	{route: "GET /", name: "a browser", path: "/", header: []string{"Accept", "text/html"}, status: 200, kib: 32},
	{route: "GET /docs/errors", path: "/docs/errors", status: 200, kib: 32},
	{route: "GET /docs/errors/{code}", path: "/docs/errors/busy", status: 200, kib: 128},
	{route: "GET /docs/errors/{code}", name: "no such code", path: "/docs/errors/made_up", status: 404, kib: 96},
	{route: "GET /api/v1/p2p/ads", path: "/api/v1/p2p/ads", status: 200, kib: 768},
	{route: "GET /api/v1/p2p/ads", name: "a large page", path: "/api/v1/p2p/ads?type=buy&fiat_currency=RUB&sort_by=best_price&limit=100&offset=10", status: 200, kib: 1536},
	{route: "GET /logins/{gateway}", name: "a made-up state", path: "/logins/trustap?code=x&state=made_up", status: 409, kib: 48},
	{route: "GET /mail/stop/{token}", name: "a made-up link", path: "/mail/stop/bWFkZS11cA", status: 404, kib: 48},
	{route: "POST /mail/stop/{token}", name: "a made-up link", method: "POST", path: "/mail/stop/bWFkZS11cA", body: 1 << 10, status: 404, kib: 48},
	{route: "POST /mail/resume/{token}", name: "a made-up link", method: "POST", path: "/mail/resume/bWFkZS11cA", body: 1 << 10, status: 404, kib: 48},
	// A page is 27 KiB, what a form adds is 17; the race detector makes half as much again of it.
	{route: "GET /console/open/{token}", name: "nobody", path: "/console/open/bWFkZS11cA", status: 401, kib: 64},
	{route: "POST /console/open/{token}", name: "nobody", path: "/console/open/bWFkZS11cA", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/sign-in", name: "nobody", path: "/console/sign-in", status: 200, kib: 64},
	{route: "POST /console/sign-in", name: "nobody", path: "/console/sign-in", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "POST /console/sign-in/account", name: "nobody", path: "/console/sign-in/account", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 429, kib: 6 << 10}, // a password is compared, for nobody too, until there were too many tries
	{route: "GET /console/invite/{token}", name: "nobody", path: "/console/invite/bWFkZS11cA", status: 401, kib: 64},
	{route: "POST /console/invite/{token}", name: "nobody", path: "/console/invite/bWFkZS11cA", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "POST /console/sign-in/oidc", name: "nobody", path: "/console/sign-in/oidc", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 404, kib: 96},
	{route: "GET /console/sign-in/oidc", name: "nobody", path: "/console/sign-in/oidc?state=x&code=y", status: 404, kib: 64},
	{route: "POST /console/leave", name: "nobody", path: "/console/leave", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 200, kib: 96},
	{route: "GET /console", name: "nobody", path: "/console", status: 401, kib: 64},
	{route: "GET /console/deals", name: "nobody", path: "/console/deals", status: 401, kib: 64},
	{route: "GET /console/deals/{id}", name: "nobody", path: "/console/deals/12", status: 401, kib: 64},
	{route: "GET /console/deals/{id}/do/{transition}", name: "nobody", path: "/console/deals/12/do/refund", status: 401, kib: 64},
	{route: "POST /console/deals/{id}/do/{transition}", name: "nobody", path: "/console/deals/12/do/refund", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/risk", name: "nobody", path: "/console/risk", status: 401, kib: 64},
	{route: "POST /console/deals/{id}", name: "nobody", path: "/console/deals/x", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "POST /console/risk/{id}/{act}", name: "nobody", path: "/console/risk/x/take", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/approvals", name: "nobody", path: "/console/approvals", status: 401, kib: 64},
	{route: "POST /console/approvals/{id}/{act}", name: "nobody", path: "/console/approvals/x/approve", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/sessions", name: "nobody", path: "/console/sessions", status: 401, kib: 64},
	{route: "POST /console/sessions", name: "nobody", path: "/console/sessions", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/live", name: "nobody", path: "/console/live", status: 401, kib: 64},
	{route: "GET /console/webhooks", name: "nobody", path: "/console/webhooks", status: 401, kib: 64},
	{route: "GET /console/webhooks/events", name: "nobody", path: "/console/webhooks/events", status: 401, kib: 64},
	{route: "POST /console/webhooks/endpoints", name: "nobody", path: "/console/webhooks/endpoints", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/webhooks/endpoints/{id}", name: "nobody", path: "/console/webhooks/endpoints/x", status: 401, kib: 64},
	{route: "POST /console/webhooks/endpoints/{id}/{act}", name: "nobody", path: "/console/webhooks/endpoints/x/enable", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/jobs", name: "nobody", path: "/console/jobs", status: 401, kib: 64},
	{route: "GET /console/jobs/{id}", name: "nobody", path: "/console/jobs/timers", status: 401, kib: 64},
	{route: "POST /console/jobs/{id}", name: "nobody", path: "/console/jobs/x", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/inbox", name: "nobody", path: "/console/inbox", status: 401, kib: 64},
	{route: "POST /console/inbox/{id}/replay", name: "nobody", path: "/console/inbox/x/replay", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/disputes", name: "nobody", path: "/console/disputes", status: 401, kib: 64},
	{route: "GET /console/disputes/{id}", name: "nobody", path: "/console/disputes/x", status: 401, kib: 64},
	{route: "POST /console/disputes/{id}/take", name: "nobody", path: "/console/disputes/x/take", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/disputes/{id}/evidence/{file}", name: "nobody", path: "/console/disputes/x/evidence/x", status: 401, kib: 64},
	{route: "GET /console/sellers", name: "nobody", path: "/console/sellers", status: 401, kib: 64},
	{route: "GET /console/sellers/{user}", name: "nobody", path: "/console/sellers/x", status: 401, kib: 64},
	{route: "POST /console/sellers/{user}/{act}", name: "nobody", path: "/console/sellers/x/x", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/community", name: "nobody", path: "/console/community", status: 401, kib: 64},
	{route: "POST /console/community/{act}", name: "nobody", path: "/console/community/x", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/keys", name: "nobody", path: "/console/keys", status: 401, kib: 64},
	{route: "POST /console/keys", name: "nobody", path: "/console/keys", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "POST /console/keys/{id}/revoke", name: "nobody", path: "/console/keys/x/revoke", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/mails", name: "nobody", path: "/console/mails", status: 401, kib: 64},
	{route: "GET /console/listings", name: "nobody", path: "/console/listings", status: 401, kib: 64},
	{route: "GET /console/listings/{id}", name: "nobody", path: "/console/listings/x", status: 401, kib: 64},
	{route: "POST /console/listings/{id}/{act}", name: "nobody", path: "/console/listings/x/x", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/ads", name: "nobody", path: "/console/ads", status: 401, kib: 64},
	{route: "GET /console/ads/{id}", name: "nobody", path: "/console/ads/x", status: 401, kib: 64},
	{route: "POST /console/ads/{id}/{act}", name: "nobody", path: "/console/ads/x/x", method: "POST", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 96},
	{route: "GET /console/audit", name: "nobody", path: "/console/audit", status: 401, kib: 64},
	{route: "GET /console/books", name: "nobody", path: "/console/books", status: 401, kib: 64},
	{route: "GET /console/books/entries", name: "nobody", path: "/console/books/entries", status: 401, kib: 64},
	{route: "GET /console/books/statement", name: "nobody", path: "/console/books/statement", status: 401, kib: 64},
	{route: "GET /console/books/export", name: "nobody", path: "/console/books/export", status: 401, kib: 64},
	{route: "GET /portal/open/{token}", name: "a made-up link", path: "/portal/open/bWFkZS11cA", status: 401, kib: 64},
	{route: "POST /portal/open/{token}", name: "a made-up link", method: "POST", path: "/portal/open/bWFkZS11cA", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 64},
	{route: "POST /portal/leave", name: "nobody", method: "POST", path: "/portal/leave", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 200, kib: 64},
	{route: "GET /portal", name: "nobody", path: "/portal", status: 401, kib: 64},
	{route: "GET /portal/events", name: "a made-up visit", path: "/portal/events", header: []string{"Cookie", "handsel-portal=bWFkZS11cA"}, status: 401, kib: 64},
	{route: "POST /portal/endpoints", name: "nobody", method: "POST", path: "/portal/endpoints", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 64},
	{route: "GET /portal/endpoints/{id}", name: "nobody", path: "/portal/endpoints/whe_x", status: 401, kib: 64},
	{route: "POST /portal/endpoints/{id}/{act}", name: "nobody", method: "POST", path: "/portal/endpoints/whe_x/delete", body: 1 << 10, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 401, kib: 64},
	{route: "GET /gateways/{gateway}/webhooks", name: "unknown gateway", path: "/gateways/made-up/webhooks?signature=00", status: 404, kib: 32},
	{route: "GET /gateways/{gateway}/webhooks", name: "paytrail, wrong signature", path: "/gateways/paytrail/webhooks?checkout-account=695861&checkout-algorithm=sha256&signature=00", status: 401, kib: 32},
	{route: "GET /gateways/{gateway}/webhooks", name: "braintree, no challenge", path: "/gateways/braintree/webhooks?bt_challenge=zz", status: 400, kib: 32},
	{route: "POST /gateways/{gateway}/webhooks", name: "braintree, wrong signature", path: "/gateways/braintree/webhooks", body: 64 << 10, status: 401, kib: 384},
	{route: "POST /gateways/{gateway}/webhooks", name: "unknown gateway", path: "/gateways/made-up/webhooks", body: 1 << 10, status: 404, kib: 32},
	{route: "POST /gateways/{gateway}/webhooks", name: "trustap, wrong password", path: "/gateways/trustap/webhooks", body: 64 << 10, header: []string{"Authorization", "Basic dHJ1c3RhcDp3cm9uZw=="}, status: 401, kib: 384},
	{route: "POST /gateways/{gateway}/webhooks", name: "stripe, wrong signature", path: "/gateways/stripe/webhooks", body: 64 << 10, header: []string{"Stripe-Signature", "t=1,v1=00"}, status: 401, kib: 384},
	{route: "read", name: "a wrong key", path: "/v1/transactions", header: []string{"Authorization", "Bearer {key}"}, status: 401, kib: 32},
	{route: "write", name: "a wrong key and a body", method: "POST", path: "/v1/transactions", body: 64 << 10, header: []string{"Authorization", "Bearer {key}", "Idempotency-Key", "k"}, status: 401, kib: 32},
	{route: "operator", name: "no key", path: "/v1/operator/transactions", status: 401, kib: 32},
	{route: "user", name: "a wrong token", method: "POST", path: "/api/v1/p2p/orders", body: 64 << 10, header: []string{"Authorization", "Bearer {token}"}, status: 401, kib: 32},
	{route: "GET /ws/p2p", name: "a made-up ticket", path: "/ws/p2p?ticket=made-up", header: upgrading, status: 401, kib: 32},
	{route: "GET /ws/p2p", name: "a wrong token", path: "/ws/p2p?token={token}", header: upgrading, status: 401, kib: 32},
	{route: "GET /ws/p2p", name: "opened and left", path: "/ws/p2p", header: upgrading, live: true, status: 101, kib: 256},
	{route: "", name: "no such path", path: "/wp-login.php", status: 404, kib: 32},
}

var upgrading = []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}

// ignored is an answer that nobody reads.
type ignored struct {
	header http.Header
	status int
}

func (i *ignored) Header() http.Header         { return i.header }
func (i *ignored) WriteHeader(status int)      { i.status = status }
func (i *ignored) Write(b []byte) (int, error) { return len(b), nil }

// siege floods a testbed.
type siege struct {
	*app.Testbed
	t      *testing.T
	body   string
	writes int
	url    string            // where it listens
	wrong  *strings.Replacer // puts in credentials that are right but for their end
}

// ask makes a budget's request once.
func (s *siege) ask(b budget) int {
	method := b.method
	if method == "" {
		method = http.MethodGet
	}
	if strings.HasPrefix(b.route, "POST ") {
		method = http.MethodPost
	}
	if b.live {
		return s.knock(b)
	}
	r := httptest.NewRequestWithContext(s.t.Context(), method, s.wrong.Replace(b.path), strings.NewReader(s.body[:b.body]))
	r.Header.Set("Content-Type", "application/json")
	b.sign(s, r)
	answer := &ignored{http.Header{}, http.StatusOK}
	s.Handler.ServeHTTP(answer, r)
	return answer.status
}

func (b budget) sign(s *siege, r *http.Request) {
	for i := 0; i+1 < len(b.header); i += 2 {
		r.Header.Set(b.header[i], s.wrong.Replace(b.header[i+1]))
	}
}

// knock asks over a connection of its own and hangs up.
func (s *siege) knock(b budget) int {
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+b.path, nil)
	if err != nil {
		s.t.Error(err)
		return 0
	}
	b.sign(s, r)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Error(err)
		return 0
	}
	_ = answer.Body.Close() // which is the connection
	return answer.StatusCode
}

// write makes deposits and tells how long one takes in the middle.
func (s *siege) write(n int) time.Duration {
	took := make([]time.Duration, n)
	for i := range took {
		s.writes++
		r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/v1/balances/bea/deposits", strings.NewReader(`{"amount":100,"currency":"EUR"}`))
		for name, value := range map[string]string{"Authorization": "Bearer " + s.Key, "Content-Type": "application/json", "Idempotency-Key": fmt.Sprint("deposit-", s.writes)} {
			r.Header.Set(name, value)
		}
		answer, began := httptest.NewRecorder(), time.Now()
		s.Handler.ServeHTTP(answer, r)
		if took[i] = time.Since(began); answer.Code != http.StatusCreated {
			s.t.Errorf("an innocent deposit: %d %s", answer.Code, answer.Body)
		}
	}
	slices.Sort(took)
	return took[n/2]
}

// allocated is what one request takes, in KiB. The process also does its due work while it is asked,
// which only ever adds: the least of a few measurements is nearest to what a request takes.
func (s *siege) allocated(b budget) float64 {
	const n, measurements = 20, 5
	s.ask(b) // what is made once
	least := math.Inf(1)
	for i := 0; i < measurements && (i == 0 || least > b.kib); i++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range n {
			s.ask(b)
		}
		runtime.ReadMemStats(&after)
		least = min(least, float64(after.TotalAlloc-before.TotalAlloc)/n/1024)
	}
	return least
}

// flood asks from four sides while deposits are made.
func (s *siege) flood(b budget) (write time.Duration, asked int64) {
	const sides, least, most, deposits = 4, 50, 500, 7
	var all, wrong atomic.Int64
	var done atomic.Bool
	var wait sync.WaitGroup
	for range sides {
		wait.Go(func() {
			for i := 0; i < most && (i < least || !done.Load()); i++ {
				all.Add(1)
				if status := s.ask(b); status != b.status {
					wrong.Store(int64(status))
				}
			}
		})
	}
	write = s.write(deposits)
	done.Store(true)
	wait.Wait()
	if status := wrong.Load(); status != 0 {
		s.t.Errorf("%s (%s): status %d, want %d", b.route, b.name, status, b.status)
	}
	return write, all.Load()
}

// C1 to C4: what strangers may send costs little, and whoever has business here hardly feels it.
// It is not parallel, for it counts what the whole process allocates.
func TestC1_hostileBudget(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			w, err := app.OpenTestbed(t.Context(), app.TestbedConfig{DatabaseURL: url, Seed: 1, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), URL: "http://127.0.0.1:1", SandboxURL: "http://127.0.0.1:2", EmulatorURLs: map[string]string{"stripe": "http://127.0.0.1:3", "paytrail": "http://127.0.0.1:4", "braintree": "http://127.0.0.1:5"}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = w.Close() })
			s := &siege{Testbed: w, t: t, body: `{"id":"` + strings.Repeat("x", 64<<10) + `"}`}
			live := httptest.NewServer(w.Handler)
			t.Cleanup(live.Close)
			token, err := w.Token(app.Alice)
			if err != nil {
				t.Fatal(err)
			}
			s.url, s.wrong = live.URL, strings.NewReplacer("{key}", spoilt(w.Key), "{token}", spoilt(token))
			s.covered()
			s.advertise()
			s.write(20)
			before, start := s.rows(url), s.Store.Stats().Commits
			s.writes = 1_000
			s.besiege()
			if commits := s.Store.Stats().Commits - start; commits != int64(s.writes-1_000) {
				t.Errorf("%d commits of %d deposits: strangers wrote", commits, s.writes-1_000)
			}
			if after := s.rows(url); after != before {
				t.Errorf("strangers left rows:\n%s\nafter:\n%s", before, after)
			}
		})
	}
}

// spoilt is a credential with another secret.
func spoilt(credential string) string {
	end := "aaaaaaaa"
	if strings.HasSuffix(credential, end) {
		end = "bbbbbbbb"
	}
	return credential[:len(credential)-len(end)] + end
}

// advertise gives strangers something to look at.
func (s *siege) advertise() {
	for i := range 60 {
		token, err := s.Token(app.SampleUser{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", 1000+i), Name: "Trader"})
		if err != nil {
			s.t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/api/v1/p2p/ads", strings.NewReader(`{"type":"buy","fiat_currency":"RUB",
			"exchange_rate":100,"min_amount":100,"max_amount":5000000,"payment_methods":["card"],"total_amount":5000000}`))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		if s.Handler.ServeHTTP(answer, r); answer.Code != http.StatusOK {
			s.t.Fatalf("an ad: %d %s", answer.Code, answer.Body)
		}
	}
}

// covered fails for a route that strangers may call and that has no budget.
func (s *siege) covered() {
	for _, r := range s.Server.Routes() {
		route := r.Method + " " + r.Path
		if r.Access != web.Public && r.Path != "/ws/p2p" {
			route = string(r.Access)
		}
		if !slices.ContainsFunc(budgets, func(b budget) bool { return b.route == route }) {
			s.t.Errorf("%s %s may be asked by anybody and has no budget", r.Method, r.Path)
		}
	}
}

// rows are those of the tables that strangers could fill.
func (s *siege) rows(url string) string {
	all, found := testkit.Tables(s.t, url), ""
	for _, table := range []string{"inbox", "tickets", "traders", "api_keys", "feeds", "messages", "mails", "seals", "audit"} {
		found += fmt.Sprintln(table, lines(all[table]))
	}
	return found
}

func (s *siege) besiege() {
	table := tabwriter.NewWriter(s.t.Output(), 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "route\tas\tstatus\tKiB\tof\tasked\twrite quiet\tduring\ttimes")
	for _, b := range budgets {
		kib := s.allocated(b)
		quiet := max(s.write(7), time.Millisecond) // less is noise
		during, asked := s.flood(b)
		for try := 0; try < busy && during > slowest*quiet; try++ {
			quiet = max(s.write(7), time.Millisecond)
			during, asked = s.flood(b)
		}
		times := float64(during) / float64(quiet)
		fmt.Fprintf(table, "%s\t%s\t%d\t%.1f\t%.0f\t%d\t%s\t%s\t%.1f\n", b.route, b.name, b.status, kib, b.kib, asked, quiet, during, times)
		if kib > b.kib {
			s.t.Errorf("%s (%s) allocates %.1f KiB for a request, at most %.0f are allowed", b.route, b.name, kib, b.kib)
		}
		if times > slowest {
			s.t.Errorf("%s (%s) makes a deposit take %.0f times as long", b.route, b.name, times)
		}
	}
}

func databases(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"sqlite": testdb.SQLite(t), "postgres": testdb.Postgres(t)}
}
