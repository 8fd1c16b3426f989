package app_test

import (
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// Parts below the limit add up: one person cannot give back in parts what they may not give back
// at once.
func TestS7_partsAddUp(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := newOffice(t, url)
		made := w.must(201, "POST", "/v1/transactions", `{"process":"preauthorize","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},
			"unit_price":{"amount":5000,"currency":"EUR"},"input":{"payment_method":"pm_card_visa"}}`)
		path := "/v1/transactions/" + id(t, made, "id") + "/transitions"
		w.must(200, "POST", path, `{"transition":"complete_preauthorization"}`)
		const part = `{"transition":"refund_part","input":{"refund":600,"reason":"one of five came back"}}`
		w.must(200, "POST", path, part, olga...)
		asked := id(t, w.must(202, "POST", path, part, olga...), "id")
		w.must(202, "POST", path, part, bob...)
		if refunded := w.StripeBooks("Bike").Funds.Refunded; refunded != 600 {
			t.Errorf("%d went back before anybody approved", refunded)
		}
		w.must(200, "POST", approvalsPath+"/"+asked+"/approve", `{"reason":"seen"}`, ann...)
		if refunded := w.StripeBooks("Bike").Funds.Refunded; refunded != 1200 {
			t.Errorf("%d went back, want 1200", refunded)
		}
		w.CheckBooks()
	})
}
