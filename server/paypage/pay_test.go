package paypage_test

import (
	"strings"
	"testing"

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
	if page.Header.Get("Referrer-Policy") != "no-referrer" || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", page.Header)
	}
	for _, part := range []string{`src="https://js.stripe.com/v3/"`, `data-payment="pi_1"`, `data-key="pk_test_page"`} {
		if !strings.Contains(string(page.Body), part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	if strings.Contains(string(page.Body), "<input") {
		t.Error("the page has a field of its own")
	}
	for _, path := range []string{"/pay/txn_1", "/pay/pi_1%22%3E%3Cscript%3E", "/pay/pi_", "/pay/"} {
		w.Call(t, "GET", path, nil, facetest.Anonymous).Is(404)
	}
	w.Call(t, "POST", "/pay/pi_1", facetest.Object{"card": "success"}, facetest.Anonymous).Refused(405, "method_not_allowed") // in dev only
}
