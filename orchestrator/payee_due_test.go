package orchestrator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// More that was taken back from the payee than they have paid by the books is nobody's
// settlement: the deal is on hold.
func TestM4_moreReversedThanRecovered(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address, Manual: true, CallTimeout: 5 * time.Second})
		tx := lossDeal(t, w, []process.Transition{"complete_preauthorization", "complete"})
		takeBack(t, w, tx)
		asStaff(t, w, tx, "settle_loss", map[string]string{"recovered": "1000"})
		reverse(t, w, "1000")
		if now := w.Load(tx); now.Attention != "" {
			t.Errorf("what was recovered is reversed: attention %q", now.Attention)
		}
		reverse(t, w, "1")
		if now := w.Load(tx); !strings.HasPrefix(now.Attention, "the books differ: the gateway has released") {
			t.Errorf("more than was recovered is reversed: attention %q", now.Attention)
		}
		if found := differences(t, w); len(found) != 1 || found[0].What != "released" || found[0].There != money.New(3999, "EUR") {
			t.Errorf("reconciliation finds %+v", found)
		}
	})
}

// What the payee is owed stays on the operators' lists, by the sums: also when a replica of
// a release that does not know of it took the sign away, and after the books differed.
func TestM4_signOfWhatThePayeeIsOwed(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction){
		"taken away by an older replica": func(t *testing.T, w *testkit.Testbed, _ orchestrator.Transaction) {
			bySQL(t, w.Config.DatabaseURL, `update transactions set attention = '', held_at = null`)
		},
		"the books differed meanwhile": func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			reverse(t, w, "1001")
			if now := w.Load(tx); !strings.HasPrefix(now.Attention, "the books differ") {
				t.Errorf("attention %q", now.Attention)
			}
			w.TransferElsewhere(tx, 1)
		},
	}
	testkit.OnBoth(t, func(t *testing.T, address string) {
		for name, happens := range tests {
			t.Run(name, func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: oneOfMany(t, address), Manual: true, CallTimeout: 5 * time.Second})
				tx := lossDeal(t, w, []process.Transition{"complete_preauthorization", "complete"})
				takeBack(t, w, tx)
				asStaff(t, w, tx, "settle_loss", map[string]string{"recovered": "1000"})
				winBack(t, w, tx)
				sign := w.Load(tx).Attention
				happens(t, w, tx)
				w.Advance(25 * time.Hour) // the daily look
				if now := w.Load(tx); now.Attention != sign || !strings.Contains(sign, "repay_payee") {
					t.Errorf("attention %q, want %q", now.Attention, sign)
				}
				if tasks, err := w.Engine.Tasks(t.Context(), orchestrator.TaskFilter{CommunityID: tx.CommunityID, Limit: 10}); err != nil || len(tasks) != 1 {
					t.Errorf("%d tasks, %v", len(tasks), err)
				}
				w.CheckBooks()
			})
		}
	})
}
