package escrowf2f

import (
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
)

// words are how a deal in person is told.
func words() process.Words {
	handover := process.Says(process.Seller, "{seller} has to hand the goods over to {buyer} and confirm it; {held} are held until then.")
	return escrow.Words(process.Words{
		States: map[process.State][]process.Saying{
			escrow.Joined: process.Says(process.Buyer, "{buyer} has to pay the deposit, {deposit_total} with the fee, on the gateway's page[ by {due}; otherwise {otherwise}]."),
			DepositPaid:   process.Says(process.Seller, "{seller} has to accept the deposit of {deposit}[ by {due}; otherwise {otherwise}]."),
			DepositAccepted: {
				process.AfterFact(process.FactPriced, process.Buyer, "{buyer} has to pay the rest[, {rest},] on the gateway's page; the deposit of {held} is held until then."),
				{Waits: process.Seller, Text: "{seller} has to set the whole price or skip the rest; the deposit of {held} is held until then."},
			},
			RemainderPaid:           handover,
			RemainderSkipped:        handover,
			BuyerHandoverConfirmed:  process.Says(process.Seller, "{seller} has to confirm the handover[ by {due}; otherwise {otherwise}]."),
			SellerHandoverConfirmed: process.Says(process.Buyer, "{buyer} has to accept the goods or complain[ by {due}; otherwise {otherwise}]."),
			CancelledWithDeposit:    process.Says(process.Gateway, "The deal was cancelled; {buyer} is refunded {back} as soon as the gateway sends the money."),
			DepositRefunded:         process.Says("", "The deal is over; {buyer} was refunded[ {refunded}]."),
		},
		Timers: map[process.TimerName]string{
			"deposit_window":         escrow.Lapses,
			"acceptance_window":      "the deal is cancelled and {buyer} is refunded {back}",
			"automatic_confirmation": "it is confirmed automatically and the complaint period begins",
		},
	})
}
