package native_test

import (
	"testing"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Points 3 and 4: the key alone books, and a balance can be read.
func TestBalances(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	path := "/v1/balances/zoe"
	has := func(available, frozen string) {
		t.Helper()
		w.Call(t, "GET", path+"?currency=RUB", nil, facetest.As("zoe")).Is(200).
			Has(map[string]string{"user_id": "zoe", "currency": "RUB", "available": available, "frozen": frozen})
	}
	has("0", "0")
	rubles := func(amount any) facetest.Object { return facetest.Object{"amount": amount, "currency": "RUB"} }
	first := w.Call(t, "POST", path+"/deposits", rubles(700), facetest.Once("1")).Is(201).
		Has(map[string]string{"kind": "deposit", "user_id": "zoe", "amount": "700", "currency": "RUB"})
	again := w.Call(t, "POST", path+"/deposits", rubles(700), facetest.Once("1")).Is(201)
	if again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay %s, want %s", again.Body, first.Body)
	}
	w.Call(t, "POST", path+"/deposits", rubles(701), facetest.Once("1")).Refused(422, "idempotency_key_reused")
	w.Call(t, "POST", path+"/deposits", facetest.With(rubles(300), "reason", "cash at the desk"), facetest.Staff("ann"), facetest.Once("4")).Is(201)
	has("1000", "0")
	w.Call(t, "POST", path+"/withdrawals", rubles(1001), facetest.Once("2")).Refused(402, "insufficient_balance").Has(map[string]string{"money_moved": "no", "transaction_id": "absent"})
	w.Call(t, "POST", path+"/withdrawals", rubles(400), facetest.Once("3")).Is(201).Has(map[string]string{"kind": "withdrawal", "amount": "400"})
	has("600", "0")
	w.Call(t, "GET", path+"?currency=RUB", nil, facetest.WithKey(w.Other)).Is(200).Has(map[string]string{"available": "0"})
	w.Call(t, "GET", path+"?currency=EUR", nil).Is(200).Has(map[string]string{"available": "0"})

	deal := facetest.Scenario{Process: "preauthorize", Gateway: "balance"}.Body()
	facetest.With(facetest.With(deal, "transaction.starter_id", "zoe"), "transaction.listing_price", rubles(100))
	w.Call(t, "POST", facetest.DealsPath+"create", deal).Is(201)
	has("400", "200")
	w.Call(t, "GET", "/v1/transactions/"+first.At("id")+"/timeline", nil).Is(200).Has(map[string]string{"items.0.to": "booked"})

	tests := []struct {
		name, method, path string
		body               any
		options            []facetest.Option
		status             int
		code               string
	}{
		{"user books", "POST", path + "/deposits", rubles(1), []facetest.Option{facetest.As("zoe")}, 403, "not_operator"},
		{"key without scope", "POST", path + "/deposits", rubles(1), []facetest.Option{facetest.WithKey(w.Scopes(apikey.Read, apikey.Write))}, 403, "missing_scope"},
		{"nothing", "POST", path + "/deposits", rubles(0), nil, 400, "price_too_low"},
		{"negative", "POST", path + "/withdrawals", rubles(-1), nil, 400, "amount_out_of_range"},
		{"text", "POST", path + "/deposits", rubles("1"), nil, 400, "invalid_type"},
		{"no currency", "POST", path + "/deposits", facetest.Object{"amount": 1}, nil, 400, "missing_field"},
		{"unknown currency", "POST", path + "/deposits", facetest.Object{"amount": 1, "currency": "usdt"}, nil, 400, "invalid_currency"},
		{"control in reason", "POST", path + "/deposits", facetest.With(rubles(1), "reason", "\n"), nil, 400, "missing_field"},
		{"bad user", "POST", "/v1/balances/a%20b/deposits", rubles(1), nil, 400, "invalid_user_id"},
		{"somebody else's", "GET", path + "?currency=RUB", nil, []facetest.Option{facetest.As("sam")}, 403, "not_yourself"},
		{"no currency asked", "GET", path, nil, nil, 400, "missing_field"},
		{"bad currency asked", "GET", path + "?currency=rub", nil, nil, 400, "invalid_currency"},
		{"as a deal", "POST", "/v1/transactions", facetest.With(facetest.With(facetest.Sale(), "process", "deposit"), "gateway", "balance"), []facetest.Option{facetest.Once("x"), facetest.Staff("ann")}, 400, "unknown_process"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.Call(t, tt.method, tt.path, tt.body, append([]facetest.Option{facetest.Once(tt.name)}, tt.options...)...).Refused(tt.status, tt.code)
		})
	}
	has("400", "200")
}

// The preview, the deal and the payout tell the same amounts.
func TestFeesPreviewAndDeal(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	const fees = "/v1/community/fees"
	w.Call(t, "GET", fees, nil).Is(200).Has(map[string]string{"seller_basis_points": "0", "buyer_minimum": "0"})
	policy := func() facetest.Object {
		return facetest.Object{
			"seller_basis_points": 1000, "seller_minimums": facetest.Object{"EUR": 50}, "buyer_basis_points": 250, "buyer_minimums": facetest.Object{"EUR": 30},
			"commission_on_split": "pro_rata", "buyer_fee_on_refund": "kept",
		}
	}
	w.Call(t, "PUT", fees, policy()).Is(200).Has(map[string]string{"seller_basis_points": "1000", "buyer_minimums.EUR": "30"})
	w.Call(t, "GET", fees, nil, facetest.Staff("ann")).Is(200).Has(map[string]string{"seller_minimums.EUR": "50", "seller_minimum": "0", "buyer_basis_points": "250", "buyer_fee_on_refund": "kept"})
	w.Call(t, "GET", fees, nil, facetest.WithKey(w.Other)).Is(200).Has(map[string]string{"seller_basis_points": "0"})

	offer := func() facetest.Object {
		return facetest.Object{"gateway": "balance", "unit_price": facetest.Euros(5000), "quantity": 2, "shipping": facetest.Euros(700)}
	}
	w.Call(t, "POST", "/v1/prices/preview", offer(), facetest.As("bea")).Is(200).Has(map[string]string{
		"fees_by": "marketplace", "lines.0.code": "unit_price", "lines.1.code": "shipping", "lines.2.code": "buyer_fee", "lines.2.amount.amount": "250",
		"lines.3.code": "seller_commission", "lines.3.amount.amount": "-1000", "lines.4": "absent",
		"price.amount": "10700", "buyer_fee.amount": "250", "seller_fee.amount": "1000", "total.amount": "10950", "payout.amount": "9700",
	})
	w.Call(t, "POST", "/v1/prices/preview", facetest.With(offer(), "gateway", "trustap")).Is(200).Has(map[string]string{"fees_by": "trustap", "price.amount": "10700", "buyer_fee": "<nil>", "total": "<nil>", "payout": "<nil>"})
	w.Call(t, "POST", "/v1/prices/preview", facetest.With(offer(), "gateway", "none")).Is(200).Has(map[string]string{"total.amount": "10700"})

	w.Fund(t, "bea", 20_000)
	order := facetest.With(facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance"), "shipping", facetest.Euros(700))
	a := w.Call(t, "POST", "/v1/transactions", order, facetest.Once("1")).Is(201).Has(map[string]string{
		"price.amount": "10700", "buyer_fee.amount": "250", "seller_fee.amount": "1000", "lines.3.for": "payee", "deposit": "<nil>", "booking": "<nil>",
	})
	balance := func(user, available, frozen string) {
		t.Helper()
		w.Call(t, "GET", "/v1/balances/"+user+"?currency=EUR", nil).Has(map[string]string{"available": available, "frozen": frozen})
	}
	balance("bea", "9050", "10950")
	w.Take(t, a.At("id"), "complete_preauthorization", nil, "paid")
	w.Take(t, a.At("id"), "complete", nil, "confirmed")
	balance("bea", "9050", "0")
	balance("sam", "9700", "0")
	// Point 26: on the customer's face the total is what the payer pays.
	w.Call(t, "POST", facetest.DealsPath+"create", facetest.With(facetest.Scenario{Process: "preauthorize", Gateway: "balance"}.Body(), "transaction.listing_quantity", 1)).Is(201).
		Has(map[string]string{"transaction.payment_total.amount": "5125"})

	tests := []struct {
		name, method, path string
		body               any
		options            []facetest.Option
		status             int
		code               string
	}{
		{"rate too high", "PUT", fees, facetest.With(policy(), "seller_basis_points", 10_001), nil, 400, "invalid_fee_policy"},
		{"negative minimum", "PUT", fees, facetest.With(policy(), "buyer_minimums.EUR", -1), nil, 400, "invalid_fee_policy"},
		{"M19: a minimum without a currency", "PUT", fees, facetest.With(policy(), "seller_minimum", 100), nil, 400, "minimum_needs_currency"},
		{"M19: a minimum of no currency", "PUT", fees, facetest.With(policy(), "seller_minimums", facetest.Object{"euro": 1}), nil, 400, "invalid_currency"},
		{"unknown rule", "PUT", fees, facetest.With(policy(), "commission_on_split", "kept"), nil, 400, "invalid_fee_policy"},
		{"incomplete", "PUT", fees, facetest.Object{"seller_basis_points": 1}, nil, 400, "missing_field"},
		{"fraction", "PUT", fees, `{"seller_basis_points":1.5}`, nil, 400, "invalid_type"},
		{"user sets", "PUT", fees, policy(), []facetest.Option{facetest.As("sam")}, 403, "not_operator"},
		{"user reads", "GET", fees, nil, []facetest.Option{facetest.As("sam")}, 403, "not_operator"},
		{"preview without price", "POST", "/v1/prices/preview", facetest.Object{"gateway": "balance"}, nil, 400, "missing_field"},
		{"preview elsewhere", "POST", "/v1/prices/preview", facetest.With(offer(), "gateway", "bank"), nil, 400, "unknown_gateway"},
		{"preview not here", "POST", "/v1/prices/preview", facetest.With(offer(), "gateway", "paypal"), nil, 400, "gateway_not_configured"},
		{"mixed currencies", "POST", "/v1/prices/preview", facetest.With(offer(), "shipping.currency", "USD"), nil, 400, "currency_mismatch"},
		{"mixed currencies of a deal", "POST", "/v1/transactions", facetest.With(facetest.Sale(), "deposit", facetest.Object{"amount": 1, "currency": "USD"}), []facetest.Option{facetest.Once("y")}, 400, "currency_mismatch"},
		{"deposit elsewhere", "POST", "/v1/transactions", facetest.With(facetest.Sale(), "deposit", facetest.Euros(1)), []facetest.Option{facetest.Once("y")}, 400, "invalid_deposit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.Call(t, tt.method, tt.path, tt.body, tt.options...).Refused(tt.status, tt.code)
		})
	}
	w.Call(t, "GET", fees, nil).Has(map[string]string{"seller_basis_points": "1000", "buyer_minimums.EUR": "30"})
}

func TestServerWithoutFees(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Terms = nil })
	w.Call(t, "GET", "/v1/community/fees", nil).Refused(404, "route_not_found")
}

func TestDealWithDeposit(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	body := facetest.With(facetest.With(facetest.With(facetest.Sale(), "process", "escrow_f2f"), "unit_price", facetest.Euros(0)), "deposit", facetest.Euros(2000))
	w.Call(t, "POST", "/v1/transactions", facetest.With(body, "quantity", 1), facetest.Once("1")).Is(201).
		Has(map[string]string{"deposit.amount": "2000", "deposit.currency": "EUR", "price.amount": "0"})
}

// A deal that is on hold is on the operator's list until it is cleared.
func TestOperatorDesk(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Sell(t, "1")
	id := w.Sell(t, "2")
	const list = "/v1/operator/transactions"
	w.Call(t, "GET", list, nil, facetest.Staff("ann")).Is(200).Has(map[string]string{"items": "[]", "next_cursor": "<nil>"})
	w.Gateway.Reprice("2", money.New(1, "EUR"))
	w.Gateway.Happen("2", process.FactPaid)
	if _, err := w.Engine.SyncPayment(t.Context(), "trustap", "2"); err == nil {
		t.Fatal("another amount is no fault")
	}
	w.Call(t, "GET", list, nil, facetest.Staff("ann")).Is(200).Has(map[string]string{"items.0.id": id, "items.1": "absent"})
	if why := w.Call(t, "GET", list, nil, facetest.Staff("ann")).At("items.0.attention"); why == "" || why == "absent" {
		t.Error("the list does not say why")
	}
	path := list + "/" + id + "/clear"
	w.Call(t, "GET", list, nil).Refused(403, "not_operator")
	w.Call(t, "GET", list, nil, facetest.As("bea")).Refused(403, "not_operator")
	w.Call(t, "GET", list+"?state=paid", nil, facetest.Staff("ann")).Refused(400, "unknown_parameter")
	w.Call(t, "GET", list, nil, facetest.Staff("ann"), facetest.WithKey(w.Other)).Is(200).Has(map[string]string{"items": "[]"})
	w.Call(t, "POST", path, facetest.Object{"reason": "seen"}).Refused(403, "not_operator")
	w.Call(t, "POST", path, facetest.Object{}, facetest.Staff("ann")).Refused(400, "missing_field")
	w.Call(t, "POST", path, facetest.Object{"reason": "seen"}, facetest.Staff("ann"), facetest.WithKey(w.Other)).Refused(404, "transaction_not_found")
	w.Call(t, "POST", list+"/x/clear", facetest.Object{"reason": "seen"}, facetest.Staff("ann")).Refused(404, "transaction_not_found")
	w.Call(t, "POST", path, facetest.Object{"reason": "asked the gateway"}, facetest.Staff("ann")).Is(200).Has(map[string]string{"id": id, "attention": "absent"})
	w.Call(t, "POST", path, facetest.Object{"reason": "again"}, facetest.Staff("ann")).Refused(409, "nothing_to_clear")
	w.Call(t, "GET", list, nil, facetest.Staff("ann")).Has(map[string]string{"items": "[]"})
}
