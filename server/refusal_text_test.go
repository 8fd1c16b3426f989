package server_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// A refusal tells its reader what would work instead.
func TestRefusals_sayWhatWouldWork(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for name, c := range map[string]struct {
		path string
		body facetest.Object
		says string
	}{
		"a field that is unknown":         {"/v1/community/letterhead", facetest.Object{"titel": "x"}, "use one of marketplace, sender, reply_to, link, language, operators, reason"},
		"a field in a field":              {"/v1/transactions", facetest.With(facetest.Sale(), "unit_price", facetest.Object{"cents": 1}), "use one of amount, currency"},
		"a gateway that is not here":      {"/v1/transactions", facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "paypal"), "use one of balance, "},
		"a preview for it":                {"/v1/prices/preview", facetest.Object{"gateway": "paypal", "unit_price": facetest.Euros(5000)}, "use one of balance, "},
		"a deposit where none is taken":   {"/v1/transactions", facetest.With(facetest.Sale(), "deposit", facetest.Euros(1)), "leave it out"},
		"no deposit where one is needed":  {"/v1/transactions", facetest.With(facetest.Sale(), "process", "escrow_f2f"), "name one that is above zero"},
		"a path that leads to nothing":    {"/v1/transaction", facetest.Object{}, "/docs/calls lists"},
		"a name in a query that is wrong": {"/v1/prices/preview?dry=true", facetest.Object{}, "this route takes no query"},
	} {
		method := "POST"
		if strings.HasPrefix(c.path, "/v1/community") {
			method = "PUT"
		}
		if a := w.Call(t, method, c.path, c.body, facetest.Once(name)); !strings.Contains(a.Body, c.says) {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}

// A caller sees all that is wrong with a body at once, and what a handler refuses afterwards by the same pointers.
func TestRefusals_allAtOnce(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Call(t, "POST", "/v1/transactions", `{"proces":"preauthorize","gateway":1,"listing":{"titel":"x"}}`, facetest.Once("1")).Refused(400, "unknown_field").Has(map[string]string{
		"field": "proces", "errors.0.pointer": "/proces", "errors.0.code": "unknown_field", "errors.1.pointer": "/gateway", "errors.1.code": "invalid_type",
		"errors.2.pointer": "/listing/titel", "errors.3.code": "missing_field",
	})
	w.Call(t, "POST", "/v1/transactions", facetest.With(facetest.Sale(), "listing.title", strings.Repeat("x", 300)), facetest.Once("2")).Refused(400, "too_long").Has(map[string]string{
		"field": "listing.title", "errors.0.pointer": "/listing/title", "errors.0.code": "too_long", "errors.1": "absent",
	})
	w.Call(t, "GET", "/v1/transactions?limit=0", nil).Refused(400, "invalid_limit").Has(map[string]string{"errors": "absent"})
}
