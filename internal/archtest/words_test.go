package archtest_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// oddPhrases are turns that texts for people do not use, each with what is said instead:
// the one list for string literals, e-mails and documents.
var oddPhrases = []struct{ phrase, instead string }{
	{"any more", "no longer"},
	{"under way", "in progress"},
	{"besides", "other than, or: also"},
	{"whoever", "a user who, or: the one who"},
	{"of ours", "of this server, or: Handsel's"},
	{"of before", "earlier"},
	{"of this name", "unknown X; use one of …"},
	{"there are %s", "unknown X; use one of %s"},
	{"%q is no", "unknown X %q, or: %q is not a …"},
	{"%s is no", "unknown X %s, or: %s is not a …"},
	{"it is no", "it is not a …"},
	{"is there twice", "is repeated"},
	{"stand still", "stop"},
	{"stands still", "stops"},
	{"lets go", "ends the hold, cancels"},
	{"let go of", "end the hold, cancel"},
	{"is told", "gets a message, is notified"},
	{"are told", "get a message, are notified"},
	{"was told", "got a message, was notified"},
	{"were told", "got a message, were notified"},
	{"be told", "get a message, be notified"},
	{"told otherwise", "by default"},
	{"told nothing", "gets no messages"},
	{"beside it", "with it"},
	{"beside them", "with them"},
	{"beside each other", "together"},
	{"by itself", "automatically, alone"},
	{"by themselves", "automatically, alone"},
	{"in vain", "without success"},
	{"for ever", "without end"},
	{"what came of", "the outcome of"},
	{"tells what came", "shows the result"},
	{"comes to nothing", "fails"},
	{"came to nothing", "failed"},
	{"gives occasion", "causes"},
	{"lost sight of", "lost"},
	{"contradict themselves", "do not add up"},
	{"called back", "appealed"},
	{"called the order back", "appealed"},
	{"in case alone", "only in case"},
	{"at the same moment", "at the same time"},
}

// odd is an odd phrase in a text, and at which byte it begins.
type odd struct {
	at   int
	what string
}

// wording finds the odd phrases in a text, whose lines may break anywhere.
func wording(text string) []odd {
	text = strings.ReplaceAll(strings.ToLower(text), "no longer", "-- ------") // as long, so that places stay
	var found []odd
	for _, m := range oddPattern.FindAllStringSubmatchIndex(text, -1) {
		phrase := strings.Join(strings.Fields(text[m[2]:m[3]]), " ")
		found = append(found, odd{m[2], fmt.Sprintf("%q: say %q; the glossary in docs/glossary.md has the words to use", phrase, instead(phrase))})
	}
	return found
}

func instead(phrase string) string {
	for _, o := range oddPhrases {
		if o.phrase == phrase {
			return o.instead
		}
	}
	return ""
}

// oddPattern matches every phrase as whole words.
var oddPattern = func() *regexp.Regexp {
	var all []string
	for _, o := range oddPhrases {
		all = append(all, strings.ReplaceAll(regexp.QuoteMeta(o.phrase), " ", `\s+`))
	}
	return regexp.MustCompile(`(?:^|\W)(` + strings.Join(all, "|") + `)(?:\W|$)`)
}()

// findWording looks at every string literal, tags with the help of commands among them:
// no reader can tell which of them ends in front of a person.
func findWording(s source) []finding {
	return findNodes(s, func(n ast.Node) string {
		l, ok := n.(*ast.BasicLit)
		if !ok || l.Kind != token.STRING {
			return ""
		}
		text, err := strconv.Unquote(l.Value)
		if err != nil {
			return "" // the parser has refused it
		}
		for _, o := range wording(text) {
			return o.what
		}
		return ""
	})
}

// TestWording reads the documents and the e-mails; string literals are a ban.
func TestWording(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, name := range texts(t) {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		seen++
		for _, o := range wording(string(text)) {
			t.Errorf("%s:%d: %s", name, strings.Count(string(text[:o.at]), "\n")+1, o.what)
		}
	}
	if seen < 40 {
		t.Errorf("found only %d documents and e-mails", seen)
	}
}

// texts lists the documents and the English e-mails, but for the log of changes: what
// was released is not written again.
func texts(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		name = filepath.ToSlash(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules"):
			return filepath.SkipDir
		case strings.HasSuffix(name, ".md") && name != "CHANGELOG.md", strings.HasPrefix(name, "internal/mail/templates/en/"):
			if !d.IsDir() {
				names = append(names, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Each phrase is found where it is written, across a line break and in capitals too.
func TestWording_planted(t *testing.T) {
	t.Parallel()
	for _, o := range oddPhrases {
		for _, text := range []string{"So " + o.phrase + ", or not.", "So " + strings.ToUpper(strings.Replace(o.phrase, " ", "\n ", 1))} {
			got := wording(text)
			if len(got) != 1 || got[0].at != 3 || !strings.HasPrefix(got[0].what, strconv.Quote(o.phrase)) || !strings.Contains(got[0].what, "glossary in docs/glossary.md") {
				t.Errorf("%q: found %+v", text, got)
			}
		}
	}
	for _, text := range []string{"it is no longer needed", "there is no such order", "many more", "unknown gateway; use one of stripe", "told you", "it is none"} {
		if got := wording(text); len(got) != 0 {
			t.Errorf("%q: found %+v", text, got)
		}
	}
}
