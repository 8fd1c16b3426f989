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
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/gatewaysin"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/webhooks"
)

// policy is who may call what. A route that is missing here fails the test.
var policy = `GET /livez public
GET /readyz public
GET /openapi.yaml public
GET /pay/{payment} public
POST /v1/transactions write required
GET /v1/transactions read
GET /v1/transactions/{id} read
POST /v1/transactions/{id}/transitions write required
POST /v1/transactions/{id}/dry-run read repeatable
POST /v1/transactions/{id}/refresh read repeatable
GET /v1/transactions/{id}/explain read
GET /v1/transactions/{id}/timeline read
GET /v1/transactions/{id}/entries read
POST /v1/transactions/{id}/messages write honoured
GET /v1/transactions/{id}/messages read
GET /v1/processes read
GET /v1/community read
PUT /v1/users/{id} write honoured
POST /v1/prices/preview read repeatable published
GET /v1/balances/{user_id} read
POST /v1/balances/{user_id}/deposits operator required
POST /v1/balances/{user_id}/withdrawals operator required
GET /v1/operator/transactions operator
POST /v1/operator/transactions/{id}/clear operator honoured
POST /v1/operator/transactions/{id}/take_over operator honoured
POST /v1/operator/transactions/{id}/outcome operator honoured
GET /v1/operator/tasks operator
POST /v1/operator/tasks/{id}/assign operator honoured
POST /v1/operator/tasks/{id}/done operator honoured
GET /v1/operator/approvals operator
GET /v1/operator/approvals/{id} operator
POST /v1/operator/approvals/{id}/approve operator honoured
POST /v1/operator/approvals/{id}/reject operator honoured
GET /v1/community/approval-limits operator
PUT /v1/community/approval-limits operator honoured
GET /v1/community/operators operator
PUT /v1/community/operators operator honoured
GET /v1/operator/audit operator
GET /v1/operator/holds operator
POST /v1/operator/holds/end operator honoured
GET /v1/sellers/{user_id} read
POST /v1/sellers/{user_id}/onboarding write honoured
PUT /v1/sellers/{user_id}/accounts/{gateway} operator honoured
DELETE /v1/sellers/{user_id}/accounts/{gateway} operator honoured
POST /v1/payment-setups write honoured
GET /v1/payouts operator
GET /v1/payouts/{id} operator
POST /v1/payouts/{id}/settle operator required
GET /v1/sellers/{user_id}/payouts read
GET /v1/sellers/{user_id}/statement read
POST /v1/payouts/settlements operator honoured
GET /v1/sellers/{user_id}/bank-payouts read
GET /v1/community/letterhead operator
PUT /v1/community/letterhead operator honoured
GET /v1/community/origins operator
PUT /v1/community/origins operator honoured
GET /v1/community/mail-templates/{name} operator
PUT /v1/community/mail-templates/{name} operator honoured
DELETE /v1/community/mail-templates/{name} operator honoured
GET /v1/community/fees operator
PUT /v1/community/fees operator honoured
GET /v1/community/confirmation operator
PUT /v1/community/confirmation operator honoured
POST /v1/webhook-endpoints operator honoured
GET /v1/webhook-endpoints operator
GET /v1/webhook-endpoints/{id} operator
PATCH /v1/webhook-endpoints/{id} operator honoured
DELETE /v1/webhook-endpoints/{id} operator honoured
POST /v1/webhook-endpoints/{id}/rotate-secret operator honoured
POST /v1/webhook-endpoints/{id}/enable operator honoured
POST /v1/webhook-endpoints/{id}/disable operator honoured
POST /v1/webhook-endpoints/{id}/test operator honoured
GET /v1/webhook-endpoints/{id}/deliveries operator
POST /v1/webhook-endpoints/{id}/deliveries/{event}/resend operator honoured
POST /v1/webhook-endpoints/{id}/replay operator honoured
POST /v1/portal-links operator honoured
PATCH /v1/transactions/{id} write honoured
PATCH /v1/sellers/{user_id} write honoured
GET /v1/sellers read
GET /v1/events read
GET /v1/events/stream read
GET /v1/events/{id} read
POST /v1/listings write honoured
GET /v1/listings read published
GET /v1/listings/{id} read published
DELETE /v1/listings/{id} write honoured
PUT /v1/listings/{id}/description write honoured
PUT /v1/listings/{id}/pricing write honoured
PUT /v1/listings/{id}/stock write honoured
POST /v1/listings/{id}/enable write honoured
POST /v1/listings/{id}/disable write honoured
GET /v1/listings/{id}/availability read published
POST /v1/listings/{id}/blocked-dates write honoured
DELETE /v1/listings/{id}/blocked-dates write honoured
PATCH /v1/listings/{id} write honoured
POST /v1/listings/{id}/transactions write required
POST /v1/transactions/{id}/read write honoured
GET /v1/sessions read
POST /v1/transactions/{id}/reviews write honoured
GET /v1/transactions/{id}/reviews read
GET /v1/users/{id}/rating read published
POST /v1/transactions/{id}/evidence write honoured
GET /v1/transactions/{id}/evidence read
GET /v1/transactions/{id}/evidence/{evidence_id} read
POST /conversations/v1/{conversation_id}/messages write honoured
GET /transactions/v1/can_start_transaction read
POST /transactions/v1/create write honoured
GET /transactions/v1/{id} read
POST /transactions/v1/{id}/refresh read repeatable
POST /transactions/v1/{id}/cancel write honoured
POST /transactions/v1/{id}/complete write honoured
POST /transactions/v1/{id}/complete_preauthorization write honoured
POST /transactions/v1/{id}/invoice write honoured
POST /transactions/v1/{id}/pay_invoice write honoured
POST /transactions/v1/{id}/reject write honoured
POST /gateways/{gateway}/webhooks public
GET /gateways/{gateway}/webhooks public
GET /logins/{gateway} public
GET /mail/stop/{token} public
POST /mail/stop/{token} public
POST /mail/resume/{token} public
GET /portal/open/{token} public
POST /portal/open/{token} public
POST /portal/leave public
GET /portal public
GET /portal/events public
POST /portal/endpoints public
GET /portal/endpoints/{id} public
POST /portal/endpoints/{id}/{act} public
GET /console/open/{token} public
POST /console/open/{token} public
GET /console/sign-in public
POST /console/sign-in public
POST /console/sign-in/account public
GET /console/invite/{token} public
POST /console/invite/{token} public
POST /console/sign-in/oidc public
GET /console/sign-in/oidc public
POST /console/leave public
GET /console public
GET /console/deals public
GET /console/deals/{id} public
POST /console/deals/{id} public
GET /console/deals/{id}/do/{transition} public
POST /console/deals/{id}/do/{transition} public
GET /console/risk public
POST /console/risk/{id}/{act} public
GET /console/disputes public
GET /console/disputes/{id} public
POST /console/disputes/{id}/take public
GET /console/disputes/{id}/evidence/{file} public
GET /console/sellers public
GET /console/sellers/{user} public
POST /console/sellers/{user}/{act} public
GET /console/community public
POST /console/community/{act} public
GET /console/keys public
POST /console/keys public
POST /console/keys/{id}/revoke public
GET /console/mails public
GET /console/approvals public
POST /console/approvals/{id}/{act} public
GET /console/audit public
GET /console/books public
GET /console/books/entries public
GET /console/books/statement public
GET /console/books/export public
GET /console/inbox public
POST /console/inbox/{id}/replay public
GET /console/jobs public
GET /console/jobs/{id} public
POST /console/jobs/{id} public
GET /console/sessions public
POST /console/sessions public
GET /console/live public
GET /console/listings public
GET /console/listings/{id} public
POST /console/listings/{id}/{act} public
GET /console/webhooks public
GET /console/webhooks/events public
POST /console/webhooks/endpoints public
GET /console/webhooks/endpoints/{id} public
POST /console/webhooks/endpoints/{id}/{act} public
GET / public
GET /docs/errors public
GET /docs/errors/{code} public
GET /docs public
GET /docs/calls public
GET /docs/search public
GET /docs/{document} public
GET /docs/api/{subject} public
GET /docs/processes/{document} public
`

// repeatable tells in the policy what may be sent twice without a key.
var repeatable = map[bool]string{true: "repeatable"}

// published tells in the policy what a publishable key may call as well.
var published = map[bool]string{true: "published"}

func TestRoutesAreThePolicy(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbedWith(t, func(c *server.Config) {
		facetest.KeepAll(t, c)
	})
	var got strings.Builder
	reading, writing := w.Scopes(apikey.Read), w.Scopes(apikey.Write)
	for _, r := range w.Server.Routes() {
		got.WriteString(strings.Join(strings.Fields(strings.Join([]string{r.Method, r.Path, string(r.Access), string(r.Keying), repeatable[r.Repeats != ""], published[r.Published]}, " ")), " ") + "\n")
		if r.Access == web.Public {
			continue
		}
		path := strings.NewReplacer("{id}", "1", "{user_id}", "x", "{conversation_id}", "1").Replace(r.Path)
		w.Call(t, r.Method, path, nil, facetest.Anonymous).Refused(401, "unauthenticated")
		wrong := map[web.Access]string{web.Reading: writing, web.Writing: reading, web.Operating: writing}[r.Access]
		w.Call(t, r.Method, path, nil, facetest.WithKey(wrong)).Refused(403, "missing_scope")
		if r.Keying == web.KeyRequired {
			w.Call(t, r.Method, path, nil).Refused(400, "idempotency_key_missing")
		}
	}
	if diff := cmp.Diff(policy, got.String()); diff != "" {
		t.Errorf("routes (-policy +got):\n%s", diff)
	}
}

func TestProblemsOfHTTP(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbedWith(t, func(c *server.Config) { c.MaxBody = 1000 })
	large := facetest.With(facetest.Deal(), "transaction.listing_title", strings.Repeat("x", 1000))
	w.Call(t, "GET", "/nowhere", nil, facetest.Anonymous).Refused(404, "route_not_found")
	w.Call(t, "GET", "/metrics", nil).Refused(404, "route_not_found")
	a := w.Call(t, "DELETE", "/v1/transactions", nil, facetest.Anonymous).Refused(405, "method_not_allowed")
	if allow := a.Header.Get("Allow"); !strings.Contains(allow, "GET") || !strings.Contains(allow, "POST") {
		t.Errorf("Allow %q", allow)
	}
	w.Call(t, "POST", facetest.DealsPath+"create", large).Refused(413, "body_too_large")
	w.Call(t, "POST", "/v1/transactions", large, facetest.Once("1")).Refused(413, "body_too_large")
	w.Call(t, "POST", facetest.DealsPath+"1/cancel", strings.Repeat(" ", 1001)).Refused(413, "body_too_large")
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "application/json; charset", "application/jsonp"} {
		w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.Header("Content-Type", kind)).Refused(415, "unsupported_media_type")
	}
	w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.Header("Content-Type", "application/json; charset=utf-8")).Is(201)
	w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), func(r *http.Request) { r.Header.Del("Content-Type") }).Is(201)
	w.Call(t, "POST", facetest.DealsPath+"1/cancel", `{"message":"bye"}`).Refused(400, "unknown_field")
	if n := w.Transactions(facetest.Ours); n != 2 {
		t.Errorf("%d transactions, want 2", n)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for sent, kept := range map[string]bool{
		"abc-1.2_X": true, strings.Repeat("x", 64): true,
		"": false, strings.Repeat("x", 65): false, "a b": false, "a\"b": false, "ü": false, facetest.Card: false,
	} {
		a := w.Call(t, "GET", "/livez", nil, facetest.Header("X-Request-Id", sent)).Is(200)
		if got := a.Header.Get("X-Request-Id"); (got == sent) != kept || got == "" {
			t.Errorf("sent %q, got %q", sent, got)
		}
	}
	w.Call(t, "GET", "/v1/community", nil, facetest.Anonymous, facetest.Header("X-Request-Id", "mine")).Refused(401, "unauthenticated").Has(map[string]string{"request_id": "mine"})
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	id := w.Sell(t, "1")
	w.Call(t, "GET", "/v1/transactions/"+id, nil, facetest.As("bea"), facetest.Header("X-Request-Id", "mine"), facetest.Header("Cookie", "canary"))
	w.Call(t, "GET", "/v1/transactions/"+id+"?token=canary", nil, facetest.As("bea")).Refused(400, "unknown_parameter")
	log := w.Log.String()
	for _, want := range []string{"route=/v1/transactions/:id", "request_id=mine", "status=200", "community=501", "actor=user:bea", "method=GET"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	for _, secret := range []string{"canary", "Bearer", w.Key[len(w.Key)-64:], id} {
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
		w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Keys = breakdown{panics} })
		w.Call(t, "GET", "/v1/community", nil).Refused(500, "internal_error").Has(map[string]string{"money_moved": "no"})
		a := w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("1")).Refused(500, "internal_error").Has(map[string]string{"money_moved": "unknown"})
		for _, inside := range []string{"canary", "select", ".go", "goroutine"} {
			if strings.Contains(a.Body, inside) {
				t.Errorf("the answer tells %q: %s", inside, a.Body)
			}
		}
		if !strings.Contains(w.Log.String(), "canary") {
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
	w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Keys, c.RequestTimeout = slow{}, time.Millisecond })
	a := w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("1")).Refused(503, "request_timeout").Has(map[string]string{"money_moved": "unknown"})
	if a.Header.Get("Retry-After") == "" {
		t.Error("Retry-After is missing")
	}
	w.Call(t, "GET", "/v1/community", nil).Refused(503, "request_timeout").Has(map[string]string{"money_moved": "no"})
}

func TestHealth(t *testing.T) {
	t.Parallel()
	down := errors.New("canary: connection refused")
	w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Ready = func(context.Context) error { return down } })
	w.Call(t, "GET", "/livez", nil, facetest.Anonymous).Is(200)
	if a := w.Call(t, "GET", "/readyz", nil, facetest.Anonymous).Refused(503, "not_ready"); strings.Contains(a.Body, "canary") {
		t.Error("the answer tells the cause")
	}
	w = facetest.NewTestbed(t)
	w.Call(t, "GET", "/readyz/", nil, facetest.Anonymous).Is(200)
	w.Server.Drain()
	w.Call(t, "GET", "/readyz", nil, facetest.Anonymous).Refused(503, "draining")
	w.Call(t, "GET", "/livez", nil, facetest.Anonymous).Is(200)
	w.Call(t, "GET", "/v1/community", nil).Is(200)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Registry = registry })
	w.Call(t, "GET", facetest.DealsPath+"77", nil)
	w.Call(t, "BREW", "/nowhere/"+w.Key, nil)
	w.Call(t, "GET", "/metrics", nil, facetest.Anonymous).Refused(404, "route_not_found") // S10: not where strangers come
	shown := httptest.NewRecorder()
	w.Server.Ops().ServeHTTP(shown, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
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
	registry, now := prometheus.NewRegistry(), facetest.Epoch
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
	w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Gateways = received })
	a := w.Call(t, "POST", "/gateways/trustap/webhooks", "raw {body", facetest.Anonymous).Is(200)
	if received.gateway != "trustap" || received.body != "raw {body" || a.Body != "" {
		t.Errorf("received %+v, answered %q", received, a.Body)
	}
	w.Call(t, "POST", "/gateways/trustap/webhooks", strings.Repeat("x", 256<<10), facetest.Anonymous).Is(200)
	w.Call(t, "POST", "/gateways/trustap/webhooks", strings.Repeat("x", 256<<10+1), facetest.Anonymous).Refused(413, "body_too_large")
	received.err = fault.New(fault.Unauthenticated, "invalid_webhook_credential", "wrong")
	w.Call(t, "POST", "/gateways/trustap/webhooks", "x", facetest.Anonymous).Refused(401, "invalid_webhook_credential")
	facetest.NewTestbed(t).Call(t, "POST", "/gateways/trustap/webhooks", "x", facetest.Anonymous).Refused(404, "unknown_gateway")
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
	real, err := webhooks.NewReceiver(webhooks.ReceiverConfig{Inbox: facetest.NewTestbed(t).Store, Sources: []gateway.Source{trustap.Webhook{}, stripe.Webhook{}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, gateways := range map[string]gatewaysin.Receiver{"wrong": &inbox{}, "real": real, "none": nil} {
		w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Gateways = gateways })
		for _, gateway := range []string{"trustap", "stripe", "nobody"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/gateways/"+gateway+"/webhooks", unread{t})
			r.Header.Set("Authorization", "Basic d3Jvbmc6")
			answer := httptest.NewRecorder()
			w.Server.Handler().ServeHTTP(answer, r)
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
	w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Gateways = &receiver })
	made, err := webhooks.NewReceiver(webhooks.ReceiverConfig{
		Inbox: w.Store, Now: w.Clock.Now,
		Sources: []gateway.Source{trustap.Webhook{Credentials: []trustap.Credential{{Username: "hook", Password: "secret"}}}},
	})
	w.Must(err)
	receiver = *made
	processor, err := webhooks.NewProcessor(webhooks.ProcessorConfig{
		Inbox: w.Store, Now: w.Clock.Now,
		Apply: func(ctx context.Context, d webhooks.Delivery) error {
			_, err := w.Engine.SyncPayment(ctx, d.Gateway, d.PaymentID)
			return err
		},
	})
	w.Must(err)
	report := func() {
		t.Helper()
		signed := func(r *http.Request) { r.SetBasicAuth("hook", "secret") }
		w.Call(t, "POST", "/gateways/trustap/webhooks", `{"code":"basic_tx.paid","target_id":"1","time":"2030-01-02T03:04:05Z"}`, signed).Is(200)
	}
	ended := func(want int) {
		t.Helper()
		if n, err := processor.ProcessDue(t.Context()); err != nil || n != want {
			t.Fatalf("ProcessDue = %d, %v; want %d", n, err, want)
		}
	}
	report()
	ended(0)
	id := w.Open(t)
	w.Gateway.Happen("1", process.FactPaid)
	report()
	w.Clock.Advance(time.Minute)
	ended(1)
	report()
	ended(0)
	w.Call(t, "GET", facetest.DealsPath+id, nil).Is(200).Has(map[string]string{"transaction.current_state": "paid"})
	number, err := strconv.ParseInt(id, 10, 64)
	w.Must(err)
	entries, err := w.Store.Entries(t.Context(), number)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d entries, %v; want 1", len(entries), err)
	}
	w.Call(t, "POST", "/gateways/trustap/webhooks", "{}", facetest.Anonymous).Refused(401, "invalid_webhook_credential")
	w.Call(t, "POST", "/gateways/stripe/webhooks", "{}", facetest.Anonymous).Refused(404, "unknown_gateway")
}

func TestHTTPServerIsBounded(t *testing.T) {
	t.Parallel()
	s := web.HTTPServer("127.0.0.1:0", http.NotFoundHandler())
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 30*time.Second || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 || s.MaxHeaderBytes > 64<<10 {
		t.Errorf("limits %+v", s)
	}
}

// A client that sends its body too slowly is answered and cut off.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	s := httptest.NewUnstartedServer(w.Server.Handler())
	s.Config = web.HTTPServer("", w.Server.Handler())
	s.Config.ReadTimeout = 50 * time.Millisecond
	s.Start()
	defer s.Close()
	connection, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_, err = io.WriteString(connection, "POST /transactions/v1/create HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+w.Key+"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
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
