package stripe_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

func TestPayJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, capture, card string
		answer              int
		code                string
		status              api.PaymentIntentStatus
	}{
		{"hold", "manual", "success", 200, "", api.PaymentIntentStatusRequiresCapture},
		{"charge", "automatic", "success", 200, "", api.PaymentIntentStatusSucceeded},
		{"official card", "automatic", "pm_card_amex", 200, "", api.PaymentIntentStatusSucceeded},
		{"declined", "manual", "card_declined", 402, "card_declined", api.PaymentIntentStatusRequiresPaymentMethod},
		{"no funds", "manual", "insufficient_funds", 402, "insufficient_funds", api.PaymentIntentStatusRequiresPaymentMethod},
		{"expired", "manual", "expired_card", 402, "expired_card", api.PaymentIntentStatusRequiresPaymentMethod},
		{"bank asks", "manual", "authentication_required", 200, "", api.PaymentIntentStatusRequiresAction},
		{"no card", "manual", "gold", 400, "invalid_card", api.PaymentIntentStatusRequiresPaymentMethod},
		{"nothing to approve", "manual", "approve", 400, "payment_intent_unexpected_state", api.PaymentIntentStatusRequiresPaymentMethod},
	}
	for _, test := range tests {
		for _, path := range []string{"/pay/%s", "/_sandbox/payment_intents/%s/pay"} {
			t.Run(test.name+path[:4], func(t *testing.T) {
				t.Parallel()
				x := newTester(t, stripe.Config{})
				pi := x.create(payment(1000, test.capture, ""))
				status, got := x.control("POST", strings.Replace(path, "%s", pi.ID, 1), `{"card":"`+test.card+`"}`)
				code, _ := got["code"].(string)
				same(t, "answer", []any{status, code}, []any{test.answer, test.code})
				same(t, "status", x.get(pi.ID).Status, test.status)
				if status == 200 {
					same(t, "answered", []any{got["id"], got["status"]}, []any{pi.ID, string(test.status)})
				}
			})
		}
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{PublicURL: "http://localhost:1"})
	p := payment(1050, "manual", "pm_card_authenticationRequired")
	p.Description, p.ReturnURL = api.String("<b>Boots</b>"), api.String("https://shop.example.com/back?order=7")
	pi := x.create(p)
	page := func(method, body string, want, never []string) {
		t.Helper()
		at := strings.TrimPrefix(pi.NextAction.RedirectToURL.URL, "http://localhost:1")
		status, got := x.send(method, at, formKind, body) // the browser follows where it is sent
		same(t, "status", status, 200)
		for _, text := range want {
			if !strings.Contains(string(got), text) {
				t.Errorf("%s %s: no %q in\n%s", method, body, text, got)
			}
		}
		for _, text := range never {
			if strings.Contains(string(got), text) {
				t.Errorf("%s %s: %q in\n%s", method, body, text, got)
			}
		}
	}
	link := "redirect_status=succeeded"
	page("GET", "", []string{"&lt;b&gt;Boots", "10.50 EUR", `value="approve"`}, []string{"<b>Boots", link, `value="success"`})
	page("POST", "card=reject", []string{"could not confirm that it was you", `value="success"`, `value="insufficient_funds"`}, []string{`value="approve"`})
	page("POST", "card=insufficient_funds", []string{"declined. The account has too little money.", `value="success"`}, []string{link})
	page("POST", "card=authentication_required", []string{`value="approve"`}, nil)
	page("POST", "card=approve", []string{"Paid.", "redirect_status=succeeded", "order=7", "https://shop.example.com/back?"}, []string{`value="success"`})
	page("POST", "card=success", []string{"Paid.", link}, []string{"status of"})
	same(t, "effects", x.effects(), []string{"authorize"})
}

func TestPageRefusals(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	id := x.at(api.PaymentIntentStatusRequiresPaymentMethod).ID
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for name, path := range map[string]string{"unknown": "/pay/pi_0", "wrong secret": "/pay/" + id + "?client_secret=x"} {
			status, got := x.control(method, path, `{"card":"success"}`)
			same(t, method+" "+name, []any{status, got["code"]}, []any{404, "resource_missing"})
		}
	}
	status, got := x.control("POST", "/pay/"+id, `{`)
	same(t, "broken", []any{status, got["code"]}, []any{400, "malformed_json"})
	same(t, "effects", len(x.effects()), 0)
}

func TestPayRefusals(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	done := x.at(api.PaymentIntentStatusSucceeded).ID
	tests := map[string]struct{ id, card, code string }{
		"unknown": {"pi_0", "success", "resource_missing"},
		"card":    {done, "gold", "invalid_card"},
		"paid":    {done, "success", "payment_intent_unexpected_state"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused := (*stripe.Error)(nil)
			if err := x.Pay(test.id, test.card); !errors.As(err, &refused) || refused.Code != test.code {
				t.Errorf("got %v, want %s", err, test.code)
			}
		})
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	paid := x.at(api.PaymentIntentStatusSucceeded).ID
	status, d := x.control("POST", "/_sandbox/payment_intents/"+paid+"/dispute", `{"reason":"duplicate"}`)
	same(t, "dispute", []any{status, d["reason"]}, []any{200, "duplicate"})
	id, _ := d["id"].(string)

	tests := []struct {
		name, method, path, body string
		status                   int
		field                    string
		want                     any
	}{
		{"health", "GET", "/health", "", 200, "status", "ok"},
		{"tick", "POST", "/tick", "", 200, "status", "ok"},
		{"disputed twice", "POST", "/payment_intents/" + paid + "/dispute", "{}", 400, "code", "charge_disputed"},
		{"reason", "POST", "/payment_intents/" + paid + "/dispute", `{"reason":"bored"}`, 400, "code", "invalid_reason"},
		{"outcome", "POST", "/disputes/" + id + "/close", `{}`, 400, "code", "invalid_outcome"},
		{"close", "POST", "/disputes/" + id + "/close", `{"outcome":"won"}`, 200, "status", "won"},
		{"closed", "POST", "/disputes/" + id + "/close", `{"outcome":"won"}`, 400, "code", "dispute_closed"},
		{"account", "POST", "/accounts/" + seller, `{"enabled":false}`, 200, "payouts_enabled", false},
		{"unknown account", "POST", "/accounts/acct_0", `{}`, 404, "code", "resource_missing"},
		{"resend", "POST", "/webhooks/evt_0/resend", "", 404, "code", "resource_missing"},
		{"fault", "PUT", "/faults", `[{"operation":"bake","kind":"slow"}]`, 400, "code", "invalid_fault"},
		{"broken", "PUT", "/faults", `[`, 400, "code", "malformed_json"},
		{"unknown", "GET", "/weather", "", 404, "", nil},
	}
	for _, test := range tests {
		status, got := x.control(test.method, "/_sandbox"+test.path, test.body)
		same(t, test.name, []any{status, got[test.field]}, []any{test.status, test.want})
	}
	same(t, "effects", x.list("/_sandbox/effects"), 2)
	same(t, "webhooks", x.list("/_sandbox/webhooks"), len(x.Deliveries()))

	x.control("PUT", "/_sandbox/faults", `[{"operation":"get_balance","kind":"html","times":-1}]`)
	status, _ = x.send("GET", "/v1/balance", "", "")
	same(t, "fault", status, 502)
	x.control("POST", "/_sandbox/reset", "")
	status, _ = x.send("GET", "/v1/payment_intents/"+paid, "", "")
	same(t, "forgotten", status, 404)
	same(t, "effects after reset", x.list("/_sandbox/effects"), 0)
	x.wantBalance("", 0, 0)
}

func (x *tester) list(path string) int {
	x.t.Helper()
	_, body := x.send("GET", path, "", "")
	var all []any
	must(x.t, json.Unmarshal(body, &all))
	return len(all)
}
