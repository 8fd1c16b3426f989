package sqlstore_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// A store keeps what one part of the program needs: none has more than eight methods, and
// what the database itself offers is about all of it.
func TestStores_areNarrow(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	methods := map[string][]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if m, ok := d.(*ast.FuncDecl); ok && m.Recv != nil && m.Name.IsExported() {
				methods[receiver(m)] = append(methods[receiver(m)], m.Name.Name)
			}
		}
	}
	if n := len(methods["Deals"]); n < 5 {
		t.Fatalf("Deals has %d methods, so the source was not read as it is written", n)
	}
	for store, names := range methods {
		most := 8
		if store == "DB" || store == "database" {
			most = 10
		}
		if len(names) > most {
			t.Errorf("%s has %d methods, more than %d: make another store of some: %v", store, len(names), most, names)
		}
	}
}

func receiver(m *ast.FuncDecl) string {
	of := m.Recv.List[0].Type
	if p, ok := of.(*ast.StarExpr); ok {
		of = p.X
	}
	if name, ok := of.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}
