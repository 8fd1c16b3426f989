package orchestrator_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// strike makes the next call of an operation at Stripe fail in one way.
func strike(t *testing.T, w *testkit.Testbed, operation, kind string) {
	t.Helper()
	if err := w.Stripe.SetFaults([]stripe.Fault{{Route: operation, Kind: kind}}); err != nil {
		t.Fatal(err)
	}
}

// lastDeal is the newest deal, for calls that answer none.
func lastDeal(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
	t.Helper()
	all, err := w.Store.List(t.Context(), orchestrator.Filter{CommunityID: testkit.Deal().CommunityID, Limit: 1})
	if err != nil || len(all) == 0 {
		t.Fatalf("deals: %v, %v", all, err)
	}
	return all[0]
}

// A failure that Stripe keeps under the key of an operation is over within minutes:
// what took effect is found, what did not is sent under a new key, once.
func TestM16_storedFailure(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		operation, kind string
		effect          string // the emulator's name of what must have happened once
	}{
		"authorize without effect": {"create_payment_intent", "error_before", "authorize"},
		"authorize with effect":    {"create_payment_intent", "error_after", "authorize"},
		"capture without effect":   {"capture_payment_intent", "error_before", "capture"},
		"capture with effect":      {"capture_payment_intent", "error_after", "capture"},
		"transfer without effect":  {"create_transfer", "error_before", "transfer"},
		"transfer with effect":     {"create_transfer", "error_after", "transfer"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testkit.New(t, testkit.Options{})
			strike(t, w, test.operation, test.kind)
			_, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
			tx := lastDeal(t, w)
			if err == nil {
				tx, err = w.Do(tx, "complete_preauthorization", testkit.Seller)
			}
			if err == nil {
				_, err = w.Do(tx, "complete", testkit.Buyer)
			}
			if fault.CodeOf(err) != fault.Unknown {
				t.Fatalf("got %v, want an unknown outcome", err)
			}
			w.Advance(10 * time.Second)
			if i, err := w.Store.Intent(t.Context(), w.Load(tx).IntentID); strings.HasSuffix(name, "without effect") && (err != nil || i.Code != "stored_failure") {
				t.Errorf("the operation is noted with %q (%v)", i.Code, err)
			}
			for range 3 {
				w.Advance(time.Minute)
			}
			if tx = w.Load(tx); tx.Operation != "" {
				t.Errorf("%s is still open after three minutes in state %s", tx.Operation, tx.State)
			}
			n := 0
			for _, e := range w.Stripe.Effects() {
				if e.Operation == test.effect {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%d times %s in %+v, want once", n, test.effect, w.Stripe.Effects())
			}
			w.CheckBooks()
		})
	}
}

// What was held up on its way and arrives after the operation got a new key takes no
// effect: its key is used up.
func TestM16_lateAttempt(t *testing.T) {
	t.Parallel()
	var late *http.Request
	w := testkit.New(t, testkit.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/transfers") && late == nil {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			late = r.Clone(context.Background())
			late.Body = io.NopCloser(bytes.NewReader(body))
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	result, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
	if err != nil {
		t.Fatal(err)
	}
	tx := w.MustDo(result.Transaction, "complete_preauthorization", testkit.Seller)
	strike(t, w, "create_transfer", "error_before")
	if _, err := w.Do(tx, "complete", testkit.Buyer); fault.CodeOf(err) != fault.Unknown {
		t.Fatalf("got %v, want an unknown outcome", err)
	}
	for range 4 {
		w.Advance(time.Minute)
	}
	if tx = w.Load(tx); tx.State != settlement.Confirmed {
		t.Fatalf("the deal is %s", tx.State)
	}
	resp, err := http.DefaultTransport.RoundTrip(late)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if n := w.StripeBooks("Old city bike").Funds.Released; n != 5000 || resp.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%d were paid out after %d, replayed %q", n, resp.StatusCode, resp.Header.Get("Idempotent-Replayed"))
	}
	w.CheckBooks()
}

// searches reports whether a call lists payments to find one of them. A statement has
// their charges as well.
func searches(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/payment_intents") && r.URL.Query().Get("expand[0]") == ""
}

// The lost answer of an opening is had by sending it again, however many payments
// were made since; they are not listed.
func TestM29_busyAccount(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cut_after", "cut_before"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var listed atomic.Int64
			w := testkit.New(t, testkit.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				if searches(r) {
					listed.Add(1)
					return nil, errors.New("a list of thousands does not end in time")
				}
				return http.DefaultTransport.RoundTrip(r)
			})})
			strike(t, w, "create_payment_intent", kind)
			if _, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa")); fault.CodeOf(err) != fault.Unknown {
				t.Fatalf("got %v, want an unknown outcome", err)
			}
			w.Advance(10 * time.Second)
			if tx := lastDeal(t, w); tx.State != preauthorize.Preauthorized || tx.PaymentID == "" {
				t.Errorf("ten seconds later the deal is %s with payment %q", tx.State, tx.PaymentID)
			}
			if n := listed.Load(); n != 0 {
				t.Errorf("payments were listed %d times", n)
			}
			w.CheckBooks()
		})
	}
}

// When the keys have ended the payment is found by its reference, and only the time
// in which the call can have arrived is listed.
func TestM29_keysEnded(t *testing.T) {
	t.Parallel()
	var open atomic.Bool
	w := testkit.New(t, testkit.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if searches(r) && r.URL.Query().Get("created[lte]") == "" {
			t.Errorf("all newer payments are listed: %s", r.URL.RawQuery)
		}
		if !open.Load() && strings.Contains(r.URL.Path, "/payment_intents") {
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err == nil {
				_ = resp.Body.Close()
			}
			return nil, errors.New("the answer was lost")
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	if _, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa")); fault.CodeOf(err) != fault.Unknown {
		t.Fatalf("got %v, want an unknown outcome", err)
	}
	w.Advance(30 * time.Hour)
	open.Store(true)
	w.Advance(2 * time.Hour)
	if tx := lastDeal(t, w); tx.State != preauthorize.Preauthorized || tx.PaymentID == "" {
		t.Errorf("the deal is %s with payment %q", tx.State, tx.PaymentID)
	}
	if n := w.StripeBooks("Old city bike").Payments; n != 1 {
		t.Errorf("%d payments, want 1", n)
	}
	w.CheckBooks()
}

// A report of the gateway that is faster than the answer concludes what was asked for,
// in the name of who asked.
func TestM33_reportBeforeAnswer(t *testing.T) {
	t.Parallel()
	line := &testkit.Line{}
	w := testkit.New(t, testkit.Options{Transport: line, Manual: true})
	result, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
	if err != nil {
		t.Fatal(err)
	}
	tx := result.Transaction
	line.Break(http.MethodPost, "/cancel", func(send func() (*http.Response, error)) (*http.Response, error) {
		resp, err := send()
		if _, syncErr := w.Engine.SyncPayment(t.Context(), "stripe", tx.PaymentID); syncErr != nil {
			t.Errorf("report: %v", syncErr)
		}
		return resp, err
	})
	tx = w.MustDo(tx, "withdraw", testkit.Buyer)
	history, err := w.Store.Timeline(t.Context(), tx.ID)
	if err != nil {
		t.Fatal(err)
	}
	if last := history[len(history)-1]; last.Transition != "withdraw" || last.Actor != testkit.Buyer.String() || last.To != preauthorize.Rejected {
		t.Errorf("the history ends with %s by %s to %s", last.Transition, last.Actor, last.To)
	}
	events, err := w.Store.Events(t.Context(), tx.ID)
	if err != nil {
		t.Fatal(err)
	}
	if data := events[len(events)-1].Data; data["transition"] != "withdraw" || data["actor"] != testkit.Buyer.String() {
		t.Errorf("the event says %v", data)
	}
	w.CheckBooks()
}
