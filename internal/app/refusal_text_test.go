package app_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// What a gateway refuses says what it means and what to do, beside its code.
func TestRefusal_saysWhatToDo(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	r := w.Call("POST", "/v1/transactions", `{"process":"preauthorize","gateway":"braintree","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},
		"unit_price":{"amount":5000,"currency":"EUR"}}`, "Idempotency-Key", "1")
	if r.Status != 402 || !strings.Contains(string(r.Body), `"invalid_payment_method"`) || !strings.Contains(string(r.Body), "in the payer's browser, as payment_method") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}
