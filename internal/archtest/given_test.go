package archtest_test

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
)

// given are the reasons that code gives.
type given struct {
	at         map[string]string   // where first, by reason
	classes    map[string][]string // the classes that are named beside a reason
	madeOfText []string            // files that make a reason of a text
}

// reading reads packages of ours with their types. Those of other modules look empty, so a
// reason in what one of their types makes up, such as a map by it, has to be a constant.
type reading struct {
	files    map[string][]*ast.File // by folder
	fset     *token.FileSet
	standard types.Importer
	info     types.Info
	done     map[string]*types.Package
}

// Import implements types.Importer.
func (r *reading) Import(name string) (*types.Package, error) {
	if p := r.done[name]; p != nil {
		return p, nil
	}
	var p *types.Package
	var err error
	folder, own := strings.CutPrefix(name, ownModule+"/")
	first, _, _ := strings.Cut(name, "/")
	switch {
	case own:
		c := types.Config{Importer: r, Error: func(error) {}}
		p, _ = c.Check(name, r.fset, r.files[folder], &r.info)
	case strings.Contains(first, "."):
		p, err = nothing{}.Import(name)
	default:
		p, err = r.standard.Import(name)
	}
	r.done[name] = p
	return p, err
}

// givenReasons finds the constants that are a reason in files, by path, but where code only
// asks for one: in a comparison, a case, or the list itself.
func givenReasons(fset *token.FileSet, standard types.Importer, texts map[string]string) (given, error) {
	r := &reading{
		files: map[string][]*ast.File{}, fset: fset, standard: standard,
		info: types.Info{Types: map[ast.Expr]types.TypeAndValue{}}, done: map[string]*types.Package{},
	}
	paths := slices.Sorted(maps.Keys(texts))
	files := make([]*ast.File, len(paths))
	for i, name := range paths {
		var err error
		if files[i], err = parser.ParseFile(fset, name, texts[name], parser.SkipObjectResolution); err != nil {
			return given{}, err
		}
		r.files[path.Dir(name)] = append(r.files[path.Dir(name)], files[i])
	}
	for folder := range r.files {
		if _, err := r.Import(ownModule + "/" + folder); err != nil {
			return given{}, err
		}
	}
	g := given{at: map[string]string{}, classes: map[string][]string{}}
	for i, name := range paths {
		if !strings.HasPrefix(name, "fault/reasons_") {
			r.look(files[i], &g)
		}
	}
	return g, nil
}

// look notes what a file gives.
func (r *reading) look(file *ast.File, g *given) {
	asked := map[ast.Node]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			asked[n.X], asked[n.Y] = n.Op == token.EQL || n.Op == token.NEQ, n.Op == token.EQL || n.Op == token.NEQ
		case *ast.CaseClause:
			for _, e := range n.List {
				asked[e] = true
			}
		case *ast.CallExpr:
			if r.convertsText(n) {
				g.madeOfText = append(g.madeOfText, r.fset.Position(n.Pos()).Filename)
				g.madeOfText = slices.Compact(g.madeOfText)
			}
			r.pair(n.Args, g)
		case *ast.CompositeLit:
			r.pair(n.Elts, g)
		}
		if e, ok := n.(ast.Expr); ok && !asked[n] {
			if reason := r.constant(e, "Reason"); reason != "" && g.at[reason] == "" {
				at := r.fset.Position(e.Pos())
				g.at[reason] = fmt.Sprintf("%s:%d", at.Filename, at.Line)
			}
		}
		return !asked[n]
	})
}

// pair notes the class and the reason that stand beside each other.
func (r *reading) pair(list []ast.Expr, g *given) {
	class, reason := "", ""
	for _, e := range list {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		}
		if c := r.constant(e, "Code"); c != "" {
			class = c
		}
		if c := r.constant(e, "Reason"); c != "" {
			reason = c
		}
	}
	if class != "" && reason != "" && !slices.Contains(g.classes[reason], class) {
		g.classes[reason] = append(g.classes[reason], class)
	}
}

// constant is the value of a constant of a type of package fault.
func (r *reading) constant(e ast.Expr, name string) string {
	tv := r.info.Types[e]
	if tv.Value == nil || tv.Type != r.named(name) || tv.Value.Kind() != constant.String {
		return ""
	}
	return constant.StringVal(tv.Value)
}

// convertsText reports whether a call makes a reason of what is no constant.
func (r *reading) convertsText(c *ast.CallExpr) bool {
	fun := r.info.Types[c.Fun]
	return fun.IsType() && fun.Type == r.named("Reason") && len(c.Args) == 1 && r.info.Types[c.Args[0]].Value == nil
}

func (r *reading) named(name string) types.Type {
	return r.done[ownModule+"/fault"].Scope().Lookup(name).Type()
}
