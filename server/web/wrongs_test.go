package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
)

// A refusal names every member that is wrong, and is about the first of them.
func TestDecode_allAtOnce(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`{}`: {"/limits missing_field", "/name missing_field"},
		`{"limits":[],"name":1,"price":{"amount":"1","cents":1}}`: {"/name invalid_type", "/price/amount invalid_type", "/price/cents unknown_field"},
		`{"titel":"a","limits":[],"nmae":{"x":[1,{}]}}`:           {"/titel unknown_field", "/nmae unknown_field", "/name missing_field"},
		`{"a/b~c":1,"limits":[],"name":"a"}`:                      {"/a~1b~0c unknown_field"},
		`{"limits":[],"name":"a","rows":[{"amount":1.0},{}]}`:     {"/rows/0/amount invalid_type", "/rows/1/amount missing_field"},
		`{"limits":["x"],"nmae":"a"}`:                             {"/limits/0 invalid_type"}, // an item cannot be left out: the rest waits
		`{"price":{"amount":9007199254740993},"limits":[],"x":1}`: {"/x unknown_field", "/name missing_field"},
	} {
		var into outer
		f := fault.As(Decode([]byte(body), InFreeText, &into))
		var got []string
		for _, w := range f.Errors {
			if w.Detail == "" {
				t.Errorf("%s: %s says nothing", body, w.Pointer)
			}
			got = append(got, w.Pointer+" "+string(w.Code))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
			continue
		}
		if f.Reason != f.Errors[0].Code || f.Message != f.Errors[0].Detail {
			t.Errorf("%s: %v is not about the first", body, f)
		}
	}
}

// What reading a body again costs has a bound, however much is wrong with it.
func TestDecode_boundedWrongs(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, `,"x%d":1`, i)
	}
	for body, most := range map[string]int{
		`{"limits":[],"name":"a"` + many.String() + `}`:                                 mostWrong,
		`{"limits":[],"x":1,"y":1,"name":"` + strings.Repeat("a", mostReadAgain) + `"}`: 1,
	} {
		var into outer
		if f := fault.As(Decode([]byte(body), InFreeText, &into)); f.Reason != "unknown_field" || len(f.Errors) != most {
			t.Errorf("%d errors, want %d: %v", len(f.Errors), most, f)
		}
	}
}
