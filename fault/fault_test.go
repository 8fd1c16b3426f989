package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/handsel-dev/handsel/fault"
)

func TestAs_keepsFaultsAndHidesOthers(t *testing.T) {
	t.Parallel()
	taken := fault.New(fault.Conflict, "dates_not_available", "these dates are taken")
	wrapped := fmt.Errorf("apply: %w", taken)
	if got := fault.As(wrapped); got != taken {
		t.Errorf("As(wrapped) = %v, want the fault itself", got)
	}
	hidden := fault.As(errors.New("dial tcp 10.0.0.7: refused"))
	if hidden.Code != fault.Internal || hidden.Reason != "internal_error" {
		t.Errorf("As(plain) = %s/%s, want internal/internal_error", hidden.Code, hidden.Reason)
	}
	if hidden.Message == "" || errors.Unwrap(hidden) == nil {
		t.Error("an internal fault needs a message for people and its cause for logs")
	}
}

func TestError_Is(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("do: %w", fault.New(fault.Conflict, "illegal_transition", "no"))
	tests := map[string]struct {
		target error
		want   bool
	}{
		"same class":            {fault.New(fault.Conflict, "", ""), true},
		"same reason":           {fault.New(fault.Conflict, "illegal_transition", ""), true},
		"other reason":          {fault.New(fault.Conflict, "revision_conflict", ""), false},
		"other class":           {fault.New(fault.Invalid, "", ""), false},
		"an error of else kind": {errors.New("x"), false},
	}
	for name, tc := range tests {
		if got := errors.Is(err, tc.target); got != tc.want {
			t.Errorf("%s: Is = %v, want %v", name, got, tc.want)
		}
	}
}

func TestError_copiesStayApart(t *testing.T) {
	t.Parallel()
	base := fault.New(fault.Conflict, "illegal_transition", "no")
	a := base.With("current_state", "paid")
	b := a.With("transition", "track").WithMoney(fault.MoneyUnknown)
	if len(base.Details) != 0 || len(a.Details) != 1 || len(b.Details) != 2 {
		t.Errorf("details leak between copies: %v %v %v", base.Details, a.Details, b.Details)
	}
	if a.Money() != fault.MoneyNo || b.Money() != fault.MoneyUnknown {
		t.Errorf("money = %s, %s", a.Money(), b.Money())
	}
}
