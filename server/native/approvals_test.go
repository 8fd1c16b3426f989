package native_test

import (
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// onBoth runs a test with a server on each database.
func onBoth(t *testing.T, test func(t *testing.T, w *facetest.Testbed)) {
	for name, url := range map[string]func(*testing.T) string{
		"sqlite": func(t *testing.T) string { return filepath.Join(t.TempDir(), "test.db") }, "postgres": func(t *testing.T) string { return pgtest.URL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, facetest.NewTestbedOn(t, url(t), func(*server.Config) {}))
		})
	}
}

// A deposit above the limit waits for a second person, whose approval does it once.
func TestS7_secondPerson(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *facetest.Testbed) {
		facetest.Limited(t, w)
		w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(10000), facetest.Staff("olga"), facetest.Once("at")).Is(201)
		first := w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(10001), facetest.Staff("olga"), facetest.Once("above")).Is(202).Has(map[string]string{
			"status": "waiting", "act": "deposit", "object": "user:bea", "amount": "10001", "currency": "EUR", "asked_by": "operator:olga", "reason": "paid in at the desk", "decided_by": "<nil>",
		})
		path := facetest.Approvals + "/" + first.At("id")
		again := w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(10001), facetest.Staff("olga"), facetest.Once("above")).Is(202)
		if n, err := strconv.ParseInt(first.At("number"), 10, 64); err != nil || w.Ids.Seal("apr", n) != first.At("id") {
			t.Errorf("%s has the number %s", first.At("id"), first.At("number"))
		}
		if line := w.Call(t, "GET", "/v1/operator/audit?act=approval.ask", nil).Is(200).At("items.0.object"); line != "approval:"+first.At("id") {
			t.Errorf("the audit log names %s, the approval is %s", line, first.At("id"))
		}
		if again.At("id") != first.At("id") || again.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("a repeat is answered %s", again.Body)
		}
		w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(10002), facetest.Staff("olga"), facetest.Once("above")).Refused(422, "idempotency_key_reused")
		w.Available(t, "10000")
		yes := facetest.Object{"reason": "I saw the receipt"}
		w.Call(t, "POST", path+"/approve", yes, facetest.Staff("olga")).Refused(403, "same_person")
		w.Call(t, "POST", path+"/reject", yes, facetest.Staff("OLGA")).Refused(403, "same_person")
		w.Call(t, "POST", path+"/approve", yes, facetest.Staff("eve")).Refused(403, "unknown_operator")
		w.Call(t, "POST", path+"/approve", yes).Refused(403, "not_operator")
		w.Call(t, "POST", path+"/approve", facetest.Object{}, facetest.Staff("ann")).Refused(400, "reason_missing")
		w.Call(t, "POST", path+"/approve", facetest.Object{"reason": " "}, facetest.Staff("ann")).Refused(400, "reason_missing")
		w.Call(t, "POST", path+"/approve", yes, facetest.Staff("ann"), facetest.WithKey(w.Other)).Refused(403, "unknown_operator")
		w.Available(t, "10000")
		w.Call(t, "GET", facetest.Approvals+"?status=waiting", nil).Is(200).Has(map[string]string{"items.0.id": first.At("id"), "items.1": "absent"})
		w.Call(t, "GET", facetest.Approvals, nil, facetest.WithKey(w.Other)).Is(200).Has(map[string]string{"items": "[]"})
		w.Call(t, "GET", path, nil, facetest.WithKey(w.Other)).Refused(404, "approval_not_found")
		w.Call(t, "POST", path+"/approve", yes, facetest.Staff("ann")).Is(200).Has(map[string]string{"status": "done", "decided_by": "operator:ann", "decision_reason": "I saw the receipt"})
		for range 2 {
			w.Call(t, "POST", path+"/approve", yes, facetest.Staff("bob")).Is(200).Has(map[string]string{"status": "done", "decided_by": "operator:ann"})
		}
		w.Call(t, "POST", path+"/reject", yes, facetest.Staff("bob")).Refused(409, "approval_decided")
		w.Available(t, "20001")
		w.Call(t, "GET", "/v1/operator/audit?limit=3", nil).Is(200).Has(map[string]string{
			"items.0.act": "approval.done", "items.0.data.decided_by": "operator:ann", "items.1.act": "deposit", "items.1.actor": "operator:olga", "items.1.data.approved_by": "operator:ann",
			"items.2.act": "approval.approve", "items.2.actor": "operator:ann", "items.2.reason": "I saw the receipt",
		})
		w.Call(t, "GET", "/v1/operator/audit?act=approval.ask", nil).Is(200).Has(map[string]string{"items.0.data.amount": "100.01 EUR", "items.1": "absent"})
	})
}

// Of two who approve at the same moment both are right, and the act is done once.
func TestS7_twoApprovers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *facetest.Testbed) {
		facetest.Limited(t, w)
		id := w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(20000), facetest.Staff("olga"), facetest.Once("above")).Is(202).At("id")
		var all sync.WaitGroup
		for _, name := range []string{"ann", "bob", "ann", "bob"} {
			all.Go(func() {
				a := w.Call(t, "POST", facetest.Approvals+"/"+id+"/approve", facetest.Object{"reason": "seen"}, facetest.Staff(name))
				if a.Status != 200 && a.Status != 409 {
					t.Errorf("%s is answered %d %s", name, a.Status, a.Body)
				}
			})
		}
		all.Wait()
		w.Call(t, "POST", facetest.Approvals+"/"+id+"/approve", facetest.Object{"reason": "seen"}, facetest.Staff("ann")).Is(200).Has(map[string]string{"status": "done"})
		w.Available(t, "20000")
	})
}

// What nobody decides in time, what is rejected, and what the world has overtaken is
// not done, and says so.
func TestS7_notDone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *facetest.Testbed) {
		facetest.Limited(t, w)
		ask := func(key, what string, minor int) string {
			t.Helper()
			return facetest.Approvals + "/" + w.Call(t, "POST", facetest.Purse+what, facetest.PaidIn(minor), facetest.Staff("olga"), facetest.Once(key)).Is(202).At("id")
		}
		yes := facetest.Object{"reason": "seen"}
		rejected := ask("r", "/deposits", 20000)
		w.Call(t, "POST", rejected+"/reject", facetest.Object{"reason": "no receipt"}, facetest.Staff("ann")).Is(200).Has(map[string]string{"status": "rejected", "decision_reason": "no receipt"})
		w.Call(t, "POST", rejected+"/reject", yes, facetest.Staff("bob")).Is(200)
		w.Call(t, "POST", rejected+"/approve", yes, facetest.Staff("bob")).Refused(409, "approval_rejected")

		late, unseen := ask("l", "/deposits", 20000), ask("u", "/deposits", 20000)
		w.Clock.Advance(orchestrator.ApprovalTime)
		w.Call(t, "POST", late+"/approve", yes, facetest.Staff("bob")).Refused(409, "approval_expired").Has(map[string]string{"money_moved": "no"})
		if n, err := w.Engine.FireApprovals(t.Context()); n != 1 || err != nil {
			t.Errorf("%d approvals ended, %v", n, err)
		}
		for _, path := range []string{late, unseen} {
			w.Call(t, "GET", path, nil).Is(200).Has(map[string]string{"status": "expired"})
		}
		w.Call(t, "GET", "/v1/operator/audit?limit=1", nil).Is(200).Has(map[string]string{"items.0.act": "approval.expire", "items.0.actor": "system"})

		w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(10000), facetest.Staff("olga"), facetest.Once("1")).Is(201)
		w.Call(t, "POST", facetest.Purse+"/withdrawals", facetest.PaidIn(20000), facetest.Staff("olga"), facetest.Once("2")).Refused(402, "insufficient_balance")
		w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(10000), facetest.Staff("olga"), facetest.Once("3")).Is(201)
		overtaken := ask("4", "/withdrawals", 15000)
		w.Call(t, "POST", facetest.Purse+"/withdrawals", facetest.PaidIn(9000), facetest.Staff("olga"), facetest.Once("5")).Is(201)
		w.Call(t, "POST", overtaken+"/approve", yes, facetest.Staff("ann")).Refused(402, "insufficient_balance").Has(map[string]string{"approval_status": "refused"})
		w.Call(t, "POST", overtaken+"/approve", yes, facetest.Staff("bob")).Refused(409, "approval_refused").Has(map[string]string{"outcome": "insufficient_balance"})
		w.Available(t, "11000")

		// The limit of the moment in which it was asked counts.
		before := ask("6", "/withdrawals", 10500)
		change := w.Call(t, "PUT", facetest.LimitsPath, facetest.Object{"limits": facetest.Object{}, "reason": "no more"}, facetest.Staff("olga")).Is(202).Has(map[string]string{"act": "limits.set", "amount": "<nil>"})
		w.Call(t, "POST", facetest.Approvals+"/"+change.At("id")+"/approve", yes, facetest.Staff("ann")).Is(200)
		w.Call(t, "GET", facetest.LimitsPath, nil).Is(200).Has(map[string]string{"limits": "map[]"})
		w.Call(t, "POST", facetest.Purse+"/withdrawals", facetest.PaidIn(10500), facetest.Staff("olga"), facetest.Once("6")).Is(202) // as it was answered first
		w.Call(t, "POST", before+"/approve", yes, facetest.Staff("bob")).Is(200).Has(map[string]string{"status": "done"})
		w.Available(t, "500")
	})
}
