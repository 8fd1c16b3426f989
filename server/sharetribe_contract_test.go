package server_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type object = map[string]any

// step is one request of a scenario, or something that happens at the gateway.
type step struct {
	rule   string // what decides it: a call of the customer's document, or a point of the contract
	call   string // "create", "GET", an operation; empty: fact happens at the gateway
	actor  string // Handsel-Actor; empty: the key alone
	fields object // gateway_fields of the request
	fact   process.Fact

	refused int    // status of a refusal, with its code
	code    string //
	state   string // current_state of the answer
	total   int64  // payment_total.amount of the answer; 0: null
	pays    object // gateway_fields of the answer
}

// scenario is the life of a deal of two units at 50.00 euro.
type scenario struct {
	name, process, gateway string
	fields                 object // gateway_fields of create
	dates                  object
	steps                  []step
}

const days14 = 14

var onPage = object{"redirect_url": "https://pay.example.com/pi_1", "client_secret": "pi_1_secret"}

func scenarios() []scenario {
	all := []scenario{{
		name: "free deal", process: "none", gateway: "none",
		steps: []step{
			{rule: "seed POST /create: current_state :free", call: "create", actor: "bea", state: "free"},
			{rule: "point 18", call: "GET", state: "free"},
			{rule: "point 24", call: "reject", refused: 409, code: "illegal_transition"},
			{rule: "point 24", call: "complete_preauthorization", refused: 409, code: "illegal_transition"},
			{rule: "point 24", call: "invoice", fields: object{"total_sum": euros(1)}, refused: 409, code: "illegal_transition"},
			{rule: "point 24", call: "pay_invoice", refused: 409, code: "illegal_transition"},
			{rule: "point 24", call: "complete", refused: 409, code: "illegal_transition"},
			{rule: "point 24", call: "cancel", refused: 409, code: "illegal_transition"},
		},
	}, {
		name: "escrow", process: "escrow_online", gateway: "trustap",
		steps: []step{
			{rule: "point 30: joined with redirect_url", call: "create", actor: "bea", state: "joined", pays: object{"redirect_url": "https://pay.example.com/1"}},
			{rule: "point 30: paid", fact: process.FactPaid},
			{rule: "point 26", call: "GET", actor: "bea", state: "paid", total: 10000},
			{fact: process.FactTracked},
			{rule: "point 24", call: "complete", actor: "bea", refused: 409, code: "illegal_transition"},
			{fact: process.FactDelivered},
			{rule: "point 21: wrong role", call: "complete", actor: "sam", refused: 403, code: "not_buyer"},
			{rule: "point 30: ends completed", call: "complete", actor: "bea", state: "completed", total: 10000},
		},
	}, {
		name: "escrow cancelled", process: "escrow_online", gateway: "trustap",
		steps: []step{
			{rule: "point 30", call: "create", actor: "bea", state: "joined", pays: object{"redirect_url": "https://pay.example.com/1"}},
			{rule: "point 30: canceled before payment", call: "cancel", actor: "bea", state: "canceled"},
		},
	}}
	return slices.Concat(all, preauthorizations(), invoices())
}

func preauthorizations() []scenario {
	var all []scenario
	for gateway, fields := range map[string]object{"balance": nil, "stripe": {"payment_method": "tok_ok"}} {
		opened := step{rule: "seed POST /create: current_state :preauthorized; point 15", call: "create", actor: "bea", state: "preauthorized", total: 10000}
		accepted := step{rule: "seed POST /complete_preauthorization; the state is a slip there: paid", call: "complete_preauthorization", actor: "sam", state: "paid", total: 10000}
		all = append(all, scenario{
			name: "preauthorized and completed", process: "preauthorize", gateway: gateway, fields: fields,
			dates: object{"start_on": "2030-10-28", "end_on": "2030-10-29"},
			steps: []step{
				opened,
				{rule: "point 21: wrong role", call: "complete_preauthorization", actor: "bea", refused: 403, code: "not_author"},
				{rule: "point 21: stranger", call: "complete_preauthorization", actor: "eve", refused: 404, code: "transaction_not_found"},
				{rule: "point 24", call: "complete", actor: "bea", refused: 409, code: "illegal_transition"},
				accepted,
				{rule: "point 24", call: "reject", actor: "sam", refused: 409, code: "illegal_transition"},
				{rule: "seed POST /complete: current_state :completed", call: "complete", actor: "bea", state: "completed", total: 10000},
				{rule: "point 24", call: "cancel", actor: "bea", refused: 409, code: "illegal_transition"},
			},
		}, scenario{
			name: "preauthorized and rejected", process: "preauthorize", gateway: gateway, fields: fields,
			steps: []step{opened, {rule: "seed POST /reject; point 25: the key acts for the author", call: "reject", state: "rejected", total: 10000}},
		}, scenario{
			name: "paid and canceled", process: "preauthorize", gateway: gateway, fields: fields,
			steps: []step{opened, accepted, {rule: "seed POST /cancel", call: "cancel", actor: "bea", state: "canceled", total: 10000}},
		})
	}
	return append(all, scenario{
		name: "on the gateway's page", process: "preauthorize", gateway: "stripe",
		steps: []step{
			{rule: "point 15: without a token", call: "create", actor: "bea", state: "initiated", pays: onPage},
			{rule: "only the buyer pays", call: "GET", actor: "sam", state: "initiated"},
			{fact: process.FactAuthorized},
			{rule: "point 26", call: "GET", actor: "bea", state: "preauthorized", total: 10000},
		},
	}, scenario{
		name: "3-D Secure", process: "preauthorize", gateway: "stripe", fields: object{"payment_method_nonce": "tok_3ds", "cardholder_name": "Bea"},
		steps: []step{{rule: "points 14 and 15", call: "create", state: "action_required", pays: onPage}},
	}, scenario{
		name: "the capture waits", process: "preauthorize", gateway: "stripe", fields: object{"payment_method": "tok_review"},
		steps: []step{
			{rule: "point 15", call: "create", state: "preauthorized", total: 10000},
			{
				rule: "seed POST /complete_preauthorization: pending_reason", call: "complete_preauthorization", actor: "sam",
				state: "pending_ext", total: 10000, pays: object{"pending_reason": "multicurrency"},
			},
		},
	})
}

func invoices() []scenario {
	created := step{rule: "seed POST /create: current_state :pending; point 26: no total yet", call: "create", actor: "bea", state: "pending"}
	invoiced := step{rule: "seed POST /invoice: accepted; point 27: another amount", call: "invoice", actor: "sam", fields: object{"total_sum": euros(12000)}, state: "accepted", total: 12000}
	paid := step{rule: "seed POST /pay_invoice", call: "pay_invoice", actor: "bea", fields: object{"payment_method": "tok_ok"}, state: "paid", total: 12000}
	all := []scenario{{
		name: "a card is declined, then paid on the page", process: "postpay", gateway: "stripe",
		steps: []step{
			created, invoiced,
			{rule: "point 17", call: "pay_invoice", actor: "bea", fields: object{"payment_method": "tok_declined"}, refused: 402, code: "card_declined"},
			{rule: "point 17: the invoice stays accepted", call: "GET", state: "accepted", total: 12000},
			{rule: "point 15", call: "pay_invoice", actor: "bea", state: "accepted", total: 12000, pays: onPage},
			{fact: process.FactCaptured},
			{call: "GET", state: "paid", total: 12000},
		},
	}, {
		name: "rows with VAT", process: "postpay", gateway: "checkout",
		steps: []step{
			created,
			{rule: "point 27", call: "invoice", actor: "sam", fields: object{"total_sum": euros(1)}, refused: 400, code: "unknown_field"},
			{rule: "point 27", call: "invoice", actor: "sam", fields: object{"payment_rows": []any{}}, refused: 400, code: "missing_field"},
			{
				rule: "point 27: each row rounded half to even", call: "invoice", actor: "sam", state: "accepted", total: 1240 + 52 + 54 + 99,
				fields: object{"payment_rows": []any{row("Bike", 1000, 24), row("Bell", 50, 5), row("Horn", 50, 7), row("Trip", 99, 0)}},
			},
			{rule: "seed POST /pay_invoice: the bank's page", call: "pay_invoice", actor: "bea", state: "accepted", total: 1445, pays: onPage},
		},
	}}
	for _, gateway := range []string{"balance", "stripe"} {
		all = append(all, scenario{
			name: "invoiced and completed", process: "postpay", gateway: gateway, dates: object{"start_on": "2030-12-31", "end_on": "2031-01-01"},
			steps: []step{
				created,
				{rule: "point 21: wrong role", call: "invoice", actor: "bea", fields: object{"total_sum": euros(1)}, refused: 403, code: "not_author"},
				{rule: "point 24", call: "pay_invoice", actor: "bea", refused: 409, code: "illegal_transition"},
				{rule: "point 27: currency", call: "invoice", actor: "sam", fields: object{"total_sum": object{"amount": 1, "currency": "USD"}}, refused: 400, code: "currency_mismatch"},
				{rule: "point 27: rows elsewhere", call: "invoice", actor: "sam", fields: object{"payment_rows": []any{row("Bike", 1, 0)}}, refused: 400, code: "unknown_field"},
				{rule: "an invoice over nothing", call: "invoice", actor: "sam", fields: object{"total_sum": euros(0)}, refused: 400, code: "invalid_total_sum"},
				{rule: "an invoice without a sum", call: "invoice", actor: "sam", refused: 400, code: "missing_field"},
				invoiced,
				{rule: "point 24", call: "invoice", actor: "sam", fields: object{"total_sum": euros(1)}, refused: 409, code: "illegal_transition"},
				{rule: "point 21: wrong role", call: "pay_invoice", actor: "sam", refused: 403, code: "not_starter"},
				paid,
				{rule: "seed POST /complete", call: "complete", actor: "bea", state: "completed", total: 12000},
			},
		}, scenario{
			name: "rejected", process: "postpay", gateway: gateway,
			steps: []step{created, {rule: "seed POST /reject", call: "reject", actor: "sam", state: "rejected"}},
		}, scenario{
			name: "invoice not paid", process: "postpay", gateway: gateway,
			steps: []step{created, invoiced, {rule: "seed POST /cancel", call: "cancel", actor: "bea", state: "canceled", total: 12000}},
		}, scenario{
			name: "paid and canceled", process: "postpay", gateway: gateway,
			steps: []step{created, invoiced, paid, {rule: "seed POST /cancel", call: "cancel", actor: "bea", state: "canceled", total: 12000}},
		})
	}
	return all
}

func euros(minor int64) object { return object{"amount": minor, "currency": "EUR"} }

func row(title string, sum, vat int64) object {
	return object{"title": title, "sum": euros(sum), "vat": vat}
}

// Each scenario is played over HTTP, and every answer is compared whole.
func TestContract(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		t.Run(strings.Join([]string{s.process, s.gateway, s.name}, "/"), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fund(t, "bea", 100_000)
			s.play(t, w)
		})
	}
}

func (s scenario) play(t *testing.T, w *world) {
	var id string
	for _, step := range s.steps {
		if step.call == "" {
			s.happen(t, w, step.fact)
			continue
		}
		method, path, body := "POST", dealsPath+id+"/"+step.call, any(nil)
		switch {
		case step.call == "create":
			path, body = dealsPath+"create", s.body()
		case step.call == "GET":
			method, path = "GET", dealsPath+id
		case step.fields != nil:
			body = object{"gateway_fields": step.fields}
		}
		var who []option
		if step.actor != "" {
			who = append(who, as(step.actor))
		}
		a := w.call(t, method, path, body, who...)
		if step.refused != 0 {
			a.refused(step.refused, step.code).has(map[string]string{"money_moved": "no"})
			continue
		}
		if step.call == "create" {
			id = a.is(201).at("transaction.id")
		}
		s.compare(t, step, a)
	}
}

// body is the create of the customer's document.
func (s scenario) body() object {
	body := with(with(deal(), "transaction.payment_process", s.process), "transaction.payment_gateway", s.gateway)
	if s.fields != nil {
		body["gateway_fields"] = s.fields
	}
	if s.dates != nil {
		body["booking_fields"] = s.dates
	}
	return body
}

func (s scenario) happen(t *testing.T, w *world, fact process.Fact) {
	t.Helper()
	payment := "pi_1"
	if s.gateway == "trustap" {
		payment = "1"
		w.gateway.happen(payment, fact)
	} else {
		w.cards.happen(payment, fact)
	}
	if _, err := w.engine.SyncPayment(t.Context(), s.gateway, payment); err != nil {
		t.Fatal(err)
	}
}

// compare checks a whole answer: every name, type and value of the document.
func (s scenario) compare(t *testing.T, step step, a answer) {
	t.Helper()
	if want := map[bool]int{true: 201, false: 200}[step.call == "create"]; a.status != want {
		t.Fatalf("%s (%s): status %d, want %d (point 20): %s", step.call, step.rule, a.status, want, a.body)
	}
	var got object
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Fatal(err)
	}
	tx := got["transaction"].(object)
	for _, name := range []string{"created_at", "updated_at", "last_transition_at"} {
		if _, err := time.Parse(time.RFC3339, tx[name].(string)); err != nil {
			t.Errorf("point 11: %s: %v", name, err)
		}
		delete(tx, name)
	}
	if id, ok := tx["id"].(float64); !ok || id < 1 || tx["conversation_id"] != tx["id"] {
		t.Errorf("point 12: id %v, conversation_id %v", tx["id"], tx["conversation_id"])
	}
	want := object{
		"id": tx["id"], "conversation_id": tx["conversation_id"], "payment_process": s.process, "payment_gateway": s.gateway,
		"community_id": float64(ours), "starter_id": "bea", "listing_id": float64(1234), "listing_title": "Old city-bike",
		"listing_price":     object{"amount": float64(5000), "currency": "EUR"},
		"listing_author_id": "sam", "listing_quantity": float64(2), "automatic_confirmation_after_days": float64(days14),
		"current_state": step.state, "payment_total": nil,
	}
	if s.process == "none" {
		want["automatic_confirmation_after_days"] = float64(0)
	}
	if step.total != 0 {
		want["payment_total"] = object{"amount": float64(step.total), "currency": "EUR"}
	}
	whole := object{"transaction": want, "gateway_fields": object{}}
	if step.pays != nil {
		whole["gateway_fields"] = maps.Clone(step.pays)
	}
	if s.dates != nil {
		whole["booking_fields"] = s.dates
	}
	if diff := cmp.Diff(whole, got); diff != "" {
		t.Errorf("%s (%s) (-want +got):\n%s", step.call, step.rule, diff)
	}
}

// Every process with every gateway opens a deal or is refused with the right code
// (points 24 and 29).
func TestContract_everyPair(t *testing.T) {
	t.Parallel()
	works := []string{
		"none/none", "preauthorize/balance", "preauthorize/stripe", "postpay/balance", "postpay/stripe",
		"postpay/paytrail", "postpay/checkout", "escrow_online/trustap",
	}
	notHere := []string{"preauthorize/paypal", "preauthorize/braintree", "postpay/braintree"}
	opened := []string{"none", "preauthorize", "postpay", "escrow_online"}
	processes := []string{"prepay", "", "none@1"}
	for _, p := range process.All() {
		processes = append(processes, p.Name)
	}
	w := newWorld(t)
	w.fund(t, "bea", 1_000_000)
	for _, name := range processes {
		for _, gateway := range append([]string{"checkout", "bank"}, orchestrator.KnownGateways...) {
			pair := name + "/" + gateway
			t.Run(pair, func(t *testing.T) {
				a := w.call(t, "POST", dealsPath+"create", scenario{process: name, gateway: gateway}.body())
				switch {
				case slices.Contains(works, pair):
					a.is(201)
				case name == "":
					a.refused(400, "missing_field")
				case !slices.Contains(opened, name):
					a.refused(400, "unknown_process")
				case gateway == "bank":
					a.refused(400, "unknown_gateway")
				case slices.Contains(notHere, pair):
					a.refused(400, "gateway_not_configured")
				default:
					a.refused(400, "process_gateway_mismatch")
				}
			})
		}
	}
}
