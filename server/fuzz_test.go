package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server"
)

// fuzzBody sends bodies to a route. Whatever they are, the answer is JSON and never
// an internal error.
func fuzzBody(f *testing.F, method, path string, seeds ...any) {
	w := newWorld(f)
	for _, seed := range seeds {
		text, ok := seed.(string)
		if !ok {
			encoded, err := json.Marshal(seed)
			if err != nil {
				f.Fatal(err)
			}
			text = string(encoded)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, body string) {
		a := w.call(t, method, path, body, func(r *http.Request) {
			r.Header.Del("Idempotency-Key")
			r.Header.Set("Content-Type", "application/json")
		})
		if a.status >= 500 || !json.Valid([]byte(a.body)) {
			t.Errorf("%d %s for %q", a.status, a.body, body)
		}
	})
}

// A body is valid JSON or refused, and no refusal is an internal error.
func FuzzReadDeal(f *testing.F) {
	for _, seed := range []any{deal(), with(deal(), "booking_fields.start_on", "2030-01-01"), with(deal(), "gateway_fields.cvv", "1")} {
		text, err := json.Marshal(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, seed := range []string{`{"transaction":{"listing_price":{"amount":1e99}}}`, "[", `{"a":"\ud800"}`, "\xff", card, "null"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := server.ReadDeal(body)
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

func TestContentHash(t *testing.T) {
	t.Parallel()
	body := `{"a":9007199254740993,"b":["x",{"c":1,"d":2}]}`
	want := server.ContentHash("/p", []byte(body))
	if got := server.ContentHash("/p", []byte(`{ "b" : ["\u0078", {"d":2,"c":1}], "a":9007199254740993 }`)); got != want {
		t.Error("another spelling of one body has another hash")
	}
	for name, got := range map[string]string{
		"path": server.ContentHash("/q", []byte(body)), "large integer": server.ContentHash("/p", []byte(strings.Replace(body, "993", "992", 1))),
		"order of a list": server.ContentHash("/p", []byte(`{"a":9007199254740993,"b":[{"c":1,"d":2},"x"]}`)), "nothing": server.ContentHash("/p", nil),
	} {
		if got == want {
			t.Errorf("another %s has the same hash", name)
		}
	}
}

func FuzzDryRun(f *testing.F) {
	fuzzBody(f, "POST", "/v1/transactions/txn_aaaaaaaaaaaaaaaaaaaaaaaaaa/dry-run", map[string]any{"transition": "pay", "input": map[string]string{"a": "b"}}, "{}", "null")
}

func FuzzSaveUser(f *testing.F) {
	fuzzBody(f, "PUT", "/v1/users/bea", profile(), with(profile(), "terms_ip", "::1"), with(profile(), "email", "@"))
}

func FuzzNativeCreate(f *testing.F) {
	booked := with(sale(), "booking", object{"start_on": "2030-10-28", "end_on": "2030-10-29"})
	fuzzBody(f, "POST", "/v1/transactions", sale(), booked, with(sale(), "shipping", euros(1)), with(sale(), "deposit", euros(1)))
}

func FuzzMessage(f *testing.F) {
	fuzzBody(f, "POST", "/conversations/v1/1/messages", object{"content": "Hi", "sender_id": "bea"}, "{}", `{"content":"\u0000"}`)
}

func FuzzInvoice(f *testing.F) {
	w := newWorld(f)
	create := scenario{process: "postpay", gateway: "checkout"}.body()
	path := dealsPath + w.call(f, "POST", dealsPath+"create", create).is(201).at("transaction.id")
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
		a := w.call(t, "POST", path+"/"+operation, body, header("Content-Type", "application/json"))
		if a.status >= 500 || !json.Valid([]byte(a.body)) {
			t.Errorf("%s: %d %s for %q", operation, a.status, a.body, body)
		}
	})
}

func FuzzDeposit(f *testing.F) {
	fuzzBody(f, "POST", "/v1/balances/zoe/deposits", object{"amount": 1, "currency": "RUB", "reason": "cash"}, `{"amount":1e3}`)
}

func FuzzFees(f *testing.F) {
	fuzzBody(f, "PUT", "/v1/community/fees", object{"seller_basis_points": 1, "seller_minimums": object{"EUR": 2}, "buyer_basis_points": 3, "buyer_minimum": 0, "commission_on_split": "whole"})
}

func FuzzPricePreview(f *testing.F) {
	fuzzBody(f, "POST", "/v1/prices/preview", object{"gateway": "balance", "unit_price": euros(5), "quantity": 2, "shipping": euros(1)})
}
