package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
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

// Behind serve with its keys, the commands show and decide what is sealed with them.
func TestS7_sealedRequests(t *testing.T) {
	t.Parallel()
	path, keys := testdb.SQLite(t), "k1:"+base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	parsed, err := secretbox.ParseKeys(keys)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqlstore.Open(t.Context(), path, sqlstore.Options{SealKeys: parsed})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Now()
	by := orchestrator.By{Actor: "operator:olga", Reason: "a test", At: now}
	a := orchestrator.Approval{
		ID: 1, CommunityID: 1, Status: orchestrator.ApprovalWaiting, Act: "operators.set", Object: "community:1", AskedBy: by.Actor, Reason: by.Reason,
		AskedAt: now, ExpiresAt: now.Add(time.Hour), Request: []byte(`{"Operators":["zoe"]}`), Same: "same:1",
	}
	if err := errors.Join(db.AddCommunity(t.Context(), 1, "One", by), db.SaveOperators(t.Context(), 1, []string{"olga", "ann"}, by)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.AskApproval(t.Context(), a, nil, by.Act(1, "approval.ask", orchestrator.ObjectOfApproval(1), nil)); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ args, says, fails string }{
		{"approvals list", "set HANDSEL_DETAILS_KEYS", ""},
		{"approvals list --details-keys=" + keys, "operators: zoe", ""},
		{"approvals list --details-keys=k1:short", "", "HANDSEL_DETAILS_KEYS must be"},
		{"approvals approve 1 --operator=ann --reason=seen", "", "set HANDSEL_DETAILS_KEYS"},
		{"approvals approve 1 --operator=ann --reason=seen --details-keys=" + keys, "approved: operators.set", ""},
	} {
		var out bytes.Buffer
		err := run(t.Context(), append(strings.Fields(step.args), "--database-url="+path, "--community=1"), &out, &out)
		if (err != nil) != (step.fails != "") || err != nil && !strings.Contains(err.Error(), step.fails) || !strings.Contains(out.String(), step.says) {
			t.Errorf("%s: %v\n%s", step.args, err, out.String())
		}
	}
}
