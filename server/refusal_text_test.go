package server_test

import (
	"strings"
	"testing"
)

// A refusal tells its reader what would work instead.
func TestRefusals_sayWhatWouldWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		path string
		body object
		says string
	}{
		"a field that is unknown":         {"/v1/community/letterhead", object{"titel": "x"}, "use one of marketplace, sender, link, language, operators, reason"},
		"a field in a field":              {"/v1/transactions", with(sale(), "unit_price", object{"cents": 1}), "use one of amount, currency"},
		"a gateway that is not here":      {"/v1/transactions", with(with(sale(), "process", "preauthorize"), "gateway", "paypal"), "use one of balance, "},
		"a preview for it":                {"/v1/prices/preview", object{"gateway": "paypal", "unit_price": euros(5000)}, "use one of balance, "},
		"a deposit where none is taken":   {"/v1/transactions", with(sale(), "deposit", euros(1)), "leave it out"},
		"no deposit where one is needed":  {"/v1/transactions", with(sale(), "process", "escrow_f2f"), "name one that is above zero"},
		"a path that leads to nothing":    {"/v1/transaction", object{}, "/docs lists"},
		"a name in a query that is wrong": {"/v1/prices/preview?dry=true", object{}, "this route takes no query"},
	} {
		method := "POST"
		if strings.HasPrefix(c.path, "/v1/community") {
			method = "PUT"
		}
		if a := w.call(t, method, c.path, c.body, once(name)); !strings.Contains(a.body, c.says) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}
