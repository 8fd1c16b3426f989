package stripe_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// What Stripe says of a payment's life, as facts with Stripe's times.
func TestLookup_facts(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	id := w.authorized(t)
	part := operation(process.Refund, id)
	part.Whole, part.Amount = false, money.New(200, "EUR")
	rest := operation(process.Transfer, id)
	rest.Amount = money.New(1034, "EUR")
	steps := []struct {
		name string
		do   func()
		want map[process.Fact]time.Duration // since the beginning
	}{
		{"authorized", func() {}, map[process.Fact]time.Duration{"authorized": 0}},
		{"captured", func() { w.must(t, operation(process.Capture, id), process.Succeeded) }, map[process.Fact]time.Duration{"authorized": 0, "captured": time.Hour}},
		{"a part back", func() { w.must(t, part, process.Succeeded) }, map[process.Fact]time.Duration{"authorized": 0, "captured": time.Hour, "refunded_in_part": 2 * time.Hour}},
		{"the rest paid out", func() { w.must(t, rest, process.Succeeded) }, map[process.Fact]time.Duration{
			"authorized": 0, "captured": time.Hour, "refunded_in_part": 2 * time.Hour, "transferred": 3 * time.Hour,
		}},
	}
	for i, step := range steps {
		step.do()
		s := w.look(t, id)
		got := map[process.Fact]time.Duration{}
		for fact, at := range s.Facts {
			got[fact] = at.Sub(t0)
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
		if s.Price != money.New(1234, "EUR") {
			t.Errorf("%s: price %s", step.name, s.Price)
		}
		if before, held := s.Deadlines[process.CaptureBefore]; held != (i == 0) || held && !before.Equal(t0.AddDate(0, 0, 7)) {
			t.Errorf("%s: capture before %s", step.name, before)
		}
		w.wait(time.Hour)
	}
}

// Ends of a payment that the others do not show.
func TestLookup_ends(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		play func(*testing.T, *testbed) string
		want []process.Fact
	}{
		"hold dropped": {func(t *testing.T, w *testbed) string {
			id := w.authorized(t)
			w.must(t, operation(process.Void, id), process.Succeeded)
			return id
		}, []process.Fact{"authorized", "voided"}},
		"hold lapsed": {func(t *testing.T, w *testbed) string {
			id := w.authorized(t)
			w.wait(8 * 24 * time.Hour)
			return id
		}, []process.Fact{"authorized", "voided"}},
		"never paid": {func(t *testing.T, w *testbed) string {
			id := w.must(t, withInput(operation(process.Charge, ""), nil), process.Pending).PaymentID
			w.must(t, operation(process.Void, id), process.Succeeded)
			return id
		}, []process.Fact{"voided"}},
		"all that was held went back, the fee stays": {func(t *testing.T, w *testbed) string {
			id := w.captured(t)
			w.must(t, operation(process.Refund, id), process.Succeeded)
			return id
		}, []process.Fact{"authorized", "captured", "refunded"}},
		"refund that is slow": {func(t *testing.T, w *testbed) string {
			id := w.must(t, token(process.Charge, "pm_card_pendingRefund"), process.Succeeded).PaymentID
			w.must(t, operation(process.Refund, id), process.Succeeded)
			return id
		}, []process.Fact{"authorized", "captured", "refunded"}},
		"refund that failed later": {func(t *testing.T, w *testbed) string {
			id := w.must(t, token(process.Charge, "pm_card_refundFail"), process.Succeeded).PaymentID
			w.must(t, operation(process.Refund, id), process.Succeeded)
			w.wait(48 * time.Hour)
			return id
		}, []process.Fact{"authorized", "captured"}},
		"refund that failed, then a part": {func(t *testing.T, w *testbed) string {
			id := w.must(t, token(process.Charge, "pm_card_refundFail"), process.Succeeded).PaymentID
			w.must(t, operation(process.Refund, id), process.Succeeded)
			w.wait(48 * time.Hour)
			part := operation(process.Refund, id)
			part.IntentID, part.Whole, part.Amount = "part", false, money.New(200, "EUR")
			w.must(t, part, process.Succeeded)
			return id
		}, []process.Fact{"authorized", "captured", "refunded_in_part"}},
		"declined on the page, then dropped": {func(t *testing.T, w *testbed) string {
			id := w.must(t, withInput(operation(process.Authorize, ""), nil), process.Pending).PaymentID
			if err := w.sandbox.Pay(id, "card_declined"); err == nil {
				t.Fatal("the card was not declined")
			}
			w.must(t, operation(process.Void, id), process.Succeeded)
			return id
		}, []process.Fact{"voided"}},
		"dispute open": {func(t *testing.T, w *testbed) string {
			return w.must(t, token(process.Charge, "pm_card_createDispute"), process.Succeeded).PaymentID
		}, []process.Fact{"authorized", "captured", "dispute_opened"}},
		"dispute won":  {disputed(true), []process.Fact{"authorized", "captured", "dispute_won"}},
		"dispute lost": {disputed(false), []process.Fact{"authorized", "captured", "dispute_lost", "dispute_opened"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTestbed(t, nil)
			id := tc.play(t, w)
			if diff := cmp.Diff(tc.want, sorted(w.look(t, id).Facts)); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

func disputed(won bool) func(*testing.T, *testbed) string {
	return func(t *testing.T, w *testbed) string {
		t.Helper()
		id := w.captured(t)
		d, err := w.sandbox.Dispute(id, "")
		if err == nil {
			w.wait(time.Hour)
			err = w.sandbox.CloseDispute(d, won)
		}
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
}

// Refusals, and what is done already.
func TestPerform_refusals(t *testing.T) {
	t.Parallel()
	again := func(op orchestrator.Operation) orchestrator.Operation {
		op.IntentID += "-again"
		return op
	}
	tests := map[string]struct {
		play   func(*testing.T, *testbed) orchestrator.Operation
		status process.Status
		code   fault.Reason
		facts  []process.Fact // that come with the refusal
	}{
		"captured already": {func(t *testing.T, w *testbed) orchestrator.Operation {
			return again(operation(process.Capture, w.captured(t)))
		}, process.Succeeded, "", []process.Fact{"authorized", "captured"}},
		"voided already": {func(t *testing.T, w *testbed) orchestrator.Operation {
			id := w.authorized(t)
			w.must(t, operation(process.Void, id), process.Succeeded)
			return again(operation(process.Void, id))
		}, process.Succeeded, "", []process.Fact{"authorized", "voided"}},
		"refunded already": {func(t *testing.T, w *testbed) orchestrator.Operation {
			id := w.captured(t)
			all := operation(process.Refund, id)
			all.Amount = money.New(1300, "EUR")
			w.must(t, all, process.Succeeded)
			return again(all)
		}, process.Succeeded, "", []process.Fact{"authorized", "captured", "refunded"}},
		"void of taken money": {func(t *testing.T, w *testbed) orchestrator.Operation {
			return operation(process.Void, w.captured(t))
		}, process.Declined, "payment_intent_unexpected_state", []process.Fact{"authorized", "captured"}},
		"capture of a dropped hold": {func(t *testing.T, w *testbed) orchestrator.Operation {
			id := w.authorized(t)
			w.must(t, operation(process.Void, id), process.Succeeded)
			return operation(process.Capture, id)
		}, process.Declined, "payment_intent_unexpected_state", []process.Fact{"authorized", "voided"}},
		"capture of a lapsed hold": {func(t *testing.T, w *testbed) orchestrator.Operation {
			id := w.authorized(t)
			w.mu.Lock()
			w.now = w.now.AddDate(0, 0, 7) // the emulator has not yet taken notice
			w.mu.Unlock()
			return operation(process.Capture, id)
		}, process.Declined, "hold_expired", nil},
		"capture of a hold that Stripe has ended": {func(t *testing.T, w *testbed) orchestrator.Operation {
			id := w.authorized(t)
			w.wait(8 * 24 * time.Hour)
			return operation(process.Capture, id)
		}, process.Declined, "hold_expired", []process.Fact{"authorized", "voided"}},
		"void of a slow payment": {func(t *testing.T, w *testbed) orchestrator.Operation {
			return operation(process.Void, w.must(t, token(process.Charge, "processing"), process.Pending).PaymentID)
		}, process.Declined, "payment_intent_unexpected_state", []process.Fact{"delayed"}},
		"no such payment": {func(*testing.T, *testbed) orchestrator.Operation {
			return operation(process.Capture, "pi_nobodys")
		}, process.Declined, "resource_missing", nil},
		"transfer of no such payment": {func(*testing.T, *testbed) orchestrator.Operation {
			return operation(process.Transfer, "pi_nobodys")
		}, process.Declined, "resource_missing", nil},
		"transfer of what was never paid": {func(t *testing.T, w *testbed) orchestrator.Operation {
			return operation(process.Transfer, w.must(t, withInput(operation(process.Charge, ""), nil), process.Pending).PaymentID)
		}, process.NotSent, "payment_unknown", nil},
		"payee without an account": {func(t *testing.T, w *testbed) orchestrator.Operation {
			op := operation(process.Transfer, w.captured(t))
			op.Transaction.Seller = "ghost"
			return op
		}, process.Declined, "payee_account_missing", []process.Fact{"authorized", "captured"}},
		"id of another gateway": {func(*testing.T, *testbed) orchestrator.Operation {
			return operation(process.Capture, "42")
		}, process.NotSent, "payment_unknown", nil},
		"verb of another gateway": {func(t *testing.T, w *testbed) orchestrator.Operation {
			return operation(process.Track, w.captured(t))
		}, process.NotSent, "unsupported_verb", nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTestbed(t, nil)
			op := tc.play(t, w)
			before := w.effects()
			out := w.Perform(t.Context(), op)
			if out.Status != tc.status || out.Code != tc.code {
				t.Errorf("outcome %s %q (%v), want %s %q", out.Status, out.Code, out.Err, tc.status, tc.code)
			}
			if diff := cmp.Diff(tc.facts, sorted(out.Snapshot.Facts)); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, w.effects()); diff != "" {
				t.Errorf("money moved (-before +after):\n%s", diff)
			}
		})
	}
}
