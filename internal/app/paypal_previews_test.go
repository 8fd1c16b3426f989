package app_test

import "testing"

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
