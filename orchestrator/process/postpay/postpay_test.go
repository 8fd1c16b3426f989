package postpay_test

import (
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// The document calls several states alike. People are told each by a word that is no other
// state's name.
func TestWord(t *testing.T) {
	t.Parallel()
	p := postpay.V1()
	for state, want := range map[process.State][2]string{
		postpay.Unpaid: {"canceled", "unpaid"}, settlement.Canceled: {"canceled", "canceled"}, settlement.Confirmed: {"completed", "completed"},
	} {
		if got := [2]string{p.Label(state), p.Word(state)}; got != want {
			t.Errorf("%s is called %v, want %v", state, got, want)
		}
	}
}
