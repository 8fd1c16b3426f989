package app_test

import (
	"strings"
	"testing"
)

// Previews cost nothing, so that they must not make PayPal be asked each time; what opens a deal asks.
func TestPayPal_previews(t *testing.T) {
	t.Parallel()
	d := atPayPal(t, "")
	d.opens()
	asked := func(path string, status, times int) int {
		t.Helper()
		before := len(paypalOf(t, d.Testbed).Requests())
		for range times {
			d.call("POST", path, "bea", atPayPalBody, status)
		}
		return len(paypalOf(t, d.Testbed).Requests()) - before
	}
	if n := asked("/transactions/v1/create?dry_run=true", 200, 30); n > 1 {
		t.Errorf("30 previews asked PayPal %d times", n)
	}
	if n := asked("/transactions/v1/create", 201, 1); n < 2 {
		t.Errorf("a deal was opened with %d requests: its seller was not looked at", n)
	}
}

// Whether a seller can be paid is asked before a deal is opened: without an answer nothing was done, and the caller may try again.
func TestPayPal_sellerUnknown(t *testing.T) {
	t.Parallel()
	d := atPayPal(t, "")
	d.opens()
	if err := d.till.SetFaults([]emulatorFault{{Route: "*", Kind: "cut_before", Times: -1}}); err != nil {
		t.Fatal(err)
	}
	r := d.Call("POST", "/v1/transactions", `{"process":"preauthorize","gateway":"paypal","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},
		"unit_price":{"amount":5000,"currency":"EUR"}}`, "Idempotency-Key", "while it is down")
	if r.Status != 503 || !strings.Contains(string(r.Body), `"gateway_unavailable"`) || !strings.Contains(string(r.Body), `"money_moved":"no"`) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}
