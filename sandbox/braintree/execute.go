package braintree

import (
	"errors"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// record is an object as queries see it: texts, truths and numbers, other records and lists of them, and resolvers of what is
// made only when it is asked for.
type record struct {
	kind   string
	values map[string]stage.Value
}

type resolver func(args fields) (stage.Value, error)

// lazy is a resolver without arguments that cannot fail.
func lazy(f func() stage.Value) resolver {
	return func(fields) (stage.Value, error) { return f(), nil }
}

// execution is one request on its way through the objects.
type execution struct {
	*document
	errors []stage.Members
}

// run answers a selection of a record.
func (x *execution) run(set ast.SelectionSet, r record, path []stage.Value) stage.Members {
	out := stage.Members{}
	keys, merged := x.collect(set, r.kind)
	for _, key := range keys {
		f := merged[key]
		if f.Name == "__typename" {
			out[key] = r.kind
			continue
		}
		at := append(append([]stage.Value{}, path...), key)
		value, err := x.resolve(r, f)
		if err != nil {
			x.errors = append(x.errors, fault(err, f.Position, at))
			out[key] = nil
			continue
		}
		out[key] = x.complete(value, f.SelectionSet, at)
	}
	return out
}

func (x *execution) resolve(r record, f *ast.Field) (stage.Value, error) {
	value := r.values[f.Name]
	ask, ok := value.(resolver)
	if !ok {
		return value, nil
	}
	args, err := x.arguments(f, r.kind)
	if err != nil {
		return nil, err
	}
	return ask(args)
}

func (x *execution) complete(value stage.Value, set ast.SelectionSet, path []stage.Value) stage.Value {
	switch v := value.(type) {
	case record:
		return x.run(set, v, path)
	case []record:
		all := []stage.Value{}
		for i, r := range v {
			all = append(all, x.run(set, r, append(append([]stage.Value{}, path...), i)))
		}
		return all
	}
	return value
}

// collect merges the fields that are selected of an object, in their order, those of fragments included.
func (x *execution) collect(set ast.SelectionSet, kind string) (keys []string, merged map[string]*ast.Field) {
	merged = map[string]*ast.Field{}
	var visit func(ast.SelectionSet)
	visit = func(set ast.SelectionSet) {
		for _, selected := range set {
			switch sel := selected.(type) {
			case *ast.Field:
				if !x.wanted(sel.Directives) {
					continue
				}
				if first, seen := merged[sel.Alias]; seen {
					both := *first
					both.SelectionSet = append(append(ast.SelectionSet{}, first.SelectionSet...), sel.SelectionSet...)
					merged[sel.Alias] = &both
					continue
				}
				keys = append(keys, sel.Alias)
				merged[sel.Alias] = sel
			case *ast.InlineFragment:
				if x.wanted(sel.Directives) && (sel.TypeCondition == "" || x.isA(kind, sel.TypeCondition)) {
					visit(sel.SelectionSet)
				}
			case *ast.FragmentSpread:
				if f := x.fragments[sel.Name]; x.wanted(sel.Directives) && x.isA(kind, f.TypeCondition) {
					visit(f.SelectionSet)
				}
			}
		}
	}
	visit(set)
	return keys, merged
}

// wanted obeys skip and include.
func (x *execution) wanted(directives ast.DirectiveList) bool {
	for _, d := range directives {
		a := d.Arguments.ForName("if")
		if a == nil {
			continue
		}
		value, err := x.literal(a.Value)
		on, ok := value.(bool)
		if err == nil && ok && (d.Name == "skip" && on || d.Name == "include" && !on) {
			return false
		}
	}
	return true
}

// fault is an error of an answer.
func fault(err error, at *ast.Position, path []stage.Value) stage.Members {
	m := stage.Members{"message": err.Error(), "path": path}
	if at != nil {
		m["locations"] = []stage.Members{{"line": at.Line, "column": at.Column}}
	}
	var r *refusal
	if !errors.As(err, &r) {
		m["extensions"] = stage.Members{"errorClass": "VALIDATION", "errorType": "developer_error"}
		return m
	}
	extensions := stage.Members{"errorClass": r.class, "errorType": stage.Or(r.class != "VALIDATION", "developer_error", "user_error")}
	if r.code != "not_found" && r.code != "not_implemented" {
		extensions["legacyCode"] = r.code
	}
	if r.at != "" {
		extensions["inputPath"] = []string{"input", r.at}
	}
	m["extensions"] = extensions
	return m
}
