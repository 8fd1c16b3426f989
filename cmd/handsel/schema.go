package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

type schemaCommand struct {
	Command []string `arg:"" optional:"" help:"A command with --json, such as keys list."`
}

// Run prints the schema of a command's objects, or which commands have one.
func (c schemaCommand) Run(env environment) error {
	path, known := strings.Join(c.Command, " "), []string{}
	for one := range env.program.all() {
		shaped, ok := one.acting().target.Interface().(shaper)
		if !ok {
			continue
		}
		name := strings.TrimPrefix(one.CommandPath(), env.program.Name()+" ")
		if name == path {
			return printSchema(env, one.acting().CommandPath(), shaped.shape())
		}
		if one.acting() == one {
			known = append(known, name)
		}
	}
	if path != "" {
		return usage(fmt.Errorf("no command %.64q has --json%s; handsel schema lists those that have it", path, didYouMean(path, known)))
	}
	_, err := fmt.Fprintln(env.out, strings.Join(known, "\n"))
	return err
}

func printSchema(env environment, title string, of reflect.Type) error {
	e := json.NewEncoder(env.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(published{"https://json-schema.org/draft/2020-12/schema", title + " --json", schemaOf(of)})
}

// published is a schema as a file has it.
type published struct {
	Dialect string `json:"$schema"`
	Title   string `json:"title"`
	schema
}

// shaper is a command with --json.
type shaper interface{ shape() reflect.Type }

// schema is a JSON schema, as far as objects of the command line need one.
type schema struct {
	Type        string     `json:"type,omitzero"`
	Format      string     `json:"format,omitzero"`
	Description string     `json:"description,omitzero"`
	Properties  properties `json:"properties,omitzero"`
	Required    []string   `json:"required,omitzero"`
	Items       *schema    `json:"items,omitzero"`
	Additional  *schema    `json:"additionalProperties,omitzero"`
}

// properties stand in the order in which they are printed.
type properties []property

type property struct {
	name string
	schema
}

func (p properties) MarshalJSON() ([]byte, error) {
	var parts []string
	for _, one := range p {
		text, err := json.Marshal(one.schema)
		if err != nil {
			return nil, err
		}
		parts = append(parts, fmt.Sprintf("%q:%s", one.name, text))
	}
	return []byte("{" + strings.Join(parts, ",") + "}"), nil
}

// schemaOf is the schema of a type's objects.
func schemaOf(t reflect.Type) schema {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return schema{Type: "string", Format: "date-time"}
	case t == reflect.TypeFor[json.RawMessage](), t.Kind() == reflect.Interface:
		return schema{}
	case t.Kind() == reflect.Pointer:
		return schemaOf(t.Elem())
	case t.Kind() == reflect.String || t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return schema{Type: "string"}
	case t.Kind() == reflect.Bool:
		return schema{Type: "boolean"}
	case t.Kind() == reflect.Slice:
		items := schemaOf(t.Elem())
		return schema{Type: "array", Items: &items}
	case t.Kind() == reflect.Map:
		values := schemaOf(t.Elem())
		return schema{Type: "object", Additional: &values}
	case t.Kind() == reflect.Struct:
		return structSchema(t)
	}
	return schema{Type: "integer"}
}

func structSchema(t reflect.Type) schema {
	s := schema{Type: "object"}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			inner := structSchema(f.Type)
			s.Properties, s.Required = append(s.Properties, inner.Properties...), append(s.Required, inner.Required...)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		of := schemaOf(f.Type)
		of.Description = f.Tag.Get("help")
		s.Properties = append(s.Properties, property{name, of})
		if options != "omitzero" {
			s.Required = append(s.Required, name)
		}
	}
	return s
}
