package server_test

import (
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server"
)

const (
	approvals  = "/v1/operator/approvals"
	limitsPath = "/v1/community/approval-limits"
	operators  = "/v1/community/operators"
)

// onBoth runs a test with a server on each database.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	for name, url := range map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string { return filepath.Join(t.TempDir(), "test.db") }, "postgres": func(t *testing.T) string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newWorldOn(t, url(t), func(*server.Config) {}))
		})
	}
}

// limited is a community with two operators and a limit of 100.00 in EUR and RUB.
func limited(t *testing.T, w *world) {
	t.Helper()
	w.call(t, "PUT", operators, object{"operators": []string{"olga", "ann", "bob"}, "reason": "our staff"}, staff("olga")).is(200)
	w.call(t, "PUT", limitsPath, object{"limits": object{"EUR": 10000, "RUB": 10000}, "reason": "policy"}, staff("olga")).is(200)
}

func paidIn(minor int) object {
	return object{"amount": minor, "currency": "EUR", "reason": "paid in at the desk"}
}

const purse = "/v1/balances/bea"

// has is what a user's balance shows.
func (w *world) available(t *testing.T, want string) {
	t.Helper()
	w.call(t, "GET", purse+"?currency=EUR", nil).is(200).has(map[string]string{"available": want})
}

// A deposit above the limit waits for a second person, whose approval does it once.
func TestS7_secondPerson(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		limited(t, w)
		w.call(t, "POST", purse+"/deposits", paidIn(10000), staff("olga"), once("at")).is(201)
		first := w.call(t, "POST", purse+"/deposits", paidIn(10001), staff("olga"), once("above")).is(202).has(map[string]string{
			"status": "waiting", "act": "deposit", "object": "user:bea", "amount": "10001", "currency": "EUR", "asked_by": "operator:olga", "reason": "paid in at the desk", "decided_by": "<nil>",
		})
		path := approvals + "/" + first.at("id")
		again := w.call(t, "POST", purse+"/deposits", paidIn(10001), staff("olga"), once("above")).is(202)
		if n, err := strconv.ParseInt(first.at("number"), 10, 64); err != nil || w.ids.Seal("apr", n) != first.at("id") {
			t.Errorf("%s has the number %s", first.at("id"), first.at("number"))
		}
		if line := w.call(t, "GET", "/v1/operator/audit?act=approval.ask", nil).is(200).at("items.0.object"); line != "approval:"+first.at("id") {
			t.Errorf("the audit log names %s, the approval is %s", line, first.at("id"))
		}
		if again.at("id") != first.at("id") || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("a repeat is answered %s", again.body)
		}
		w.call(t, "POST", purse+"/deposits", paidIn(10002), staff("olga"), once("above")).refused(422, "idempotency_key_reused")
		w.available(t, "10000")
		yes := object{"reason": "I saw the receipt"}
		w.call(t, "POST", path+"/approve", yes, staff("olga")).refused(403, "same_person")
		w.call(t, "POST", path+"/reject", yes, staff("OLGA")).refused(403, "same_person")
		w.call(t, "POST", path+"/approve", yes, staff("eve")).refused(403, "unknown_operator")
		w.call(t, "POST", path+"/approve", yes).refused(403, "not_operator")
		w.call(t, "POST", path+"/approve", object{}, staff("ann")).refused(400, "reason_missing")
		w.call(t, "POST", path+"/approve", object{"reason": " "}, staff("ann")).refused(400, "reason_missing")
		w.call(t, "POST", path+"/approve", yes, staff("ann"), withKey(w.other)).refused(403, "unknown_operator")
		w.available(t, "10000")
		w.call(t, "GET", approvals+"?status=waiting", nil).is(200).has(map[string]string{"items.0.id": first.at("id"), "items.1": "absent"})
		w.call(t, "GET", approvals, nil, withKey(w.other)).is(200).has(map[string]string{"items": "[]"})
		w.call(t, "GET", path, nil, withKey(w.other)).refused(404, "approval_not_found")
		w.call(t, "POST", path+"/approve", yes, staff("ann")).is(200).has(map[string]string{"status": "done", "decided_by": "operator:ann", "decision_reason": "I saw the receipt"})
		for range 2 {
			w.call(t, "POST", path+"/approve", yes, staff("bob")).is(200).has(map[string]string{"status": "done", "decided_by": "operator:ann"})
		}
		w.call(t, "POST", path+"/reject", yes, staff("bob")).refused(409, "approval_decided")
		w.available(t, "20001")
		w.call(t, "GET", "/v1/operator/audit?limit=3", nil).is(200).has(map[string]string{
			"items.0.act": "approval.done", "items.0.data.decided_by": "operator:ann", "items.1.act": "deposit", "items.1.actor": "operator:olga", "items.1.data.approved_by": "operator:ann",
			"items.2.act": "approval.approve", "items.2.actor": "operator:ann", "items.2.reason": "I saw the receipt",
		})
		w.call(t, "GET", "/v1/operator/audit?act=approval.ask", nil).is(200).has(map[string]string{"items.0.data.amount": "100.01 EUR", "items.1": "absent"})
	})
}

// Of two who approve at the same moment both are right, and the act is done once.
func TestS7_twoApprovers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		limited(t, w)
		id := w.call(t, "POST", purse+"/deposits", paidIn(20000), staff("olga"), once("above")).is(202).at("id")
		var all sync.WaitGroup
		for _, name := range []string{"ann", "bob", "ann", "bob"} {
			all.Go(func() {
				a := w.call(t, "POST", approvals+"/"+id+"/approve", object{"reason": "seen"}, staff(name))
				if a.status != 200 && a.status != 409 {
					t.Errorf("%s is answered %d %s", name, a.status, a.body)
				}
			})
		}
		all.Wait()
		w.call(t, "POST", approvals+"/"+id+"/approve", object{"reason": "seen"}, staff("ann")).is(200).has(map[string]string{"status": "done"})
		w.available(t, "20000")
	})
}

// What nobody decides in time, what is rejected, and what the world has overtaken is
// not done, and says so.
func TestS7_notDone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		limited(t, w)
		ask := func(key, what string, minor int) string {
			t.Helper()
			return approvals + "/" + w.call(t, "POST", purse+what, paidIn(minor), staff("olga"), once(key)).is(202).at("id")
		}
		yes := object{"reason": "seen"}
		rejected := ask("r", "/deposits", 20000)
		w.call(t, "POST", rejected+"/reject", object{"reason": "no receipt"}, staff("ann")).is(200).has(map[string]string{"status": "rejected", "decision_reason": "no receipt"})
		w.call(t, "POST", rejected+"/reject", yes, staff("bob")).is(200)
		w.call(t, "POST", rejected+"/approve", yes, staff("bob")).refused(409, "approval_rejected")

		late, unseen := ask("l", "/deposits", 20000), ask("u", "/deposits", 20000)
		w.clock.advance(orchestrator.ApprovalTime)
		w.call(t, "POST", late+"/approve", yes, staff("bob")).refused(409, "approval_expired").has(map[string]string{"money_moved": "no"})
		if n, err := w.engine.FireApprovals(t.Context()); n != 1 || err != nil {
			t.Errorf("%d approvals ended, %v", n, err)
		}
		for _, path := range []string{late, unseen} {
			w.call(t, "GET", path, nil).is(200).has(map[string]string{"status": "expired"})
		}
		w.call(t, "GET", "/v1/operator/audit?limit=1", nil).is(200).has(map[string]string{"items.0.act": "approval.expire", "items.0.actor": "system"})

		w.call(t, "POST", purse+"/deposits", paidIn(10000), staff("olga"), once("1")).is(201)
		w.call(t, "POST", purse+"/withdrawals", paidIn(20000), staff("olga"), once("2")).refused(402, "insufficient_balance")
		w.call(t, "POST", purse+"/deposits", paidIn(10000), staff("olga"), once("3")).is(201)
		overtaken := ask("4", "/withdrawals", 15000)
		w.call(t, "POST", purse+"/withdrawals", paidIn(9000), staff("olga"), once("5")).is(201)
		w.call(t, "POST", overtaken+"/approve", yes, staff("ann")).refused(402, "insufficient_balance").has(map[string]string{"approval_status": "refused"})
		w.call(t, "POST", overtaken+"/approve", yes, staff("bob")).refused(409, "approval_refused").has(map[string]string{"outcome": "insufficient_balance"})
		w.available(t, "11000")

		// The limit of the moment in which it was asked counts.
		before := ask("6", "/withdrawals", 10500)
		change := w.call(t, "PUT", limitsPath, object{"limits": object{}, "reason": "no more"}, staff("olga")).is(202).has(map[string]string{"act": "limits.set", "amount": "<nil>"})
		w.call(t, "POST", approvals+"/"+change.at("id")+"/approve", yes, staff("ann")).is(200)
		w.call(t, "GET", limitsPath, nil).is(200).has(map[string]string{"limits": "map[]"})
		w.call(t, "POST", purse+"/withdrawals", paidIn(10500), staff("olga"), once("6")).is(202) // as it was answered first
		w.call(t, "POST", before+"/approve", yes, staff("bob")).is(200).has(map[string]string{"status": "done"})
		w.available(t, "500")
	})
}
