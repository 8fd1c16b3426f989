package web

import (
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"
)

// A schema is read from the Go type that is encoded or decoded, so that the
// description cannot fall behind it.

// schemas collects the named schemas of a description.
type schemas struct {
	named openapi3.Schemas
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

// kinds is the type of a schema.
func kinds(names ...string) *openapi3.Types { return (*openapi3.Types)(&names) }

// of describes a type; in tells that it is read, not written.
func (s *schemas) of(t reflect.Type, in bool) *openapi3.SchemaRef {
	switch {
	case t == timeType:
		return openapi3.NewDateTimeSchema().NewRef()
	case t == valueType:
		return anything()
	case t.Implements(eitherType):
		return s.either(t, in)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return nullable(s.of(t.Elem(), in))
	case reflect.Bool:
		return openapi3.NewBoolSchema().NewRef()
	case reflect.Int, reflect.Int64:
		return openapi3.NewInt64Schema().NewRef()
	case reflect.String:
		return openapi3.NewStringSchema().NewRef()
	case reflect.Slice:
		return missable(in, &openapi3.Schema{Type: kinds("array"), Items: s.of(t.Elem(), in)})
	case reflect.Map:
		return missable(in, &openapi3.Schema{Type: kinds("object"), AdditionalProperties: openapi3.BoolSchema{Schema: s.of(t.Elem(), in)}})
	case reflect.Struct:
		return s.reference(t, in)
	}
	return anything()
}

func anything() *openapi3.SchemaRef {
	return (&openapi3.Schema{Type: kinds("null", "boolean", "object", "array", "number", "string")}).NewRef()
}

func (s *schemas) either(t reflect.Type, in bool) *openapi3.SchemaRef {
	plain, object := reflect.Zero(t).Interface().(Either).Kinds()
	one := (&openapi3.Schema{Type: kinds(plain...)}).NewRef()
	return (&openapi3.Schema{AnyOf: openapi3.SchemaRefs{one, s.of(reflect.TypeOf(object), in)}}).NewRef()
}

// missable lets a list or map be null where it is read: that is none.
func missable(in bool, schema *openapi3.Schema) *openapi3.SchemaRef {
	if in {
		return nullable(schema.NewRef())
	}
	return schema.NewRef()
}

// nullable lets a schema be null as well.
func nullable(schema *openapi3.SchemaRef) *openapi3.SchemaRef {
	if schema.Ref == "" && schema.Value.Type != nil && len(*schema.Value.Type) == 1 {
		schema.Value.Type = kinds((*schema.Value.Type)[0], "null")
		return schema
	}
	null := (&openapi3.Schema{Type: kinds("null")}).NewRef()
	return (&openapi3.Schema{AnyOf: openapi3.SchemaRefs{schema, null}}).NewRef()
}

// reference names a struct's schema and collects it.
func (s *schemas) reference(t reflect.Type, in bool) *openapi3.SchemaRef {
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
	return &openapi3.SchemaRef{Ref: "#/components/schemas/" + name}
}

// structure describes the members of a struct. What is written is there unless
// it may be left out when zero; what is read is there where its tag says so.
func (s *schemas) structure(t reflect.Type, in bool) *openapi3.SchemaRef {
	schema, open := &openapi3.Schema{Type: kinds("object"), Properties: openapi3.Schemas{}}, false
	for _, field := range members(t) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if options == "embed" {
			open = true
			continue
		}
		schema.Properties[name] = s.of(field.Type, in)
		if in && isRequired(field) || !in && options == "" {
			schema.Required = append(schema.Required, name)
		}
	}
	schema.AdditionalProperties = openapi3.BoolSchema{Has: &open}
	return schema.NewRef()
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

// isRequired reports whether a request must have a member.
func isRequired(field reflect.StructField) bool { return field.Tag.Get("required") == "true" }

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
