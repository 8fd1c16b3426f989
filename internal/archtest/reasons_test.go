package archtest_test

import (
	"fmt"
	"go/build"
	"go/importer"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
)

// unseen are reasons that no client sees, with what becomes of them.
var unseen = map[string]string{
	"ad_changed_meanwhile": "the exchange makes ad_not_active of it",
}

// takenOver are the files that may make a reason of a text, with where the text is from.
var takenOver = map[string]string{
	"orchestrator/approve.go":                 "the stored answer of an approved act",
	"orchestrator/leaving.go":                 "why a deal is on hold",
	"orchestrator/gateway/paypal/errors.go":   "PayPal's own issue",
	"orchestrator/gateway/stripe/errors.go":   "Stripe's own code",
	"orchestrator/gateway/trustap/trustap.go": "Trustap's own code",
}

var soundReason = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

// TestReasons holds the reasons that the code gives against the one list of them.
func TestReasons(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	for _, s := range productionFiles(t) {
		if r, ok := ruleFor(rules, path.Dir(s.path)); !ok || r.helper {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(s.path)))
		if err != nil {
			t.Fatal(err)
		}
		texts[s.path] = string(text)
	}
	build.Default.CgoEnabled = false // the standard library is read as plain Go
	fset := token.NewFileSet()
	g, err := givenReasons(fset, importer.ForCompiler(fset, "source", nil), texts)
	if err != nil || len(g.at) < 100 {
		t.Fatalf("found only %d reasons (%v)", len(g.at), err)
	}
	for _, v := range g.differ(fault.Reasons(), unseen) {
		t.Error(v)
	}
	for _, file := range g.madeOfText {
		if takenOver[file] == "" {
			t.Errorf("%s makes a reason of a text, so nobody can tell which ones there are; use constants", file)
		}
	}
	for file := range takenOver {
		if !slices.Contains(g.madeOfText, file) {
			t.Errorf("%s makes no reason of a text: take it out of takenOver", file)
		}
	}
}

// differ lists what is given and not in the list, and what is in the list and not given.
func (g given) differ(list []fault.Group, unseen map[string]string) []string {
	listed, found := classesListed(list)
	for r := range listed {
		if g.at[r] == "" {
			found = append(found, fmt.Sprintf("the list has %s, which nobody gives", r))
		}
	}
	for r, at := range g.at {
		if listed[r] == nil && unseen[r] == "" {
			found = append(found, fmt.Sprintf("%s gives %s, which the list in fault does not have", at, r))
		}
		for _, class := range g.classes[r] {
			if listed[r] != nil && !slices.Contains(listed[r], class) {
				found = append(found, fmt.Sprintf("%s is given as %s, which the list does not say", r, class))
			}
		}
	}
	for r := range unseen {
		if g.at[r] == "" || listed[r] != nil {
			found = append(found, fmt.Sprintf("%s need not be excepted", r))
		}
	}
	slices.Sort(found)
	return found
}

// classesListed are the classes that each reason of the list may have, and what is wrong
// with the list itself.
func classesListed(list []fault.Group) (listed map[string][]string, wrong []string) {
	listed = map[string][]string{}
	for _, group := range list {
		for _, m := range group.Meanings {
			r := string(m.Reason)
			if slices.Contains(listed[r], string(m.Code)) {
				wrong = append(wrong, fmt.Sprintf("the list has %s twice", r))
			}
			if !soundReason.MatchString(r) || m.Means == "" || m.Next == "" || m.Repeat == "" || group.Title == "" || group.About == "" {
				wrong = append(wrong, fmt.Sprintf("the list does not say everything of %s", r))
			}
			listed[r] = append(listed[r], string(m.Code))
		}
	}
	return listed, wrong
}

// Each planted reason is found, and what only asks for one is not.
func TestReasons_planted(t *testing.T) {
	t.Parallel()
	const room = `package fault
type Reason string
type Code string
const Invalid Code = "invalid"
const Conflict Code = "conflict"
func New(code Code, reason Reason, format string) error { return nil }
`
	const user = `package shop
import ("github.com/handsel-dev/handsel/fault"; "example.com/other")
const reasonGone fault.Reason = "gone"
type guard struct { Code fault.Code; Reason fault.Reason }
var g = guard{Code: fault.Conflict, Reason: "guarded"}
var byRole = map[string]fault.Reason{"buyer": "not_buyer"}
var theirs = other.Made
func invalid(reason fault.Reason) error { return fault.New(fault.Invalid, reason, "no") }
func f(r fault.Reason, text string) error {
	if r == "asked" { return invalid("helped") }
	switch r { case "cased", reasonGone: return fault.New(fault.Conflict, "named", "no") }
	return fault.New(fault.Invalid, reasonGone, "no")
}
`
	list := func(rows ...fault.Meaning) []fault.Group {
		rows = slices.Clone(rows)
		for i := range rows {
			rows[i].Means, rows[i].Next, rows[i].Repeat = "it is so", "nothing", fault.Never
		}
		return []fault.Group{{Title: "All", About: "of them.", Meanings: rows}}
	}
	full := []fault.Meaning{{Reason: "gone", Code: fault.Invalid}, {Reason: "guarded", Code: fault.Conflict}, {Reason: "helped", Code: fault.Invalid}, {Reason: "named", Code: fault.Conflict}, {Reason: "not_buyer", Code: fault.Forbidden}}
	for name, tc := range map[string]struct {
		more string
		list []fault.Group
		want []string
		text []string
	}{
		"right":        {"", list(full...), nil, nil},
		"not listed":   {"", list(full[1:]...), []string{"shop/a.go:3 gives gone, which the list in fault does not have"}, nil},
		"not given":    {"", list(append(slices.Clone(full), fault.Meaning{Reason: "asked", Code: fault.Invalid})...), []string{"the list has asked, which nobody gives"}, nil},
		"other class":  {"func h() error { return fault.New(fault.Invalid, \"named\", \"no\") }\n", list(full...), []string{"named is given as invalid, which the list does not say"}, nil},
		"twice":        {"", list(append(slices.Clone(full), full[0])...), []string{"the list has gone twice"}, nil},
		"silent":       {"", append(list(full[1:]...), fault.Group{Title: "More", About: "of them.", Meanings: []fault.Meaning{full[0]}}), []string{"the list does not say everything of gone"}, nil},
		"made of text": {"func h(text string) error { return invalid(fault.Reason(text)) }\n", list(full...), nil, []string{"shop/a.go"}},
	} {
		g, err := givenReasons(token.NewFileSet(), nothing{}, map[string]string{"fault/fault.go": room, "fault/reasons_all.go": "package fault\nvar all = []Reason{\"listed\"}\n", "shop/a.go": user + tc.more})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, g.differ(tc.list, nil)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if !slices.Equal(g.madeOfText, tc.text) {
			t.Errorf("%s: made of text in %q, want %q", name, g.madeOfText, tc.text)
		}
	}
}
