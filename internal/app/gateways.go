package app

import (
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/balance"
	"github.com/handsel-dev/handsel/orchestrator/gateway/none"
	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Kinds are all gateways. Those that are named here with what they can are known, and
// cannot be configured yet.
func Kinds() orchestrator.Kinds {
	return orchestrator.Kinds{
		none.Kind(), balance.Kind(), trustap.Kind(), stripe.Kind(),
		{Name: "paypal", Can: process.Does(process.Authorize, process.Capture, process.Void, process.Refund, process.Transfer)},
		{Name: "braintree", Can: process.Does(process.Authorize, process.Charge, process.Capture, process.Void, process.Refund, process.Transfer)},
		{Name: "paytrail", Once: []string{"checkout"}, Can: process.Does(process.Charge, process.Void, process.Refund, process.Transfer)},
	}
}
