package settlement

import (
	"maps"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Words are those of a process whose paid deals end here: its own, and those of these
// states.
func Words(own process.Words) process.Words {
	maps.Copy(own.States, map[process.State][]process.Saying{
		Paid: process.Says(process.Starter, "{starter} has to confirm the deal or cancel it[ by {due}; otherwise {otherwise}|; {held} are held until then]."),
		Canceled: {
			process.AfterFact(FactCanceled, process.Operator, "The deal was cancelled after the payment; an operator has to decide who gets the {held} that are held."),
			{Waits: process.Operator, Text: "The payer's bank has left the money here after a dispute; an operator has to decide who gets the {held} that are held."},
		},
		Disputed: {
			{If: evidenceOpen, Waits: process.Operator, Text: "{buyer} disputes the payment; an operator has to send evidence by {evidence}, then the payer's bank decides about the {held} that are held."},
			{Waits: process.Gateway, Text: "{buyer} disputes the payment; the payer's bank decides about the {held} that are held."},
		},
		Settling:  process.Says(process.Clock, "The deal is split, and {pays} automatically; if that fails, an operator has to try again or refund the rest."),
		Returning: process.Says(process.Clock, "The payout was taken back, and {buyer} is refunded {back} automatically; if that fails, an operator has to try again or pay the seller again."),
		Confirmed: process.Ended("The deal is complete", "{seller} was paid[ {paid}]."),
		Refunded:  process.Says("", "The deal is over; {buyer} was refunded[ {refunded}]."),
		Dismissed: process.Ended("An operator has decided for the seller", "{seller} was paid[ {paid}]."),
		Settled:   append([]process.Saying{{If: allBack, Text: "The deal is over; {buyer} was refunded[ {refunded}]."}}, process.Ended("The deal was split: {buyer} was refunded {refunded}", "{seller} was paid[ {paid}].")...),
	})
	maps.Copy(own.Timers, map[process.TimerName]string{
		"automatic_confirmation": "it is confirmed automatically and {pays}",
		"refund_returned":        "{buyer} is refunded {back}",
		"settle_rest":            "{pays}",
	})
	return own
}

// evidenceOpen reports whether evidence about a dispute may still be sent.
func evidenceOpen(d process.Deal, now time.Time) bool {
	at, ok := d.Deadlines[process.EvidenceDeadline]
	return ok && now.Before(at)
}

// allBack reports whether the payee got nothing of a split after all.
func allBack(d process.Deal, _ time.Time) bool { return d.Has(process.FactRestRefunded) }
