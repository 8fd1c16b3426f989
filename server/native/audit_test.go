package native_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
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
	w := facetest.NewTestbed(t)
	const list = "/v1/operator/audit"
	rubles := func(amount int) facetest.Object { return facetest.Object{"amount": amount, "currency": "RUB"} }
	policy := func() facetest.Object {
		return facetest.Object{"seller_basis_points": 1000, "buyer_basis_points": 250}
	}
	w.Call(t, "POST", "/v1/balances/bea/deposits", rubles(300), facetest.Once("k1")).Is(201)
	w.Call(t, "POST", "/v1/balances/bea/deposits", rubles(300), facetest.Staff("ann"), facetest.Once("k2")).Refused(400, "reason_missing")
	w.Call(t, "POST", "/v1/balances/bea/withdrawals", facetest.With(rubles(100), "reason", "cash at the desk"), facetest.Staff("ann"), facetest.Once("k3")).Is(201)
	w.Call(t, "PUT", "/v1/community/fees", policy(), facetest.Staff("ann")).Refused(400, "reason_missing")
	w.Call(t, "PUT", "/v1/community/fees", facetest.With(policy(), "reason", "new year"), facetest.Staff("ann")).Is(200)
	w.Call(t, "GET", list, nil).Is(200).Has(map[string]string{
		"items.0.act": "fees.set", "items.0.actor": "operator:ann", "items.0.reason": "new year", "items.0.object": "community:501",
		"items.1.act": "withdrawal", "items.1.actor": "operator:ann", "items.1.reason": "cash at the desk", "items.1.data.amount": "1.00 RUB", "items.1.data.user": "bea",
		"items.2.act": "deposit", "items.3.act": "key.add", "items.4.act": "community.set",
	})
	w.Call(t, "GET", list+"?object=community:501&limit=1", nil).Is(200).Has(map[string]string{"items.0.act": "fees.set", "items.1": "absent"})
	w.Call(t, "GET", list, nil, facetest.WithKey(w.Other)).Is(200).Has(map[string]string{"items.0.act": "key.add", "items.2": "absent"})
	w.Call(t, "GET", list, nil, facetest.As("bea")).Refused(403, "not_operator")
	w.Call(t, "POST", "/v1/balances/bea/deposits", rubles(1), facetest.Staff("key:0123456789abcdef"), facetest.Once("k4")).Refused(400, "invalid_actor")
}

// What an edited balance says is not paid out.
func TestM10_editedBalanceIsNotPaid(t *testing.T) {
	t.Parallel()
	url := filepath.Join(t.TempDir(), "test.db")
	w := facetest.NewTestbedOn(t, url, func(*server.Config) {})
	rubles := func(amount int) facetest.Object { return facetest.Object{"amount": amount, "currency": "RUB"} }
	w.Call(t, "POST", "/v1/balances/bea/deposits", rubles(1000), facetest.Once("in")).Is(201)
	for _, edit := range []string{"balance = 5000000", "balance = 5000000, posted = 5000000"} {
		edited(t, url, `update accounts set `+edit)
		w.Call(t, "POST", "/v1/balances/bea/withdrawals", rubles(5000000), facetest.Once(edit)).Refused(409, "account_on_hold").Has(map[string]string{"money_moved": "no"})
		w.Call(t, "GET", "/v1/operator/holds", nil).Is(200).Has(map[string]string{"items.0.object": "account:available:bea:RUB", "items.1": "absent"})
		end := facetest.Object{"object": "account:available:bea:RUB", "reason": "the edit was undone"}
		w.Call(t, "POST", "/v1/operator/holds/end", end).Refused(403, "not_operator")
		w.Call(t, "POST", "/v1/operator/holds/end", end, facetest.Staff("ann")).Is(204)
		w.Call(t, "GET", "/v1/operator/audit?limit=1", nil).Is(200).Has(map[string]string{"items.0.act": "hold.end", "items.0.data.balance_before": "5000000", "items.0.data.balance": "1000"})
		w.Call(t, "GET", "/v1/balances/bea?currency=RUB", nil).Is(200).Has(map[string]string{"available": "1000"})
	}
}
