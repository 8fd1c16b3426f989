package archtest_test

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// oneMeaning are names of types that stood for several things once, with the rooms in which
// they have the meaning of the glossary in docs/glossary.md.
var oneMeaning = map[string][]string{
	"calendar":  {"listings/", "sdk/"}, // a client has the words of the API
	"face":      {"server/"},
	"operation": {"orchestrator/", "client/", "sdk/"}, // the client's are the calls of Trustap's description
	"route":     {"server/", "sandbox/"},
	"session":   {"internal/sqlstore/", "client/", "sdk/"}, // the client's is one of Trustap's paths
	"testbed":   {"internal/app/", "internal/testkit/", "server/internal/facetest/"},
	"world":     {"sandbox/"},
}

func TestNames_haveOneMeaning(t *testing.T) {
	t.Parallel()
	for _, s := range productionFiles(t) {
		for _, found := range s.secondMeanings() {
			t.Error(found)
		}
	}
	planted, err := parse("internal/app/a.go", []byte("package app\ntype World struct{}\ntype (\n\tTestbed int\n\tface struct{}\n)\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"internal/app/a.go:2: a type World belongs to sandbox/: the glossary in docs/glossary.md has another word for this",
		"internal/app/a.go:5: a type face belongs to server/: the glossary in docs/glossary.md has another word for this",
	}
	if got := planted.secondMeanings(); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// secondMeanings lists the types of a file whose name means something else.
func (s source) secondMeanings() (found []string) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		rooms := oneMeaning[strings.ToLower(spec.Name.Name)]
		if rooms != nil && !slices.ContainsFunc(rooms, func(room string) bool { return strings.HasPrefix(s.path, room) }) {
			found = append(found, fmt.Sprintf("%s:%d: a type %s belongs to %s: the glossary in docs/glossary.md has another word for this",
				s.path, s.line(spec.Pos()), spec.Name.Name, strings.Join(rooms, ", ")))
		}
		return true
	})
	return found
}
