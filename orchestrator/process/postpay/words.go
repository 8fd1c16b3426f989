package postpay

import (
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// words are how a deal is told before it is paid for.
func words() process.Words {
	return settlement.Words(process.Words{
		States: map[process.State][]process.Saying{
			Pending:    process.Says(process.Author, "{author} has to send an invoice or decline[ by {due}; otherwise {otherwise}]."),
			Accepted:   process.Says(process.Starter, "{starter} has to pay the invoice of {total}[ by {due}; otherwise {otherwise}]."),
			Paying:     process.Says(process.Buyer, "{buyer} has to finish the payment of {total}[ by {due}; otherwise {otherwise}]."),
			PendingExt: process.Says(process.Gateway, "The gateway settles the payment of {total} by {buyer} later; it is looked up until it is done, or an operator gives it up."),
			Rejected:   process.Says("", "The deal is over: the seller has declined, and nothing was charged."),
			Unpaid:     process.Says("", "The deal was cancelled before it was paid; nothing was charged."),
			Lapsed:     process.Says("", "The deal is over: nobody answered in time, and nothing was charged."),
		},
		Timers: map[process.TimerName]string{
			"lapse":          "the deal ends and nothing is charged",
			"payment_window": "the payment is cancelled and the invoice stays open",
		},
	})
}
