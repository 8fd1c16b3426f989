package orchestrator_test

import (
	"net/url"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Whatever puts a deal on hold, its operators are told, once for each reason.
func TestM23_everyHoldIsTold(t *testing.T) {
	t.Parallel()
	byHand := func(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
		tx := cardPaid(t, w, "pm_card_visa")
		w.MustDo(tx, "cancel", testkit.Buyer)
		w.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}})
		return tx
	}
	ways := map[string]func(*testing.T, *testkit.Testbed) orchestrator.Transaction{
		"what is seen before money leaves": func(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
			tx := byHand(t, w)
			_, _ = w.Do(tx, "dismiss", staff) // refused with books_differ
			return tx
		},
		"what a look shows": func(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
			tx := byHand(t, w)
			_, _ = w.Engine.SyncPayment(t.Context(), "stripe", tx.PaymentID) // answers that an operator has to look
			return tx
		},
		"what goes back after the end": func(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
			tx := lossDeal(t, w, []process.Transition{"complete_preauthorization", "complete"})
			takeBack(t, w, tx)
			return tx
		},
		"books that contradict themselves": func(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
			tx := cardPaid(t, w, "pm_card_visa")
			bySQL(t, w.Config.DatabaseURL, doublePostings, tx.ID)
			_, _ = w.Do(tx, "complete", staff) // refused with deal_corrupt
			return tx
		},
		"our own ledger": func(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
			fund(t, w, "bea", 100_000)
			result, err := w.Engine.Create(t.Context(), own("preauthorize"))
			if err != nil {
				t.Fatal(err)
			}
			tx := w.MustDo(result.Transaction, "complete_preauthorization", testkit.Seller)
			bySQL(t, w.Config.DatabaseURL, doublePostings, tx.ID)
			_, _ = w.Do(tx, "complete", staff) // refused with deal_corrupt
			return tx
		},
	}
	for name, hold := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testkit.New(t, testkit.Options{Manual: true})
			tx := hold(t, w)
			now := w.Load(tx)
			events, err := w.Store.Events(t.Context(), tx.ID)
			if err != nil || now.Attention == "" {
				t.Fatalf("attention %q, %v", now.Attention, err)
			}
			told := 0
			for _, e := range events {
				if e.Type == "alert.on_hold" {
					told++
					if e.Data["for"] != orchestrator.ForOperators || e.Data["reason"] != now.Attention || e.Data["state"] != string(now.State) {
						t.Errorf("told %v, on hold is %q", e.Data, now.Attention)
					}
				}
			}
			if told != 1 {
				t.Errorf("told %d times, want once", told)
			}
		})
	}
}
