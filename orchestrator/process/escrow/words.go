package escrow

import (
	"maps"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Words are those of a deal at an escrow gateway: its own, and those of the states of both
// models.
func Words(own process.Words) process.Words {
	maps.Copy(own.States, map[process.State][]process.Saying{
		Created:              process.Says(process.Joiner, "{joiner} has to join with the join code[ by {due}; otherwise {otherwise}]."),
		Complained:           process.Says(process.Gateway, "{buyer} has complained; the gateway decides about the {held} that are held, unless {seller} accepts the complaint."),
		ComplaintPeriodEnded: process.Says(process.Gateway, "The complaint period is over; {pays} as soon as the gateway releases the money."),
		FundsReleased:        process.Says("", "The deal is complete; {seller} was paid[ {paid}]."),
		Refunded:             process.Says("", "The deal is over; {buyer} was refunded[ {refunded}]."),
		Cancelled:            process.Says("", "The deal was cancelled before anything was paid; nothing was charged."),
		Rejected:             process.Says("", "The deal was declined before anything was paid; nothing was charged."),
	})
	maps.Copy(own.Timers, map[process.TimerName]string{
		"invitation_window": Lapses,
		"complaint_period":  "{pays}",
	})
	return own
}

// Lapses is what follows when a deal waits too long for somebody, before anything is paid.
const Lapses = "the deal is cancelled and nothing is charged"
