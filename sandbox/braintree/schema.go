package braintree

import (
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// schemaText is the part of the official schema (braintree/graphql-api, 2252d47) that is played, with its names and types.
//
//go:embed schema.graphql
var schemaText string

// schema is what queries are held against.
type schema struct{ types map[string]*ast.Definition }

// played is read once: it is the same for every emulator. A test reads it too, so that it is sound.
var played = sync.OnceValue(func() *schema {
	s := &schema{types: map[string]*ast.Definition{}}
	read, err := parser.ParseSchema(&ast.Source{Name: "schema.graphql", Input: schemaText})
	if err != nil {
		return s
	}
	for _, d := range read.Definitions {
		s.types[d.Name] = d
	}
	return s
})

// isA reports whether an object of one type is one of another: itself, an interface of it, or a union that it is in.
func (s *schema) isA(name, of string) bool {
	d, wide := s.types[name], s.types[of]
	return name == of || d != nil && slices.Contains(d.Interfaces, of) || wide != nil && slices.Contains(wide.Types, name)
}

// document is one request, parsed and checked.
type document struct {
	*schema
	operation *ast.OperationDefinition
	fragments map[string]*ast.FragmentDefinition
	variables map[string]stage.Value
}

// maxTokens bounds a query.
const maxTokens = 20_000

// read parses a request and checks it against the schema.
func (s *schema) read(query, name string, given map[string]stage.Value) (*document, error) {
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, maxTokens)
	if err != nil {
		return nil, invalid(nil, "Invalid syntax: %s", err.Error())
	}
	d := &document{schema: s, fragments: map[string]*ast.FragmentDefinition{}, variables: map[string]stage.Value{}}
	for _, op := range parsed.Operations {
		if name == "" && len(parsed.Operations) == 1 || op.Name == name && name != "" {
			d.operation = op
		}
	}
	if d.operation == nil {
		return nil, invalid(nil, "Unknown operation named '%s'", name)
	}
	for _, f := range parsed.Fragments {
		d.fragments[f.Name] = f
	}
	if err := d.take(given); err != nil {
		return nil, err
	}
	root := map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation"}[d.operation.Operation]
	if root == "" {
		return nil, invalid(nil, "There are no subscriptions")
	}
	return d, d.check(d.operation.SelectionSet, root, nil)
}

// take puts the variables in, or their defaults.
func (d *document) take(given map[string]stage.Value) error {
	for _, v := range d.operation.VariableDefinitions {
		value, ok := given[v.Variable]
		if !ok && v.DefaultValue != nil {
			var err error
			if value, err = d.literal(v.DefaultValue); err != nil {
				return err
			}
		}
		if _, err := d.coerce(value, v.Type, "Variable '"+v.Variable+"'"); err != nil {
			return invalid(v.Position, "%s", err.Error())
		}
		d.variables[v.Variable] = value
	}
	return nil
}

// check holds a selection against the type it is of. within are the fragments that it stands in.
func (d *document) check(set ast.SelectionSet, of string, within []string) error {
	for _, selected := range set {
		var err error
		switch sel := selected.(type) {
		case *ast.Field:
			err = d.checkField(sel, of, within)
		case *ast.InlineFragment:
			err = d.checkOn(sel.SelectionSet, stage.Or(sel.TypeCondition == "", of, sel.TypeCondition), sel.Position, within)
		case *ast.FragmentSpread:
			f := d.fragments[sel.Name]
			switch {
			case f == nil:
				return invalid(sel.Position, "Undefined fragment '%s'", sel.Name)
			case slices.Contains(within, sel.Name):
				return invalid(sel.Position, "Fragment cycles: '%s'", sel.Name)
			}
			err = d.checkOn(f.SelectionSet, f.TypeCondition, sel.Position, append(slices.Clone(within), sel.Name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *document) checkOn(set ast.SelectionSet, of string, at *ast.Position, within []string) error {
	if d.types[of] == nil {
		return invalid(at, "Unknown type '%s'", of)
	}
	return d.check(set, of, within)
}

func (d *document) checkField(f *ast.Field, of string, within []string) error {
	if f.Name == "__typename" {
		return nil
	}
	t := d.types[of]
	def := t.Fields.ForName(f.Name)
	if def == nil {
		return invalid(f.Position, "Field '%s' in type '%s' is undefined", f.Name, of)
	}
	if _, err := d.arguments(f, of); err != nil {
		return err
	}
	inner := d.types[def.Type.Name()]
	composite := inner != nil && (inner.Kind == ast.Object || inner.Kind == ast.Interface || inner.Kind == ast.Union)
	switch {
	case composite && len(f.SelectionSet) == 0:
		return invalid(f.Position, "Sub selection required for type '%s' of field '%s'", inner.Name, f.Name)
	case !composite && len(f.SelectionSet) > 0:
		return invalid(f.Position, "Sub selection not allowed on field '%s'", f.Name)
	case composite:
		return d.check(f.SelectionSet, inner.Name, within)
	}
	return nil
}

// arguments reads what a field is given.
func (d *document) arguments(f *ast.Field, of string) (fields, error) {
	def := d.types[of].Fields.ForName(f.Name)
	in := fields{kids: map[string]fields{}}
	for _, a := range f.Arguments {
		wanted := def.Arguments.ForName(a.Name)
		if wanted == nil {
			return in, invalid(a.Position, "Unknown argument '%s' of field '%s'", a.Name, f.Name)
		}
		raw, err := d.literal(a.Value)
		if err != nil {
			return in, err
		}
		value, err := d.coerce(raw, wanted.Type, a.Name)
		if err != nil {
			return in, invalid(a.Position, "%s", err.Error())
		}
		if raw != nil {
			in.kids[a.Name] = value
		}
	}
	for _, wanted := range def.Arguments {
		if wanted.Type.NonNull && !in.has(wanted.Name) {
			return in, invalid(f.Position, "Missing field argument '%s' of field '%s'", wanted.Name, f.Name)
		}
	}
	return in, nil
}

// invalid refuses a query before anything is done.
func invalid(at *ast.Position, format string, args ...any) error {
	e := &queryError{message: "Validation error: " + fmt.Sprintf(format, args...)}
	if at != nil {
		e.line, e.column = at.Line, at.Column
	}
	return e
}

// queryError is a mistake in a query itself.
type queryError struct {
	message      string
	line, column int
}

func (e *queryError) Error() string { return e.message }
