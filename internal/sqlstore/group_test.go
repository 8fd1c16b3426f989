package sqlstore_test

import (
	"fmt"
	"testing"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// Two writes about one deal, or under one key, are never in progress together, in one
// batch or in two, and keep their order.
func TestP5_oneAtATime(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		size                   int
		claims                 [][]string
		first, meanwhile, then []int
	}{
		"strangers":            {8, [][]string{{"a"}, {"b"}, {"c"}}, []int{0, 1, 2}, nil, nil},
		"one deal":             {8, [][]string{{"a"}, {"a"}, {"a"}}, []int{0}, nil, []int{1}},
		"between others":       {8, [][]string{{"a"}, {"b"}, {"a"}, {"c"}}, []int{0, 1, 3}, nil, []int{2}},
		"one key, two deals":   {8, [][]string{{"a", "key"}, {"b", "key"}, {"b"}}, []int{0, 2}, nil, []int{1}},
		"more than one batch":  {2, [][]string{{"a"}, {"b"}, {"a"}, {"c"}}, []int{0, 1}, []int{3}, []int{2}},
		"nothing is claimed":   {2, [][]string{nil, nil, nil}, []int{0, 1}, []int{2}, nil},
		"half of it is in use": {8, [][]string{{"a"}, {"a", "b"}, {"b"}}, []int{0, 2}, nil, []int{1}},
	} {
		first, meanwhile, then := sqlstore.Picked(tc.size, tc.claims...)
		if got, want := fmt.Sprint(first, meanwhile, then), fmt.Sprint(tc.first, tc.meanwhile, tc.then); got != want {
			t.Errorf("%s: wrote %s, want %s", name, got, want)
		}
	}
}
