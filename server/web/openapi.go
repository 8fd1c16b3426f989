package web

import (
	"bytes"
	"cmp"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/render"

	"github.com/handsel-dev/handsel/fault"
)

// The description of the API follows from the routes, which say what they are for, and
// from the types of their bodies and answers. The tests' answers are checked against it.

// Payload is what is sent in a body.
type Payload struct {
	media    string // of no JSON
	schema   reflect.Type
	optional bool
}

// JSON is a body or an answer in JSON, given by its type.
func JSON[T any]() *Payload { return &Payload{schema: reflect.TypeFor[T]()} }

// MaybeJSON is a body that may be left out.
func MaybeJSON[T any]() *Payload { return &Payload{schema: reflect.TypeFor[T](), optional: true} }

// Form is a body of multipart/form-data, given by the type of its parts.
func Form[T any]() *Payload { return &Payload{media: multipartForm, schema: reflect.TypeFor[T]()} }

// Media is a body or an answer of another type than JSON.
func Media(kind string) *Payload { return &Payload{media: kind} }

const multipartForm = "multipart/form-data"

// Refusal is how a face refuses. All its routes share one.
type Refusal struct {
	Name   string
	media  string
	render func(*gin.Context, *fault.Error) (status int, body []byte)
	shapes []reflect.Type // one of these
}

// Refusing is one in JSON, in the words of a face, whose shape is one of the payloads'.
func Refusing(name string, render func(*gin.Context, *fault.Error) (status int, body []byte), shapes ...*Payload) *Refusal {
	r := &Refusal{Name: name, media: JSONType, render: render}
	for _, p := range shapes {
		r.shapes = append(r.shapes, p.schema)
	}
	return r
}

// RefusingPage is one that a person reads in a browser.
func RefusingPage(name string, render func(*gin.Context, *fault.Error) (status int, body []byte)) *Refusal {
	return &Refusal{Name: name, media: "text/html; charset=utf-8", render: render, shapes: []reflect.Type{reflect.TypeFor[string]()}}
}

// problems are the refusals of a route that names none.
func problems() *Refusal {
	r := Refusing("Problem", nil, JSON[Problem]())
	r.media = ProblemType
	return r
}

// Shapes are answers that many routes may give besides their own.
type Shapes struct {
	Preview *Payload // to dry_run=true
	Waiting *Payload // to staff: a second person has to approve
}

// object is a mapping of the description; gin writes its names in their order.
type object = map[string]any

// list is a sequence of the description.
type list = []any

// describe makes the description of some routes.
func describe(routes []Route, also Shapes, words Words) object {
	s := &schemas{named: object{}, owner: map[string]reflect.Type{}, also: also, words: words}
	paths, refusals, tags := map[string]object{}, object{}, map[string]bool{}
	for _, r := range routes {
		tags[r.tag()] = true
		if paths[r.Path] == nil {
			paths[r.Path] = object{}
		}
		paths[r.Path][strings.ToLower(r.Method)] = s.operation(r)
		if refused := r.refusal(); refusals[refused.Name] == nil {
			refusals[refused.Name] = s.refused(refused)
		}
	}
	webhooks := s.webhooks()
	if len(webhooks) > 0 {
		tags[webhooksTag] = true
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Handsel", "version": apiVersion, "description": apiText, "license": object{"name": "Apache 2.0", "identifier": "Apache-2.0"},
			"contact": object{"name": "Handsel", "url": "https://github.com/handsel-dev/handsel"},
		},
		"servers": list{object{"url": "/", "description": "The server that answers this description"}},
		"tags":    s.tags(tags),
		"paths":   paths, "webhooks": webhooks,
		"components": object{
			"securitySchemes": securitySchemes(), "parameters": s.headers(), "responses": refusals, "schemas": s.named,
			"headers": object{"IdempotentReplayed": object{
				"description": "The request was made before; this is its first answer.", "schema": object{"type": "string", "const": "true"},
			}},
		},
	}
}

// tags explains what routes are about, in the order of their names.
func (s *schemas) tags(used map[string]bool) list {
	var all list
	for _, name := range slices.Sorted(maps.Keys(used)) {
		all = append(all, object{"name": name, "description": cmp.Or(s.words.Tags[name], name)})
	}
	return all
}

const (
	apiVersion = "1"
	apiText    = "Amounts are whole minor units of an ISO 4217 currency, times are RFC 3339 in UTC. " +
		"Every refusal carries a stable code and says whether money moved. Bodies are read strictly: unknown and repeated names are refused."
)

// yaml writes a description.
func yaml(d object) ([]byte, error) {
	page := &rendering{header: http.Header{}}
	err := render.YAML{Data: d}.Render(page)
	return page.Bytes(), err
}

// rendering is where gin renders what is kept.
type rendering struct {
	bytes.Buffer
	header http.Header
}

func (p *rendering) Header() http.Header { return p.header }
func (p *rendering) WriteHeader(int)     {}

func securitySchemes() object {
	return object{
		"apiKey":         object{"type": "http", "scheme": "bearer", "description": "An API key of a marketplace's backend, hsk_…"},
		"apiKeyAsUser":   object{"type": "http", "scheme": "basic", "description": "The API key as the user name, without a password."},
		"publishableKey": object{"type": "http", "scheme": "bearer", "description": "A key for web pages, hpk_…, that reads what is for everybody."},
		"userToken":      object{"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A token that the marketplace signed for its user."},
	}
}

func (s *schemas) refused(r *Refusal) object {
	schema := s.of(r.shapes[0], false)
	if len(r.shapes) > 1 {
		var all list
		for _, shape := range r.shapes {
			all = append(all, s.of(shape, false))
		}
		schema = object{"anyOf": all}
	}
	o := object{"description": "Refused.", "content": contentOf(r.media, schema)}
	if r.media == ProblemType {
		o["description"] = "Refused. Every route may answer: " + strings.Join(s.words.Codes, ", ") + "."
	}
	return o
}

// seen describes the refusals of a route that are known, by status. There may be others.
func (s *schemas) seen(r Route, responses object) {
	for _, seen := range s.words.Refused[r.Operation()] {
		status := strconv.Itoa(seen.Status)
		if responses[status] != nil {
			continue
		}
		responses[status] = object{
			"description": http.StatusText(seen.Status) + ": " + strings.Join(seen.Codes, ", "),
			"content":     contentOf(r.refusal().media, s.of(r.refusal().shapes[0], false)),
		}
	}
}

// shown adds an example to what is sent as JSON.
func shown(content object, example any) object {
	if media, ok := content[JSONType].(object); ok && example != nil {
		media["example"] = example
	}
	return content
}

func contentOf(kind string, schema object) object { return object{kind: object{"schema": schema}} }

// operation describes one route.
func (s *schemas) operation(r Route) object {
	o := object{"operationId": r.Operation(), "summary": r.Summary, "description": r.about(), "tags": list{r.tag()}, "security": security(r)}
	if all := s.parameters(r); len(all) > 0 {
		o["parameters"] = all
	}
	if r.Body != nil {
		o["requestBody"] = object{"required": !r.Body.optional, "content": shown(s.content(r.Body, true), s.words.Examples[r.Operation()].Body)}
	}
	done := object{"description": http.StatusText(r.status())}
	if r.Keying != "" {
		done["headers"] = object{"Idempotent-Replayed": reference("headers", "IdempotentReplayed")}
	}
	if r.Answer != nil {
		done["content"] = shown(s.content(r.Answer, false), s.words.Examples[r.Operation()].Answer)
	}
	responses := object{
		strconv.Itoa(r.status()): done, "4XX": reference("responses", r.refusal().Name), "default": reference("responses", r.refusal().Name),
	}
	if r.Dry {
		s.addPreview(responses, r, done)
	}
	if r.awaits() {
		responses[strconv.Itoa(http.StatusAccepted)] = object{
			"description": "Above the community's limit: nothing is done until another operator approves.", "content": s.content(s.also.Waiting, false),
		}
	}
	s.seen(r, responses)
	o["responses"] = responses
	return o
}

// addPreview adds the answer to a dry run.
func (s *schemas) addPreview(responses object, r Route, done object) {
	preview := s.of(s.also.Preview.schema, false)
	if r.status() != http.StatusOK {
		responses[strconv.Itoa(http.StatusOK)] = object{"description": "What it would do (dry_run=true).", "content": contentOf(JSONType, preview)}
		return
	}
	done["content"] = shown(contentOf(JSONType, object{"anyOf": list{s.of(r.Answer.schema, false), preview}}), s.words.Examples[r.Operation()].Answer)
}

func (s *schemas) content(p *Payload, in bool) object {
	switch {
	case p.media == "":
		return contentOf(JSONType, s.of(p.schema, in))
	case p.schema != nil:
		return contentOf(p.media, s.of(p.schema, in))
	}
	return object{p.media: object{}}
}

func reference(section, name string) object {
	return object{"$ref": "#/components/" + section + "/" + name}
}

func security(r Route) list {
	token := object{"userToken": list{}}
	switch {
	case r.Access == Users:
		return list{token}
	case r.Access == Public && r.Visitors:
		return list{object{}, token, object{"publishableKey": list{}}}
	case r.Access == Public:
		return list{object{}}
	}
	keys := list{object{"apiKey": list{}}, object{"apiKeyAsUser": list{}}}
	if r.Published {
		keys = append(keys, object{"publishableKey": list{}})
	}
	return keys
}

// Members is how many members a JSON body may have; 0 for no such body.
func (p *Payload) Members() int {
	if p == nil || p.media != "" || p.schema == nil || p.schema.Kind() != reflect.Struct {
		return 0
	}
	return len(members(p.schema))
}
