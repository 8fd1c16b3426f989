package console

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
)

// A refusal says that nothing was changed only where that is known.
func TestChanged(t *testing.T) {
	t.Parallel()
	moved := fault.New(fault.Conflict, "x", "x")
	moved.Moved = fault.MoneyYes
	for _, tc := range []struct {
		why  *fault.Error
		want string
	}{
		{fault.New(fault.Invalid, "x", "x"), "Nothing was changed."},
		{fault.New(fault.Forbidden, "x", "x"), "Nothing was changed."},
		{fault.New(fault.Conflict, "x", "x"), "This request changed nothing."},
		{fault.New(fault.Declined, "x", "x"), "No money moved."},
		{fault.New(fault.Unknown, "outcome_unknown", "x"), "It is not known yet"},
		{fault.New(fault.Internal, "x", "x"), "It is not known yet"},
		{moved, "It is not known yet"},
	} {
		if got := changed(t.Context(), tc.why); !strings.HasPrefix(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.why.Code, got, tc.want)
		}
	}
}
