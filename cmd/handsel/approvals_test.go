package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
)

// What is approved by command is done by a running server, once, and what is rejected
// is not.
func TestS7_approvedByCommand(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "handsel.db")
	w := testkit.New(t, testkit.Options{DatabaseURL: path})
	w.Advance(time.Since(testkit.Start)) // commands know no time but the machine's
	do := func(args string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append(strings.Fields(args), "--database-url="+path, fmt.Sprint("--community=", app.SampleCommunity), "--reason=seen"), &out, &out)
		return out.String(), err
	}
	for _, name := range []string{"olga", "ann"} {
		if out, err := do("operators add " + name); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	staff := []string{"Handsel-Operator", "olga"}
	if r := w.Call("PUT", "/v1/community/approval-limits", `{"limits":{"EUR":1000},"reason":"policy"}`, staff...); r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	for key, what := range map[string]string{"a": "approve", "b": "reject"} {
		r := w.Call("POST", "/v1/balances/bea/deposits", `{"amount":5000,"currency":"EUR","reason":"paid in"}`, append(staff, "Idempotency-Key", key)...)
		all, err := w.Store.ListApprovals(t.Context(), orchestrator.ApprovalFilter{CommunityID: app.SampleCommunity, Limit: 10})
		if err != nil || r.Status != 202 || len(all) == 0 {
			t.Fatalf("%d %s, %v", r.Status, r.Body, err)
		}
		if out, err := do(fmt.Sprintf("approvals %s %d --operator=olga", what, all[0].ID)); err == nil || !strings.Contains(err.Error(), "another operator") {
			t.Errorf("by who asked: %v %s", err, out)
		}
		for range 2 {
			if out, err := do(fmt.Sprintf("approvals %s %d --operator=ann", what, all[0].ID)); err != nil {
				t.Errorf("%v %s", err, out)
			}
		}
	}
	for range 3 {
		w.Advance(2 * time.Minute)
	}
	if r := w.Call("GET", "/v1/balances/bea?currency=EUR", ""); !strings.Contains(string(r.Body), `"available":5000`) {
		t.Errorf("the balance is %s", r.Body)
	}
	all, err := w.Store.ListApprovals(t.Context(), orchestrator.ApprovalFilter{CommunityID: app.SampleCommunity, Limit: 10})
	if err != nil || len(all) != 2 {
		t.Fatalf("%d approvals, %v", len(all), err)
	}
	for _, a := range all {
		if a.Status != "done" && a.Status != "rejected" || a.EndedAt.IsZero() {
			t.Errorf("%+v", a)
		}
	}
}
