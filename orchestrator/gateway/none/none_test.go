package none_test

import (
	"testing"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/none"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Who is asked for money nevertheless has sent nothing.
func TestPerform_sendsNothing(t *testing.T) {
	t.Parallel()
	if got := (none.Gateway{}).Perform(t.Context(), orchestrator.Operation{}); got.Status != process.NotSent || got.Code != "no_gateway" || got.Err == nil {
		t.Errorf("%+v", got)
	}
}
