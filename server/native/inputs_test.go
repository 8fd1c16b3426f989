package native_test

import (
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Inputs have the types of JSON; texts are still taken.
func TestH15_typedInputs(t *testing.T) {
	t.Parallel()
	w := facetest.NewWorld(t)
	start := facetest.Changed(facetest.Sale(), map[string]any{"process": "postpay", "gateway": "stripe"})
	invoice := func(sum any) map[string]any {
		return map[string]any{"transition": "invoice", "input": map[string]any{"total_sum": sum}}
	}
	for name, sum := range map[string]any{"number": 4800, "text": "4800", "money": facetest.Euros(4800)} {
		path := "/v1/transactions/" + w.Call(t, "POST", "/v1/transactions", start, facetest.Once("open "+name)).Is(201).At("id") + "/transitions"
		for reason, wrong := range map[string]any{
			"invalid_type": 48.5, "missing_field": map[string]any{"amount": 4800}, "currency_mismatch": map[string]any{"amount": 4800, "currency": "USD"},
			"unknown_field": map[string]any{"amount": 4800, "currency": "EUR", "vat": 1}, "invalid_total_sum": true,
		} {
			w.Call(t, "POST", path, invoice(wrong), facetest.Once(name+reason)).Refused(400, reason)
		}
		w.Call(t, "POST", path, invoice([]int{1}), facetest.Once(name+"list")).Refused(400, "invalid_type")
		w.Call(t, "POST", path, invoice(sum), facetest.Once(name)).Is(200).Has(map[string]string{"price.amount": "4800"})
	}
}
