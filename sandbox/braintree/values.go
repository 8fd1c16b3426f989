package braintree

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// bare is the name of an enum's value as it stands in a query, without quotes.
type bare string

// literal turns a value of a query into what JSON would have for it, with the variables put in.
func (d *document) literal(v *ast.Value) (stage.Value, error) {
	switch v.Kind {
	case ast.Variable:
		value, ok := d.variables[v.Raw]
		if !ok {
			return nil, invalid(v.Position, "Undefined variable '%s'", v.Raw)
		}
		return value, nil
	case ast.IntValue, ast.FloatValue:
		return json.Number(v.Raw), nil
	case ast.StringValue, ast.BlockValue:
		return v.Raw, nil
	case ast.BooleanValue:
		return v.Raw == "true", nil
	case ast.EnumValue:
		return bare(v.Raw), nil
	case ast.ListValue:
		all := []stage.Value{}
		for _, child := range v.Children {
			item, err := d.literal(child.Value)
			if err != nil {
				return nil, err
			}
			all = append(all, item)
		}
		return all, nil
	case ast.ObjectValue:
		all := map[string]stage.Value{}
		for _, child := range v.Children {
			item, err := d.literal(child.Value)
			if err != nil {
				return nil, err
			}
			all[child.Name] = item
		}
		return all, nil
	}
	return nil, nil
}

// coerce reads a value as one of a type of the schema.
func (s *schema) coerce(raw stage.Value, t *ast.Type, at string) (fields, error) {
	if raw == nil {
		if t.NonNull {
			return fields{}, fmt.Errorf("%s must not be null", at)
		}
		return fields{}, nil
	}
	if t.Elem != nil {
		items, ok := raw.([]stage.Value)
		if !ok {
			items = []stage.Value{raw}
		}
		var f fields
		for i, item := range items {
			read, err := s.coerce(item, t.Elem, fmt.Sprintf("%s[%d]", at, i))
			if err != nil {
				return f, err
			}
			f.list = append(f.list, read)
		}
		return f, nil
	}
	switch d := s.types[t.NamedType]; {
	case d != nil && d.Kind == ast.InputObject:
		return s.object(raw, d, at)
	case d != nil && d.Kind == ast.Enum:
		name := fmt.Sprint(raw)
		if !slices.ContainsFunc(d.EnumValues, func(v *ast.EnumValueDefinition) bool { return v.Name == name }) {
			return fields{}, fmt.Errorf("%s has to be one of %s", at, t.NamedType)
		}
		return fields{text: name}, nil
	}
	return scalar(raw, t.NamedType, at)
}

func (s *schema) object(raw stage.Value, d *ast.Definition, at string) (fields, error) {
	members, ok := raw.(map[string]stage.Value)
	if !ok {
		return fields{}, fmt.Errorf("%s must be an object", at)
	}
	f := fields{kids: map[string]fields{}}
	for name, value := range members {
		field := d.Fields.ForName(name)
		if field == nil {
			return f, fmt.Errorf("%s has no field '%s'", d.Name, name)
		}
		kid, err := s.coerce(value, field.Type, at+"."+name)
		if err != nil {
			return f, err
		}
		if value != nil {
			f.kids[name] = kid
		}
	}
	for _, field := range d.Fields {
		if !f.has(field.Name) && field.Type.NonNull && field.DefaultValue == nil {
			return f, fmt.Errorf("%s.%s is required", at, field.Name)
		}
	}
	return f, nil
}

// scalar reads a text, a number or a truth.
func scalar(raw stage.Value, name, at string) (fields, error) {
	switch v := raw.(type) {
	case string:
		if name != "Int" && name != "Boolean" && name != "Float" {
			return fields{text: v}, nil
		}
	case json.Number:
		_, err := strconv.Atoi(v.String())
		if name == "Amount" || name == "Float" || err == nil && (name == "Int" || name == "ID") {
			return fields{text: v.String()}, nil
		}
	case bool:
		if name == "Boolean" {
			return fields{text: strconv.FormatBool(v)}, nil
		}
	}
	return fields{}, fmt.Errorf("%s is not a valid %s", at, name)
}

// readJSON reads one value of JSON, its numbers as they stand.
func readJSON(body []byte) (stage.Value, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var raw any
	if err := d.Decode(&raw); err != nil {
		return nil, err
	}
	return members(raw), nil
}

// members are what encoding/json has read, in the types that are used here.
func members(raw any) stage.Value {
	switch v := raw.(type) {
	case map[string]any:
		all := map[string]stage.Value{}
		for name, value := range v {
			all[name] = members(value)
		}
		return all
	case []any:
		all := []stage.Value{}
		for _, value := range v {
			all = append(all, members(value))
		}
		return all
	}
	return raw
}
