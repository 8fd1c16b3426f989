package native_test

import (
	"path/filepath"
	"testing"

	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// What needs a person is one list: assigned, not ended by a word while its cause
// stands, and gone with its cause. Other communities do not see it.
func TestM34_list(t *testing.T) {
	t.Parallel()
	url := filepath.Join(t.TempDir(), "test.db")
	w := facetest.NewTestbedOn(t, url, func(*server.Config) {})
	w.Call(t, "POST", "/v1/balances/bea/deposits", facetest.Object{"amount": 1000, "currency": "RUB"}, facetest.Once("in")).Is(201)
	const list = "/v1/operator/tasks"
	w.Call(t, "GET", list, nil).Is(200).Has(map[string]string{"items.0": "absent", "next_cursor": "<nil>"})
	edited(t, url, `update accounts set balance = 5000000, posted = 5000000`)
	w.Call(t, "POST", "/v1/balances/bea/withdrawals", facetest.Object{"amount": 5, "currency": "RUB"}, facetest.Once("out")).Refused(409, "account_on_hold")
	task := w.Call(t, "GET", list+"?kind=account_on_hold&limit=1&owner=none", nil).Is(200).Has(map[string]string{
		"items.0.kind": "account_on_hold", "items.0.subject.object": "available:bea:RUB", "items.0.owner": "<nil>", "items.0.by_word": "false",
		"items.0.link.method": "POST", "items.0.link.href": "/v1/operator/holds/end", "items.0.due": "<nil>",
	}).At("items.0.id")
	w.Call(t, "GET", list, nil, facetest.WithKey(w.Other)).Is(200).Has(map[string]string{"items.0": "absent"})
	w.Call(t, "GET", list, nil, facetest.As("bea")).Refused(403, "not_operator")
	for query, code := range map[string]string{"kind=payout": "unknown_kind", "older_than=long": "invalid_older_than", "cursor=x": "invalid_cursor", "limit=0": "invalid_limit", "owners=ann": "unknown_parameter"} {
		w.Call(t, "GET", list+"?"+query, nil).Refused(400, code)
	}
	w.Call(t, "GET", list+"?older_than=2147483647", nil).Is(200).Has(map[string]string{"items.0": "absent"})
	one := list + "/" + task
	w.Call(t, "POST", one+"/assign", facetest.Object{"reason": "mine"}).Refused(403, "not_operator")
	w.Call(t, "POST", one+"/assign", facetest.Object{"reason": "mine"}, facetest.Staff("ann")).Is(200).Has(map[string]string{"owner": "ann"})
	w.Call(t, "GET", list+"?owner=ann", nil).Is(200).Has(map[string]string{"items.0.id": task, "items.1": "absent"})
	w.Call(t, "POST", one+"/done", facetest.Object{}, facetest.Staff("ann")).Refused(400, "reason_missing")
	w.Call(t, "POST", one+"/done", facetest.Object{"reason": "all is well"}, facetest.Staff("ann")).Refused(409, "task_stands")
	w.Call(t, "POST", one+"/done", facetest.Object{"reason": "all is well"}, facetest.Staff("eve"), facetest.WithKey(w.Other)).Refused(404, "task_not_found")
	w.Call(t, "POST", "/v1/operator/holds/end", facetest.Object{"object": "account:available:bea:RUB", "reason": "undone"}, facetest.Staff("ann")).Is(204)
	w.Call(t, "GET", list, nil).Is(200).Has(map[string]string{"items.0": "absent"})
	w.Call(t, "POST", one+"/done", facetest.Object{"reason": "all is well"}, facetest.Staff("ann")).Refused(404, "task_not_found")
	w.Call(t, "GET", "/v1/operator/audit?limit=2", nil).Is(200).Has(map[string]string{"items.1.act": "task.assign", "items.1.data.owner": "ann", "items.1.actor": "operator:ann", "items.1.reason": "mine"})
}
