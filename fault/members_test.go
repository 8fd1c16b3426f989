package fault_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/handsel-dev/handsel/fault"
)

func wrongWith(field string) *fault.Error {
	return fault.New(fault.Invalid, "invalid_"+fault.Reason(field), "%s is wrong", field).With("field", field)
}

// The first error decides what a refusal is; the members that others find wrong stand in it, each once.
func TestAll(t *testing.T) {
	t.Parallel()
	forbidden := fault.New(fault.Forbidden, "not_yours", "it is not yours")
	listed := fault.New(fault.Invalid, "invalid_body", "the body is wrong")
	listed.Errors = []fault.FieldError{{Pointer: "/x", Code: "a"}, {Pointer: "/y", Code: "b"}}
	for name, c := range map[string]struct {
		errs []error
		want string // the reason, and what is pointed to
	}{
		"nothing is wrong":             {[]error{nil, nil}, ""},
		"one member":                   {[]error{nil, wrongWith("price")}, "invalid_price []"},
		"two members":                  {[]error{wrongWith("price"), nil, wrongWith("listing.title")}, "invalid_price [/price /listing/title]"},
		"one member twice":             {[]error{wrongWith("price"), wrongWith("price")}, "invalid_price []"},
		"not allowed, and a member":    {[]error{forbidden, wrongWith("price")}, "not_yours []"},
		"a member, and not allowed":    {[]error{wrongWith("price"), forbidden}, "invalid_price []"},
		"a list, and a member":         {[]error{listed, wrongWith("z/~")}, "invalid_body [/x /y /z~1~0]"},
		"what has no place in a body…": {[]error{wrongWith("price"), wrongWith("metadata…")}, "invalid_price []"},
	} {
		err := fault.All(c.errs...)
		got := ""
		if f := (*fault.Error)(nil); errors.As(err, &f) {
			var pointers []string
			for _, m := range f.Errors {
				pointers = append(pointers, m.Pointer)
			}
			got = fmt.Sprint(f.Reason, " ", pointers)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	many := make([]error, 30)
	for i := range many {
		many[i] = wrongWith(fmt.Sprint("m", i))
	}
	if got := fault.As(fault.All(many...)).Errors; len(got) != 20 {
		t.Errorf("%d members are named", len(got))
	}
}

// A refusal of one member points to it, in a copy.
func TestPointed(t *testing.T) {
	t.Parallel()
	f := wrongWith("a.b")
	if p := f.Pointed(); len(p.Errors) != 1 || p.Errors[0].Pointer != "/a/b" || p.Errors[0].Code != f.Reason || len(f.Errors) != 0 {
		t.Errorf("%+v of %+v", p.Errors, f)
	}
}

// What comes next is known of a code that has a next call, and of no other.
func TestNextCalls(t *testing.T) {
	t.Parallel()
	if !slices.Contains(fault.NextCalls("endpoint_not_found"), "webhookEndpoints.list") || fault.NextCalls("made_up") != nil {
		t.Error(fault.NextCalls("endpoint_not_found"), fault.NextCalls("made_up"))
	}
}
