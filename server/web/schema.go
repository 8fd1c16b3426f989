package web

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
)

// A schema is read from the Go type that is encoded or decoded, so that the
// description cannot fall behind it.

// schemas collects the named schemas of a description.
type schemas struct {
	named object
	owner map[string]reflect.Type
	also  Shapes
	words Words
}

// Either is a type that is read from several kinds of JSON.
type Either interface {
	// Kinds are the plain ones of JSON Schema, and a value of the type of an object; nil
	// for none.
	Kinds() (plain []string, object any)
}

var (
	timeType   = reflect.TypeFor[time.Time]()
	eitherType = reflect.TypeFor[Either]()
)

// of describes a type; in tells that it is read, not written.
func (s *schemas) of(t reflect.Type, in bool) object {
	switch {
	case t == timeType:
		return s.kind("Timestamp")
	case t.Implements(eitherType):
		return s.either(t, in)
	case t.Kind() != reflect.Pointer && t.Implements(alikeType):
		return s.of(reflect.Zero(t).Interface().(Alike).Alike(), false)
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
	return unknown()
}

// unknown is a schema that a test finds: nothing is described as just anything.
func unknown() object { return object{} }

func (s *schemas) either(t reflect.Type, in bool) object {
	plain, shaped := reflect.Zero(t).Interface().(Either).Kinds()
	var all list
	for _, kind := range plain {
		all = append(all, object{"type": kind})
	}
	if shaped != nil {
		all = append(all, s.of(reflect.TypeOf(shaped), in))
	}
	if len(all) == 1 {
		return object{"type": plain[0]}
	}
	return object{"anyOf": all}
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
	name := cmp.Or(s.words.Names[t.Name()], schemaName(t, in))
	if name == "" {
		return s.structure(t, in, name)
	}
	for s.taken(name, t) {
		name += "2" // a test tells
	}
	if s.owner[name] == nil {
		s.owner[name] = t // ends the recursion of a type that holds itself
		s.named[name] = s.structure(t, in, name)
	}
	return reference("schemas", name)
}

// taken reports whether a name is that of another type, or of a kind.
func (s *schemas) taken(name string, t reflect.Type) bool {
	_, kind := s.words.Kinds[name]
	other := s.owner[name]
	return kind || other != nil && other != t
}

// structure describes the members of a struct with a name. What is written is there unless
// it may be left out when zero, and may have more members one day; what is read is there where its
// tag says so, and nothing else is.
func (s *schemas) structure(t reflect.Type, in bool, name string) object {
	of := name
	properties, required, open := object{}, []string(nil), false
	for _, field := range members(t) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if options == "embed" {
			open = true
			continue
		}
		properties[name] = s.worded(s.member(field, in), s.word(of, name))
		if in && isRequired(field) || !in && options == "" {
			required = append(required, name)
		}
	}
	schema := object{"type": "object", "properties": properties}
	if in || open {
		schema["additionalProperties"] = open
	}
	if text := s.words.Members[of].Text; text != "" {
		schema["description"] = text
	}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

// member describes a field: by its type, or by its tag where it is JSON that is kept as it is, such as
// is:"object null".
func (s *schemas) member(field reflect.StructField, in bool) object {
	kinds := strings.Fields(field.Tag.Get("is"))
	if len(kinds) == 0 {
		return s.of(field.Type, in)
	}
	var all list
	for _, kind := range kinds {
		of := object{"type": kind}
		if kind == "object" {
			of["additionalProperties"] = true
		}
		all = append(all, of)
	}
	if len(all) == 1 {
		return all[0].(object)
	}
	return object{"anyOf": all}
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
