package vocabulary_test

import (
	"testing"

	"github.com/handsel-dev/handsel/server/vocabulary"
)

func TestWords(t *testing.T) {
	t.Parallel()
	w, err := vocabulary.Words()
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range w.Kinds {
		if k.Text == "" || k.Values != nil && len(k.Values) == 0 {
			t.Errorf("%s says nothing", name)
		}
	}
}
