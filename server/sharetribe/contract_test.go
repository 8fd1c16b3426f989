package sharetribe_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

var onPage = facetest.Object{"redirect_url": "https://pay.example.com/pi_1", "client_secret": "pi_1_secret"}

func scenarios() []facetest.Scenario {
	all := []facetest.Scenario{{
		Name: "free deal", Process: "none", Gateway: "none",
		Steps: []facetest.Step{
			{Rule: "seed POST /create: current_state :free", Call: "create", Actor: "bea", State: "free"},
			{Rule: "point 18", Call: "GET", State: "free"},
			{Rule: "point 24", Call: "reject", Refused: 409, Code: "illegal_transition"},
			{Rule: "point 24", Call: "complete_preauthorization", Refused: 409, Code: "illegal_transition"},
			{Rule: "point 24", Call: "invoice", Fields: facetest.Object{"total_sum": facetest.Euros(1)}, Refused: 409, Code: "illegal_transition"},
			{Rule: "point 24", Call: "pay_invoice", Refused: 409, Code: "illegal_transition"},
			{Rule: "point 24", Call: "complete", Refused: 409, Code: "illegal_transition"},
			{Rule: "point 24", Call: "cancel", Refused: 409, Code: "illegal_transition"},
		},
	}, {
		Name: "escrow", Process: "escrow_online", Gateway: "trustap",
		Steps: []facetest.Step{
			{Rule: "point 30: joined with redirect_url", Call: "create", Actor: "bea", State: "joined", Pays: facetest.Object{"redirect_url": "https://pay.example.com/1"}},
			{Rule: "point 30: paid", Fact: process.FactPaid},
			{Rule: "point 26", Call: "GET", Actor: "bea", State: "paid", Total: 10000},
			{Fact: process.FactTracked},
			{Rule: "point 24", Call: "complete", Actor: "bea", Refused: 409, Code: "illegal_transition"},
			{Fact: process.FactDelivered},
			{Rule: "point 21: wrong role", Call: "complete", Actor: "sam", Refused: 403, Code: "not_buyer"},
			{Rule: "point 30: ends completed", Call: "complete", Actor: "bea", State: "completed", Total: 10000},
		},
	}, {
		Name: "escrow cancelled", Process: "escrow_online", Gateway: "trustap",
		Steps: []facetest.Step{
			{Rule: "point 30", Call: "create", Actor: "bea", State: "joined", Pays: facetest.Object{"redirect_url": "https://pay.example.com/1"}},
			{Rule: "point 30: canceled before payment", Call: "cancel", Actor: "bea", State: "canceled"},
		},
	}}
	return slices.Concat(all, preauthorizations(), invoices())
}

func preauthorizations() []facetest.Scenario {
	var all []facetest.Scenario
	for gateway, fields := range map[string]facetest.Object{"balance": nil, "stripe": {"payment_method": "tok_ok"}} {
		opened := facetest.Step{Rule: "seed POST /create: current_state :preauthorized; point 15", Call: "create", Actor: "bea", State: "preauthorized", Total: 10000}
		accepted := facetest.Step{Rule: "seed POST /complete_preauthorization; the state is a slip there: paid", Call: "complete_preauthorization", Actor: "sam", State: "paid", Total: 10000}
		all = append(all, facetest.Scenario{
			Name: "preauthorized and completed", Process: "preauthorize", Gateway: gateway, Fields: fields,
			Dates: facetest.Object{"start_on": "2030-10-28", "end_on": "2030-10-29"},
			Steps: []facetest.Step{
				opened,
				{Rule: "point 21: wrong role", Call: "complete_preauthorization", Actor: "bea", Refused: 403, Code: "not_author"},
				{Rule: "point 21: stranger", Call: "complete_preauthorization", Actor: "eve", Refused: 404, Code: "transaction_not_found"},
				{Rule: "point 24", Call: "complete", Actor: "bea", Refused: 409, Code: "illegal_transition"},
				accepted,
				{Rule: "point 24", Call: "reject", Actor: "sam", Refused: 409, Code: "illegal_transition"},
				{Rule: "seed POST /complete: current_state :completed", Call: "complete", Actor: "bea", State: "completed", Total: 10000},
				{Rule: "point 24", Call: "cancel", Actor: "bea", Refused: 409, Code: "illegal_transition"},
			},
		}, facetest.Scenario{
			Name: "preauthorized and rejected", Process: "preauthorize", Gateway: gateway, Fields: fields,
			Steps: []facetest.Step{opened, {Rule: "seed POST /reject; point 25: the key acts for the author", Call: "reject", State: "rejected", Total: 10000}},
		}, facetest.Scenario{
			Name: "paid and canceled", Process: "preauthorize", Gateway: gateway, Fields: fields,
			Steps: []facetest.Step{opened, accepted, {Rule: "seed POST /cancel", Call: "cancel", Actor: "bea", State: "canceled", Total: 10000}},
		})
	}
	return append(all, facetest.Scenario{
		Name: "on the gateway's page", Process: "preauthorize", Gateway: "stripe",
		Steps: []facetest.Step{
			{Rule: "point 15: without a token", Call: "create", Actor: "bea", State: "initiated", Pays: onPage},
			{Rule: "only the buyer pays", Call: "GET", Actor: "sam", State: "initiated"},
			{Fact: process.FactAuthorized},
			{Rule: "point 26", Call: "GET", Actor: "bea", State: "preauthorized", Total: 10000},
		},
	}, facetest.Scenario{
		Name: "3-D Secure", Process: "preauthorize", Gateway: "stripe", Fields: facetest.Object{"payment_method_nonce": "tok_3ds", "cardholder_name": "Bea"},
		Steps: []facetest.Step{{Rule: "points 14 and 15", Call: "create", State: "action_required", Pays: onPage}},
	}, facetest.Scenario{
		Name: "the capture waits", Process: "preauthorize", Gateway: "stripe", Fields: facetest.Object{"payment_method": "tok_review"},
		Steps: []facetest.Step{
			{Rule: "point 15", Call: "create", State: "preauthorized", Total: 10000},
			{
				Rule: "seed POST /complete_preauthorization: pending_reason", Call: "complete_preauthorization", Actor: "sam",
				State: "pending_ext", Total: 10000, Pays: facetest.Object{"pending_reason": "multicurrency"},
			},
		},
	})
}

func invoices() []facetest.Scenario {
	created := facetest.Step{Rule: "seed POST /create: current_state :pending; point 26: no total yet", Call: "create", Actor: "bea", State: "pending"}
	invoiced := facetest.Step{Rule: "seed POST /invoice: accepted; point 27: another amount", Call: "invoice", Actor: "sam", Fields: facetest.Object{"total_sum": facetest.Euros(12000)}, State: "accepted", Total: 12000}
	paid := facetest.Step{Rule: "seed POST /pay_invoice", Call: "pay_invoice", Actor: "bea", Fields: facetest.Object{"payment_method": "tok_ok"}, State: "paid", Total: 12000}
	all := []facetest.Scenario{{
		Name: "a card is declined, then paid on the page", Process: "postpay", Gateway: "stripe",
		Steps: []facetest.Step{
			created, invoiced,
			{Rule: "point 17", Call: "pay_invoice", Actor: "bea", Fields: facetest.Object{"payment_method": "tok_declined"}, Refused: 402, Code: "card_declined"},
			{Rule: "point 17: the invoice stays accepted", Call: "GET", State: "accepted", Total: 12000},
			{Rule: "point 15", Call: "pay_invoice", Actor: "bea", State: "accepted", Total: 12000, Pays: onPage},
			{Fact: process.FactCaptured},
			{Call: "GET", State: "paid", Total: 12000},
		},
	}, {
		Name: "rows with VAT", Process: "postpay", Gateway: "checkout",
		Steps: []facetest.Step{
			created,
			{Rule: "point 27", Call: "invoice", Actor: "sam", Fields: facetest.Object{"total_sum": facetest.Euros(1)}, Refused: 400, Code: "unknown_field"},
			{Rule: "point 27", Call: "invoice", Actor: "sam", Fields: facetest.Object{"payment_rows": []any{}}, Refused: 400, Code: "missing_field"},
			{
				Rule: "point 27: each row rounded half to even", Call: "invoice", Actor: "sam", State: "accepted", Total: 1240 + 52 + 54 + 99,
				Fields: facetest.Object{"payment_rows": []any{row("Bike", 1000, 24), row("Bell", 50, 5), row("Horn", 50, 7), row("Trip", 99, 0)}},
			},
			{Rule: "seed POST /pay_invoice: the bank's page", Call: "pay_invoice", Actor: "bea", State: "accepted", Total: 1445, Pays: onPage},
		},
	}}
	for _, gateway := range []string{"balance", "stripe"} {
		all = append(all, facetest.Scenario{
			Name: "invoiced and completed", Process: "postpay", Gateway: gateway, Dates: facetest.Object{"start_on": "2030-12-31", "end_on": "2031-01-01"},
			Steps: []facetest.Step{
				created,
				{Rule: "point 21: wrong role", Call: "invoice", Actor: "bea", Fields: facetest.Object{"total_sum": facetest.Euros(1)}, Refused: 403, Code: "not_author"},
				{Rule: "point 24", Call: "pay_invoice", Actor: "bea", Refused: 409, Code: "illegal_transition"},
				{Rule: "point 27: currency", Call: "invoice", Actor: "sam", Fields: facetest.Object{"total_sum": facetest.Object{"amount": 1, "currency": "USD"}}, Refused: 400, Code: "currency_mismatch"},
				{Rule: "point 27: rows elsewhere", Call: "invoice", Actor: "sam", Fields: facetest.Object{"payment_rows": []any{row("Bike", 1, 0)}}, Refused: 400, Code: "unknown_field"},
				{Rule: "an invoice over nothing", Call: "invoice", Actor: "sam", Fields: facetest.Object{"total_sum": facetest.Euros(0)}, Refused: 400, Code: "invalid_total_sum"},
				{Rule: "an invoice without a sum", Call: "invoice", Actor: "sam", Refused: 400, Code: "missing_field"},
				invoiced,
				{Rule: "point 24", Call: "invoice", Actor: "sam", Fields: facetest.Object{"total_sum": facetest.Euros(1)}, Refused: 409, Code: "illegal_transition"},
				{Rule: "point 21: wrong role", Call: "pay_invoice", Actor: "sam", Refused: 403, Code: "not_starter"},
				paid,
				{Rule: "seed POST /complete", Call: "complete", Actor: "bea", State: "completed", Total: 12000},
			},
		}, facetest.Scenario{
			Name: "rejected", Process: "postpay", Gateway: gateway,
			Steps: []facetest.Step{created, {Rule: "seed POST /reject", Call: "reject", Actor: "sam", State: "rejected"}},
		}, facetest.Scenario{
			Name: "invoice not paid", Process: "postpay", Gateway: gateway,
			Steps: []facetest.Step{created, invoiced, {Rule: "seed POST /cancel", Call: "cancel", Actor: "bea", State: "canceled", Total: 12000}},
		}, facetest.Scenario{
			Name: "paid and canceled", Process: "postpay", Gateway: gateway,
			Steps: []facetest.Step{created, invoiced, paid, {Rule: "seed POST /cancel", Call: "cancel", Actor: "bea", State: "canceled", Total: 12000}},
		})
	}
	return all
}

func row(title string, sum, vat int64) facetest.Object {
	return facetest.Object{"title": title, "sum": facetest.Euros(sum), "vat": vat}
}

// Each scenario is played over HTTP, and every answer is compared whole.
func TestContract(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		t.Run(strings.Join([]string{s.Process, s.Gateway, s.Name}, "/"), func(t *testing.T) {
			t.Parallel()
			w := facetest.NewTestbed(t)
			w.Fund(t, "bea", 100_000)
			s.Play(t, w)
		})
	}
}

// Every process with every gateway opens a deal or is refused with the right code
// (points 24 and 29).
func TestContract_everyPair(t *testing.T) {
	t.Parallel()
	works := []string{
		"none/none", "preauthorize/balance", "preauthorize/stripe", "postpay/balance", "postpay/stripe",
		"preauthorize/paytrail", "preauthorize/checkout", "postpay/paytrail", "postpay/checkout", "escrow_online/trustap",
	}
	notHere := []string{"preauthorize/paypal", "preauthorize/braintree", "postpay/braintree"}
	opened := []string{"none", "preauthorize", "postpay", "escrow_online"}
	processes := []string{"prepay", "", "none@1"}
	for _, p := range catalog.All() {
		processes = append(processes, p.Name)
	}
	gateways := []string{"checkout", "bank"}
	for _, k := range app.Kinds() {
		gateways = append(gateways, k.Name)
	}
	w := facetest.NewTestbed(t)
	w.Fund(t, "bea", 1_000_000)
	for _, name := range processes {
		for _, gateway := range gateways {
			pair := name + "/" + gateway
			t.Run(pair, func(t *testing.T) {
				a := w.Call(t, "POST", facetest.DealsPath+"create", facetest.Scenario{Process: name, Gateway: gateway}.Body())
				switch {
				case slices.Contains(works, pair):
					a.Is(201)
				case name == "":
					a.Refused(400, "missing_field")
				case !slices.Contains(opened, name):
					a.Refused(400, "unknown_process")
				case gateway == "bank":
					a.Refused(400, "unknown_gateway")
				case slices.Contains(notHere, pair):
					a.Refused(400, "gateway_not_configured")
				default:
					a.Refused(400, "process_gateway_mismatch")
				}
			})
		}
	}
}
