package main

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/handsel-dev/handsel/internal/guidebook"
)

// referenceIn is the file of the reference that the binary serves at /docs/api.
const referenceIn = "server/guide/reference" + guidebook.Suffix

// pages are answered to people in a browser, and described by themselves.
const pages = "text/html"

// reference is what there is to say of every call that programs make.
func reference(text []byte) (guidebook.Reference, error) {
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return guidebook.Reference{}, err
	}
	b := &builder{doc: doc, named: map[string]bool{}}
	var found []described
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		operations := doc.Paths.Value(path).Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			if o := operations[method]; !isPage(o) && o.Tags[0] != "pages" {
				found = append(found, described{b.operation(method, path, o), o})
			}
		}
	}
	for _, name := range []string{"Problem", "Preview", "Approval"} {
		b.want(name)
	}
	s := &sampler{api: &b.out, doc: doc}
	out := guidebook.Reference{Common: codesIn(*doc.Components.Responses["Problem"].Value.Description)}
	subjects := map[string]*guidebook.Subject{}
	for _, d := range found {
		tag := d.says.Tags[0]
		if subjects[tag] == nil {
			subjects[tag] = &guidebook.Subject{Slug: strings.ReplaceAll(tag, " ", "-"), Title: capital(strings.ReplaceAll(tag, "-", " ")), Text: b.tag(tag)}
		}
		subjects[tag].Calls = append(subjects[tag].Calls, s.call(d))
	}
	for _, tag := range slices.Sorted(maps.Keys(subjects)) {
		out.Subjects = append(out.Subjects, *subjects[tag])
	}
	out.Objects = s.objects()
	return out, s.err
}

// described is an operation with what the description says of it.
type described struct {
	operation
	says *openapi3.Operation
}

func isPage(o *openapi3.Operation) bool {
	done := o.Responses.Value("200")
	return done != nil && done.Value.Content[pages] != nil
}

// codesIn are the codes that a description ends with.
func codesIn(text string) []string {
	_, codes, _ := strings.Cut(text, ": ")
	return strings.Split(strings.TrimSuffix(codes, "."), ", ")
}

// access is the variable of the env file of handsel dev with which the call is made; empty: anybody may.
func (d described) access() string {
	for _, one := range *d.says.Security {
		switch {
		case one["apiKey"] != nil:
			return "$HANDSEL_API_KEY"
		case one["userToken"] != nil && len(*d.says.Security) == 1:
			return "$TOKEN_A"
		}
	}
	return ""
}

func (s *sampler) call(d described) guidebook.Call {
	c := guidebook.Call{
		Operation: d.says.OperationID, Method: d.method, Path: d.path, Title: d.says.Summary,
		Text: strings.TrimPrefix(strings.TrimPrefix(d.text, d.says.Summary+". "), d.says.Summary+"."),
	}
	for _, p := range d.says.Parameters {
		c.Parameters = append(c.Parameters, s.parameter(p.Value))
	}
	sent := s.sent(d)
	if d.body != nil {
		c.Body = &guidebook.Body{Type: d.body.words(), Optional: d.bodyOptional, Fields: s.fields(d.body.name), Example: pretty(sent)}
		if d.form {
			c.Body.Media, c.Body.Example = "multipart/form-data", ""
		}
	}
	s.answers(&c, d)
	c.Code = []guidebook.Code{{Language: "curl", Text: s.curl(c, d.access(), sent)}}
	if strings.HasPrefix(d.path, "/v1/") && !c.Untried {
		c.Code = append(c.Code, guidebook.Code{Language: "Go", Text: s.golang(d.operation, sent)}, guidebook.Code{Language: "TypeScript", Text: s.typeScript(d.operation, sent)})
	}
	return c
}

func (s *sampler) parameter(p *openapi3.Parameter) guidebook.Field {
	b := &builder{doc: s.doc, named: map[string]bool{}}
	of := b.shape(p.Schema, "")
	f := guidebook.Field{Name: p.Name, In: p.In, Type: of.words(), Required: p.Required, Text: p.Description}
	if p.Required && p.In != "header" {
		f.Example = s.word(of, p.Name)
	}
	return f
}

// answers adds what the call may be answered with. A form cannot show what does not end.
func (s *sampler) answers(c *guidebook.Call, d described) {
	all := d.says.Responses.Map()
	for _, status := range slices.Sorted(maps.Keys(all)) {
		r := all[status].Value
		code, err := strconv.Atoi(status)
		switch {
		case err != nil:
			continue
		case code >= http.StatusBadRequest:
			c.Refusals = append(c.Refusals, guidebook.Refusal{Status: status, Codes: codesIn(*r.Description)})
			continue
		}
		a := guidebook.Answer{Status: status, Text: *r.Description}
		for media, m := range r.Content {
			if a.Type = media; m.Schema != nil && media == "application/json" {
				b := &builder{doc: s.doc, named: map[string]bool{}}
				of := b.shape(m.Schema, "")
				a.Type = of.words()
			}
			if m.Example != nil {
				a.Example = pretty(m.Example)
			}
			c.Untried = c.Untried || media == "text/event-stream"
		}
		c.Untried = c.Untried || code < http.StatusOK
		c.Answers = append(c.Answers, a)
	}
}

// objects are all types that calls name.
func (s *sampler) objects() []guidebook.Object {
	var all []guidebook.Object
	for _, k := range s.api.kinds {
		all = append(all, guidebook.Object{Name: k.name, Text: k.text, Values: k.values, Sample: s.exampleOf(k.name)})
	}
	for _, o := range s.api.structs {
		all = append(all, guidebook.Object{Name: o.name, Text: o.text, Fields: s.fields(o.name)})
	}
	for name := range byHand {
		all = append(all, guidebook.Object{Name: name, Text: s.doc.Components.Schemas[name].Value.Description})
	}
	slices.SortFunc(all, func(x, y guidebook.Object) int { return cmp.Compare(x.Name, y.Name) })
	return slices.CompactFunc(all, func(x, y guidebook.Object) bool { return x.Name == y.Name })
}

// fields are the members of a type, those first that have to be there.
func (s *sampler) fields(name string) []guidebook.Field {
	var all []guidebook.Field
	o := s.structure(name)
	for _, m := range o.members {
		m.of.null = m.of.null && !(o.in && m.required) // it may be written, and is refused
		all = append(all, guidebook.Field{Name: m.name, Type: m.of.words(), Required: m.required, Text: m.text})
	}
	slices.SortStableFunc(all, func(x, y guidebook.Field) int {
		if x.Required == y.Required {
			return 0
		} else if x.Required {
			return -1
		}
		return 1
	})
	return all
}

var plainWords = map[string]string{"integer": "whole number", "number": "number", "boolean": "true or false", "string": "text", "object": "object", "file": "file"}

// words are what a value is, for people. Names in it are those of objects.
func (s shape) words() string {
	text := cmp.Or(s.name, plainWords[s.plain])
	switch {
	case s.list != nil:
		text = "list of " + s.list.words()
	case s.dict != nil:
		text = s.dict.words() + " by name"
	case len(s.any) > 0:
		var all []string
		for _, one := range s.any {
			all = append(all, one.words())
		}
		text = strings.Join(slices.Compact(all), " or ")
	}
	if s.null {
		text += " or null"
	}
	return text
}
