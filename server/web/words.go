package web

import (
	"cmp"
	"reflect"
	"strings"
)

// Words say what a description's names mean: members of bodies and answers, parameters, and
// what routes are about. One name means the same wherever it stands, so it is explained once.
type Words struct {
	// Members are explained by "member"; "Schema.member" is for where it means something
	// else, "segment/{name}" for a parameter of a path, "tag?name" for one of a query.
	Members map[string]Word
	Kinds   map[string]Kind   // kinds of texts and numbers, which are schemas of their own
	Tags    map[string]string // what routes are about
	Codes   []string          // reasons of refusals that every route may answer
	Refused map[string][]Seen // refusals of a route that are known, by its operation
	// Names are those of schemas whose Go type is called otherwise, by that.
	Names map[string]string
	Told  Told
	// Examples are requests that were made and answered, by the operation.
	Examples map[string]Example
}

// Example is a body with its answer; nil where there is none.
type Example struct{ Body, Answer any }

// Told is what endpoints of a marketplace are told by webhooks: events of one type, each with
// data of its own.
type Told struct {
	Event  reflect.Type
	Data   map[string]map[string]any // schemas, by name
	Events []ToldEvent
}

// ToldEvent is a type of events.
type ToldEvent struct {
	Type, Text string
	Data       string         // the name of the schema of its data
	Example    map[string]any // an event as it is sent
}

// Word is what a name means, and the kind of its value, if it is one of Kinds. A parameter may
// take several, with commas between them.
type Word struct {
	Text, Kind string
	Several    bool
}

// Kind is a named schema of a text or of a whole number.
type Kind struct {
	Text    string
	Values  []string // those that there are now; a later version may add some
	Format  string
	Example string
	Integer bool
}

// Seen are reasons that a route answers with a status.
type Seen struct {
	Status int
	Codes  []string
}

// schema describes the values of a kind. A reader has to take values that it does not know.
func (k Kind) schema() object {
	o := object{"type": "string"}
	switch {
	case k.Integer:
		o = object{"type": "integer", "format": "int64"}
	case len(k.Values) > 0:
		var values list
		for _, v := range k.Values {
			values = append(values, v)
		}
		o = object{"anyOf": list{object{"type": "string", "enum": values}, object{"type": "string"}}}
	case k.Format != "":
		o["format"] = k.Format
	}
	if k.Example != "" {
		o["examples"] = list{k.Example}
	}
	o["description"] = k.Text
	return o
}

// kind names the schema of a kind and collects it.
func (s *schemas) kind(name string) object {
	if s.named[name] == nil {
		s.named[name] = s.words.Kinds[name].schema()
	}
	return reference("schemas", name)
}

// word is what a member of a schema means. What is sent means what is answered.
func (s *schemas) word(schema, member string) Word {
	for _, at := range []string{schema + "." + member, strings.TrimSuffix(schema, "Input") + "." + member, member} {
		if w, ok := s.words.Members[at]; ok {
			return w
		}
	}
	return Word{}
}

// worded puts what a member means to its schema.
func (s *schemas) worded(schema object, w Word) object {
	if w.Kind != "" {
		schema = s.ofKind(schema, w.Kind)
	}
	if w.Text != "" {
		schema["description"] = w.Text
	}
	return schema
}

// ofKind is a schema whose plain values are of a kind: itself, those of a list, or those of a map.
func (s *schemas) ofKind(schema object, kind string) object {
	for _, inside := range []string{"items", "additionalProperties"} {
		if of, ok := schema[inside].(object); ok {
			schema[inside] = s.ofKind(of, kind)
			return schema
		}
	}
	switch types := schema["type"].(type) {
	case string:
		return s.kind(kind)
	case list:
		if len(types) == 2 && types[1] == "null" {
			return nullable(s.kind(kind))
		}
	}
	return schema
}

// Alike is a type that is described as another one is, such as what is read like what is written.
type Alike interface{ Alike() reflect.Type }

var alikeType = reflect.TypeFor[Alike]()

// parameter describes one of a path or of a query. Where its name is not plain, at says where it stands.
func (s *schemas) parameter(name, in string, required bool, at string, schema object) object {
	w, ok := s.words.Members[at]
	if !ok {
		w = s.words.Members[name]
	}
	if w.Kind != "" {
		schema = s.ofKind(schema, w.Kind)
	}
	p := object{"name": name, "in": in, "required": required, "schema": schema, "description": cmp.Or(w.Text, name)}
	if w.Several {
		p["schema"], p["style"], p["explode"] = object{"type": "array", "items": schema}, "form", false
	}
	return p
}
