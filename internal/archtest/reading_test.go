package archtest_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readInOrder are the folders whose doc.go lists their files.
var readInOrder = []string{"orchestrator"}

var fileName = regexp.MustCompile(`\b\w+\.go\b`)

// TestReadingOrder holds the files of a folder against the order in which its doc.go lists
// them: each stands there once, and uses nothing of a file that stands behind it.
func TestReadingOrder(t *testing.T) {
	t.Parallel()
	for _, folder := range readInOrder {
		fset, files := token.NewFileSet(), map[string]*ast.File{}
		paths, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if name := filepath.Base(path); !strings.HasSuffix(name, "_test.go") {
				text, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if files[name], err = parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, v := range misread(fset, files) {
			t.Errorf("%s: %s", folder, v)
		}
	}
}

// misread lists what breaks the order of doc.go.
func misread(fset *token.FileSet, files map[string]*ast.File) []string {
	doc, there := files["doc.go"]
	if !there {
		return []string{"there is no doc.go"}
	}
	order := fileName.FindAllString(doc.Doc.Text(), -1)
	var found []string
	for name := range files {
		if n := len(slices.DeleteFunc(slices.Clone(order), func(s string) bool { return s != name })); name != "doc.go" && n != 1 {
			found = append(found, fmt.Sprintf("doc.go lists %s %d times", name, n))
		}
	}
	used := uses(fset, files)
	for at, name := range order {
		if files[name] == nil {
			found = append(found, "doc.go lists "+name+", which is not there")
			continue
		}
		for _, u := range used[name] {
			if slices.Index(order, u.file) > at {
				found = append(found, fmt.Sprintf("%s uses %s of %s, which stands behind it", name, u.name, u.file))
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

type usedName struct{ name, file string }

// nothing is what other packages look like: their names do not matter.
type nothing struct{}

func (nothing) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, filepath.Base(path))
	p.MarkComplete()
	return p, nil
}

// uses are the names of other files that each file uses: what stands alone in the package,
// and methods. What is wrong because other packages look empty is not asked about.
func uses(fset *token.FileSet, files map[string]*ast.File) map[string][]usedName {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	c := types.Config{Importer: nothing{}, Error: func(error) {}}
	own, _ := c.Check("p", fset, slices.Collect(maps.Values(files)), info)
	used := map[string][]usedName{}
	for id, obj := range info.Uses {
		if field, ok := obj.(*types.Var); obj.Pkg() != own || ok && field.IsField() {
			continue
		}
		from, to := fset.Position(id.Pos()).Filename, fset.Position(obj.Pos()).Filename
		if from != to {
			used[from] = append(used[from], usedName{id.Name, to})
		}
	}
	return used
}

// Each planted use of a later file is found, and nothing else.
func TestReadingOrder_planted(t *testing.T) {
	t.Parallel()
	const low, high = "package p\n\ntype engine struct{ field int }\n\nconst limit = 3\n", "package p\n\nfunc helper() int { return limit }\n\nfunc (e *engine) do() {}\n\nfunc (e *engine) Do() { e.do() }\n"
	for name, tc := range map[string]struct {
		doc, low string
		want     []string
	}{
		"right":          {"// Package p is read: low.go high.go\npackage p\n", low, nil},
		"a function":     {"// Package p is read: low.go high.go\npackage p\n", low + "\nvar _ = helper()\n", []string{"low.go uses helper of high.go, which stands behind it"}},
		"a local name":   {"// Package p is read: low.go high.go\npackage p\n", low + "\nfunc local(helper int) int { return helper }\n", nil},
		"a method":       {"// Package p is read: low.go high.go\npackage p\n", low + "\nfunc (e *engine) low() { e.do() }\n", []string{"low.go uses do of high.go, which stands behind it"}},
		"for everybody":  {"// Package p is read: low.go high.go\npackage p\n", low + "\nfunc (e *engine) low() { e.Do() }\n", []string{"low.go uses Do of high.go, which stands behind it"}},
		"the other way":  {"// Package p is read: high.go low.go\npackage p\n", low, []string{"high.go uses engine of low.go, which stands behind it", "high.go uses limit of low.go, which stands behind it"}},
		"a missing file": {"// Package p is read: low.go\npackage p\n", low, []string{"doc.go lists high.go 0 times"}},
		"an old file":    {"// Package p is read: low.go high.go gone.go\npackage p\n", low, []string{"doc.go lists gone.go, which is not there"}},
	} {
		fset, files := token.NewFileSet(), map[string]*ast.File{}
		for file, text := range map[string]string{"doc.go": tc.doc, "low.go": tc.low, "high.go": high} {
			f, err := parser.ParseFile(fset, file, text, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files[file] = f
		}
		if got := misread(fset, files); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
