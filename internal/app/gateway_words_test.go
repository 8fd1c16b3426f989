package app_test

import (
	"slices"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/server/vocabulary"
)

// The description of the API knows every gateway by all its names, and no other.
func TestGateways_inTheDescription(t *testing.T) {
	t.Parallel()
	words, err := vocabulary.Words()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range app.Kinds() {
		names = append(append(names, k.Name), k.Once...)
	}
	listed := slices.Clone(words.Kinds["Gateway"].Values)
	slices.Sort(names)
	slices.Sort(listed)
	if !slices.Equal(names, listed) {
		t.Errorf("server/vocabulary lists the gateways %v, and there are %v", listed, names)
	}
}
