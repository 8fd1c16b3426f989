package server_test

import (
	"path/filepath"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/server"
)

// Who approves sees what: the limits and operators as they are to be, the parts of a
// step. What was changed meanwhile is not changed back unseen.
func TestS7_approvedAsSeen(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		limited(t, w)
		yes := object{"reason": "seen"}
		looser := w.call(t, "PUT", limitsPath, object{"limits": object{"EUR": 90000}, "reason": "more trust"}, staff("olga")).is(202).has(map[string]string{
			"details.limits": "EUR=90000",
		})
		more := w.call(t, "PUT", operators, object{"operators": []string{"olga", "ann", "bob", "eve"}, "reason": "eve is new"}, staff("olga")).is(202).has(map[string]string{
			"details.operators": "olga, ann, bob, eve",
		})
		w.call(t, "GET", approvals+"/"+more.at("id"), nil).is(200).has(map[string]string{"details.operators": "olga, ann, bob, eve"})
		w.call(t, "GET", "/v1/operator/audit?act=approval.ask&limit=1", nil).is(200).has(map[string]string{"items.0.data.asked_operators": "olga, ann, bob, eve"})

		// Ann tightens both before anybody approves.
		w.call(t, "PUT", limitsPath, object{"limits": object{"EUR": 500, "RUB": 500}, "reason": "less trust"}, staff("ann")).is(200)
		w.call(t, "PUT", operators, object{"operators": []string{"olga", "ann"}, "reason": "bob left"}, staff("ann")).is(200)
		for _, asked := range []string{looser.at("id"), more.at("id")} {
			w.call(t, "POST", approvals+"/"+asked+"/approve", yes, staff("ann")).refused(409, "approval_outdated").has(map[string]string{"approval_status": "refused"})
			w.call(t, "GET", approvals+"/"+asked, nil).is(200).has(map[string]string{"status": "refused", "outcome": "approval_outdated", "details": "map[]"})
		}
		w.call(t, "GET", limitsPath, nil).is(200).has(map[string]string{"limits.EUR": "500", "limits.RUB": "500"})
		w.call(t, "GET", operators, nil).is(200).has(map[string]string{"operators.0": "ann", "operators.1": "olga", "operators.2": "absent"})
	})
}

// An asset of the exchange has a limit like a currency.
func TestS7_limitOfAnAsset(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string { return filepath.Join(t.TempDir(), "test.db") }, "postgres": func(t *testing.T) string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOn(t, url(t), func(c *server.Config) {
				_, c.Assets, _ = money.ParseAssets("USDT:6")
			})
			limited(t, w)
			w.call(t, "PUT", limitsPath, object{"limits": object{"EUR": 10000, "RUB": 10000, "USDT": 50_000_000}, "reason": "policy"}, staff("olga")).is(200).has(map[string]string{"limits.USDT": "50000000"})
			for _, unknown := range []string{"BTC", "usdt", ""} {
				w.call(t, "PUT", limitsPath, object{"limits": object{"EUR": 10000, "RUB": 10000, "USDT": 1, unknown: 1}, "reason": "policy"}, staff("olga")).refused(400, "invalid_approval_limits")
			}
			deposit := func(minor int) object { return object{"amount": minor, "currency": "USDT", "reason": "paid in"} }
			w.call(t, "POST", purse+"/deposits", deposit(50_000_000), staff("olga"), once("at")).is(201)
			w.call(t, "POST", purse+"/deposits", deposit(50_000_001), staff("olga"), once("above")).is(202).has(map[string]string{"currency": "USDT"})
		})
	}
}
