package paypage_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// The page to pay on loads and asks Stripe alone, can be framed by nobody, and knows
// nothing secret.
func TestH18_payPage(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	page := w.Call(t, "GET", "/pay/pi_1?payment_intent=pi_1&redirect_status=failed", nil, facetest.Anonymous).Is(200)
	policy := page.Header.Get("Content-Security-Policy")
	for _, part := range []string{
		"default-src 'none'", "script-src 'sha256-", "https://js.stripe.com", "connect-src https://api.stripe.com", "https://hooks.stripe.com",
		"frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'", "style-src 'sha256-",
	} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy lacks %s: %s", part, policy)
		}
	}
	script, _, _ := strings.Cut(policy[strings.Index(policy, "script-src"):], ";")
	if strings.Contains(script, "unsafe") {
		t.Errorf("scripts of others may run: %s", script)
	}
	if page.Header.Get("Referrer-Policy") != "no-referrer" || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", page.Header)
	}
	for _, part := range []string{`src="https://js.stripe.com/v3/"`, `data-payment="pi_1"`, `data-key="pk_test_page"`, "<h1>Your payment to the marketplace</h1>"} {
		if !strings.Contains(string(page.Body), part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	if strings.Contains(string(page.Body), "<input") {
		t.Error("the page has a field of its own")
	}
	for _, path := range []string{"/pay/txn_1", "/pay/pi_1%22%3E%3Cscript%3E", "/pay/pi_", "/pay/"} {
		refused := w.Call(t, "GET", path, nil, facetest.Anonymous, facetest.Header("Accept-Language", "de")).Is(404)
		if body := string(refused.Body); path != "/pay/" && (!strings.Contains(body, "<h1>Dieser Link ist unvollständig.") || !strings.Contains(body, `<html lang="de">`) || strings.Contains(body, "<script")) {
			t.Errorf("%s: %s", path, body)
		}
	}
	w.Call(t, "POST", "/pay/pi_1", facetest.Object{"card": "success"}, facetest.Anonymous).Is(405) // in dev only
}

// Who has the address of a payment reads whom it pays, and gets back to the deal at the marketplace; what is paid, and how much, only Stripe tells.
func TestPayPage_payee(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Must(w.Store.SaveLetterhead(t.Context(), facetest.Ours, notices.Letterhead{Marketplace: "<i>Bikes</i>", Link: "https://bikes.example.com/orders/{order}"}, facetest.Someone))
	w.Call(t, "POST", "/v1/transactions", facetest.Object{
		"process": "preauthorize", "gateway": "stripe", "starter_id": "bea", "author_id": "sam", "listing": facetest.Object{"title": "Old city bike"}, "unit_price": facetest.Object{"amount": 5000, "currency": "EUR"},
	}, facetest.Once("one")).Is(201)
	body := string(w.Call(t, "GET", "/pay/pi_1", nil, facetest.Anonymous).Is(200).Body)
	for _, want := range []string{"<h1>Your payment to &lt;i&gt;Bikes", `href="https://bikes.example.com/orders/`, "for the seller", "Back to the shop"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s:\n%s", want, body)
		}
	}
	if strings.Contains(body, "city bike") || strings.Contains(body, "50.00") {
		t.Errorf("the page tells what is paid:\n%s", body)
	}
}
