package p2porder

import "github.com/handsel-dev/handsel/orchestrator/process"

// words are how an order is told. What the buyer pays outside of the books is known to
// the exchange alone, so that no text names it.
func words() process.Words {
	const goesBack = "the frozen {held} go back to {seller}"
	return process.Words{
		States: map[process.State][]process.Saying{
			Pending: process.Says(process.Buyer, "{buyer} has to pay the seller outside of Handsel and say so[ by {due}; otherwise {otherwise}]."),
			Paid:    process.Says(process.Seller, "{seller} has to confirm the buyer's payment[ by {due}]; then {buyer} gets {gets}[, otherwise {otherwise}]."),
			Disputed: {
				process.AfterFact(FactAgreedByBuyer, process.Operator, "{buyer} has agreed to cancel; an operator has to decide[ by {due}] unless {seller} agrees too[, otherwise {otherwise}|; {held} are frozen until then]."),
				process.AfterFact(FactAgreedBySeller, process.Operator, "{seller} has agreed to cancel; an operator has to decide[ by {due}] unless {buyer} agrees too[, otherwise {otherwise}|; {held} are frozen until then]."),
				{Waits: process.Operator, Text: "An operator has to decide the dispute[ by {due}; otherwise {otherwise}|; {held} of {seller} are frozen until then]."},
			},
			Revocable: {
				process.AfterFact(FactExpired, process.Clock, "The order expired and {seller} has the balance back; {buyer} can appeal[ until {due}, then {otherwise}]."),
				{Waits: process.Clock, Text: "{seller} has cancelled the order and has the balance back; {buyer} can appeal[ until {due}, then {otherwise}]."},
			},
			Contested: process.Says(process.Operator, "{buyer} says that they paid, but the order is cancelled and nothing is frozen; an operator has to look into it."),
			Completed: {
				process.AfterFact(process.FactSplit, "", "The order was split: {buyer} got[ {paid}| nothing], and {seller} has[ {refunded}| nothing] back."),
				{Text: "The order is complete; {buyer} got[ {paid}]."},
			},
			Cancelled: process.Says("", "The order is over: it was cancelled, and {seller} has the balance back."),
		},
		Timers: map[process.TimerName]string{
			"payment_window":   "the order expires and " + goesBack,
			"release_deadline": "an operator has to decide",
			"appeal_window":    "the order is closed",
			"dispute_refund":   goesBack,
			"dispute_release":  "{buyer} gets {gets}",
		},
	}
}
