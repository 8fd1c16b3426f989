package orchestrator_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/sandbox"
)

// operation is a step of a deal that asks the gateway for something.
type operation struct {
	from      process.State // state in which it is tried; empty opens the deal
	name      process.Transition
	actor     process.Actor
	remote    string        // the sandbox's name of the call
	path      string        // part of the call's path
	want      process.State // state after everything is healed
	otherwise process.State // state when nothing was done and nobody tried again
}

var operations = []operation{
	{"", "create", testkit.Buyer, "create_with_guest_user", "create_with_guest_user", process.OnlineJoined, process.OnlineCancelled},
	{process.OnlinePaid, "track", testkit.Seller, "track_with_guest_seller", "track", process.OnlineTracked, process.OnlinePaid},
	{process.OnlineDelivered, "end_complaint_period", testkit.Buyer, "end_complaint_period", "end_complaint_period", process.OnlineFundsReleased, process.OnlineDelivered},
	{process.OnlineJoined, "cancel", testkit.Buyer, "cancel_with_guest_user", "cancel", process.OnlineCancelled, process.OnlineJoined},
}

// faultPoint is one way to break an operation. The engine dies at a hook, or the
// line to the sandbox fails.
type faultPoint struct {
	name   string
	hook   string // where the engine dies
	fault  string // what the sandbox does
	refuse bool   // connections are refused
	undone bool   // nothing may have happened, and nobody repeats it
}

var faultPoints = []faultPoint{
	{name: "F1 before the claim", hook: "before_claim", undone: true},
	{name: "F2 claimed, not sent", hook: "after_claim"},
	{name: "F3 connection refused", refuse: true, undone: true},
	{name: "F4 cut after the effect", fault: "cut_after"},
	{name: "F5 cut before the effect", fault: "cut_before"},
	{name: "F6 broken answer after the effect", fault: "broken_json"},
	{name: "F6 error after the effect", fault: "error_after"},
	{name: "F6 error before the effect", fault: "error_before"},
	{name: "F6 time-out after the effect", fault: "timeout_after"},
	{name: "F7 done, not stored", hook: "after_effect"},
	{name: "F8 stored, not answered", hook: "after_commit"},
}

// Every fault point on every operation: die there, start again, recover. The
// sandbox's record is the judge of what really happened.
func TestCrash_matrix(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		r := newRig(t, url)
		for _, op := range operations {
			for _, fp := range faultPoints {
				t.Run(string(op.name)+" "+fp.name, func(t *testing.T) { r.breakAndHeal(t, op, fp) })
			}
		}
	})
}

// rig is a world that can be broken in every way.
type rig struct {
	*testkit.World
	arm  *armed
	line *unreachable
}

func newRig(t *testing.T, url string) *rig {
	r := &rig{arm: &armed{}, line: &unreachable{}}
	r.World = testkit.New(t, testkit.Options{DatabaseURL: url, Hook: r.arm.hook, Transport: r.line, CallTimeout: time.Second})
	return r
}

// heal mends the line and the sandbox.
func (w *rig) heal(t *testing.T) {
	t.Helper()
	w.line.refuse("")
	if err := w.Sandbox.SetFaults(nil); err != nil {
		t.Fatal(err)
	}
}

func (w *rig) breakAndHeal(t *testing.T, op operation, fp faultPoint) {
	var tx orchestrator.Transaction
	if op.from != "" {
		tx = w.BringTo(op.from)
	}
	before, payments := w.Effects()[op.remote], len(w.Sandbox.Transactions())
	w.arm.set(fp.hook)
	if fp.refuse {
		w.line.refuse(op.path)
	}
	if fp.fault != "" {
		if err := w.Sandbox.SetFaults([]sandbox.Fault{{Operation: op.remote, Kind: fp.fault}}); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	crashed := testkit.Survive(func() {
		if op.from == "" {
			_, err = w.Engine.Create(t.Context(), testkit.Deal())
		} else {
			_, err = w.Do(tx, op.name, op.actor)
		}
	})
	if crashed != (fp.hook != "") || (fp.hook == "" && err == nil) {
		t.Fatalf("crashed %v, error %v: the fault did not strike", crashed, err)
	}
	w.heal(t)
	w.Restart()
	w.Advance(5 * time.Minute)
	w.Advance(5 * time.Minute)
	w.checkHealed(t, op, fp, tx, w.Effects()[op.remote]-before)
	if made := len(w.Sandbox.Transactions()) - payments; op.from == "" && !fp.undone && made != 1 {
		t.Errorf("%d payments at the sandbox, want 1", made)
	}
}

func (w *rig) checkHealed(t *testing.T, op operation, fp faultPoint, tx orchestrator.Transaction, effects int) {
	t.Helper()
	w.CheckBooks()
	want, count := op.want, 1
	if fp.undone {
		want, count = op.otherwise, 0
	}
	if effects != count {
		t.Errorf("%d effects of %s at the sandbox, want %d", effects, op.remote, count)
	}
	if op.from == "" && fp.name[:2] == "F1" {
		return // no transaction was ever written
	}
	if op.from == "" {
		tx.CommunityID, tx.ID = testkit.Deal().CommunityID, firstID(t, w.World)
	}
	tx = w.Load(tx)
	if tx.State != want || tx.IntentID != "" || tx.Operation != "" {
		t.Errorf("the deal is %s with operation %q, want %s with none", tx.State, tx.Operation, want)
	}
	if open, err := w.Store.ClaimIntents(t.Context(), w.Sandbox.Now().AddDate(1, 0, 0), w.Sandbox.Now(), 10); err != nil || len(open) > 0 {
		t.Errorf("operations left open: %v %v", open, err)
	}
}

// The payment is the gateway's to make: what can fail is hearing of it.
func TestCrash_payment(t *testing.T) {
	t.Parallel()
	points := []faultPoint{
		{name: "F1 webhook lost", fault: "lose"},
		{name: "F2 stored, not applied", hook: "before_merge"},
		{name: "F3 look-up refused", refuse: true},
		{name: "F4 look-up cut", fault: "cut_after"},
		{name: "F6 look-up broken", fault: "broken_json"},
		{name: "F7 applied, not noted", hook: "after_merge"},
		{name: "F11 webhook twice", fault: "duplicate"},
		{name: "F11 webhook late", fault: "delay"},
	}
	testkit.OnBoth(t, func(t *testing.T, url string) {
		r := newRig(t, url)
		for _, fp := range points {
			t.Run(fp.name, func(t *testing.T) { r.losePayment(t, fp) })
		}
	})
}

func (w *rig) losePayment(t *testing.T, fp faultPoint) {
	tx := w.BringTo(process.OnlineJoined)
	if fp.refuse {
		w.line.refuse("/transactions/")
	}
	if fp.fault != "" {
		target := "webhook"
		if fp.fault == "cut_after" || fp.fault == "broken_json" {
			target = "get_transaction"
		}
		if err := w.Sandbox.SetFaults([]sandbox.Fault{{Operation: target, Kind: fp.fault, Times: 3}}); err != nil {
			t.Fatal(err)
		}
	}
	w.PayOnly(tx)
	if err := w.Sandbox.WaitDelivered(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.arm.set(fp.hook)
	crashed := testkit.Survive(func() {
		if fp.hook == "" {
			if _, err := w.Inbox.ProcessDue(t.Context()); err != nil {
				t.Log(err)
			}
			return
		}
		// The processor works in goroutines of its own; this is what it does, here,
		// where a crash can be caught.
		now := w.Sandbox.Now()
		if _, err := w.Store.Claim(t.Context(), now, now.Add(time.Minute), 10); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Engine.SyncPayment(t.Context(), "trustap", tx.PaymentID); err != nil {
			t.Log(err)
		}
	})
	if crashed != (fp.hook != "") {
		t.Fatalf("crashed = %v at %q", crashed, fp.hook)
	}
	w.heal(t)
	w.Restart()
	w.Advance(6*time.Hour + time.Minute)
	tx = w.Load(tx)
	if tx.State != process.OnlinePaid || tx.Funds != (process.Funds{Captured: 5190, Held: 5000, Fees: 190}) {
		t.Errorf("the deal is %s with %+v, want paid once", tx.State, tx.Funds)
	}
	w.CheckBooks()
}
