package escrowonline

import (
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
)

// words are how a shipped deal is told.
func words() process.Words {
	return escrow.Words(process.Words{
		States: map[process.State][]process.Saying{
			Requested:            process.Says(process.Author, "{author} has to accept the request[ by {due}; otherwise {otherwise}]."),
			escrow.Joined:        process.Says(process.Buyer, "{buyer} has to pay {total} on the gateway's page[ by {due}; otherwise {otherwise}]."),
			Paid:                 process.Says(process.Seller, "{seller} has to ship the goods and give the tracking code[ by {due}; otherwise {otherwise}]."),
			Tracked:              process.Says(process.Buyer, "{buyer} has to confirm the delivery[ by {due}; otherwise {otherwise}]."),
			Delivered:            process.Says(process.Buyer, "{buyer} has to accept the goods or complain[ by {due}; otherwise {otherwise}]."),
			CancelledWithPayment: process.Says(process.Gateway, "The gateway has cancelled the deal; {buyer} is refunded {back} as soon as it sends the money."),
		},
		Timers: map[process.TimerName]string{
			"request_window":         escrow.Lapses,
			"payment_window":         escrow.Lapses,
			"tracking_deadline":      "the gateway may cancel the deal and refund {buyer}",
			"automatic_confirmation": "it is confirmed automatically and the complaint period begins",
		},
	})
}
