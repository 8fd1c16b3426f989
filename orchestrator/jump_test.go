package orchestrator_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// history is what happened to a deal, and when.
func history(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) []string {
	t.Helper()
	log, err := w.Store.Timeline(t.Context(), tx.ID)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range log {
		lines = append(lines, fmt.Sprintf("%s %s %s>%s by %s", l.At.Sub(testkit.Start), l.Transition, l.From, l.To, l.Actor))
	}
	return lines
}

// One jump of the clock gives the same history as thirty of a day.
func TestH3_jump(t *testing.T) {
	t.Parallel()
	for name, bring := range map[string]func(w *testkit.Testbed) orchestrator.Transaction{
		"tracked": func(w *testkit.Testbed) orchestrator.Transaction { return w.BringTo(escrowonline.Tracked) },
		"paid":    func(w *testkit.Testbed) orchestrator.Transaction { return w.BringTo(escrowonline.Paid) },
		"joined":  func(w *testkit.Testbed) orchestrator.Transaction { return w.Open() },
		"in person": func(w *testkit.Testbed) orchestrator.Transaction {
			return w.BringF2FTo(escrowf2f.BuyerHandoverConfirmed)
		},
		"reserved": func(w *testkit.Testbed) orchestrator.Transaction {
			in := testkit.Deal()
			in.Process, in.Gateway, in.Input = "preauthorize", "stripe", map[string]string{"payment_method": "pm_card_visa"}
			result, err := w.Engine.Create(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			return result.Transaction
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var histories [2][]string
			for i, jumps := range []int{1, 30} {
				w := testkit.New(t, testkit.Options{})
				tx := bring(w)
				for range jumps {
					w.Advance(30 * 24 * time.Hour / time.Duration(jumps))
				}
				histories[i] = history(t, w, tx)
			}
			if diff := cmp.Diff(histories[1], histories[0]); diff != "" {
				t.Errorf("(-thirty jumps +one):\n%s", diff)
			}
			t.Log(histories[0])
		})
	}
}

// A timer that fires late, after an outage say, is dated when it was due.
func TestH3_lateTimer(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true})
		in := testkit.Deal()
		in.Process, in.Gateway = "postpay", "stripe"
		result, err := w.Engine.Create(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Sandbox.Advance(40 * 24 * time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Engine.FireDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"0s create >pending by user:bea", "72h0m0s remind pending>pending by timer",
			"240h0m0s remind pending>pending by timer", "720h0m0s lapse pending>lapsed by timer",
		}
		if diff := cmp.Diff(want, history(t, w, result.Transaction)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if tx := w.Load(result.Transaction); !tx.EnteredAt.Equal(testkit.Start.Add(30 * 24 * time.Hour)) {
			t.Errorf("entered at %s", tx.EnteredAt)
		}
	})
}
