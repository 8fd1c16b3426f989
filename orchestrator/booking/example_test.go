package booking_test

import (
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/booking"
)

// On the wire the last day is booked too, and the quantity has to say so.
func ExampleParse() {
	p, err := booking.Parse("2026-10-28", "2026-10-30", booking.Day, time.UTC)
	fmt.Println(p.Count(), p.Unit, err)
	fmt.Println("over at", p.EndInstant())
	fmt.Println(fault.ReasonOf(p.MatchQuantity(2)))
	// Output:
	// 3 day <nil>
	// over at 2026-10-31 00:00:00 +0000 UTC
	// quantity_mismatch
}
