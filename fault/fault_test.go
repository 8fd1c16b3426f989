package fault_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
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

// The class and the reason of an error are those of the fault in it, however deep; the text
// is for logs and names the cause.
func TestError_read(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection refused")
	for name, tc := range map[string]struct {
		err    error
		code   fault.Code
		reason fault.Reason
		text   string
	}{
		"a fault":      {fault.New(fault.Invalid, "invalid", "%d is too much", 7), fault.Invalid, "invalid", "invalid: 7 is too much"},
		"with a cause": {fault.Wrap(cause, fault.Unavailable, "gateway_unavailable", "try again"), fault.Unavailable, "gateway_unavailable", "gateway_unavailable: try again: connection refused"},
		"wrapped":      {fmt.Errorf("do: %w", fault.New(fault.NotFound, "not_found", "no deal")), fault.NotFound, "not_found", "do: not_found: no deal"},
		"no fault":     {cause, fault.Internal, "internal_error", "connection refused"},
	} {
		if code, reason := fault.CodeOf(tc.err), fault.ReasonOf(tc.err); code != tc.code || reason != tc.reason || tc.err.Error() != tc.text {
			t.Errorf("%s: %s, %s, %q; want %s, %s, %q", name, code, reason, tc.err, tc.code, tc.reason, tc.text)
		}
	}
}

// Each row of the list of reasons is whole, and none stands twice for the same class.
func TestReasons_whole(t *testing.T) {
	t.Parallel()
	snake := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	classes := []fault.Code{
		fault.Invalid, fault.Unauthenticated, fault.Declined, fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge,
		fault.KeyReused, fault.RateLimited, fault.Unavailable, fault.Unknown, fault.Internal, "",
	}
	repeats := []fault.Repeat{fault.Never, fault.Later, fault.Anew, fault.Looks}
	type key struct {
		reason fault.Reason
		code   fault.Code
	}
	seen := map[key]bool{}
	for _, g := range fault.Reasons() {
		if g.Title == "" || g.About == "" || len(g.Meanings) == 0 {
			t.Errorf("group %q says nothing of itself or is empty", g.Title)
		}
		for _, m := range g.Meanings {
			if !snake.MatchString(string(m.Reason)) || m.Means == "" || m.Next == "" || !slices.Contains(classes, m.Code) || !slices.Contains(repeats, m.Repeat) {
				t.Errorf("%+v is not whole", m)
			}
			if k := (key{m.Reason, m.Code}); seen[k] {
				t.Errorf("%s of class %q stands twice", m.Reason, m.Code)
			} else {
				seen[k] = true
			}
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d reasons", len(seen))
	}
}
