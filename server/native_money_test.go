package server_test

import (
	"testing"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server"
)

// Points 3 and 4: the key alone books, and a balance can be read.
func TestBalances(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/balances/zoe"
	has := func(available, frozen string) {
		t.Helper()
		w.call(t, "GET", path+"?currency=RUB", nil, as("zoe")).is(200).
			has(map[string]string{"user_id": "zoe", "currency": "RUB", "available": available, "frozen": frozen})
	}
	has("0", "0")
	rubles := func(amount any) object { return object{"amount": amount, "currency": "RUB"} }
	first := w.call(t, "POST", path+"/deposits", rubles(700), once("1")).is(201).
		has(map[string]string{"kind": "deposit", "user_id": "zoe", "amount": "700", "currency": "RUB"})
	again := w.call(t, "POST", path+"/deposits", rubles(700), once("1")).is(201)
	if again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay %s, want %s", again.body, first.body)
	}
	w.call(t, "POST", path+"/deposits", rubles(701), once("1")).refused(422, "idempotency_key_reused")
	w.call(t, "POST", path+"/deposits", with(rubles(300), "reason", "cash at the desk"), staff("ann"), once("4")).is(201)
	has("1000", "0")
	w.call(t, "POST", path+"/withdrawals", rubles(1001), once("2")).refused(402, "insufficient_balance").has(map[string]string{"money_moved": "no", "transaction_id": "absent"})
	w.call(t, "POST", path+"/withdrawals", rubles(400), once("3")).is(201).has(map[string]string{"kind": "withdrawal", "amount": "400"})
	has("600", "0")
	w.call(t, "GET", path+"?currency=RUB", nil, withKey(w.other)).is(200).has(map[string]string{"available": "0"})
	w.call(t, "GET", path+"?currency=EUR", nil).is(200).has(map[string]string{"available": "0"})

	deal := scenario{process: "preauthorize", gateway: "balance"}.body()
	with(with(deal, "transaction.starter_id", "zoe"), "transaction.listing_price", rubles(100))
	w.call(t, "POST", dealsPath+"create", deal).is(201)
	has("400", "200")
	w.call(t, "GET", "/v1/transactions/"+first.at("id")+"/timeline", nil).is(200).has(map[string]string{"items.0.to": "booked"})

	tests := []struct {
		name, method, path string
		body               any
		options            []option
		status             int
		code               string
	}{
		{"user books", "POST", path + "/deposits", rubles(1), []option{as("zoe")}, 403, "not_operator"},
		{"key without scope", "POST", path + "/deposits", rubles(1), []option{withKey(w.scopes(apikey.Read, apikey.Write))}, 403, "missing_scope"},
		{"nothing", "POST", path + "/deposits", rubles(0), nil, 400, "price_too_low"},
		{"negative", "POST", path + "/withdrawals", rubles(-1), nil, 400, "amount_out_of_range"},
		{"text", "POST", path + "/deposits", rubles("1"), nil, 400, "invalid_type"},
		{"no currency", "POST", path + "/deposits", object{"amount": 1}, nil, 400, "missing_field"},
		{"unknown currency", "POST", path + "/deposits", object{"amount": 1, "currency": "usdt"}, nil, 400, "invalid_currency"},
		{"control in reason", "POST", path + "/deposits", with(rubles(1), "reason", "\n"), nil, 400, "missing_field"},
		{"bad user", "POST", "/v1/balances/a%20b/deposits", rubles(1), nil, 400, "invalid_user_id"},
		{"somebody else's", "GET", path + "?currency=RUB", nil, []option{as("sam")}, 403, "not_yourself"},
		{"no currency asked", "GET", path, nil, nil, 400, "missing_field"},
		{"bad currency asked", "GET", path + "?currency=rub", nil, nil, 400, "invalid_currency"},
		{"as a deal", "POST", "/v1/transactions", with(with(sale(), "process", "deposit"), "gateway", "balance"), []option{once("x"), staff("ann")}, 400, "unknown_process"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.call(t, tt.method, tt.path, tt.body, append([]option{once(tt.name)}, tt.options...)...).refused(tt.status, tt.code)
		})
	}
	has("400", "200")
}

// The preview, the deal and the payout tell the same amounts.
func TestFeesPreviewAndDeal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const fees = "/v1/community/fees"
	w.call(t, "GET", fees, nil).is(200).has(map[string]string{"seller_basis_points": "0", "buyer_minimum": "0"})
	policy := func() object {
		return object{
			"seller_basis_points": 1000, "seller_minimums": object{"EUR": 50}, "buyer_basis_points": 250, "buyer_minimums": object{"EUR": 30},
			"commission_on_split": "pro_rata", "buyer_fee_on_refund": "kept",
		}
	}
	w.call(t, "PUT", fees, policy()).is(200).has(map[string]string{"seller_basis_points": "1000", "buyer_minimums.EUR": "30"})
	w.call(t, "GET", fees, nil, staff("ann")).is(200).has(map[string]string{"seller_minimums.EUR": "50", "seller_minimum": "0", "buyer_basis_points": "250", "buyer_fee_on_refund": "kept"})
	w.call(t, "GET", fees, nil, withKey(w.other)).is(200).has(map[string]string{"seller_basis_points": "0"})

	offer := func() object {
		return object{"gateway": "balance", "unit_price": euros(5000), "quantity": 2, "shipping": euros(700)}
	}
	w.call(t, "POST", "/v1/prices/preview", offer(), as("bea")).is(200).has(map[string]string{
		"fees_by": "marketplace", "lines.0.code": "unit_price", "lines.1.code": "shipping", "lines.2.code": "buyer_fee", "lines.2.amount.amount": "250",
		"lines.3.code": "seller_commission", "lines.3.amount.amount": "-1000", "lines.4": "absent",
		"price.amount": "10700", "buyer_fee.amount": "250", "seller_fee.amount": "1000", "total.amount": "10950", "payout.amount": "9700",
	})
	w.call(t, "POST", "/v1/prices/preview", with(offer(), "gateway", "trustap")).is(200).has(map[string]string{"fees_by": "trustap", "price.amount": "10700", "buyer_fee": "<nil>", "total": "<nil>", "payout": "<nil>"})
	w.call(t, "POST", "/v1/prices/preview", with(offer(), "gateway", "none")).is(200).has(map[string]string{"total.amount": "10700"})

	w.fund(t, "bea", 20_000)
	order := with(with(with(sale(), "process", "preauthorize"), "gateway", "balance"), "shipping", euros(700))
	a := w.call(t, "POST", "/v1/transactions", order, once("1")).is(201).has(map[string]string{
		"price.amount": "10700", "buyer_fee.amount": "250", "seller_fee.amount": "1000", "lines.3.for": "payee", "deposit": "<nil>", "booking": "<nil>",
	})
	balance := func(user, available, frozen string) {
		t.Helper()
		w.call(t, "GET", "/v1/balances/"+user+"?currency=EUR", nil).has(map[string]string{"available": available, "frozen": frozen})
	}
	balance("bea", "9050", "10950")
	w.take(t, a.at("id"), "complete_preauthorization", nil, "paid")
	w.take(t, a.at("id"), "complete", nil, "confirmed")
	balance("bea", "9050", "0")
	balance("sam", "9700", "0")
	// Point 26: on the customer's face the total is what the payer pays.
	w.call(t, "POST", dealsPath+"create", with(scenario{process: "preauthorize", gateway: "balance"}.body(), "transaction.listing_quantity", 1)).is(201).
		has(map[string]string{"transaction.payment_total.amount": "5125"})

	tests := []struct {
		name, method, path string
		body               any
		options            []option
		status             int
		code               string
	}{
		{"rate too high", "PUT", fees, with(policy(), "seller_basis_points", 10_001), nil, 400, "invalid_fee_policy"},
		{"negative minimum", "PUT", fees, with(policy(), "buyer_minimums.EUR", -1), nil, 400, "invalid_fee_policy"},
		{"M19: a minimum without a currency", "PUT", fees, with(policy(), "seller_minimum", 100), nil, 400, "minimum_needs_currency"},
		{"M19: a minimum of no currency", "PUT", fees, with(policy(), "seller_minimums", object{"euro": 1}), nil, 400, "invalid_currency"},
		{"unknown rule", "PUT", fees, with(policy(), "commission_on_split", "kept"), nil, 400, "invalid_fee_policy"},
		{"incomplete", "PUT", fees, object{"seller_basis_points": 1}, nil, 400, "missing_field"},
		{"fraction", "PUT", fees, `{"seller_basis_points":1.5}`, nil, 400, "invalid_type"},
		{"user sets", "PUT", fees, policy(), []option{as("sam")}, 403, "not_operator"},
		{"user reads", "GET", fees, nil, []option{as("sam")}, 403, "not_operator"},
		{"preview without price", "POST", "/v1/prices/preview", object{"gateway": "balance"}, nil, 400, "missing_field"},
		{"preview elsewhere", "POST", "/v1/prices/preview", with(offer(), "gateway", "bank"), nil, 400, "unknown_gateway"},
		{"preview not here", "POST", "/v1/prices/preview", with(offer(), "gateway", "paypal"), nil, 400, "gateway_not_configured"},
		{"mixed currencies", "POST", "/v1/prices/preview", with(offer(), "shipping.currency", "USD"), nil, 400, "currency_mismatch"},
		{"mixed currencies of a deal", "POST", "/v1/transactions", with(sale(), "deposit", object{"amount": 1, "currency": "USD"}), []option{once("y")}, 400, "currency_mismatch"},
		{"deposit elsewhere", "POST", "/v1/transactions", with(sale(), "deposit", euros(1)), []option{once("y")}, 400, "invalid_deposit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.call(t, tt.method, tt.path, tt.body, tt.options...).refused(tt.status, tt.code)
		})
	}
	w.call(t, "GET", fees, nil).has(map[string]string{"seller_basis_points": "1000", "buyer_minimums.EUR": "30"})
}

func TestServerWithoutFees(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) { c.Fees = nil })
	w.call(t, "GET", "/v1/community/fees", nil).refused(404, "route_not_found")
}

func TestDealWithDeposit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := with(with(with(sale(), "process", "escrow_f2f"), "unit_price", euros(0)), "deposit", euros(2000))
	w.call(t, "POST", "/v1/transactions", with(body, "quantity", 1), once("1")).is(201).
		has(map[string]string{"deposit.amount": "2000", "deposit.currency": "EUR", "price.amount": "0"})
}

// A deal that is on hold is on the operator's list until it is cleared.
func TestOperatorDesk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sell(t, "1")
	id := w.sell(t, "2")
	const list = "/v1/operator/transactions"
	w.call(t, "GET", list, nil, staff("ann")).is(200).has(map[string]string{"items": "[]", "next_cursor": "<nil>"})
	w.gateway.reprice("2", money.New(1, "EUR"))
	w.gateway.happen("2", process.FactPaid)
	if _, err := w.engine.SyncPayment(t.Context(), "trustap", "2"); err == nil {
		t.Fatal("another amount is no fault")
	}
	w.call(t, "GET", list, nil, staff("ann")).is(200).has(map[string]string{"items.0.id": id, "items.1": "absent"})
	if why := w.call(t, "GET", list, nil, staff("ann")).at("items.0.attention"); why == "" || why == "absent" {
		t.Error("the list does not say why")
	}
	path := list + "/" + id + "/clear"
	w.call(t, "GET", list, nil).refused(403, "not_operator")
	w.call(t, "GET", list, nil, as("bea")).refused(403, "not_operator")
	w.call(t, "GET", list+"?state=paid", nil, staff("ann")).refused(400, "unknown_parameter")
	w.call(t, "GET", list, nil, staff("ann"), withKey(w.other)).is(200).has(map[string]string{"items": "[]"})
	w.call(t, "POST", path, object{"reason": "seen"}).refused(403, "not_operator")
	w.call(t, "POST", path, object{}, staff("ann")).refused(400, "missing_field")
	w.call(t, "POST", path, object{"reason": "seen"}, staff("ann"), withKey(w.other)).refused(404, "transaction_not_found")
	w.call(t, "POST", list+"/x/clear", object{"reason": "seen"}, staff("ann")).refused(404, "transaction_not_found")
	w.call(t, "POST", path, object{"reason": "asked the gateway"}, staff("ann")).is(200).has(map[string]string{"id": id, "attention": "absent"})
	w.call(t, "POST", path, object{"reason": "again"}, staff("ann")).refused(409, "nothing_to_clear")
	w.call(t, "GET", list, nil, staff("ann")).has(map[string]string{"items": "[]"})
}
