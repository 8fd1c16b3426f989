package money_test

import (
	"fmt"

	"github.com/handsel-dev/handsel/money"
)

// Parts always add up to the whole.
func ExampleAmount_Allocate() {
	parts, err := money.New(1000, "EUR").Allocate(1, 1, 1)
	fmt.Println(parts, err)
	// Output: [3.34 EUR 3.33 EUR 3.33 EUR] <nil>
}

// A commission of 2.5 %, rounded half to even.
func ExampleAmount_BasisPoints() {
	fee, err := money.New(1234, "EUR").BasisPoints(250)
	fmt.Println(fee, err)
	// Output: 0.31 EUR <nil>
}
