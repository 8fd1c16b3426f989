package fault_test

import (
	"errors"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
)

// A refusal has a reason for programs and a sentence for people, however deep it is wrapped.
func Example() {
	refusal := fault.New(fault.Conflict, "already_paid", "the deal is paid; ask for a refund").With("state", "paid")
	err := fmt.Errorf("pay: %w", refusal)

	f := fault.As(err)
	fmt.Println(f.Code, f.Reason, f.Message, f.Details["state"])
	fmt.Println("did money move?", f.Money())
	fmt.Println(errors.Is(err, fault.New(fault.Conflict, "", "")))
	// Output:
	// conflict already_paid the deal is paid; ask for a refund paid
	// did money move? no
	// true
}

// What is no fault is not shown to a caller.
func ExampleAs() {
	f := fault.As(errors.New("dial tcp 10.0.0.7:5432: connection refused"))
	fmt.Println(f.Code, f.Reason)
	// Output: internal internal_error
}
