package stripe_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// Keys whose day is over take no room, and a repeat within the day is still answered.
func TestKeysAreForgotten(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	refund := func(key string) (status int, replayed string) {
		r := httptest.NewRequest(http.MethodPost, "/v1/accounts", strings.NewReader("type=express"))
		r.Header.Set("Content-Type", formKind)
		r.Header.Set("Idempotency-Key", key)
		r.SetBasicAuth("sk_test_sandbox", "")
		w := httptest.NewRecorder()
		x.ServeHTTP(w, r)
		return w.Code, w.Header().Get("Idempotent-Replayed")
	}
	for n := range 2_500 {
		if n%500 == 0 {
			x.advance(day)
		}
		if status, _ := refund(strconv.Itoa(n)); status != http.StatusOK {
			t.Fatal(status)
		}
	}
	if n := x.KeysKept(); n > 1_500 {
		t.Errorf("%d keys are kept, most of which have no use", n)
	}
	if _, replayed := refund("2499"); replayed != "true" {
		t.Error("a key of today is forgotten")
	}
}
