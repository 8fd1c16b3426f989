package sharetribe_test

import (
	"encoding/json"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/sharetribe"
)

// A body is valid JSON or refused, and no refusal is an internal error.
func FuzzReadDeal(f *testing.F) {
	for _, seed := range []any{facetest.Deal(), facetest.With(facetest.Deal(), "booking_fields.start_on", "2030-01-01"), facetest.With(facetest.Deal(), "gateway_fields.cvv", "1")} {
		text, err := json.Marshal(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, seed := range []string{`{"transaction":{"listing_price":{"amount":1e99}}}`, "[", `{"a":"\ud800"}`, "\xff", facetest.Card, "null"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := sharetribe.ReadDeal(body)
		switch fault.CodeOf(err) {
		case fault.Invalid, fault.NotFound:
		default:
			if err != nil {
				t.Errorf("%q: %v", body, err)
			}
		}
		if err == nil && !json.Valid(body) {
			t.Errorf("%q is no JSON and was accepted", body)
		}
	})
}

func FuzzMessage(f *testing.F) {
	facetest.FuzzBody(f, "POST", "/conversations/v1/1/messages", facetest.Object{"content": "Hi", "sender_id": "bea"}, "{}", `{"content":"\u0000"}`)
}

func FuzzInvoice(f *testing.F) {
	w := facetest.NewTestbed(f)
	create := facetest.Scenario{Process: "postpay", Gateway: "checkout"}.Body()
	path := facetest.DealsPath + w.Call(f, "POST", facetest.DealsPath+"create", create).Is(201).At("transaction.id")
	for _, seed := range []string{
		`{"gateway_fields":{"payment_rows":[{"title":"Bike","sum":{"amount":1000,"currency":"EUR"},"vat":24}]}}`,
		`{"gateway_fields":{"total_sum":{"amount":1000,"currency":"EUR"}}}`, `{"gateway_fields":{"payment_method":"tok"}}`, `{"gateway_fields":null}`, "{}",
	} {
		f.Add("invoice", seed)
		f.Add("pay_invoice", seed)
	}
	f.Fuzz(func(t *testing.T, operation, body string) {
		if operation != "invoice" {
			operation = "pay_invoice"
		}
		a := w.Call(t, "POST", path+"/"+operation, body, facetest.Header("Content-Type", "application/json"))
		if a.Status >= 500 || !json.Valid([]byte(a.Body)) {
			t.Errorf("%s: %d %s for %q", operation, a.Status, a.Body, body)
		}
	})
}
