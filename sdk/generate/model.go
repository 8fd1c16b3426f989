package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// api is what clients are generated from: the part of the description that is under /v1.
type api struct {
	kinds   []kind
	structs []structure
	groups  []group
	told    []told
}

// kind is a text or a whole number with a name, and the values that there are now.
type kind struct {
	name, text string
	integer    bool
	time       bool
	values     []string
}

// structure is an object with members; in tells that it is sent.
type structure struct {
	name, text string
	in         bool
	members    []member
}

type member struct {
	name, text string
	of         shape
	required   bool
}

// shape is what a value is: plain, a named one, or made of others.
type shape struct {
	plain string // string, integer, number, boolean, object, file
	name  string
	text  bool // a kind of text
	list  *shape
	dict  *shape
	any   []shape
	null  bool
}

// group is what is about one thing.
type group struct {
	name, text string
	operations []operation
}

// operation is a route.
type operation struct {
	id, name, method, path, text string
	params, query                []member
	body                         *shape
	form, bodyOptional           bool
	answer                       *shape // nil: nothing, or a file
	file                         bool
	item                         *shape // of the list that it answers, page by page
	keyed                        bool   // it moves money: it needs a key, and its outcome may be unknown
	honours                      bool   // it takes a key
	dry, awaits                  bool
}

// builder collects what operations use.
type builder struct {
	doc   *openapi3.T
	named map[string]bool
	out   api
}

// read makes the model of a description.
func read(text []byte) (api, error) {
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return api{}, err
	}
	b := &builder{doc: doc, named: map[string]bool{}}
	groups := map[string]*group{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		if !strings.HasPrefix(path, "/v1/") {
			continue
		}
		operations := doc.Paths.Value(path).Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			o := operations[method]
			name, _, _ := strings.Cut(o.OperationID, ".")
			if groups[name] == nil {
				groups[name] = &group{name: name, text: b.tag(o.Tags[0])}
			}
			if r := o.Responses.Value("200"); r != nil && r.Value.Content["text/event-stream"] != nil {
				continue // the SDKs follow the log by long polling
			}
			groups[name].operations = append(groups[name].operations, b.operation(method, path, o))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		b.out.groups = append(b.out.groups, *groups[name])
	}
	b.told()
	for _, name := range []string{"Problem", "Preview", "Approval"} {
		b.want(name)
	}
	slices.SortFunc(b.out.structs, func(x, y structure) int { return cmp.Compare(x.name, y.name) })
	slices.SortFunc(b.out.kinds, func(x, y kind) int { return cmp.Compare(x.name, y.name) })
	return b.out, nil
}

func (b *builder) tag(name string) string {
	if t := b.doc.Tags.Get(name); t != nil {
		return t.Description
	}
	return name
}

func (b *builder) operation(method, path string, o *openapi3.Operation) operation {
	_, name, _ := strings.Cut(o.OperationID, ".")
	out := operation{id: o.OperationID, name: name, method: method, path: path, text: cmp.Or(o.Description, o.Summary)}
	for _, p := range o.Parameters {
		b.parameter(&out, p.Value, p.Ref)
	}
	if o.RequestBody != nil {
		out.bodyOptional = !o.RequestBody.Value.Required
		for media, m := range o.RequestBody.Value.Content {
			if m.Schema == nil {
				continue // another program's own
			}
			s := b.shape(m.Schema, capital(name))
			out.body, out.form = &s, media == "multipart/form-data"
		}
	}
	b.answer(&out, o.Responses)
	return out
}

func (b *builder) parameter(out *operation, p *openapi3.Parameter, ref string) {
	switch {
	case strings.HasSuffix(ref, "/IdempotencyKey"):
		out.keyed, out.honours = true, true
	case strings.HasSuffix(ref, "/OptionalIdempotencyKey"):
		out.honours = true
	case strings.HasSuffix(ref, "/DryRun"):
		out.dry = true
	case p.In == "path":
		out.params = append(out.params, member{name: p.Name, text: p.Description, of: b.shape(p.Schema, ""), required: true})
	case p.In == "query" && p.Name != "format": // the client reads JSON
		out.query = append(out.query, member{name: p.Name, text: p.Description, of: b.shape(p.Schema, ""), required: p.Required})
	}
}

// answer finds what success is answered with. A list with a cursor is read item by item.
func (b *builder) answer(out *operation, responses *openapi3.Responses) {
	success := []string{"201", "200"}
	// Beside another success, 202 says that the request waits for an approval.
	if out.awaits = responses.Value("202") != nil; out.awaits && responses.Value("201") == nil && responses.Value("200") == nil && responses.Value("204") == nil {
		out.awaits, success = false, []string{"202"}
	}
	for _, status := range success {
		r := responses.Value(status)
		if r == nil || r.Value.Content == nil {
			continue
		}
		m := r.Value.Content["application/json"]
		if m == nil {
			out.file = true
			return
		}
		s := b.shape(m.Schema, "")
		if out.dry && len(s.any) > 0 {
			s = s.any[0] // the other one is the preview
		}
		out.answer = &s
		break
	}
	if out.answer == nil || !slices.ContainsFunc(out.query, func(m member) bool { return m.name == "cursor" }) {
		return
	}
	if page := b.doc.Components.Schemas[out.answer.name]; page != nil && page.Value.Properties["items"] != nil {
		item := b.shape(page.Value.Properties["items"].Value.Items, "")
		out.item = &item
	}
}

// shape is what a schema describes. An object without a name is called hint.
func (b *builder) shape(ref *openapi3.SchemaRef, hint string) shape {
	if ref.Ref != "" {
		name := ref.Ref[strings.LastIndexByte(ref.Ref, '/')+1:]
		b.want(name)
		return shape{name: name, text: slices.ContainsFunc(b.out.kinds, func(k kind) bool { return k.name == name && !k.integer && !k.time })}
	}
	s := ref.Value
	if len(s.AnyOf) > 0 {
		return b.either(s.AnyOf, hint)
	}
	out := shape{null: s.Type.Includes("null")}
	switch {
	case s.Items != nil:
		of := b.shape(s.Items, hint)
		out.list = &of
	case len(s.Properties) > 0:
		out.name = hint
		b.structure(hint, s)
	case s.AdditionalProperties.Schema != nil:
		of := b.shape(s.AdditionalProperties.Schema, hint)
		out.dict = &of
	default:
		out.plain = strings.Join(slices.DeleteFunc(slices.Clone(s.Type.Slice()), func(t string) bool { return t == "null" }), " ")
	}
	return out
}

// either is one of several shapes; null among them means that there may be none.
func (b *builder) either(all openapi3.SchemaRefs, hint string) shape {
	var out shape
	var null bool
	for _, one := range all {
		if s := b.shape(one, hint); s.plain == "" && s.name == "" && s.list == nil && s.dict == nil && len(s.any) == 0 {
			null = true
		} else {
			out.any = append(out.any, s)
		}
	}
	if len(out.any) == 1 {
		out = out.any[0]
	}
	out.null = out.null || null
	return out
}

// want collects a named schema with all that is in it.
func (b *builder) want(name string) {
	if b.named[name] {
		return
	}
	if b.named[name] = true; byHand[name] {
		return
	}
	s := b.doc.Components.Schemas[name].Value
	if len(s.Properties) > 0 || s.Type.Is("object") {
		b.structure(name, s)
		return
	}
	k := kind{name: name, text: s.Description, integer: s.Type.Is("integer"), time: s.Format == "date-time"}
	for _, one := range s.AnyOf {
		for _, v := range one.Value.Enum {
			k.values = append(k.values, v.(string))
		}
	}
	b.out.kinds = append(b.out.kinds, k)
}

func (b *builder) structure(name string, s *openapi3.Schema) {
	out := structure{name: name, text: s.Description, in: s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has}
	for _, member := range slices.Sorted(maps.Keys(s.Properties)) {
		out.members = append(out.members, b.member(name, member, s))
	}
	b.out.structs = append(b.out.structs, out)
}

func (b *builder) member(of, name string, s *openapi3.Schema) member {
	p := s.Properties[name]
	out := member{name: name, required: slices.Contains(s.Required, name), of: b.shape(p, of+camel(name))}
	if p.Value != nil {
		out.text = p.Value.Description
	}
	if s.AdditionalProperties.Has != nil && out.required && out.of.plain == "" {
		out.of.null = false // it may be written, and is refused
	}
	if name == "file" && out.of.plain == "string" {
		out.of.plain = "file"
	}
	return out
}

// camel writes a name with capitals: confirm_after_days is ConfirmAfterDays.
func camel(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(name, func(c rune) bool { return strings.ContainsRune("_-. ", c) }) {
		b.WriteString(capital(word))
	}
	return b.String()
}

func capital(word string) string { return strings.ToUpper(word[:1]) + word[1:] }
