package web_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// A browser is only ever sent to an address of the web.
func TestS11_callersURLs(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for name, address := range map[string]string{
		"script": "javascript:alert(1)", "script in capitals": "JavaScript:alert(1)", "data": "data:text/html,x", "file": "file:///etc/passwd", "no scheme": "//evil.example.com",
		"relative": "/paid", "no host": "https://", "password": "https://u:p@shop.example.com", "blank": "https://shop.example.com/a b", "backslash": `https://shop.example.com\@evil.example.com`,
		"long": "https://shop.example.com/" + strings.Repeat("x", 2000),
	} {
		for _, field := range []string{"success_url", "cancel_url", "merchant_brand_logo_url"} {
			a := w.Call(t, "POST", facetest.DealsPath+"create", facetest.With(facetest.Deal(), "gateway_fields."+field, address))
			if a.Status != 400 {
				t.Errorf("%s as %s: %d %s", name, field, a.Status, a.Body)
			}
		}
		body := facetest.With(facetest.Sale(), "input", facetest.Object{"return_url": address})
		if a := w.Call(t, "POST", "/v1/transactions", body, facetest.Once(name)); a.Status != 400 {
			t.Errorf("%s on /v1: %d %s", name, a.Status, a.Body)
		}
	}
}
