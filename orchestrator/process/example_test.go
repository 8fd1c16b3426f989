package process_test

import (
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// The rules answer without a database, a gateway or a clock.
func ExampleDecide() {
	p := escrowonline.V1()
	deal := process.Deal{
		State: escrowonline.Paid, Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam",
		Price: money.New(5000, "EUR"), BuyerFee: 190, Funds: process.Funds{Captured: 5190, Held: 5000, Fees: 190},
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	ship := process.Command{
		Transition: "track", Actor: process.Actor{Kind: process.User, ID: "bea"},
		Input: map[string]string{"carrier": "ups", "tracking_code": "1Z"},
	}
	_, err := process.Decide(p, deal, ship, now)
	fmt.Println("the buyer:", fault.ReasonOf(err))

	ship.Actor.ID = "sam"
	decision, err := process.Decide(p, deal, ship, now)
	fmt.Println("the seller:", err, "- ask the gateway to", decision.Verb)

	step, err := process.Conclude(p, decision.Step.Deal, decision.Rule, nil, process.Succeeded, now)
	fmt.Println("then it is", step.To, err)
	for _, alarm := range step.Arm {
		fmt.Println("by itself:", alarm.Name, "in", alarm.Due.Sub(now))
	}
	// Output:
	// the buyer: not_seller
	// the seller: <nil> - ask the gateway to track
	// then it is tracked <nil>
	// by itself: poll in 6h0m0s
}
