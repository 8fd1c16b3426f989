package stripe_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/stripe"
)

// verbs are all that change something, with the emulator's names for the call that
// counts and for what it does to money.
var verbs = map[process.Verb]struct{ call, effect string }{
	process.Authorize: {"create_payment_intent", "authorize"},
	process.Charge:    {"create_payment_intent", "charge"},
	process.Capture:   {"capture_payment_intent", "capture"},
	process.Void:      {"cancel_payment_intent", "void"},
	process.Refund:    {"create_refund", "refund"},
	process.Transfer:  {"create_transfer", "transfer"},
}

func prepare(t *testing.T, w *testbed, verb process.Verb) orchestrator.Operation {
	t.Helper()
	switch verb {
	case process.Capture, process.Void:
		return operation(verb, w.authorized(t))
	case process.Refund, process.Transfer:
		return operation(verb, w.captured(t))
	}
	return operation(verb, "")
}

// Whatever happens to a call, the engine is told the truth or that it is not known,
// and the same intent moves money at most once, however often it is sent.
func TestPerform_doubt(t *testing.T) {
	t.Parallel()
	faults := map[string]struct {
		status process.Status
		code   fault.Reason
		done   bool           // the call took effect
		again  process.Status // of the same intent, sent again
	}{
		"cut_before":     {process.Unknown, "no_clear_answer", false, process.Succeeded},
		"cut_after":      {process.Unknown, "no_clear_answer", true, process.Succeeded},
		"timeout_before": {process.Unknown, "no_clear_answer", false, process.Succeeded},
		"broken_json":    {process.Unknown, "no_clear_answer", true, process.Succeeded},
		"html":           {process.Unknown, "no_clear_answer", false, process.Succeeded},
		"rate_limit":     {process.NotSent, "rate_limit", false, process.Succeeded},
		"lock_timeout":   {process.Unknown, "lock_timeout", false, process.Succeeded},
		// Stripe repeats a 500 as long as it keeps the key (official API).
		"error_before": {process.Unknown, "api_error", false, process.Unknown},
		"error_after":  {process.Unknown, "api_error", true, process.Unknown},
	}
	for verb, names := range verbs {
		for kind, tc := range faults {
			t.Run(string(verb)+"/"+kind, func(t *testing.T) {
				t.Parallel()
				w := newTestbed(t, nil)
				op := prepare(t, w, verb)
				if err := w.sandbox.SetFaults([]sandbox.Fault{{Route: names.call, Kind: kind}}); err != nil {
					t.Fatal(err)
				}
				ctx := t.Context()
				if kind == "timeout_before" {
					ctx = short(t)
				}
				out := w.Perform(ctx, op)
				if out.Status != tc.status || out.Code != tc.code {
					t.Errorf("outcome %s %q (%v), want %s %q", out.Status, out.Code, out.Err, tc.status, tc.code)
				}
				if did := w.effects()[names.effect]; (did == 1) != tc.done || did > 1 {
					t.Errorf("done %d times", did)
				}
				checkTruth(t, w, op, tc.done)
				if out := w.Perform(t.Context(), op); out.Status != tc.again {
					t.Errorf("sent again: %s %q (%v), want %s", out.Status, out.Code, out.Err, tc.again)
				}
				if did := w.effects()[names.effect]; did > 1 || tc.again == process.Succeeded && did != 1 {
					t.Errorf("done %d times in the end", did)
				}
			})
		}
	}
}

// checkTruth looks for what the operation should have done, as recovery does.
func checkTruth(t *testing.T, w *testbed, op orchestrator.Operation, done bool) {
	t.Helper()
	fact := map[process.Verb]process.Fact{
		process.Authorize: process.FactAuthorized, process.Charge: process.FactCaptured, process.Capture: process.FactCaptured,
		process.Void: process.FactVoided, process.Refund: process.FactRefunded, process.Transfer: process.FactTransferred,
	}[op.Verb]
	s, err := w.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: op.Transaction.PaymentID, Reference: op.Reference(), Since: w.time()})
	if err != nil {
		t.Fatal(err)
	}
	if _, seen := s.Facts[fact]; seen != done {
		t.Errorf("lookup sees %s: %v, want %v", fact, seen, done)
	}
}

// A key that is still in use elsewhere says nothing about the outcome.
func TestPerform_keyInUse(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	if err := w.sandbox.SetFaults([]sandbox.Fault{{Route: "create_payment_intent", Kind: "timeout_after"}}); err != nil {
		t.Fatal(err)
	}
	op := operation(process.Authorize, "")
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan orchestrator.Outcome)
	go func() { first <- w.Perform(ctx, op) }()
	for w.effects()["authorize"] == 0 {
		runtime.Gosched()
	}
	if out := w.Perform(t.Context(), op); out.Status != process.Unknown || out.Code != "idempotency_key_in_use" {
		t.Errorf("second: %s %q (%v)", out.Status, out.Code, out.Err)
	}
	cancel()
	if out := <-first; out.Status != process.Unknown {
		t.Errorf("first: %s %q (%v)", out.Status, out.Code, out.Err)
	}
}

// A key that was used for something else is a doubt too: the other request may
// have moved money.
func TestPerform_keyOfAnotherRequest(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	w.authorized(t)
	op := operation(process.Authorize, "")
	op.Transaction.ListingTitle = "Another bike"
	if out := w.Perform(t.Context(), op); out.Status != process.Unknown || out.Code != "idempotency_error" {
		t.Errorf("outcome %s %q (%v)", out.Status, out.Code, out.Err)
	}
}

// What fails before the transfer itself has moved nothing.
func TestTransfer_paymentNotReadable(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	op := operation(process.Transfer, w.captured(t))
	if err := w.sandbox.SetFaults([]sandbox.Fault{{Route: "get_payment_intent", Kind: "cut_after", Times: -1}}); err != nil {
		t.Fatal(err)
	}
	if out := w.Perform(t.Context(), op); out.Status != process.NotSent || w.effects()["transfer"] != 0 {
		t.Errorf("outcome %s %q (%v)", out.Status, out.Code, out.Err)
	}
}

// When the look at a refused payment fails, nothing is known for sure.
func TestPerform_refusalWithoutLook(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	op := operation(process.Void, w.captured(t))
	if err := w.sandbox.SetFaults([]sandbox.Fault{{Route: "get_payment_intent", Kind: "cut_after", Times: -1}}); err != nil {
		t.Fatal(err)
	}
	if out := w.Perform(t.Context(), op); out.Status != process.Unknown || out.Code != "payment_intent_unexpected_state" {
		t.Errorf("outcome %s %q (%v)", out.Status, out.Code, out.Err)
	}
}
