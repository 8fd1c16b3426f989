package server_test

import (
	"strings"
	"testing"
)

// The page to pay on loads and asks Stripe alone, can be framed by nobody, and knows
// nothing secret.
func TestH18_payPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.call(t, "GET", "/pay/pi_1?payment_intent=pi_1&redirect_status=failed", nil, anonymous).is(200)
	policy := page.header.Get("Content-Security-Policy")
	for _, part := range []string{
		"default-src 'none'", "script-src 'sha256-", "https://js.stripe.com", "connect-src https://api.stripe.com", "https://hooks.stripe.com",
		"frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'",
	} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy lacks %s: %s", part, policy)
		}
	}
	script, _, _ := strings.Cut(policy[strings.Index(policy, "script-src"):], ";")
	if strings.Contains(script, "unsafe") {
		t.Errorf("scripts of others may run: %s", script)
	}
	if page.header.Get("Referrer-Policy") != "no-referrer" || page.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", page.header)
	}
	for _, part := range []string{`src="https://js.stripe.com/v3/"`, `data-payment="pi_1"`, `data-key="pk_test_page"`} {
		if !strings.Contains(string(page.body), part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	if strings.Contains(string(page.body), "<input") {
		t.Error("the page has a field of its own")
	}
	for _, path := range []string{"/pay/txn_1", "/pay/pi_1%22%3E%3Cscript%3E", "/pay/pi_", "/pay/"} {
		w.call(t, "GET", path, nil, anonymous).is(404)
	}
	w.call(t, "POST", "/pay/pi_1", object{"card": "success"}, anonymous).refused(405, "method_not_allowed") // in dev only
}
