package fault_test

import (
	"testing"

	"github.com/handsel-dev/handsel/fault"
)

// A reason that two classes of faults have means another thing in each, and one that no class
// has means nothing.
func TestMeaningOf(t *testing.T) {
	t.Parallel()
	conflict, ok := fault.MeaningOf("invalid_payment_method", fault.Conflict)
	declined, also := fault.MeaningOf("invalid_payment_method", fault.Declined)
	if !ok || !also || conflict.Means == declined.Means || conflict.Next == "" || declined.Next == "" {
		t.Errorf("%+v and %+v", conflict, declined)
	}
	for _, class := range []fault.Code{fault.NotFound, fault.Conflict} {
		if m, known := fault.MeaningOf("no_such_reason", class); known {
			t.Errorf("%+v", m)
		}
	}
	if m, known := fault.MeaningOf("invalid_payment_method", fault.NotFound); known {
		t.Errorf("of a class without it: %+v", m)
	}
}
