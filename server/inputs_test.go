package server_test

import "testing"

// Inputs have the types of JSON; texts are still taken.
func TestH15_typedInputs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := changed(sale(), map[string]any{"process": "postpay", "gateway": "stripe"})
	invoice := func(sum any) map[string]any {
		return map[string]any{"transition": "invoice", "input": map[string]any{"total_sum": sum}}
	}
	for name, sum := range map[string]any{"number": 4800, "text": "4800", "money": euros(4800)} {
		path := "/v1/transactions/" + w.call(t, "POST", "/v1/transactions", start, once("open "+name)).is(201).at("id") + "/transitions"
		for reason, wrong := range map[string]any{
			"invalid_type": 48.5, "missing_field": map[string]any{"amount": 4800}, "currency_mismatch": map[string]any{"amount": 4800, "currency": "USD"},
			"unknown_field": map[string]any{"amount": 4800, "currency": "EUR", "vat": 1}, "invalid_total_sum": true,
		} {
			w.call(t, "POST", path, invoice(wrong), once(name+reason)).refused(400, reason)
		}
		w.call(t, "POST", path, invoice([]int{1}), once(name+"list")).refused(400, "invalid_type")
		w.call(t, "POST", path, invoice(sum), once(name)).is(200).has(map[string]string{"price.amount": "4800"})
	}
}
