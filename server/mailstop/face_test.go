package mailstop

import (
	"slices"
	"testing"

	"github.com/handsel-dev/handsel/notices"
)

// The page has all its words in every language in which e-mails are written, and no others.
func TestFace_languages(t *testing.T) {
	t.Parallel()
	for language, w := range said {
		if !slices.Contains(notices.Languages(), language) || slices.Contains([]string{w.Title, w.Ask, w.Stop, w.Stopped, w.Resume}, "") {
			t.Errorf("%s: %+v", language, w)
		}
	}
	if len(said) != len(notices.Languages()) {
		t.Errorf("%d languages, e-mails are written in %d", len(said), len(notices.Languages()))
	}
}
