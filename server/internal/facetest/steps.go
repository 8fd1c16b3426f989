package facetest

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/web"
)

// Available checks what a user has.
func (w *Testbed) Available(t *testing.T, want string) {
	t.Helper()
	w.Call(t, "GET", Purse+"?currency=EUR", nil).Is(200).Has(map[string]string{"available": want})
}

// Completed is a deal that was paid, shipped and released; bea bought, sam sold.
func (w *Testbed) Completed(t *testing.T, key string) string {
	t.Helper()
	id := w.Sell(t, key)
	payment := w.Call(t, "GET", "/v1/transactions/"+id, nil).At("payment_id")
	w.Gateway.Happen(payment, process.FactPaid)
	w.Sync(t, payment)
	w.Take(t, id, "track", map[string]string{"carrier": "post", "tracking_code": "1"}, "tracked", As("sam"))
	w.Take(t, id, "confirm_delivery", nil, "delivered", As("bea"))
	w.Take(t, id, "end_complaint_period", nil, "complaint_period_ended", As("bea"))
	w.Gateway.Happen(payment, process.FactFundsReleased)
	w.Sync(t, payment)
	return id
}

// Kept makes a listing and returns its number and its path.
func (w *Testbed) Kept(t *testing.T, body Object) (number json.Number, path string) {
	t.Helper()
	made := w.Call(t, "POST", "/v1/listings", body).Is(201)
	return json.Number(made.At("number")), "/v1/listings/" + made.At("id")
}

// Offer makes a listing and returns its path.
func (w *Testbed) Offer(t testing.TB, body Object, options ...Option) string {
	t.Helper()
	return "/v1/listings/" + w.Call(t, "POST", "/v1/listings", body, options...).Is(201).At("id")
}

// Sell opens a transaction on the native face and returns its id.
func (w *Testbed) Sell(t *testing.T, key string) string {
	t.Helper()
	return w.Call(t, "POST", "/v1/transactions", Sale(), Once(key)).Is(201).At("id")
}

// Take makes a transition and checks where it led.
func (w *Testbed) Take(t *testing.T, id, transition string, input map[string]string, state string, options ...Option) Answer {
	t.Helper()
	options = append(options, Once(transition+" of "+id))
	return w.Call(t, "POST", "/v1/transactions/"+id+"/transitions", Object{"transition": transition, "input": input}, options...).
		Is(200).Has(map[string]string{"state": state})
}

// Knock calls a route as somebody who may, with nothing but a query.
func (m *Market) Knock(t *testing.T, r web.Route, query string, options ...Option) Answer {
	t.Helper()
	if r.Access == web.Users || r.Access == web.Public {
		options = append(options, m.By(Olga))
	}
	return m.Call(t, r.Method, SamplePath.Replace(r.Path)+query, nil, options...)
}

// Open creates a deal and returns its id.
func (w *Testbed) Open(t *testing.T) string {
	t.Helper()
	return w.Call(t, "POST", DealsPath+"create", Deal()).Is(201).At("transaction.id")
}

// Sync lets the gateway report what happened to the payment.
func (w *Testbed) Sync(t *testing.T, payment string) {
	t.Helper()
	if _, err := w.Engine.SyncPayment(t.Context(), "trustap", payment); err != nil {
		t.Fatal(err)
	}
}

// Succeeded checks a success envelope; message is "<nil>" for null.
func (a Answer) Succeeded(message string) Answer {
	a.T.Helper()
	return a.Is(200).Exactly("", "status", "entity", "message", "success").Has(map[string]string{"status": "success", "success": "true", "message": message})
}

// Failed checks a failure envelope with the additive code.
func (a Answer) Failed(message, code string) Answer {
	a.T.Helper()
	names := []string{"status", "entity", "message", "success", "code"}
	if a.At("errors") != "absent" { // it is about members of the body
		names = append(names, "errors")
	}
	return a.Is(400).Exactly("", names...).
		Has(map[string]string{"status": "failure", "success": "false", "entity": "<nil>", "message": message, "code": code})
}

// FuzzBody sends bodies to a route. Whatever they are, the answer is JSON and never
// an internal error.
func FuzzBody(f *testing.F, method, path string, seeds ...any) {
	w := NewTestbed(f)
	for _, seed := range seeds {
		text, ok := seed.(string)
		if !ok {
			encoded, err := json.Marshal(seed)
			if err != nil {
				f.Fatal(err)
			}
			text = string(encoded)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, body string) {
		a := w.Call(t, method, path, body, func(r *http.Request) {
			r.Header.Del("Idempotency-Key")
			r.Header.Set("Content-Type", "application/json")
		})
		if a.Status >= 500 || !json.Valid([]byte(a.Body)) {
			t.Errorf("%d %s for %q", a.Status, a.Body, body)
		}
	})
}

// Deal is the body of a create that works.
func Deal() Object {
	return Object{"transaction": Object{
		"payment_process": "escrow_online", "payment_gateway": "trustap", "community_id": Ours,
		"starter_id": "bea", "listing_id": 1234, "listing_title": "Old city-bike",
		"listing_price":     Object{"amount": 5000, "currency": "EUR"},
		"listing_author_id": "sam", "listing_quantity": 2,
	}}
}

// With changes one member of a body; nil as value removes it.
func With(body Object, path string, value any) Object {
	at := body
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		inner, ok := at[name].(Object)
		if !ok {
			inner = Object{}
			at[name] = inner
		}
		at = inner
	}
	if value == nil {
		delete(at, names[len(names)-1])
	} else {
		at[names[len(names)-1]] = value
	}
	return body
}

const DealsPath = "/transactions/v1/"

const Card = testkit.Card

var (
	Spelled  = testkit.Spelled
	InScript = testkit.InScript
)

type Object = map[string]any

func Euros(minor int64) Object { return Object{"amount": minor, "currency": "EUR"} }

// Step is one request of a scenario, or something that happens at the gateway.
type Step struct {
	Rule   string // what decides it: a call of the customer's document, or a point of the contract
	Call   string // "create", "GET", an operation; empty: fact happens at the gateway
	Actor  string // Handsel-Actor; empty: the key alone
	Fields Object // gateway_fields of the request
	Fact   process.Fact

	Refused int    // status of a refusal, with its code
	Code    string //
	State   string // current_state of the answer
	Total   int64  // payment_total.amount of the answer; 0: null
	Pays    Object // gateway_fields of the answer
}

// Scenario is the life of a deal of two units at 50.00 euro.
type Scenario struct {
	Name, Process, Gateway string
	Fields                 Object // gateway_fields of create
	Dates                  Object
	Steps                  []Step
}

func (s Scenario) Play(t *testing.T, w *Testbed) {
	var id string
	for _, step := range s.Steps {
		if step.Call == "" {
			s.happen(t, w, step.Fact)
			continue
		}
		method, path, body := "POST", DealsPath+id+"/"+step.Call, any(nil)
		switch {
		case step.Call == "create":
			path, body = DealsPath+"create", s.Body()
		case step.Call == "GET":
			method, path = "GET", DealsPath+id
		case step.Fields != nil:
			body = Object{"gateway_fields": step.Fields}
		}
		var who []Option
		if step.Actor != "" {
			who = append(who, As(step.Actor))
		}
		a := w.Call(t, method, path, body, who...)
		if step.Refused != 0 {
			a.Refused(step.Refused, step.Code).Has(map[string]string{"money_moved": "no"})
			continue
		}
		if step.Call == "create" {
			id = a.Is(201).At("transaction.id")
		}
		s.compare(t, step, a)
	}
}

// Body is the create of the customer's document.
func (s Scenario) Body() Object {
	body := With(With(Deal(), "transaction.payment_process", s.Process), "transaction.payment_gateway", s.Gateway)
	if s.Fields != nil {
		body["gateway_fields"] = s.Fields
	}
	if s.Dates != nil {
		body["booking_fields"] = s.Dates
	}
	return body
}

func (s Scenario) happen(t *testing.T, w *Testbed, fact process.Fact) {
	t.Helper()
	payment := "pi_1"
	if s.Gateway == "trustap" {
		payment = "1"
		w.Gateway.Happen(payment, fact)
	} else {
		w.cards.happen(payment, fact)
	}
	if _, err := w.Engine.SyncPayment(t.Context(), s.Gateway, payment); err != nil {
		t.Fatal(err)
	}
}

// compare checks a whole answer: every name, type and value of the document.
func (s Scenario) compare(t *testing.T, step Step, a Answer) {
	t.Helper()
	if want := map[bool]int{true: 201, false: 200}[step.Call == "create"]; a.Status != want {
		t.Fatalf("%s (%s): status %d, want %d (point 20): %s", step.Call, step.Rule, a.Status, want, a.Body)
	}
	var got Object
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil {
		t.Fatal(err)
	}
	tx := got["transaction"].(Object)
	for _, name := range []string{"created_at", "updated_at", "last_transition_at"} {
		if _, err := time.Parse(time.RFC3339, tx[name].(string)); err != nil {
			t.Errorf("point 11: %s: %v", name, err)
		}
		delete(tx, name)
	}
	if id, ok := tx["id"].(float64); !ok || id < 1 || tx["conversation_id"] != tx["id"] {
		t.Errorf("point 12: id %v, conversation_id %v", tx["id"], tx["conversation_id"])
	}
	want := Object{
		"id": tx["id"], "conversation_id": tx["conversation_id"], "payment_process": s.Process, "payment_gateway": s.Gateway,
		"community_id": float64(Ours), "starter_id": "bea", "listing_id": float64(1234), "listing_title": "Old city-bike",
		"listing_price":     Object{"amount": float64(5000), "currency": "EUR"},
		"listing_author_id": "sam", "listing_quantity": float64(2), "automatic_confirmation_after_days": float64(days14),
		"current_state": step.State, "payment_total": nil,
	}
	if s.Process == "none" {
		want["automatic_confirmation_after_days"] = float64(0)
	}
	if step.Total != 0 {
		want["payment_total"] = Object{"amount": float64(step.Total), "currency": "EUR"}
	}
	whole := Object{"transaction": want, "gateway_fields": Object{}}
	if step.Pays != nil {
		whole["gateway_fields"] = maps.Clone(step.Pays)
	}
	if s.Dates != nil {
		whole["booking_fields"] = s.Dates
	}
	if diff := cmp.Diff(whole, got); diff != "" {
		t.Errorf("%s (%s) (-want +got):\n%s", step.Call, step.Rule, diff)
	}
}

// Limited is a community with two operators and a limit of 100.00 in EUR and RUB.
func Limited(t *testing.T, w *Testbed) {
	t.Helper()
	w.Call(t, "PUT", Operators, Object{"operators": []string{"olga", "ann", "bob"}, "reason": "our staff"}, Staff("olga")).Is(200)
	w.Call(t, "PUT", LimitsPath, Object{"limits": Object{"EUR": 10000, "RUB": 10000}, "reason": "policy"}, Staff("olga")).Is(200)
}

func PaidIn(minor int) Object {
	return Object{"amount": minor, "currency": "EUR", "reason": "paid in at the desk"}
}

const Purse = "/v1/balances/bea"

// Where approvals are asked for and decided, and what they depend on.
const (
	Approvals  = "/v1/operator/approvals"
	LimitsPath = "/v1/community/approval-limits"
	Operators  = "/v1/community/operators"
)

// KeepAll gives a server listings and conversations over its store.
func KeepAll(t testing.TB, c *server.Config) {
	t.Helper()
	KeepEndpoints(t, c)
	store := c.Keys.(*sqlstore.DB)
	var err error
	if c.Listings, err = listings.New(listings.Config{Store: store.ForListings(), Now: c.Now}); err != nil {
		t.Fatal(err)
	}
	c.Events, c.Hub = store.EventLog, notices.NewHub()
	if c.Conversations, err = conversations.New(conversations.Config{Engine: c.Engine, Store: store.ForConversations(), NewID: uuid.NewString, Now: c.Now}); err != nil {
		t.Fatal(err)
	}
}

func Bike() Object {
	return Object{
		"author_id": "sam", "kind": "multi_use", "model": "online", "title": "City bike", "description": "Runs well",
		"price": Object{"amount": 5000, "currency": "EUR"}, "stock": 3,
	}
}

// Changed is a copy of a body with other fields; nil leaves one out.
func Changed(body Object, fields Object) Object {
	copied := Object{}
	for name, value := range body {
		copied[name] = value
	}
	for name, value := range fields {
		copied[name] = value
		if value == nil {
			delete(copied, name)
		}
	}
	return copied
}

func Sale() Object {
	return Object{
		"process": "escrow_online", "gateway": "trustap", "starter_id": "bea", "author_id": "sam",
		"listing":    Object{"id": 7, "title": "Old city-bike"},
		"unit_price": Object{"amount": 5000, "currency": "EUR"}, "quantity": 2,
	}
}

func Profile() Object {
	return Object{
		"email": "bea@example.com", "first_name": "Bea", "last_name": "Example", "country_code": "IE",
		"terms_accepted_at": "2030-01-01T12:00:00+02:00", "terms_ip": "192.0.2.7",
	}
}

const ExchangePath = "/api/v1/p2p/"

// OfferBody is a body of create.
func OfferBody(ad, rest string) string { return `{"ad":` + ad + `,` + rest + `}` }

// HoldsCard tells whether a text holds the number of Card, or a part of it that could not be
// there by chance. Four digits would be: ids, times and durations of a log have them now and then.
func HoldsCard(text string) bool {
	digits := strings.NewReplacer("%20", "", " ", "", "-", "").Replace(text)
	return strings.Contains(digits, Card[:12])
}

var SamplePath = strings.NewReplacer("{id}", "1", "{user_id}", "x", "{conversation_id}", "1", "{evidence_id}", "1", "{file}", "1", "{name}", "order_shipped", "{event}", "evt_1")

const days14 = 14

// NewShop is a testbed that keeps listings and conversations.
func NewShop(t testing.TB) *Testbed {
	t.Helper()
	return NewTestbedWith(t, func(c *server.Config) { KeepAll(t, c) })
}

var (
	AdNames = []string{"id", "type", "status", "fiat_currency", "exchange_rate", "min_amount", "max_amount", "total_amount",
		"available_amount", "payment_methods", "instructions", "orders_count", "user", "version", "asset", "asset_decimals"}
	OrderNames = []string{"id", "ad_id", "status", "usdt_amount", "amount_minor", "currency", "fiat_amount", "payment_method", "payment_details",
		"buyer_id", "seller_id", "instructions", "created_at", "pay_deadline", "paid_at", "release_deadline", "cancel_reason", "format", "payment_details_from", "dispute_deadline", "resolution", "currency_decimals", "fiat_currency", "fiat_decimals"}
	MessageNames = []string{"id", "order_id", "sender_id", "kind", "message", "created_at"}
	ListNames    = []string{"items", "total", "limit", "offset"}
)
