package native_test

import (
	"path/filepath"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Who approves sees what: the limits and operators as they are to be, the parts of a
// step. What was changed meanwhile is not changed back unseen.
func TestS7_approvedAsSeen(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *facetest.Testbed) {
		facetest.Limited(t, w)
		yes := facetest.Object{"reason": "seen"}
		looser := w.Call(t, "PUT", facetest.LimitsPath, facetest.Object{"limits": facetest.Object{"EUR": 90000}, "reason": "more trust"}, facetest.Staff("olga")).Is(202).Has(map[string]string{
			"details.limits": "EUR=90000",
		})
		more := w.Call(t, "PUT", facetest.Operators, facetest.Object{"operators": []string{"olga", "ann", "bob", "eve"}, "reason": "eve is new"}, facetest.Staff("olga")).Is(202).Has(map[string]string{
			"details.operators": "olga, ann, bob, eve",
		})
		w.Call(t, "GET", facetest.Approvals+"/"+more.At("id"), nil).Is(200).Has(map[string]string{"details.operators": "olga, ann, bob, eve"})
		w.Call(t, "GET", "/v1/operator/audit?act=approval.ask&limit=1", nil).Is(200).Has(map[string]string{"items.0.data.asked_operators": "olga, ann, bob, eve"})

		// Ann tightens both before anybody approves.
		w.Call(t, "PUT", facetest.LimitsPath, facetest.Object{"limits": facetest.Object{"EUR": 500, "RUB": 500}, "reason": "less trust"}, facetest.Staff("ann")).Is(200)
		w.Call(t, "PUT", facetest.Operators, facetest.Object{"operators": []string{"olga", "ann"}, "reason": "bob left"}, facetest.Staff("ann")).Is(200)
		for _, asked := range []string{looser.At("id"), more.At("id")} {
			w.Call(t, "POST", facetest.Approvals+"/"+asked+"/approve", yes, facetest.Staff("ann")).Refused(409, "approval_outdated").Has(map[string]string{"approval_status": "refused"})
			w.Call(t, "GET", facetest.Approvals+"/"+asked, nil).Is(200).Has(map[string]string{"status": "refused", "outcome": "approval_outdated", "details": "map[]"})
		}
		w.Call(t, "GET", facetest.LimitsPath, nil).Is(200).Has(map[string]string{"limits.EUR": "500", "limits.RUB": "500"})
		w.Call(t, "GET", facetest.Operators, nil).Is(200).Has(map[string]string{"operators.0": "ann", "operators.1": "olga", "operators.2": "absent"})
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
			w := facetest.NewTestbedOn(t, url(t), func(c *server.Config) {
				_, c.Assets, _ = money.ParseAssets("USDT:6")
			})
			facetest.Limited(t, w)
			w.Call(t, "PUT", facetest.LimitsPath, facetest.Object{"limits": facetest.Object{"EUR": 10000, "RUB": 10000, "USDT": 50_000_000}, "reason": "policy"}, facetest.Staff("olga")).Is(200).Has(map[string]string{"limits.USDT": "50000000"})
			for _, unknown := range []string{"BTC", "usdt", ""} {
				w.Call(t, "PUT", facetest.LimitsPath, facetest.Object{"limits": facetest.Object{"EUR": 10000, "RUB": 10000, "USDT": 1, unknown: 1}, "reason": "policy"}, facetest.Staff("olga")).Refused(400, "invalid_approval_limits")
			}
			deposit := func(minor int) facetest.Object {
				return facetest.Object{"amount": minor, "currency": "USDT", "reason": "paid in"}
			}
			w.Call(t, "POST", facetest.Purse+"/deposits", deposit(50_000_000), facetest.Staff("olga"), facetest.Once("at")).Is(201)
			w.Call(t, "POST", facetest.Purse+"/deposits", deposit(50_000_001), facetest.Staff("olga"), facetest.Once("above")).Is(202).Has(map[string]string{"currency": "USDT"})
		})
	}
}
