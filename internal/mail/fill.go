package mail

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"text/template/parse"
)

// text is a template in the syntax of text/template, of which it knows what our texts need: fields, if, with,
// range, template, and the functions below. text/template could call any method of what it is given, so the
// linker would keep every method of every type for it: 17 MB of a binary that needs 22.
type text struct {
	trees map[string]*parse.Tree
	start *parse.ListNode
}

// functions are those of text/template that texts may call. The parser wants to know their names alone.
var functions = map[string]any{"or": true, "eq": true, "gt": true}

// parseText reads a template and the named ones that it may use. A text may define named ones, too.
func parseText(name, source string, named map[string]*parse.Tree) (text, error) {
	trees, err := parse.Parse(name, source, "", "", functions)
	if err != nil {
		return text{}, err
	}
	t := text{trees: trees}
	if own := trees[name]; own != nil {
		t.start = own.Root
	}
	for known, tree := range named {
		if t.trees[known] == nil {
			t.trees[known] = tree
		}
	}
	return t, nil
}

// Execute fills the template in with the fields of a struct.
func (t text) Execute(w *strings.Builder, data any) error { return t.list(w, t.start, data) }

// Named fills a named one in.
func (t text) Named(w *strings.Builder, name string, data any) error {
	tree := t.trees[name]
	if tree == nil {
		return fmt.Errorf("mail: there are no words %q", name)
	}
	return t.list(w, tree.Root, data)
}

func (t text) list(w *strings.Builder, list *parse.ListNode, dot any) error {
	if list == nil {
		return nil
	}
	for _, n := range list.Nodes {
		if err := t.node(w, n, dot); err != nil {
			return err
		}
	}
	return nil
}

func (t text) node(w *strings.Builder, n parse.Node, dot any) error {
	switch n := n.(type) {
	case *parse.TextNode:
		w.Write(n.Text)
	case *parse.ActionNode:
		value, err := evaluate(n.Pipe, dot)
		fmt.Fprint(w, value)
		return err
	case *parse.IfNode:
		value, err := evaluate(n.Pipe, dot)
		return t.branch(w, &n.BranchNode, !empty(value), dot, err)
	case *parse.WithNode:
		value, err := evaluate(n.Pipe, dot)
		if empty(value) {
			return t.branch(w, &n.BranchNode, false, dot, err)
		}
		return t.branch(w, &n.BranchNode, true, value, err)
	case *parse.RangeNode:
		return t.each(w, n, dot)
	case *parse.TemplateNode:
		value, err := evaluate(n.Pipe, dot)
		if err != nil {
			return err
		}
		return t.Named(w, n.Name, value)
	default:
		return fmt.Errorf("mail: texts cannot have %s", n)
	}
	return nil
}

func (t text) branch(w *strings.Builder, n *parse.BranchNode, holds bool, dot any, err error) error {
	switch {
	case err != nil:
		return err
	case holds:
		return t.list(w, n.List, dot)
	}
	return t.list(w, n.ElseList, dot)
}

func (t text) each(w *strings.Builder, n *parse.RangeNode, dot any) error {
	value, err := evaluate(n.Pipe, dot)
	if err != nil {
		return err
	}
	all := reflect.ValueOf(value)
	if all.Kind() != reflect.Slice {
		return fmt.Errorf("mail: range needs a list, and %s is none", n.Pipe)
	}
	if all.Len() == 0 {
		return t.list(w, n.ElseList, dot)
	}
	for i := range all.Len() {
		if err := t.list(w, n.List, all.Index(i).Interface()); err != nil {
			return err
		}
	}
	return nil
}

// evaluate is the value of one command; texts have no variables and no pipes.
func evaluate(p *parse.PipeNode, dot any) (any, error) {
	if p == nil {
		return nil, nil
	}
	if len(p.Decl) > 0 || len(p.Cmds) != 1 {
		return nil, fmt.Errorf("mail: texts cannot have %s", p)
	}
	args := p.Cmds[0].Args
	function, called := args[0].(*parse.IdentifierNode)
	if !called {
		if len(args) > 1 {
			return nil, fmt.Errorf("mail: texts cannot have %s", p)
		}
		return argument(args[0], dot)
	}
	values := make([]any, len(args)-1)
	for i, n := range args[1:] {
		var err error
		if values[i], err = argument(n, dot); err != nil {
			return nil, err
		}
	}
	return call(function.Ident, values)
}

func argument(n parse.Node, dot any) (any, error) {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot, nil
	case *parse.StringNode:
		return n.Text, nil
	case *parse.NumberNode:
		return n.Int64, nil
	case *parse.FieldNode:
		if of := reflect.ValueOf(dot); of.Kind() == reflect.Struct && len(n.Ident) == 1 {
			if field := of.FieldByName(n.Ident[0]); field.IsValid() {
				return field.Interface(), nil
			}
		}
	}
	return nil, fmt.Errorf("mail: texts cannot have %s", n)
}

func call(function string, values []any) (any, error) {
	switch {
	case function == "or" && len(values) > 0:
		for _, v := range values {
			if !empty(v) {
				return v, nil
			}
		}
		return values[len(values)-1], nil
	case function == "eq" && len(values) == 2:
		return values[0] == values[1], nil
	case function == "gt" && len(values) == 2:
		a, of := values[0].(int64)
		b, than := values[1].(int64)
		if of && than {
			return a > b, nil
		}
	}
	return nil, fmt.Errorf("mail: %s cannot be called with %s values", function, strconv.Itoa(len(values)))
}

func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case int64:
		return v == 0
	}
	of := reflect.ValueOf(value)
	return of.Kind() == reflect.Slice && of.Len() == 0
}
