package preauthorize

import (
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// words are how a deal is told before it is paid for.
func words() process.Words {
	return settlement.Words(process.Words{
		States: map[process.State][]process.Saying{
			Initiated:      process.Says(process.Buyer, "{buyer} has to finish the payment of {total}[ by {due}; otherwise {otherwise}]."),
			ActionRequired: process.Says(process.Buyer, "{buyer} has to approve the payment of {total} at their bank[ by {due}; otherwise {otherwise}]."),
			Preauthorized:  process.Says(process.Author, "{author} has to accept[ by {due}]; then the buyer's {authorized} are taken[, otherwise {otherwise}]."),
			PendingExt:     process.Says(process.Gateway, "The gateway holds the capture of {authorized} from {buyer} back; it is looked up until it is done, or an operator gives it up."),
			CaptureFailed:  process.Says(process.Clock, "The capture of {authorized} from {buyer} failed; the hold ends automatically and nothing is charged."),
			Abandoned:      process.Says("", "The deal is over: the payment was not finished, and nothing was charged."),
			Errored:        process.Says("", "The deal is over: the capture failed, the hold has ended and nothing was charged."),
			Rejected:       process.Says("", "The deal is over: it was not accepted, the hold has ended and nothing was charged."),
		},
		Timers: map[process.TimerName]string{
			"payment_window": "the deal ends and nothing is charged",
			"action_window":  "the deal ends and nothing is charged",
			"hold_expiry":    "the hold ends and nothing is charged",
			"drop_hold":      "the hold ends and nothing is charged",
		},
	})
}
