package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// In dev an answer waits until the engine knows what a person has done at a gateway. A call of
// the gateway's API must not wait: the engine makes it, and would wait for itself.
func TestPrompt_apiDoesNotWait(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	for gateway, paths := range map[string][2]string{ // of the API, and of somebody's own
		"trustap": {"/api/v1/me/transactions", "/_sandbox/clock/advance"}, "stripe": {"/v1/payment_intents", "/pay/pi_1"},
		"paypal": {"/v2/checkout/orders/O-1/capture", "/_sandbox/clock/advance"}, "paytrail": {"/payments/id/refund", "/_sandbox/clock/advance"},
		"braintree": {"/graphql", "/_sandbox/clock/advance"},
	} {
		next := http.Handler(w.Sandbox)
		if gateway != "trustap" {
			next = w.Emulator(gateway)
		}
		is, ok := next.(interface{ IsAPI(r *http.Request) bool })
		if !ok {
			t.Fatalf("%s does not tell calls of its API from the rest", gateway)
		}
		for i, path := range paths {
			if got := is.IsAPI(httptest.NewRequest(http.MethodPost, path, strings.NewReader("{}"))); got != (i == 0) {
				t.Errorf("%s: POST %s is a call of the API: %v", gateway, path, got)
			}
		}
	}
	if !w.Emulator("braintree").(interface{ IsAPI(r *http.Request) bool }).IsAPI(httptest.NewRequest(http.MethodPost, "/merchants/m/transactions", nil)) {
		t.Error("the classic API of Braintree is none")
	}
}
