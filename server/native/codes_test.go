package native_test

import (
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Codes of what staff and backends misspell, or ask of what is over.
func TestCodes(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	listing := w.Call(t, "POST", "/v1/listings", facetest.Bike()).Is(201).At("id")
	w.Call(t, "PUT", "/v1/listings/"+listing+"/stock", facetest.Object{"stock": -1}).Refused(400, "invalid_stock")
	w.Call(t, "GET", "/v1/operator/approvals?status=lost", nil).Refused(400, "unknown_status")
	end := func(object, code string, status int) {
		w.Call(t, "POST", "/v1/operator/holds/end", facetest.Object{"object": object, "reason": "looked"}, facetest.Staff("ann")).Refused(status, code)
	}
	end("bea", "invalid_object", 400)
	end("account:available", "invalid_object", 400)
	end("account:available:bea:EUR", "not_on_hold", 404)
}
