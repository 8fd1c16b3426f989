package orchestrator_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// cost is what a deal takes: statements, what its gateway reports included, commits, and
// calls to its gateway. PostgreSQL is not asked once for each statement of a commit, so
// those are not among them there.
type cost struct{ statements, commits, calls int64 }

// A deal costs what it is known to cost. Whoever adds a statement or a call to one finds
// it here, and whoever saves one writes the new number down.
func TestCost(t *testing.T) {
	t.Parallel()
	complete := []process.Transition{"complete_preauthorization", "complete"}
	tests := map[string]struct {
		open  orchestrator.CreateInput
		steps []process.Transition
		// What it takes at most.
		sqlite, postgres cost
	}{
		"preauthorize on balance":  {own("preauthorize"), complete, cost{25, 3, 0}, cost{5, 3, 0}},
		"preauthorize on stripe":   {card("preauthorize", "pm_card_visa"), complete, cost{47, 6, 5}, cost{15, 6, 5}},
		"escrow_online on trustap": {testkit.Deal(), []process.Transition{"track", "confirm_delivery", "end_complaint_period"}, cost{62, 8, 6}, cost{23, 8, 6}},
	}
	testkit.OnBoth(t, func(t *testing.T, url string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				line := &unreachable{}
				w := testkit.New(t, testkit.Options{DatabaseURL: fresh(t, url), Transport: line, Manual: true})
				fund(t, w, "bea", 20_000)
				var took cost
				counted := func(do func()) {
					before := w.Store.Stats()
					calls := line.calls.Load()
					do()
					delivered(t, w)
					after := w.Store.Stats()
					took.statements += after.Statements - before.Statements
					took.commits += after.Commits - before.Commits
					took.calls += line.calls.Load() - calls
				}
				for range 2 { // the first one makes what is made once
					took = cost{}
					var tx orchestrator.Transaction
					counted(func() {
						result, err := w.Engine.Create(t.Context(), tc.open)
						if err != nil {
							t.Fatal(err)
						}
						tx = result.Transaction
					})
					if tx.Gateway == "trustap" {
						tx = w.Pay(tx)
					}
					for _, step := range tc.steps {
						actor := testkit.Buyer
						if step == "complete_preauthorization" || step == "track" {
							actor = testkit.Seller
						}
						counted(func() { tx = w.MustDo(tx, step, actor) })
					}
					w.MustSettle()
				}
				most := tc.sqlite
				if strings.HasPrefix(url, "postgres") {
					most = tc.postgres
				}
				if took.statements > most.statements || took.commits > most.commits || took.calls > most.calls {
					t.Errorf("took %+v, at most %+v", took, most)
				}
			})
		}
	})
}

// delivered waits until what the emulators report has come in.
func delivered(t *testing.T, w *testkit.Testbed) {
	t.Helper()
	w.Stripe.Tick()
	if err := w.Stripe.WaitDelivered(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.Sandbox.WaitDelivered(t.Context()); err != nil {
		t.Fatal(err)
	}
}
