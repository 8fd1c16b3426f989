package paging_test

import (
	"testing"

	"github.com/handsel-dev/handsel/internal/paging"
)

type object int

func (o object) Size() int { return int(o) }

// TestGoesOn: a page goes on when it has all that was asked for, or is full.
func TestGoesOn(t *testing.T) {
	t.Parallel()
	for text, c := range map[string]struct {
		page  []object
		limit int
		want  bool
	}{
		"nothing":             {nil, 2, false},
		"fewer":               {[]object{1}, 2, false},
		"as many":             {[]object{1, 1}, 2, true},
		"one byte too little": {[]object{1, paging.Bytes - 2}, 3, false},
		"full":                {[]object{1, paging.Bytes - 1}, 3, true},
		"one that is larger":  {[]object{2 * paging.Bytes}, 3, true},
	} {
		if got := paging.GoesOn(c.page, c.limit); got != c.want {
			t.Errorf("%s: goes on is %v, want %v", text, got, c.want)
		}
	}
}

// TestTexts: names count as well.
func TestTexts(t *testing.T) {
	t.Parallel()
	if got := paging.Texts(map[string]string{"shop": "é", "": ""}); got != 6 {
		t.Errorf("the texts have %d bytes, want 6", got)
	}
}
