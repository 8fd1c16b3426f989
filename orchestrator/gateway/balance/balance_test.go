package balance_test

import (
	"testing"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/balance"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// The ledger is not asked: what it books is booked in the commit.
func TestPerform_sendsNothing(t *testing.T) {
	t.Parallel()
	if got := (balance.Gateway{}).Perform(t.Context(), orchestrator.Operation{}); got.Status != process.NotSent || got.Code != "own_ledger" || got.Err == nil {
		t.Errorf("%+v", got)
	}
}
