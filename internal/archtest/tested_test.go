package archtest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
)

// untested are codes that no test is refused with, and why. A new code is not added: it comes with a test that is refused with it.
var untested = map[string]string{
	"complaint_category": "tables of released processes name it, and those are not edited; nothing refuses the category, which may be left out and is any text",
}

// answered is what the tests of server have seen ("make refusals").
const answered = "server/vocabulary/refusals.txt"

// testers are the folders whose code is for tests without being in their files.
var testers = []string{"internal/storetest/", "internal/testkit/", "server/internal/facetest/", "orchestrator/gatewaytest/"}

var (
	goText   = regexp.MustCompile("\"(?:[^\"\\\\\n]|\\\\.)*\"|`[^`]*`")
	codeName = regexp.MustCompile(`[A-Za-z_]+`)
)

// Every code of a refusal is named by a test, in the spelling of any face. That it has a page with an example is held by
// server/guide.
func TestReasons_tested(t *testing.T) {
	t.Parallel()
	named := namedByTests(t)
	for _, g := range fault.Reasons() {
		for _, m := range g.Meanings {
			code := string(m.Reason)
			switch listed := untested[code] != ""; {
			case !named[code] && !listed:
				t.Errorf("no test names %s: write one that is refused with it", code)
			case named[code] && listed:
				t.Errorf("a test names %s: take it out of untested", code)
			}
		}
	}
	for code := range untested {
		if len(fault.MeaningsOf(code)) == 0 {
			t.Errorf("%s is no code: take it out of untested", code)
		}
	}
}

// namedByTests are the words in the texts of tests, in lower case.
func namedByTests(t *testing.T) map[string]bool {
	t.Helper()
	named := map[string]bool{}
	note := func(text string) {
		for _, word := range codeName.FindAllString(text, -1) {
			named[strings.ToLower(word)] = true
		}
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		name = filepath.ToSlash(name)
		isTest := strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "internal/archtest/") ||
			strings.HasSuffix(name, ".go") && slices.ContainsFunc(testers, func(folder string) bool { return strings.HasPrefix(name, folder) })
		if err != nil || d.IsDir() || !isTest && name != answered {
			return err
		}
		text, err := os.ReadFile(path)
		if name == answered {
			note(string(text))
			return err
		}
		for _, quoted := range goText.FindAllString(string(text), -1) {
			note(quoted)
		}
		return err
	})
	if err != nil || len(named) < 1000 {
		t.Fatalf("%d words: %v", len(named), err)
	}
	return named
}
