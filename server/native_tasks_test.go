package server_test

import (
	"path/filepath"
	"testing"

	"github.com/handsel-dev/handsel/server"
)

// What needs a person is one list: assigned, not ended by a word while its cause
// stands, and gone with its cause. Other communities do not see it.
func TestM34_list(t *testing.T) {
	t.Parallel()
	url := filepath.Join(t.TempDir(), "test.db")
	w := newWorldOn(t, url, func(*server.Config) {})
	w.call(t, "POST", "/v1/balances/bea/deposits", object{"amount": 1000, "currency": "RUB"}, once("in")).is(201)
	const list = "/v1/operator/tasks"
	w.call(t, "GET", list, nil).is(200).has(map[string]string{"items.0": "absent", "next_cursor": "<nil>"})
	edited(t, url, `update accounts set balance = 5000000, posted = 5000000`)
	w.call(t, "POST", "/v1/balances/bea/withdrawals", object{"amount": 5, "currency": "RUB"}, once("out")).refused(409, "account_on_hold")
	task := w.call(t, "GET", list+"?kind=account_on_hold&limit=1&owner=none", nil).is(200).has(map[string]string{
		"items.0.kind": "account_on_hold", "items.0.subject.object": "available:bea:RUB", "items.0.owner": "<nil>", "items.0.by_word": "false",
		"items.0.link.method": "POST", "items.0.link.href": "/v1/operator/holds/end", "items.0.due": "<nil>",
	}).at("items.0.id")
	w.call(t, "GET", list, nil, withKey(w.other)).is(200).has(map[string]string{"items.0": "absent"})
	w.call(t, "GET", list, nil, as("bea")).refused(403, "not_operator")
	for query, code := range map[string]string{"kind=payout": "unknown_kind", "older_than=long": "invalid_older_than", "cursor=x": "invalid_cursor", "limit=0": "invalid_limit", "owners=ann": "unknown_parameter"} {
		w.call(t, "GET", list+"?"+query, nil).refused(400, code)
	}
	w.call(t, "GET", list+"?older_than=2147483647", nil).is(200).has(map[string]string{"items.0": "absent"})
	one := list + "/" + task
	w.call(t, "POST", one+"/assign", object{"reason": "mine"}).refused(403, "not_operator")
	w.call(t, "POST", one+"/assign", object{"reason": "mine"}, staff("ann")).is(200).has(map[string]string{"owner": "ann"})
	w.call(t, "GET", list+"?owner=ann", nil).is(200).has(map[string]string{"items.0.id": task, "items.1": "absent"})
	w.call(t, "POST", one+"/done", object{}, staff("ann")).refused(400, "reason_missing")
	w.call(t, "POST", one+"/done", object{"reason": "all is well"}, staff("ann")).refused(409, "task_stands")
	w.call(t, "POST", one+"/done", object{"reason": "all is well"}, staff("eve"), withKey(w.other)).refused(404, "task_not_found")
	w.call(t, "POST", "/v1/operator/holds/end", object{"object": "account:available:bea:RUB", "reason": "undone"}, staff("ann")).is(204)
	w.call(t, "GET", list, nil).is(200).has(map[string]string{"items.0": "absent"})
	w.call(t, "POST", one+"/done", object{"reason": "all is well"}, staff("ann")).refused(404, "task_not_found")
	w.call(t, "GET", "/v1/operator/audit?limit=2", nil).is(200).has(map[string]string{"items.1.act": "task.assign", "items.1.data.owner": "ann", "items.1.actor": "operator:ann", "items.1.reason": "mine"})
}
