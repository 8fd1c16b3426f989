package orchestrator_test

import (
	"testing"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// The sums that a line is compared with are its own, and what only its payment tells.
func TestStatementLine_totals(t *testing.T) {
	t.Parallel()
	line := orchestrator.StatementLine{Captured: 5000, Refunded: 1000, Released: 4000}
	told := line
	told.Totals = &process.Totals{Captured: 1, Refunded: 2, Released: 3, Disputed: 500, ByBank: 1500}
	for name, tc := range map[string]struct {
		line orchestrator.StatementLine
		want process.Totals
	}{
		"a line alone":         {line, process.Totals{Captured: 5000, Refunded: 1000, Released: 4000}},
		"a payment that tells": {told, process.Totals{Captured: 5000, Refunded: 1000, Released: 4000, Disputed: 500, ByBank: 1500}},
	} {
		if got := orchestrator.TotalsOf(tc.line); got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}
