package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"text/tabwriter"
)

// reading is shared by the commands that show something: text for people or, with --json,
// JSON objects for programs, one a line. T is such an object; handsel schema prints its schema.
type reading[T any] struct {
	JSON bool `name:"json" help:"Print JSON objects, one a line; handsel schema COMMAND prints their schema."`
}

// shape is the type of an object.
func (reading[T]) shape() reflect.Type { return reflect.TypeFor[T]() }

// show prints objects, or the text that says the same.
func (r reading[T]) show(env environment, text func() error, objects ...T) error {
	if !r.JSON {
		return text()
	}
	e := json.NewEncoder(env.out)
	e.SetEscapeHTML(false)
	for _, o := range objects {
		if err := e.Encode(o); err != nil {
			return err
		}
	}
	return nil
}

// list prints objects, or a table with a row for each; tabs separate columns. Without a
// header there is none.
func (r reading[T]) list(env environment, header string, row func(T) string, objects []T) error {
	return r.show(env, func() error {
		w := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
		if header != "" {
			fmt.Fprintln(w, header)
		}
		for _, o := range objects {
			fmt.Fprintln(w, row(o))
		}
		return w.Flush()
	}, objects...)
}

// say tells a person what was done. It is no data, so it goes where no program reads.
func (env environment) say(format string, args ...any) {
	fmt.Fprintf(env.errOut, format+"\n", args...)
}
