package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

func approving(t *testing.T, s Store) Store {
	t.Helper()
	must(t, s.AddCommunity(t.Context(), community, "sample", byOlga))
	return s
}

var sums = cmpopts.EquateComparable(money.Amount{})

var byOlga = orchestrator.By{Actor: "operator:olga", Reason: "a test", At: noon}

func testLimits(t *testing.T, open func() Store) {
	s := approving(t, open())
	for _, want := range []orchestrator.Limits{{"EUR": 10000, "JPY": 0}, {"RUB": 1}, {}} {
		must(t, s.SaveApprovalLimits(t.Context(), community, want, byOlga))
		got, err := s.ApprovalLimits(t.Context(), community)
		if must(t, err); !cmp.Equal(got, want) {
			t.Errorf("limits are %v, want %v", got, want)
		}
	}
	for _, wrong := range []orchestrator.Limits{{"EUR": -1}, {"eur": 1}} {
		if err := s.SaveApprovalLimits(t.Context(), community, wrong, byOlga); fault.ReasonOf(err) != "invalid_approval_limits" {
			t.Errorf("%v is answered %v", wrong, err)
		}
	}
	if err := s.SaveApprovalLimits(t.Context(), 999, orchestrator.Limits{"EUR": 1}, byOlga); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an unknown community is answered %v", err)
	}
}

func testOperators(t *testing.T, open func() Store) {
	s := approving(t, open())
	for _, want := range [][]string{{"ann", "olga"}, {"olga"}, nil} {
		must(t, s.SaveOperators(t.Context(), community, want, byOlga))
		got, err := s.Operators(t.Context(), community)
		if must(t, err); !cmp.Equal(got, want) {
			t.Errorf("operators are %v, want %v", got, want)
		}
	}
	for _, wrong := range [][]string{{""}, {"a b"}, {"key:1"}, {"Ann", "ann"}, {"é"}} {
		if err := s.SaveOperators(t.Context(), community, wrong, byOlga); fault.ReasonOf(err) != "invalid_operators" {
			t.Errorf("%q is answered %v", wrong, err)
		}
	}
	if err := s.SaveOperators(t.Context(), 999, []string{"ann"}, byOlga); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an unknown community is answered %v", err)
	}
}

// wished is an approval that waits.
func wished(t *testing.T, s Store) orchestrator.Approval {
	t.Helper()
	id := newID(t, s)
	return orchestrator.Approval{
		ID: id, CommunityID: community, Status: orchestrator.ApprovalWaiting, Act: "withdrawal", Object: "user:bea", Amount: money.New(20000, "EUR"),
		AskedBy: "operator:olga", Reason: "it is \"due\" {}", RequestID: "req-1", AskedAt: noon, ExpiresAt: noon.Add(time.Hour),
		Request: []byte(`{"secret":"tok_1"}`), Same: orchestrator.ObjectOfApproval(id),
	}
}

func lineOf(a orchestrator.Approval, what string) orchestrator.Act {
	return byOlga.Act(community, "approval."+what, orchestrator.ObjectOfApproval(a.ID), map[string]string{"act": a.Act})
}

func testApprovals(t *testing.T, open func() Store) {
	s := approving(t, open())
	ctx := t.Context()
	first := wished(t, s)
	reply := idempotency.Reply{Scope: "s", Key: "k", Hash: "h", CommunityID: community, Status: 202, Body: []byte(`{"status":"waiting"}`), At: noon}
	if got, err := s.AskApproval(ctx, first, &reply, lineOf(first, "ask")); err != nil || !cmp.Equal(got, first, sums) {
		t.Fatalf("asked: %v, %v", got, err)
	}
	stored, err := s.Approval(ctx, community, first.ID)
	if diff := cmp.Diff(first, stored, sums); err != nil || diff != "" {
		t.Errorf("stored (%v):\n%s", err, diff)
	}
	kept, found, err := s.Reply(ctx, "s", "k")
	if !found || err != nil || kept.Status != 202 || string(kept.Body) != string(reply.Body) {
		t.Errorf("the reply is %+v, %v", kept, err)
	}
	second := wished(t, s)
	if _, err := s.AskApproval(ctx, second, &reply, lineOf(second, "ask")); !errors.Is(err, idempotency.ErrTaken) {
		t.Errorf("a used key is answered %v", err)
	}
	second.Same, second.TransactionID = "same:1", 77
	_, err = s.AskApproval(ctx, second, nil, lineOf(second, "ask"))
	must(t, err)
	again := wished(t, s)
	again.Same = "same:1"
	if got, err := s.AskApproval(ctx, again, nil, lineOf(again, "ask")); err != nil || got.ID != second.ID {
		t.Errorf("the same again is %d, %v", got.ID, err)
	}
	all, err := s.ListApprovals(ctx, orchestrator.ApprovalFilter{CommunityID: community, Limit: 10})
	if err != nil || len(all) != 2 || all[0].ID != second.ID {
		t.Errorf("listed: %v, %v", all, err)
	}
	for f, want := range map[orchestrator.ApprovalFilter]int{
		{Status: orchestrator.ApprovalWaiting}: 2, {Status: orchestrator.ApprovalRejected}: 0, {TransactionID: 77}: 1, {Status: orchestrator.ApprovalWaiting, TransactionID: 77}: 1, {TransactionID: 78}: 0,
	} {
		f.CommunityID, f.Limit = community, 10
		if found, err := s.ListApprovals(ctx, f); err != nil || len(found) != want || want == 1 && found[0].ID != second.ID {
			t.Errorf("%+v lists %v, %v", f, found, err)
		}
	}
	if _, err := s.Approval(ctx, community+1, first.ID); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("another community is answered %v", err)
	}
	acts, err := s.Acts(ctx, orchestrator.ActFilter{CommunityID: community, Limit: 10})
	if err != nil || len(acts) != 3 { // with the community's own
		t.Errorf("%d lines in the audit log, %v", len(acts), err)
	}
}

// An approval goes on from a status once, whoever is at it.
func testApprovalsGoOn(t *testing.T, open func() Store) {
	s := approving(t, open())
	ctx, a := t.Context(), wished(t, s)
	_, err := s.AskApproval(ctx, a, nil, lineOf(a, "ask"))
	must(t, err)
	due := func(now time.Time) int {
		t.Helper()
		claim := func(at time.Time) []orchestrator.Approval {
			all, err := s.ClaimApprovals(ctx, at, at.Add(time.Minute), at.Add(-time.Minute), 10)
			must(t, err)
			return all
		}
		all := claim(now)
		if again := claim(now.Add(time.Minute - 1)); len(again) != 0 {
			t.Errorf("%d approvals are claimed by two", len(again))
		}
		for _, a := range all {
			lost := a
			lost.Due = lost.Due.Add(-time.Second)
			must(t, s.RetryApproval(ctx, lost, noon.Add(9*time.Hour)))
			must(t, s.RetryApproval(ctx, a, noon)) // handed back
		}
		return len(all)
	}
	if due(noon.Add(59*time.Minute)) != 0 || due(noon.Add(time.Hour)) != 1 {
		t.Error("an approval is due other than when its time is over")
	}
	to := a
	to.Status, to.DecidedBy, to.Decision, to.DecidedAt = orchestrator.ApprovalApproved, "operator:ann", "seen", noon
	won := make(chan bool, 20)
	for _, err := range atOnce(20, func(int) error {
		changed, err := s.ChangeApproval(ctx, to, orchestrator.ApprovalWaiting, lineOf(to, "approve"))
		won <- changed
		return err
	}) {
		must(t, err)
	}
	winners := 0
	for range 20 {
		if <-won {
			winners++
		}
	}
	if winners != 1 {
		t.Errorf("%d of 20 decided", winners)
	}
	if due(noon) != 0 || due(noon.Add(time.Minute)) != 1 {
		t.Error("an approval that was not carried out is due other than a minute later")
	}
	to.Status, to.TransactionID, to.EndedAt = orchestrator.ApprovalDone, 7, noon.Add(time.Second)
	if changed, err := s.ChangeApproval(ctx, to, orchestrator.ApprovalApproved, lineOf(to, "done")); err != nil || !changed {
		t.Errorf("done: %v, %v", changed, err)
	}
	stored, err := s.Approval(ctx, community, a.ID)
	to.Request = nil // it has served its purpose
	if diff := cmp.Diff(to, stored, sums); err != nil || diff != "" {
		t.Errorf("stored (%v):\n%s", err, diff)
	}
	if due(noon.Add(24*time.Hour)) != 0 {
		t.Error("an approval that has ended is due")
	}
	acts, err := s.Acts(ctx, orchestrator.ActFilter{CommunityID: community, Object: orchestrator.ObjectOfApproval(a.ID), Limit: 10})
	if err != nil || len(acts) != 3 {
		t.Errorf("%d lines in the audit log, %v", len(acts), err)
	}
}
