package app_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/web"
)

const reasonsHead = `# Reasons of refusals

What stands in ` + "`code`" + ` of a refusal ([api.md](api.md#refusals)), what it means and what to do next. This page is written from the list in
` + "`fault`" + ` (` + "`make generate`" + `); a test holds the list against what the code gives. A released reason keeps its name and meaning.

"Again" says whether the same request can succeed later: "yes" (send it again after a moment, under the same ` + "`Idempotency-Key`" + `),
"after a look" (read what it is about and decide again), "automatically" (the server settles it), "no" (something else has to
change first).
`

// TestReasonsDocument holds docs/reasons.md against the list of reasons.
func TestReasonsDocument(t *testing.T) {
	t.Parallel()
	const path = "../../docs/reasons.md"
	var b strings.Builder
	b.WriteString(reasonsHead)
	for _, g := range fault.Reasons() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| reason | status | what it means | what to do | again |\n| --- | --- | --- | --- | --- |\n", g.Title, g.About)
		for _, m := range g.Meanings {
			status := "—"
			if m.Code != "" {
				status = fmt.Sprint(web.StatusOf(&fault.Error{Code: m.Code, Reason: m.Reason}))
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", m.Reason, status, m.Means, m.Next, m.Repeat)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != b.String() {
		t.Errorf("%s does not say what the list of reasons says: run make generate (%v)", path, err)
	}
}

// otherCodes are codes of the exchange's faces that stand for several reasons.
var otherCodes = map[string]bool{"IDEMPOTENCY_CONFLICT": true, "CREATE_ORDER_FAILED": true, "UNAUTHENTICATED": true}

// TestReasons_ofDocuments looks for codes that other documents name and that do not exist.
func TestReasons_ofDocuments(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, g := range fault.Reasons() {
		for _, m := range g.Meanings {
			listed[string(m.Reason)] = true
		}
	}
	table := func(text, begin string) string {
		_, text, _ = strings.Cut(text, begin)
		text, _, _ = strings.Cut(text, "\n\n")
		return text
	}
	for path, in := range map[string]struct {
		code  *regexp.Regexp
		begin string // of the table of codes
		least int
	}{
		"../../docs/p2p.md": {regexp.MustCompile("`([A-Z]+(?:_[A-Z]+)*)`"), "| status | codes |", 30},
		"../../docs/api.md": {regexp.MustCompile("`([a-z]+(?:_[a-z]+)+)`"), "| status | when |", 7},
	} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found := in.code.FindAllStringSubmatch(table(string(text), in.begin), -1)
		for _, f := range found {
			if code := f[1]; !otherCodes[code] && code != "money_moved" && !listed[strings.ToLower(code)] {
				t.Errorf("%s names %s, which is no reason", path, code)
			}
		}
		if len(found) < in.least {
			t.Errorf("found only %d codes in %s", len(found), path)
		}
	}
}
