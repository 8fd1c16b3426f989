package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// An amount that the gateway does not take, or whose share for the seller it could not pay
// out, is refused with the limit: when the deal is opened, when its price is set later, and
// by a dry run. Nothing is booked and nothing is asked of the gateway.
func TestM13_nothingIsBooked(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		keys := 0
		do := func(path, body string) testkit.Response {
			keys++
			return w.Call("POST", path, body, "Idempotency-Key", fmt.Sprint("key ", keys))
		}
		refused := func(path, body, limit string) {
			t.Helper()
			want := map[bool]int{false: 400, true: 200}[strings.HasSuffix(path, "dry_run=true")]
			if r := do(path, body); r.Status != want || !strings.Contains(string(r.Body), `"code":"amount_not_supported"`) || !strings.Contains(string(r.Body), limit) {
				t.Errorf("%s %s: %d %s, want %s", path, body, r.Status, r.Body, limit)
			}
		}
		const deal = `{"process":%q,"gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":%d,"currency":%q}}`
		for _, query := range []string{"", "?dry_run=true"} {
			refused("/v1/transactions"+query, fmt.Sprintf(deal, "preauthorize", 49, "EUR"), "the least is 0.50 EUR")
			refused("/v1/transactions"+query, fmt.Sprintf(deal, "preauthorize", 1234, "KWD"), "multiples of 0.010 KWD")
		}
		if paid := len(w.Stripe.Effects()); paid != 0 {
			t.Errorf("the gateway saw %d effects", paid)
		}
		if r := w.Call("GET", "/v1/transactions?process=preauthorize", ""); !strings.Contains(string(r.Body), `"items":[]`) {
			t.Errorf("a deal was opened: %s", r.Body)
		}
		var made struct {
			ID string `json:"id"`
		}
		do("/v1/transactions", fmt.Sprintf(deal, "postpay", 5000, "EUR")).JSON(t, &made)
		refused("/v1/transactions/"+made.ID+"/transitions", `{"transition":"invoice","input":{"total_sum":"49"}}`, "the least is 0.50 EUR")
		// 10 % of 1.230 KWD leaves 1.107 KWD, which Stripe could not pay out.
		if r := w.Call("PUT", "/v1/community/fees", `{"seller_basis_points":1000,"buyer_basis_points":0,"reason":"test"}`); r.Status != 200 {
			t.Fatal(r.Status, string(r.Body))
		}
		refused("/v1/transactions", fmt.Sprintf(deal, "preauthorize", 1230, "KWD"), "1.107 KWD cannot be paid through stripe")
		if r := do("/v1/transactions", fmt.Sprintf(deal, "preauthorize", 1200, "KWD")); r.Status != 201 {
			t.Errorf("1.200 KWD: %d %s", r.Status, r.Body)
		}
	})
}
