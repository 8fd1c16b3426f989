package web

import (
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// A schema is read from the Go type that is encoded or decoded, so that the
// description cannot fall behind it.

// schemas collects the named schemas of a description.
type schemas struct {
	named object
	owner map[string]reflect.Type
	also  Shapes
}

// Either is a type that is read from several kinds of JSON.
type Either interface {
	// Kinds are the plain ones of JSON Schema, and a value of the type of an object; nil
	// for none.
	Kinds() (plain []string, object any)
}

var (
	timeType   = reflect.TypeFor[time.Time]()
	valueType  = reflect.TypeFor[jsontext.Value]()
	eitherType = reflect.TypeFor[Either]()
)

// of describes a type; in tells that it is read, not written.
func (s *schemas) of(t reflect.Type, in bool) object {
	switch {
	case t == timeType:
		return object{"type": "string", "format": "date-time"}
	case t == valueType:
		return anything()
	case t.Implements(eitherType):
		return s.either(t, in)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return nullable(s.of(t.Elem(), in))
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer", "format": "int64"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Slice:
		return missable(in, object{"type": "array", "items": s.of(t.Elem(), in)})
	case reflect.Map:
		return missable(in, object{"type": "object", "additionalProperties": s.of(t.Elem(), in)})
	case reflect.Struct:
		return s.reference(t, in)
	}
	return anything()
}

func anything() object {
	return object{"type": list{"null", "boolean", "object", "array", "number", "string"}}
}

func (s *schemas) either(t reflect.Type, in bool) object {
	plain, shaped := reflect.Zero(t).Interface().(Either).Kinds()
	return object{"anyOf": list{object{"type": plain}, s.of(reflect.TypeOf(shaped), in)}}
}

// missable lets a list or map be null where it is read: that is none.
func missable(in bool, schema object) object {
	if in {
		return nullable(schema)
	}
	return schema
}

// nullable lets a schema be null as well.
func nullable(schema object) object {
	if kind, ok := schema["type"].(string); ok {
		schema["type"] = list{kind, "null"}
		return schema
	}
	return object{"anyOf": list{schema, object{"type": "null"}}}
}

// reference names a struct's schema and collects it.
func (s *schemas) reference(t reflect.Type, in bool) object {
	name := schemaName(t, in)
	if name == "" {
		return s.structure(t, in)
	}
	for other := s.owner[name]; other != nil && other != t; other = s.owner[name] {
		name += "2" // a test tells
	}
	if s.owner[name] == nil {
		s.owner[name] = t // ends the recursion of a type that holds itself
		s.named[name] = s.structure(t, in)
	}
	return reference("schemas", name)
}

// structure describes the members of a struct. What is written is there unless
// it may be left out when zero; what is read is there where its tag says so.
func (s *schemas) structure(t reflect.Type, in bool) object {
	properties, required, open := object{}, []string(nil), false
	for _, field := range members(t) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if options == "embed" {
			open = true
			continue
		}
		properties[name] = s.of(field.Type, in)
		if in && isRequired(field) || !in && options == "" {
			required = append(required, name)
		}
	}
	schema := object{"type": "object", "properties": properties, "additionalProperties": open}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// members lists the fields of a struct with those of the structs in it; one of its
// own hides theirs.
func members(t reflect.Type) []reflect.StructField {
	var all []reflect.StructField
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous && field.Tag.Get("json") == "" {
			all = append(all, members(field.Type)...)
			continue
		}
		if tag := field.Tag.Get("json"); tag != "" {
			all = slices.DeleteFunc(all, func(f reflect.StructField) bool { return f.Tag.Get("json") == tag })
			all = append(all, field)
		}
	}
	return all
}

// jsonName is the name of a field in JSON; empty for one that has none of its own.
func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// schemaName is the public name of a type: transactionOut is Transaction, the body
// newListing is ListingInput, page[transactionOut] is TransactionPage.
func schemaName(t reflect.Type, in bool) string {
	name, argument, generic := strings.Cut(strings.TrimSuffix(t.Name(), "]"), "[")
	if name == "" {
		return ""
	}
	if generic {
		of := argument[strings.LastIndexByte(argument, '.')+1:]
		return capital(strings.TrimSuffix(of, "Out")) + capital(name)
	}
	if in {
		return capital(strings.TrimPrefix(strings.TrimSuffix(strings.TrimSuffix(name, "Out"), "In"), "new")) + "Input"
	}
	return capital(strings.TrimSuffix(strings.TrimSuffix(name, "Out"), "In"))
}

func capital(name string) string {
	letters := []rune(name)
	letters[0] = unicode.ToUpper(letters[0])
	return string(letters)
}
