package native_test

import (
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// A community's own days until automatic confirmation hold for deals that are opened later. A
// call that says its days goes before them, and a process without confirmation has none.
func TestConfirmation(t *testing.T) {
	t.Parallel()
	const path = "/v1/community/confirmation"
	w := facetest.NewTestbed(t)
	days := func(n any) facetest.Object { return facetest.Object{"automatic_confirmation_after_days": n} }
	opened := func(body facetest.Object, want string, key string) facetest.Answer {
		t.Helper()
		return w.Call(t, "POST", "/v1/transactions", body, facetest.Once(key)).Is(201).Has(map[string]string{"confirm_after_days": want})
	}
	paid := func() facetest.Object {
		return facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance")
	}
	w.Fund(t, "bea", 40_000)

	w.Call(t, "GET", path, nil).Is(200).Has(map[string]string{"automatic_confirmation_after_days": "<nil>"})
	before := opened(paid(), "14", "1").At("id")
	for _, wrong := range []any{0, -1, 366} {
		w.Call(t, "PUT", path, days(wrong)).Refused(400, "invalid_confirm_after_days")
	}
	w.Call(t, "PUT", path, days(7), facetest.Staff("ann")).Refused(400, "reason_missing")
	w.Call(t, "PUT", path, facetest.With(days(7), "reason", "sooner"), facetest.Staff("ann")).Is(200).Has(map[string]string{"automatic_confirmation_after_days": "7"})

	w.Call(t, "GET", path, nil).Is(200).Has(map[string]string{"automatic_confirmation_after_days": "7"})
	w.Call(t, "GET", path, nil, facetest.WithKey(w.Other)).Is(200).Has(map[string]string{"automatic_confirmation_after_days": "<nil>"})
	opened(paid(), "7", "2")
	opened(facetest.With(paid(), "confirm_after_days", 3), "3", "3")
	opened(facetest.With(facetest.With(facetest.Sale(), "process", "none"), "gateway", "none"), "0", "4")
	w.Call(t, "GET", "/v1/transactions/"+before, nil).Is(200).Has(map[string]string{"confirm_after_days": "14"})
	w.Call(t, "GET", "/v1/operator/audit?act=confirmation.set", nil).Is(200).Has(map[string]string{"items.0.data.after": "7"})

	w.Call(t, "PUT", path, days(nil)).Is(200).Has(map[string]string{"automatic_confirmation_after_days": "<nil>"})
	opened(paid(), "14", "5")
}
