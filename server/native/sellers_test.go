package native_test

import (
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// A wrong address is named by the member that was sent, also where the other one is by
// default the same.
func TestSellers_wrongAddress(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for range 20 { // by chance, half of them named the other one
		w.Call(t, "POST", "/v1/sellers/sam/onboarding", map[string]any{"gateway": "stripe", "return_url": "javascript:x"}).
			Refused(400, "invalid_url").Has(map[string]string{"field": "return_url"})
	}
	w.Call(t, "POST", "/v1/sellers/sam/onboarding", map[string]any{"gateway": "stripe", "return_url": "https://shop.example.com", "refresh_url": "x"}).
		Refused(400, "invalid_url").Has(map[string]string{"field": "refresh_url"})
}

// Who asks too often of sellers is answered when to ask again.
func TestSellers_tooOften(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for range 100 {
		a := w.Call(t, "GET", "/v1/sellers/sam", nil)
		if a.Status == 200 {
			continue
		}
		if a.Refused(429, "too_many_looks").Header.Get("Retry-After") != "1" {
			t.Errorf("no Retry-After: %v", a.Header)
		}
		return
	}
	t.Error("nobody asks too often")
}
