package languages

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

var (
	spoken = regexp.MustCompile(`[sS]ay\((?:[\w.()]+, )?"([^"]+)"`)
	verbs  = regexp.MustCompile(`%[a-z]`)
)

// texts are all that the pages say, by their English text.
func texts(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"../hooks/*.go", "../hooks/*.templ", "../portal/*.go", "../portal/*.templ", "../look/*.templ"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	all := []string{string(outbound.Enabled), string(outbound.Disabled), string(outbound.Delivered), string(outbound.Pending), string(outbound.Waiting), string(outbound.Dead)}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range spoken.FindAllStringSubmatch(string(content), -1) {
			all = append(all, m[1])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Every text is there in every language with the same values in it, and no language has a text that no page says.
// What else it has are refusals, by their reason, alike in all.
func TestLanguages_complete(t *testing.T) {
	t.Parallel()
	all := texts(t)
	if len(all) < 50 {
		t.Fatalf("only %d texts are found: %v", len(all), all)
	}
	reasons := map[string]int{}
	for _, code := range languages[1:] {
		for _, text := range all {
			own, ok := phrases[code][text]
			if want := verbs.FindAllString(text, -1); !ok || !slices.Equal(want, verbs.FindAllString(own, -1)) {
				t.Errorf("%s says %q for %q", code, own, text)
			}
		}
		for text := range phrases[code] {
			if slices.Contains(all, text) {
				continue
			}
			if reasons[text]++; !isReason(text) {
				t.Errorf("%s has a text that nobody says: %q", code, text)
			}
		}
	}
	for reason, n := range reasons {
		if n != len(languages)-1 {
			t.Errorf("only %d languages say what %s is", n, reason)
		}
	}
}

func isReason(text string) bool {
	return slices.ContainsFunc(fault.Reasons(), func(g fault.Group) bool {
		return slices.ContainsFunc(g.Meanings, func(m fault.Meaning) bool { return string(m.Reason) == text })
	})
}

// A page is in the language that the browser wants most.
func TestLanguage(t *testing.T) {
	t.Parallel()
	for wish, want := range map[string]string{
		"": "en", "de": "de", "de-AT,de;q=0.9,en;q=0.8": "de", "fr-FR, fr;q=0.9, es;q=0.5": "es", "en;q=0.7,ES;q=0.75": "es", "en, de": "en", "fr": "en", "*": "en",
		"de;q=0": "en", "de;q=x, es; q=0.1": "es", "de;q=0.0001": "en", strings.Repeat("fr,", 40) + "de": "en", ";;;,=,q": "en", "de;q=-1": "en",
	} {
		if got := wanted(wish); got != want {
			t.Errorf("for %.40q the page is in %s, want %s", wish, got, want)
		}
	}
}
