package orchestrator_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// Two versions of a process run side by side: a deal keeps the one it was opened
// with, its rules and its timers.
func TestVersions_sideBySide(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true})
		old := w.BringTo(escrowonline.Tracked)
		newer := withVersion2(t, w)
		result, err := newer.Create(t.Context(), testkit.Deal())
		if err != nil {
			t.Fatal(err)
		}
		recent := bringToTracked(t, w, newer, result.Transaction)
		for _, tc := range []struct {
			tx     orchestrator.Transaction
			ref    string
			reason fault.Reason // why the buyer cannot confirm the delivery
		}{{old, "escrow_online@1", ""}, {recent, "escrow_online@2", "unknown_transition"}} {
			if tc.tx.Process != tc.ref {
				t.Errorf("deal %d runs on %s, want %s", tc.tx.ID, tc.tx.Process, tc.ref)
			}
			_, err := newer.DryRun(t.Context(), orchestrator.DoInput{CommunityID: tc.tx.CommunityID, TransactionID: tc.tx.ID, Transition: "confirm_delivery", Actor: testkit.Buyer})
			if (err == nil) != (tc.reason == "") || err != nil && fault.ReasonOf(err) != tc.reason {
				t.Errorf("%s: got %v, want %q", tc.ref, err, tc.reason)
			}
		}
		pass(t, w, newer, 3*day+time.Hour)
		if a, b := w.Load(old).State, w.Load(recent).State; a != escrowonline.Tracked || b != escrowonline.Delivered {
			t.Errorf("after 3 days the old deal is %s and the recent one %s, want tracked and delivered", a, b)
		}
		pass(t, w, newer, 11*day)
		if now := w.Load(old); now.State != escrowonline.Delivered || now.Process != "escrow_online@1" {
			t.Errorf("after 14 days the old deal is %s on %s", now.State, now.Process)
		}
		w.CheckBooks()
	})
}

// withVersion2 is an engine that also knows a newer escrow_online, in which the
// buyer confirms under another name and has three days for it.
func withVersion2(t *testing.T, w *testkit.Testbed) *orchestrator.Engine {
	t.Helper()
	second := escrowonline.V1()
	second.Version, second.ConfirmAfterDays = 2, 3
	for i, r := range second.Rules {
		if r.Name == "confirm_delivery" {
			second.Rules[i].Name = "receive"
		}
	}
	for i, timer := range second.Timers {
		if timer.Then == "confirm_delivery" {
			second.Timers[i].Then = "receive"
		}
	}
	registry, err := process.NewRegistry(escrowonline.V1(), second)
	if err != nil {
		t.Fatal(err)
	}
	c := w.EngineConfig()
	c.Processes = registry
	e, err := orchestrator.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func bringToTracked(t *testing.T, w *testkit.Testbed, e *orchestrator.Engine, tx orchestrator.Transaction) orchestrator.Transaction {
	t.Helper()
	w.PayOnly(tx)
	if _, err := e.SyncPayment(t.Context(), "trustap", tx.PaymentID); err != nil {
		t.Fatal(err)
	}
	result, err := e.Do(t.Context(), orchestrator.DoInput{
		CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "track", Actor: testkit.Seller, Input: inputOf("track"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return result.Transaction
}

// pass lets time go by for an engine.
func pass(t *testing.T, w *testkit.Testbed, e *orchestrator.Engine, d time.Duration) {
	t.Helper()
	if err := w.Sandbox.Advance(d); err != nil {
		t.Fatal(err)
	}
	if _, err := e.FireDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}
