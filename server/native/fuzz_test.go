package native_test

import (
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

func FuzzDryRun(f *testing.F) {
	facetest.FuzzBody(f, "POST", "/v1/transactions/txn_aaaaaaaaaaaaaaaaaaaaaaaaaa/dry-run", map[string]any{"transition": "pay", "input": map[string]string{"a": "b"}}, "{}", "null")
}

func FuzzSaveUser(f *testing.F) {
	facetest.FuzzBody(f, "PUT", "/v1/users/bea", facetest.Profile(), facetest.With(facetest.Profile(), "terms_ip", "::1"), facetest.With(facetest.Profile(), "email", "@"))
}

func FuzzNativeCreate(f *testing.F) {
	booked := facetest.With(facetest.Sale(), "booking", facetest.Object{"start_on": "2030-10-28", "end_on": "2030-10-29"})
	facetest.FuzzBody(f, "POST", "/v1/transactions", facetest.Sale(), booked, facetest.With(facetest.Sale(), "shipping", facetest.Euros(1)), facetest.With(facetest.Sale(), "deposit", facetest.Euros(1)))
}

func FuzzDeposit(f *testing.F) {
	facetest.FuzzBody(f, "POST", "/v1/balances/zoe/deposits", facetest.Object{"amount": 1, "currency": "RUB", "reason": "cash"}, `{"amount":1e3}`)
}

func FuzzFees(f *testing.F) {
	facetest.FuzzBody(f, "PUT", "/v1/community/fees", facetest.Object{"seller_basis_points": 1, "seller_minimums": facetest.Object{"EUR": 2}, "buyer_basis_points": 3, "buyer_minimum": 0, "commission_on_split": "whole"})
}

func FuzzPricePreview(f *testing.F) {
	facetest.FuzzBody(f, "POST", "/v1/prices/preview", facetest.Object{"gateway": "balance", "unit_price": facetest.Euros(5), "quantity": 2, "shipping": facetest.Euros(1)})
}
