package native_test

import (
	"strconv"
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Inputs have the types of JSON; texts are still taken.
func TestH15_typedInputs(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
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

// Parts of a split are whole numbers, texts or amounts, as every amount of an input is.
func TestM74_partsInWholeNumbers(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Fund(t, "bea", 20_000)
	order := facetest.Changed(facetest.Sale(), map[string]any{"process": "preauthorize", "gateway": "balance"})
	path := "/v1/transactions/" + w.Call(t, "POST", "/v1/transactions", order, facetest.Once("open")).Is(201).At("id")
	for _, step := range []string{"complete_preauthorization", "cancel"} {
		w.Call(t, "POST", path+"/transitions", map[string]any{"transition": step}, facetest.Once(step)).Is(200)
	}
	held, err := strconv.ParseInt(w.Call(t, "GET", path, nil).Is(200).At("funds.held"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	split := func(refund, release any) map[string]any {
		return map[string]any{"transition": "split", "input": map[string]any{"refund": refund, "release": release, "reason": "half each"}}
	}
	for name, parts := range map[string]map[string]any{
		"numbers": split(1000, held-1000), "texts": split("1000", strconv.FormatInt(held-1000, 10)),
		"amounts": split(facetest.Euros(1000), facetest.Euros(held-1000)), "both": split(1000, strconv.FormatInt(held-1000, 10)),
	} {
		if to := w.Call(t, "POST", path+"/dry-run", parts, facetest.Staff("ann")).Is(200).At("to"); to != "settling" {
			t.Errorf("%s: a split leads to %q", name, to)
		}
	}
	w.Call(t, "POST", path+"/dry-run", split(10.5, held), facetest.Staff("ann")).Refused(400, "invalid_type")
	w.Call(t, "POST", path+"/transitions", split(1000, held-1000), facetest.Once("split"), facetest.Staff("ann")).Is(200)
}
