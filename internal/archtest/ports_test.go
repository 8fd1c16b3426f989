package archtest_test

import (
	"go/ast"
	"strings"
	"testing"
)

// mostMethods is how many methods a port may have: whoever asks for more asks for
// everything, and nobody can say what it needs.
const mostMethods = 8

// widePorts are those that are wider, with how many methods they have; 0 is any number. One
// that is to be split and is narrower by now is noted so here, until it may go.
var widePorts = map[string]int{
	"storetest.Store": 0, // the whole database, which the suite goes through
}

// ports are the interfaces that a module's packages declare, by "package.Name".
type ports map[string]*ast.InterfaceType

func portsOf(files []source) ports {
	all := ports{}
	for _, s := range files {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if i, ok := spec.Type.(*ast.InterfaceType); ok {
					all[s.file.Name.Name+"."+spec.Name.Name] = i
				}
			}
			return true
		})
	}
	return all
}

// methods collects the names of a port's methods, also of those that it embeds.
func (p ports) methods(name string, into map[string]bool) map[string]bool {
	i, ours := p[name]
	if !ours {
		return into
	}
	for _, m := range i.Methods.List {
		for _, n := range m.Names {
			into[n.Name] = true
		}
		switch t := m.Type.(type) {
		case *ast.Ident:
			p.methods(strings.Split(name, ".")[0]+"."+t.Name, into)
		case *ast.SelectorExpr:
			if of, ok := t.X.(*ast.Ident); ok {
				p.methods(of.Name+"."+t.Sel.Name, into)
			}
		}
	}
	return into
}

func TestPorts_areNarrow(t *testing.T) {
	t.Parallel()
	all := portsOf(productionFiles(t))
	if len(all) < 50 {
		t.Fatalf("found only %d ports", len(all))
	}
	for name := range all {
		n := len(all.methods(name, map[string]bool{}))
		known, wide := widePorts[name]
		switch {
		case n > mostMethods && !wide:
			t.Errorf("%s has %d methods, at most %d; split it by what its callers need", name, n, mostMethods)
		case wide && known != 0 && n != known:
			t.Errorf("%s has %d methods, %d are noted; note how many are left, or nothing from %d down", name, n, known, mostMethods)
		}
	}
	for name := range widePorts {
		if all[name] == nil {
			t.Errorf("%s is noted as too wide and does not exist", name)
		}
	}
}

// The count finds methods of embedded ports, once each.
func TestPorts_planted(t *testing.T) {
	t.Parallel()
	a, err := parse("a/a.go", []byte("package a\ntype One interface { A(); B() }\ntype Two interface { One; b.Three; B(); fmt.Stringer }"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := parse("b/b.go", []byte("package b\ntype Three interface { C() }"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(portsOf([]source{a, b}).methods("a.Two", map[string]bool{})); n != 3 {
		t.Errorf("%d methods, want 3", n)
	}
}
