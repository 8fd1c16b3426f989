package server_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/webhooks"
)

// policy is who may call what. A route that is missing here fails the test.
var policy = `GET /livez public
GET /readyz public
GET /openapi.yaml public
GET /docs public
GET /pay/{payment} public
POST /v1/transactions write required
GET /v1/transactions read
GET /v1/transactions/{id} read
POST /v1/transactions/{id}/transitions write required
POST /v1/transactions/{id}/dry-run read
POST /v1/transactions/{id}/refresh read
GET /v1/transactions/{id}/explain read
GET /v1/transactions/{id}/timeline read
GET /v1/transactions/{id}/entries read
POST /v1/transactions/{id}/messages write honoured
GET /v1/transactions/{id}/messages read
GET /v1/processes read
GET /v1/community read
PUT /v1/users/{id} write
POST /v1/prices/preview read
GET /v1/balances/{user_id} read
POST /v1/balances/{user_id}/deposits operator required
POST /v1/balances/{user_id}/withdrawals operator required
GET /v1/operator/transactions operator
POST /v1/operator/transactions/{id}/clear operator
POST /v1/operator/transactions/{id}/take_over operator
GET /v1/operator/tasks operator
POST /v1/operator/tasks/{id}/assign operator
POST /v1/operator/tasks/{id}/done operator
GET /v1/operator/approvals operator
GET /v1/operator/approvals/{id} operator
POST /v1/operator/approvals/{id}/approve operator
POST /v1/operator/approvals/{id}/reject operator
GET /v1/community/approval-limits operator
PUT /v1/community/approval-limits operator
GET /v1/community/operators operator
PUT /v1/community/operators operator
GET /v1/operator/audit operator
GET /v1/operator/holds operator
POST /v1/operator/holds/end operator
GET /v1/community/letterhead operator
PUT /v1/community/letterhead operator
GET /v1/community/fees operator
PUT /v1/community/fees operator
POST /v1/listings write honoured
GET /v1/listings read
GET /v1/listings/{id} read
DELETE /v1/listings/{id} write
PUT /v1/listings/{id}/description write
PUT /v1/listings/{id}/pricing write
PUT /v1/listings/{id}/stock write
POST /v1/listings/{id}/enable write
POST /v1/listings/{id}/disable write
GET /v1/listings/{id}/availability read
POST /v1/listings/{id}/blocked-dates write
DELETE /v1/listings/{id}/blocked-dates write
POST /v1/listings/{id}/transactions write required
POST /v1/transactions/{id}/read write
GET /v1/sessions read
POST /v1/transactions/{id}/reviews write honoured
GET /v1/transactions/{id}/reviews read
GET /v1/users/{id}/rating read
POST /v1/transactions/{id}/evidence write honoured
GET /v1/transactions/{id}/evidence read
GET /v1/transactions/{id}/evidence/{evidence_id} read
POST /conversations/v1/{conversation_id}/messages write honoured
GET /transactions/v1/can_start_transaction read
POST /transactions/v1/create write honoured
GET /transactions/v1/{id} read
POST /transactions/v1/{id}/refresh read
POST /transactions/v1/{id}/cancel write honoured
POST /transactions/v1/{id}/complete write honoured
POST /transactions/v1/{id}/complete_preauthorization write honoured
POST /transactions/v1/{id}/invoice write honoured
POST /transactions/v1/{id}/pay_invoice write honoured
POST /transactions/v1/{id}/reject write honoured
POST /gateways/{gateway}/webhooks public
`

func TestRoutesAreThePolicy(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) {
		keepAll(t, c)
	})
	var got strings.Builder
	reading, writing := w.scopes(apikey.Read), w.scopes(apikey.Write)
	for _, r := range w.server.Routes() {
		got.WriteString(strings.TrimSpace(strings.Join([]string{r.Method, r.Path, string(r.Access), string(r.Keying)}, " ")) + "\n")
		if r.Access == server.Public {
			continue
		}
		path := strings.NewReplacer("{id}", "1", "{user_id}", "x", "{conversation_id}", "1").Replace(r.Path)
		w.call(t, r.Method, path, nil, anonymous).refused(401, "unauthenticated")
		wrong := map[server.Access]string{server.Reading: writing, server.Writing: reading, server.Operating: writing}[r.Access]
		w.call(t, r.Method, path, nil, withKey(wrong)).refused(403, "missing_scope")
		if r.Keying == server.KeyRequired {
			w.call(t, r.Method, path, nil).refused(400, "idempotency_key_missing")
		}
	}
	if diff := cmp.Diff(policy, got.String()); diff != "" {
		t.Errorf("routes (-policy +got):\n%s", diff)
	}
}

func TestProblemsOfHTTP(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) { c.MaxBody = 1000 })
	large := with(deal(), "transaction.listing_title", strings.Repeat("x", 1000))
	w.call(t, "GET", "/nowhere", nil, anonymous).refused(404, "route_not_found")
	w.call(t, "GET", "/metrics", nil).refused(404, "route_not_found")
	a := w.call(t, "DELETE", "/v1/transactions", nil, anonymous).refused(405, "method_not_allowed")
	if allow := a.header.Get("Allow"); !strings.Contains(allow, "GET") || !strings.Contains(allow, "POST") {
		t.Errorf("Allow %q", allow)
	}
	w.call(t, "POST", dealsPath+"create", large).refused(413, "body_too_large")
	w.call(t, "POST", "/v1/transactions", large, once("1")).refused(413, "body_too_large")
	w.call(t, "POST", dealsPath+"1/cancel", strings.Repeat(" ", 1001)).refused(413, "body_too_large")
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "application/json; charset", "application/jsonp"} {
		w.call(t, "POST", dealsPath+"create", deal(), header("Content-Type", kind)).refused(415, "unsupported_media_type")
	}
	w.call(t, "POST", dealsPath+"create", deal(), header("Content-Type", "application/json; charset=utf-8")).is(201)
	w.call(t, "POST", dealsPath+"create", deal(), func(r *http.Request) { r.Header.Del("Content-Type") }).is(201)
	w.call(t, "POST", dealsPath+"1/cancel", `{"message":"bye"}`).refused(400, "unknown_field")
	if n := w.transactions(ours); n != 2 {
		t.Errorf("%d transactions, want 2", n)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for sent, kept := range map[string]bool{
		"abc-1.2_X": true, strings.Repeat("x", 64): true,
		"": false, strings.Repeat("x", 65): false, "a b": false, "a\"b": false, "ü": false, card: false,
	} {
		a := w.call(t, "GET", "/livez", nil, header("X-Request-Id", sent)).is(200)
		if got := a.header.Get("X-Request-Id"); (got == sent) != kept || got == "" {
			t.Errorf("sent %q, got %q", sent, got)
		}
	}
	w.call(t, "GET", "/v1/community", nil, anonymous, header("X-Request-Id", "mine")).refused(401, "unauthenticated").has(map[string]string{"request_id": "mine"})
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sell(t, "1")
	w.call(t, "GET", "/v1/transactions/"+id, nil, as("bea"), header("X-Request-Id", "mine"), header("Cookie", "canary"))
	w.call(t, "GET", "/v1/transactions/"+id+"?token=canary", nil, as("bea")).refused(400, "unknown_parameter")
	log := w.log.String()
	for _, want := range []string{"route=/v1/transactions/:id", "request_id=mine", "status=200", "community=501", "actor=user:bea", "method=GET"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	for _, secret := range []string{"canary", "Bearer", w.key[len(w.key)-64:], id} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
}

// breakdown fails or panics where keys are looked up.
type breakdown struct{ panics bool }

func (b breakdown) FindKey(context.Context, string) (apikey.Key, bool, error) {
	if b.panics {
		panic("canary: nil map in /src/secret.go")
	}
	return apikey.Key{}, false, errors.New("canary: select hash from api_keys failed")
}

func TestInternalErrorsTellNothing(t *testing.T) {
	t.Parallel()
	for _, panics := range []bool{false, true} {
		w := newWorldWith(t, func(c *server.Config) { c.Keys = breakdown{panics} })
		w.call(t, "GET", "/v1/community", nil).refused(500, "internal_error").has(map[string]string{"money_moved": "no"})
		a := w.call(t, "POST", "/v1/transactions", sale(), once("1")).refused(500, "internal_error").has(map[string]string{"money_moved": "unknown"})
		for _, inside := range []string{"canary", "select", ".go", "goroutine"} {
			if strings.Contains(a.body, inside) {
				t.Errorf("the answer tells %q: %s", inside, a.body)
			}
		}
		if !strings.Contains(w.log.String(), "canary") {
			t.Error("the log does not tell the cause")
		}
	}
}

// slow waits until the request's time is over.
type slow struct{}

func (slow) FindKey(ctx context.Context, _ string) (apikey.Key, bool, error) {
	<-ctx.Done()
	return apikey.Key{}, false, ctx.Err()
}

func TestRequestTimeout(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) { c.Keys, c.RequestTimeout = slow{}, time.Millisecond })
	a := w.call(t, "POST", "/v1/transactions", sale(), once("1")).refused(503, "request_timeout").has(map[string]string{"money_moved": "unknown"})
	if a.header.Get("Retry-After") == "" {
		t.Error("Retry-After is missing")
	}
	w.call(t, "GET", "/v1/community", nil).refused(503, "request_timeout").has(map[string]string{"money_moved": "no"})
}

func TestHealth(t *testing.T) {
	t.Parallel()
	down := errors.New("canary: connection refused")
	w := newWorldWith(t, func(c *server.Config) { c.Ready = func(context.Context) error { return down } })
	w.call(t, "GET", "/livez", nil, anonymous).is(200)
	if a := w.call(t, "GET", "/readyz", nil, anonymous).refused(503, "not_ready"); strings.Contains(a.body, "canary") {
		t.Error("the answer tells the cause")
	}
	w = newWorld(t)
	w.call(t, "GET", "/readyz/", nil, anonymous).is(200)
	w.server.Drain()
	w.call(t, "GET", "/readyz", nil, anonymous).refused(503, "draining")
	w.call(t, "GET", "/livez", nil, anonymous).is(200)
	w.call(t, "GET", "/v1/community", nil).is(200)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	w := newWorldWith(t, func(c *server.Config) { c.Registry = registry })
	w.call(t, "GET", dealsPath+"77", nil)
	w.call(t, "BREW", "/nowhere/"+w.key, nil)
	w.call(t, "GET", "/metrics", nil, anonymous).refused(404, "route_not_found") // S10: not where strangers come
	shown := httptest.NewRecorder()
	w.server.Ops().ServeHTTP(shown, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	for _, want := range []string{
		`handsel_http_requests_total{method="GET",route="/transactions/v1/:id",status="404"} 1`,
		`handsel_http_requests_total{method="other",route="none",status="404"} 1`,
		`handsel_http_request_seconds_count{method="GET",route="/transactions/v1/:id"} 1`,
	} {
		if !strings.Contains(shown.Body.String(), want) {
			t.Errorf("metrics lack %s in:\n%s", want, shown.Body)
		}
	}
	if _, err := server.NewObserver(registry, nil); err != nil {
		t.Error(err)
	}
	if _, err := server.NewObserver(registry, nil); err == nil {
		t.Error("the same metrics were registered twice")
	}
}

func TestObserver(t *testing.T) {
	t.Parallel()
	registry, now := prometheus.NewRegistry(), epoch
	o, err := server.NewObserver(registry, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	o.Committed("escrow_online@1", "pay", "paid")
	o.Fired("poll", 2*time.Second)
	called := o.Calling("trustap", process.Void)
	now = now.Add(3 * time.Second)
	called(process.Unknown)
	want := `# HELP handsel_gateway_calls_total Operations asked of gateways, by outcome.
# TYPE handsel_gateway_calls_total counter
handsel_gateway_calls_total{gateway="trustap",status="unknown",verb="void"} 1
# HELP handsel_transitions_total Commits, by the state they led to.
# TYPE handsel_transitions_total counter
handsel_transitions_total{process="escrow_online@1",to="paid",transition="pay"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "handsel_gateway_calls_total", "handsel_transitions_total"); err != nil {
		t.Error(err)
	}
}

// inbox notes what was received.
type inbox struct {
	gateway string
	body    string
	err     error
}

func (i *inbox) Admit(_ string, header http.Header) error {
	if header.Get("Authorization") == "Basic d3Jvbmc6" {
		return fault.New(fault.Unauthenticated, "invalid_webhook_credential", "wrong")
	}
	return nil
}

func (i *inbox) Receive(_ context.Context, gateway string, _ http.Header, body []byte) error {
	i.gateway, i.body = gateway, string(body)
	return i.err
}

func TestWebhookRoute(t *testing.T) {
	t.Parallel()
	received := &inbox{}
	w := newWorldWith(t, func(c *server.Config) { c.Gateways = received })
	a := w.call(t, "POST", "/gateways/trustap/webhooks", "raw {body", anonymous).is(200)
	if received.gateway != "trustap" || received.body != "raw {body" || a.body != "" {
		t.Errorf("received %+v, answered %q", received, a.body)
	}
	w.call(t, "POST", "/gateways/trustap/webhooks", strings.Repeat("x", 256<<10), anonymous).is(200)
	w.call(t, "POST", "/gateways/trustap/webhooks", strings.Repeat("x", 256<<10+1), anonymous).refused(413, "body_too_large")
	received.err = fault.New(fault.Unauthenticated, "invalid_webhook_credential", "wrong")
	w.call(t, "POST", "/gateways/trustap/webhooks", "x", anonymous).refused(401, "invalid_webhook_credential")
	newWorld(t).call(t, "POST", "/gateways/trustap/webhooks", "x", anonymous).refused(404, "unknown_gateway")
}

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// What the header shows not to come from a gateway is refused without its body.
func TestE25_webhookHeaderFirst(t *testing.T) {
	t.Parallel()
	real, err := webhooks.NewReceiver(webhooks.ReceiverConfig{Inbox: newWorld(t).store, Sources: []webhooks.Source{webhooks.Trustap{}, stripe.Webhook{}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, gateways := range map[string]server.Receiver{"wrong": &inbox{}, "real": real, "none": nil} {
		w := newWorldWith(t, func(c *server.Config) { c.Gateways = gateways })
		for _, gateway := range []string{"trustap", "stripe", "nobody"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/gateways/"+gateway+"/webhooks", unread{t})
			r.Header.Set("Authorization", "Basic d3Jvbmc6")
			answer := httptest.NewRecorder()
			w.server.Handler().ServeHTTP(answer, r)
			if answer.Code != http.StatusUnauthorized && answer.Code != http.StatusNotFound {
				t.Errorf("%s, %s: %d", name, gateway, answer.Code)
			}
		}
	}
}

// A payment that the gateway reports, twice and before the engine knows it, is booked once.
func TestReportedPaymentIsBookedOnce(t *testing.T) {
	t.Parallel()
	var receiver webhooks.Receiver
	w := newWorldWith(t, func(c *server.Config) { c.Gateways = &receiver })
	made, err := webhooks.NewReceiver(webhooks.ReceiverConfig{
		Inbox: w.store, Now: w.clock.now,
		Sources: []webhooks.Source{webhooks.Trustap{Credentials: []webhooks.Credential{{Username: "hook", Password: "secret"}}}},
	})
	w.must(err)
	receiver = *made
	processor, err := webhooks.NewProcessor(webhooks.ProcessorConfig{
		Inbox: w.store, Now: w.clock.now,
		Apply: func(ctx context.Context, d webhooks.Delivery) error {
			_, err := w.engine.SyncPayment(ctx, d.Gateway, d.PaymentID)
			return err
		},
	})
	w.must(err)
	report := func() {
		t.Helper()
		signed := func(r *http.Request) { r.SetBasicAuth("hook", "secret") }
		w.call(t, "POST", "/gateways/trustap/webhooks", `{"code":"basic_tx.paid","target_id":"1","time":"2030-01-02T03:04:05Z"}`, signed).is(200)
	}
	ended := func(want int) {
		t.Helper()
		if n, err := processor.ProcessDue(t.Context()); err != nil || n != want {
			t.Fatalf("ProcessDue = %d, %v; want %d", n, err, want)
		}
	}
	report()
	ended(0)
	id := w.open(t)
	w.gateway.happen("1", process.FactPaid)
	report()
	w.clock.advance(time.Minute)
	ended(1)
	report()
	ended(0)
	w.call(t, "GET", dealsPath+id, nil).is(200).has(map[string]string{"transaction.current_state": "paid"})
	number, err := strconv.ParseInt(id, 10, 64)
	w.must(err)
	entries, err := w.store.Entries(t.Context(), number)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v; want 1", len(entries), err)
	}
	w.call(t, "POST", "/gateways/trustap/webhooks", "{}", anonymous).refused(401, "invalid_webhook_credential")
	w.call(t, "POST", "/gateways/stripe/webhooks", "{}", anonymous).refused(404, "unknown_gateway")
}

func TestHTTPServerIsBounded(t *testing.T) {
	t.Parallel()
	s := server.HTTPServer("127.0.0.1:0", http.NotFoundHandler())
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 30*time.Second || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 64<<10 {
		t.Errorf("limits %+v", s)
	}
}

// A client that sends its body too slowly is answered and cut off.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := httptest.NewUnstartedServer(w.server.Handler())
	s.Config = server.HTTPServer("", w.server.Handler())
	s.Config.ReadTimeout = 50 * time.Millisecond
	s.Start()
	defer s.Close()
	connection, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_, err = io.WriteString(connection, "POST /transactions/v1/create HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+w.key+"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 400 || !strings.Contains(string(body), "body_incomplete") {
		t.Errorf("%d %s %v", response.StatusCode, body, err)
	}
}
