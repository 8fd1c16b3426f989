package web

import (
	"bytes"
	"net/http"
	"reflect"
	"regexp"
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
func describe(routes []Route, also Shapes) object {
	s := &schemas{named: object{}, owner: map[string]reflect.Type{}, also: also}
	paths, refusals := map[string]object{}, object{}
	for _, r := range routes {
		if paths[r.Path] == nil {
			paths[r.Path] = object{}
		}
		paths[r.Path][strings.ToLower(r.Method)] = s.operation(r)
		if refused := r.refusal(); refusals[refused.Name] == nil {
			refusals[refused.Name] = s.refused(refused)
		}
	}
	return object{
		"openapi": "3.1.0",
		"info":    object{"title": "Handsel", "version": apiVersion, "description": apiText},
		"servers": list{object{"url": "/"}},
		"paths":   paths,
		"components": object{
			"securitySchemes": securitySchemes(), "parameters": headers(), "responses": refusals, "schemas": s.named,
			"headers": object{"IdempotentReplayed": object{
				"description": "The request was made before; this is its first answer.", "schema": object{"type": "string", "const": "true"},
			}},
		},
	}
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
		"apiKey":       object{"type": "http", "scheme": "bearer", "description": "An API key of a marketplace's backend, hsk_…"},
		"apiKeyAsUser": object{"type": "http", "scheme": "basic", "description": "The API key as the user name, without a password."},
		"userToken":    object{"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A token that the marketplace signed for its user."},
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
	return object{"description": "Refused.", "content": contentOf(r.media, schema)}
}

func contentOf(kind string, schema object) object { return object{kind: object{"schema": schema}} }

// operation describes one route.
func (s *schemas) operation(r Route) object {
	o := object{"operationId": operationID(r), "summary": r.Summary, "tags": list{r.tag()}, "security": security(r)}
	if all := allParameters(r); len(all) > 0 {
		o["parameters"] = all
	}
	if r.Body != nil {
		o["requestBody"] = object{"required": !r.Body.optional, "content": s.content(r.Body, true)}
	}
	done := object{"description": http.StatusText(r.status())}
	if r.Keying != "" {
		done["headers"] = object{"Idempotent-Replayed": reference("headers", "IdempotentReplayed")}
	}
	if r.Answer != nil {
		done["content"] = s.content(r.Answer, false)
	}
	responses := object{strconv.Itoa(r.status()): done, "default": reference("responses", r.refusal().Name)}
	if r.Dry {
		s.addPreview(responses, r, done)
	}
	if r.awaits() {
		responses[strconv.Itoa(http.StatusAccepted)] = object{
			"description": "Above the community's limit: nothing is done until another operator approves.", "content": s.content(s.also.Waiting, false),
		}
	}
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
	done["content"] = contentOf(JSONType, object{"anyOf": list{s.of(r.Answer.schema, false), preview}})
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

var pathParameter = regexp.MustCompile(`\{([^}]*)\}`)

// allParameters lists a route's parameters of all kinds.
func allParameters(r Route) list {
	var all list
	for _, match := range pathParameter.FindAllStringSubmatch(r.Path, -1) {
		all = append(all, object{"name": match[1], "in": "path", "required": true, "schema": object{"type": "string"}})
	}
	for _, name := range r.Query {
		name, required := strings.CutSuffix(name, "!")
		all = append(all, object{"name": name, "in": "query", "required": required, "schema": querySchema(name)})
	}
	if r.Dry {
		all = append(all, reference("parameters", "DryRun"))
	}
	switch r.Keying {
	case KeyRequired:
		all = append(all, reference("parameters", "IdempotencyKey"))
	case KeyHonoured:
		all = append(all, reference("parameters", "OptionalIdempotencyKey"))
	}
	if r.byKey() {
		all = append(all, reference("parameters", "Actor"), reference("parameters", "Operator"))
	}
	return all
}

// headers are the parameters that many routes share.
func headers() object {
	const key = "A new value for each request, the same one when it is repeated."
	const dry = "Only tell what the request would do. Nothing is changed, and no idempotency key is used up or needed."
	header := func(name string, required bool, text string) object {
		return object{"name": name, "in": "header", "required": required, "schema": object{"type": "string"}, "description": text}
	}
	return object{
		"IdempotencyKey":         header("Idempotency-Key", true, key),
		"OptionalIdempotencyKey": header("Idempotency-Key", false, key),
		"DryRun":                 object{"name": dryRunName, "in": "query", "required": false, "schema": object{"type": "boolean"}, "description": dry},
		"Actor":                  header("Handsel-Actor", false, "The user for whom the backend acts."),
		"Operator":               header("Handsel-Operator", false, "The member of staff who acts; needs the scope operator."),
	}
}

func querySchema(name string) object {
	switch name {
	case "limit":
		return object{"type": "integer", "minimum": 1, "maximum": MaxPage}
	case "offset":
		return object{"type": "integer", "minimum": 0, "maximum": 1<<31 - 1}
	case "amount", "community_id":
		return object{"type": "integer", "minimum": 1, "maximum": 1 << 53}
	case "from", "to":
		return object{"type": "string", "format": "date"}
	}
	return object{"type": "string"}
}

func security(r Route) list {
	token := object{"userToken": list{}}
	switch {
	case r.Access == Users:
		return list{token}
	case r.Access == Public && r.Visitors:
		return list{object{}, token}
	case r.Access == Public:
		return list{object{}}
	}
	return list{object{"apiKey": list{}}, object{"apiKeyAsUser": list{}}}
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

func operationID(r Route) string {
	return strings.Trim(notWord.ReplaceAllString(strings.ToLower(r.Method+" "+r.Path), "_"), "_")
}
