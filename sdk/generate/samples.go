package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// sampler finds values for examples: those of the description, or such as the types allow.
type sampler struct {
	api *api
	doc *openapi3.T
	err error // of a snippet
}

// value is one of JSON, as the description gives it.
type (
	value  = any
	object = map[string]value
	list   = []value
)

// deepest is how many objects stand in one another in a sample at most.
const deepest = 6

// sampleWords are texts for members and parameters whose type says nothing of them.
var sampleWords = map[string]string{
	"id": "73", "conversation_id": "73", "evidence_id": "evd_0a1b2c3d4e5f6g7h8j9k0m1n2p", "event": "evt_0a1b2c3d4e5f6g7h8j9k0m1n2p", "name": "money_reserved",
	"reason": "agreed with both sides", "reference": "transfer-17", "url": "https://shop.example.com/hooks", "account_id": "acct_0a1b2c", "title": "City bike",
	"content": "When can I fetch it?", "fiat_currency": "EUR", "payment_method": "card", "payment_gateway": "stripe", "file": "photo.jpg", "subject": "Your bike",
	"text": "Your money is reserved.", "outcome": "release", "side": "buyer", "type": "sell", "payment_methods": "card",
}

func (s *sampler) structure(name string) structure {
	at := slices.IndexFunc(s.api.structs, func(o structure) bool { return o.name == name })
	if at < 0 {
		return structure{}
	}
	return s.api.structs[at]
}

// exampleOf is a value of a named text; empty: there is none.
func (s *sampler) exampleOf(name string) string {
	schema := s.doc.Components.Schemas[name]
	if schema == nil {
		return ""
	}
	if all := schema.Value.Examples; len(all) > 0 {
		return fmt.Sprint(all[0])
	}
	for _, one := range schema.Value.AnyOf {
		if all := one.Value.Enum; slices.Contains(all, value("stripe")) {
			return "stripe"
		} else if len(all) > 0 {
			return fmt.Sprint(all[0])
		}
	}
	return ""
}

// word is a value for a parameter.
func (s *sampler) word(of shape, name string) string {
	return cmp.Or(s.exampleOf(of.name), sampleWords[name], "1")
}

// sent is the body of an example; nil: there is none.
func (s *sampler) sent(d described) value {
	if d.body == nil {
		return nil
	}
	for _, m := range d.says.RequestBody.Value.Content {
		if m.Example != nil {
			return m.Example
		}
	}
	return s.sample(*d.body, "", deepest)
}

// sample is a value of a shape, with the members that have to be there, and the reason.
func (s *sampler) sample(of shape, name string, deep int) value {
	switch {
	case deep == 0:
		return nil
	case of.list != nil:
		return list{s.sample(*of.list, name, deep-1)}
	case of.dict != nil:
		return object{"EUR": s.sample(*of.dict, name, deep-1)}
	case len(of.any) > 0:
		return s.sample(of.any[0], name, deep)
	case of.plain == "integer" || of.plain == "number" || of.name == "MinorUnits":
		return float64(5000)
	case of.plain == "boolean":
		return true
	case of.plain == "object":
		return object{}
	}
	o := s.structure(of.name)
	if o.name == "" {
		return cmp.Or(s.exampleOf(of.name), sampleWords[name], "text")
	}
	all := object{}
	for _, m := range o.members {
		if m.required || m.name == "reason" {
			all[m.name] = s.sample(m.of, m.name, deep-1)
		}
	}
	return all
}

// pretty is JSON for people: on one line where that is short.
func pretty(v value) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return ""
	}
	out := jsontext.Value(text)
	if err := out.Indent(jsontext.WithIndent("  ")); err != nil || len(text) <= narrow {
		return string(text)
	}
	return string(out)
}

// narrow is how many letters a value has at most that stands on one line.
const narrow = 60

// braced writes members between brackets: on one line where that is short, or each on its own.
func braced(before, after string, members []string) string {
	line := before + strings.Join(members, ", ") + after
	if len(line) <= narrow && !strings.Contains(line, "\n") {
		return line
	}
	return before + "\n" + strings.Join(members, ",\n") + ",\n" + after
}
