package exchange_test

import (
	"fmt"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
)

// A community changes the rules that it wants to be stricter; what is out of bounds is named.
func ExampleRules() {
	rules := exchange.DefaultRules()
	rules.NewcomerWait = 10 * 60
	rules.DisputeDefault = exchange.Refund
	fmt.Println(rules.Validate())

	rules.FilesPerSide = -1
	fmt.Println(fault.ReasonOf(rules.Validate()))
	// Output:
	// <nil>
	// invalid_exchange_rules
}
