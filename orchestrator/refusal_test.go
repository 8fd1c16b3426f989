package orchestrator_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// What a call lacks that was not sent is named: a repeat without it is in vain.
func TestNotSent_missing(t *testing.T) {
	t.Parallel()
	for code, want := range map[fault.Reason]string{
		orchestrator.CodeNoAccount: "the seller has no account", "profile_missing": "e-mail address", "commission_merchant_missing": "HANDSEL_PAYTRAIL_COMMISSION_MERCHANT_ID",
	} {
		err := orchestrator.NotSentFault(orchestrator.Intent{Gateway: "paytrail", Verb: process.Capture, Code: code}, orchestrator.Transaction{})
		if fault.ReasonOf(err) != code || fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if err := orchestrator.NotSentFault(orchestrator.Intent{Code: "no_route"}, orchestrator.Transaction{}); fault.ReasonOf(err) != "gateway_unreachable" {
		t.Errorf("what failed on its way: %v", err)
	}
}
