package app_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// A payment that could never be opened is refused before anything is written: no deal stays
// behind, and a deal that there is stays as it was.
func TestPaymentMethod_refusedFirst(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := atCheckout(t, url)
		deals := func() string {
			return string(d.Call("GET", "/v1/transactions?limit=100", "", "Handsel-Operator", "olga").Body)
		}
		all := deals()
		for _, gateway := range []string{"braintree", "paytrail"} {
			r := d.call("POST", "/transactions/v1/create", "bea", `{"transaction":{"payment_process":"preauthorize","payment_gateway":"`+gateway+`","community_id":501,
				"starter_id":"bea","listing_id":1234,"listing_title":"Old city bike","listing_price":{"amount":5000,"currency":"EUR"},"listing_author_id":"sam","listing_quantity":1}}`, 402)
			if text := string(r.Body); !strings.Contains(text, `"invalid_payment_method"`) || !strings.Contains(text, "nothing was opened") || strings.Contains(text, "transaction_id") {
				t.Errorf("%s without a payment method: %s", gateway, text)
			}
		}
		if after := deals(); after != all {
			t.Errorf("deals: %s, were %s", after, all)
		}
		before := d.deal()
		r := d.call("POST", "/transactions/v1/"+d.id+"/pay_invoice", "bea", `{"gateway_fields":{"payment_method":"`+d.SaveCard(t, "success")+`"}}`, 402)
		if !strings.Contains(string(r.Body), `"invalid_payment_method"`) || !strings.Contains(string(r.Body), "leave payment_method out") {
			t.Errorf("an invoice with a saved card: %s", r.Body)
		}
		if after := d.deal(); after != before {
			t.Errorf("the deal is %+v, was %+v", after, before)
		}
		d.pays(d.step("pay_invoice", "bea", `{}`, 200), "success")
		d.is("paid")
	})
}
