package server_test

import (
	"testing"
)

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
