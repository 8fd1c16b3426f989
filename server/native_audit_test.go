package server_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/handsel-dev/handsel/server"
)

// edited changes rows behind the server's back.
func edited(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// Every privileged act leaves a line in the audit log, with who and why.
func TestS7_privilegedActsLeaveALine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const list = "/v1/operator/audit"
	rubles := func(amount int) object { return object{"amount": amount, "currency": "RUB"} }
	policy := func() object {
		return object{"seller_basis_points": 1000, "buyer_basis_points": 250}
	}
	w.call(t, "POST", "/v1/balances/bea/deposits", rubles(300), once("k1")).is(201)
	w.call(t, "POST", "/v1/balances/bea/deposits", rubles(300), staff("ann"), once("k2")).refused(400, "reason_missing")
	w.call(t, "POST", "/v1/balances/bea/withdrawals", with(rubles(100), "reason", "cash at the desk"), staff("ann"), once("k3")).is(201)
	w.call(t, "PUT", "/v1/community/fees", policy(), staff("ann")).refused(400, "reason_missing")
	w.call(t, "PUT", "/v1/community/fees", with(policy(), "reason", "new year"), staff("ann")).is(200)
	w.call(t, "GET", list, nil).is(200).has(map[string]string{
		"items.0.act": "fees.set", "items.0.actor": "operator:ann", "items.0.reason": "new year", "items.0.object": "community:501",
		"items.1.act": "withdrawal", "items.1.actor": "operator:ann", "items.1.reason": "cash at the desk", "items.1.data.amount": "1.00 RUB", "items.1.data.user": "bea",
		"items.2.act": "deposit", "items.3.act": "key.add", "items.4.act": "community.set",
	})
	w.call(t, "GET", list+"?object=community:501&limit=1", nil).is(200).has(map[string]string{"items.0.act": "fees.set", "items.1": "absent"})
	w.call(t, "GET", list, nil, withKey(w.other)).is(200).has(map[string]string{"items.0.act": "key.add", "items.2": "absent"})
	w.call(t, "GET", list, nil, as("bea")).refused(403, "not_operator")
	w.call(t, "POST", "/v1/balances/bea/deposits", rubles(1), staff("key:0123456789abcdef"), once("k4")).refused(400, "invalid_actor")
}

// What an edited balance says is not paid out.
func TestM10_editedBalanceIsNotPaid(t *testing.T) {
	t.Parallel()
	url := filepath.Join(t.TempDir(), "test.db")
	w := newWorldOn(t, url, func(*server.Config) {})
	rubles := func(amount int) object { return object{"amount": amount, "currency": "RUB"} }
	w.call(t, "POST", "/v1/balances/bea/deposits", rubles(1000), once("in")).is(201)
	for _, edit := range []string{"balance = 5000000", "balance = 5000000, posted = 5000000"} {
		edited(t, url, `update accounts set `+edit)
		w.call(t, "POST", "/v1/balances/bea/withdrawals", rubles(5000000), once(edit)).refused(409, "account_on_hold").has(map[string]string{"money_moved": "no"})
		w.call(t, "GET", "/v1/operator/holds", nil).is(200).has(map[string]string{"items.0.object": "account:available:bea:RUB", "items.1": "absent"})
		end := object{"object": "account:available:bea:RUB", "reason": "the edit was undone"}
		w.call(t, "POST", "/v1/operator/holds/end", end).refused(403, "not_operator")
		w.call(t, "POST", "/v1/operator/holds/end", end, staff("ann")).is(204)
		w.call(t, "GET", "/v1/operator/audit?limit=1", nil).is(200).has(map[string]string{"items.0.act": "hold.end", "items.0.data.balance_before": "5000000", "items.0.data.balance": "1000"})
		w.call(t, "GET", "/v1/balances/bea?currency=RUB", nil).is(200).has(map[string]string{"available": "1000"})
	}
}
