package stripe_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	api "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// start is where the virtual clock stands at first.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// seller is a connected account that exists from the start.
const seller = "acct_seller"

// client76 is the official client.
type client76 = client.API

// tester drives an emulator with the official client.
type tester struct {
	*stripe.Emulator
	t      *testing.T
	url    string
	client *client.API

	mu  sync.Mutex
	now time.Time
}

func newTester(t *testing.T, cfg stripe.Config) *tester {
	t.Helper()
	x := &tester{t: t, now: start}
	cfg.Now = x.clock
	cfg.Accounts = []string{seller}
	if cfg.Fees == nil {
		cfg.Fees = &stripe.Fees{}
	}
	if cfg.PublicURL == "" {
		cfg.PublicURL = "https://pay.example.com"
	}
	var err error
	x.Emulator, err = stripe.New(cfg)
	must(t, err)
	server := httptest.NewServer(x.Emulator)
	t.Cleanup(func() {
		_ = x.Close()
		server.Close()
	})
	x.url = server.URL
	x.client = officialClient(server)
	return x
}

func officialClient(server *httptest.Server) *client.API {
	backend := api.GetBackendWithConfig(api.APIBackend, &api.BackendConfig{
		URL: api.String(server.URL), HTTPClient: server.Client(), MaxNetworkRetries: api.Int64(0), LeveledLogger: &api.LeveledLogger{Level: api.LevelNull},
	})
	return client.New("sk_test_sandbox", &api.Backends{API: backend})
}

func (x *tester) clock() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.now
}

// advance moves the virtual clock without a tick.
func (x *tester) advance(d time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.now = x.now.Add(d)
}

func payment(amount int64, capture, method string) *api.PaymentIntentParams {
	p := &api.PaymentIntentParams{Amount: api.Int64(amount), Currency: api.String("eur"), CaptureMethod: api.String(capture)}
	if method != "" {
		p.Confirm, p.PaymentMethod = api.Bool(true), api.String(method)
	}
	p.AddExpand("latest_charge")
	return p
}

// create makes a payment intent; a decline is not a failure of the test.
func (x *tester) create(p *api.PaymentIntentParams) *api.PaymentIntent {
	x.t.Helper()
	pi, err := x.client.PaymentIntents.New(p)
	if refused := (*api.Error)(nil); errors.As(err, &refused) && refused.PaymentIntent != nil {
		return refused.PaymentIntent
	}
	must(x.t, err)
	return pi
}

func (x *tester) get(id string) *api.PaymentIntent {
	x.t.Helper()
	p := &api.PaymentIntentParams{}
	p.AddExpand("latest_charge")
	pi, err := x.client.PaymentIntents.Get(id, p)
	must(x.t, err)
	return pi
}

// at makes a payment intent of 10.00 euro that rests in a status.
func (x *tester) at(status api.PaymentIntentStatus) *api.PaymentIntent {
	x.t.Helper()
	var pi *api.PaymentIntent
	switch status {
	case api.PaymentIntentStatusRequiresPaymentMethod:
		pi = x.create(payment(1000, "manual", ""))
	case api.PaymentIntentStatusRequiresConfirmation:
		p := payment(1000, "manual", "pm_card_visa")
		p.Confirm = nil
		pi = x.create(p)
	case api.PaymentIntentStatusRequiresAction:
		pi = x.create(payment(1000, "manual", "pm_card_authenticationRequired"))
	case api.PaymentIntentStatusProcessing:
		pi = x.create(payment(1000, "manual", "processing"))
	case api.PaymentIntentStatusRequiresCapture:
		pi = x.create(payment(1000, "manual", "pm_card_visa"))
	case api.PaymentIntentStatusSucceeded:
		pi = x.create(payment(1000, "automatic", "pm_card_visa"))
	case api.PaymentIntentStatusCanceled:
		pi = x.create(payment(1000, "manual", ""))
		var err error
		pi, err = x.client.PaymentIntents.Cancel(pi.ID, nil)
		must(x.t, err)
	}
	same(x.t, "status", pi.Status, status)
	return pi
}

func (x *tester) refund(id string, amount int64) (*api.Refund, error) {
	p := &api.RefundParams{PaymentIntent: api.String(id)}
	if amount != 0 {
		p.Amount = api.Int64(amount)
	}
	return x.client.Refunds.New(p)
}

func (x *tester) transfer(amount int64, source string) (*api.Transfer, error) {
	p := &api.TransferParams{Amount: api.Int64(amount), Currency: api.String("eur"), Destination: api.String(seller)}
	if source != "" {
		p.SourceTransaction = api.String(source)
	}
	return x.client.Transfers.New(p)
}

// balance is what an account has in euro; "" is the platform.
func (x *tester) balance(account string) (available, pending int64) {
	x.t.Helper()
	p := &api.BalanceParams{}
	if account != "" {
		p.SetStripeAccount(account)
	}
	b, err := x.client.Balance.Get(p)
	must(x.t, err)
	for _, a := range b.Available {
		available += a.Amount
	}
	for _, a := range b.Pending {
		pending += a.Amount
	}
	return available, pending
}

func (x *tester) wantBalance(account string, available, pending int64) {
	x.t.Helper()
	a, p := x.balance(account)
	same(x.t, "balance of "+account, [2]int64{a, p}, [2]int64{available, pending})
}

// events lists the types of all events of the platform since the emulator began, oldest first.
func (x *tester) events() []string {
	x.t.Helper()
	return x.eventsOf("")
}

// eventsOf lists those of a connected account.
func (x *tester) eventsOf(account string) []string {
	x.t.Helper()
	var types []string
	p := &api.EventListParams{}
	if account != "" {
		p.SetStripeAccount(account)
	}
	for i := x.client.Events.List(p); i.Next(); {
		types = append([]string{string(i.Event().Type)}, types...)
	}
	return types
}

// effects are the operations that happened, oldest first.
func (x *tester) effects() []string {
	var names []string
	for _, e := range x.Effects() {
		names = append(names, e.Operation)
	}
	return names
}

// send makes a call without the official client.
func (x *tester) send(method, path, kind, body string) (int, []byte) {
	x.t.Helper()
	r, err := http.NewRequestWithContext(x.t.Context(), method, x.url+path, strings.NewReader(body))
	must(x.t, err)
	r.SetBasicAuth("sk_test_sandbox", "")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := http.DefaultClient.Do(r)
	must(x.t, err)
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	must(x.t, err)
	return answer.StatusCode, got
}

// control makes a control call and reads its answer.
func (x *tester) control(method, path, body string) (int, map[string]any) {
	x.t.Helper()
	status, got := x.send(method, path, "application/json", body)
	var o map[string]any
	if !bytes.HasPrefix(got, []byte("[")) {
		must(x.t, json.Unmarshal(got, &o))
	}
	return status, o
}

// refusal is what a client can branch on.
type refusal struct {
	Status        int
	Type          api.ErrorType
	Code          api.ErrorCode
	Decline       api.DeclineCode
	Param, Intent string
}

func refusalOf(t testing.TB, err error) refusal {
	t.Helper()
	e := (*api.Error)(nil)
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a refusal", err)
	}
	r := refusal{Status: e.HTTPStatusCode, Type: e.Type, Code: e.Code, Decline: e.DeclineCode, Param: e.Param}
	if e.PaymentIntent != nil {
		r.Intent = string(e.PaymentIntent.Status)
	}
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}
