// Package catalog lists the processes that ship with Handsel, a line each.
package catalog

import (
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/balance"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/orchestrator/process/none"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
)

// All is every process that ships with Handsel, each as a fresh value.
func All() []*process.Process {
	return []*process.Process{
		none.V1(),
		preauthorize.V1(),
		postpay.V1(),
		escrowonline.V1(),
		escrowf2f.V1(),
		p2porder.V1(),
		balance.Deposit1(),
		balance.Withdrawal1(),
	}
}
