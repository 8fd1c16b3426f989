package web

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
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

// describe makes the description of some routes.
func describe(routes []Route, also Shapes) *openapi3.T {
	s := &schemas{named: openapi3.Schemas{}, owner: map[string]reflect.Type{}, also: also}
	paths, refusals := openapi3.NewPaths(), openapi3.ResponseBodies{}
	for _, r := range routes {
		item := paths.Value(r.Path)
		if item == nil {
			item = &openapi3.PathItem{}
			paths.Set(r.Path, item)
		}
		item.SetOperation(r.Method, s.operation(r))
		refused := r.refusal()
		if refusals[refused.Name] == nil {
			refusals[refused.Name] = s.refused(refused)
		}
	}
	return &openapi3.T{
		OpenAPI: "3.1.0",
		Info:    &openapi3.Info{Title: "Handsel", Version: apiVersion, Description: apiText},
		Servers: openapi3.Servers{{URL: "/"}},
		Paths:   paths,
		Components: &openapi3.Components{
			SecuritySchemes: securitySchemes(), Parameters: headers(), Responses: refusals, Schemas: s.named,
			Headers: openapi3.Headers{"IdempotentReplayed": {Value: &openapi3.Header{Parameter: openapi3.Parameter{
				Description: "The request was made before; this is its first answer.",
				Schema:      openapi3.NewSchemaRef("", &openapi3.Schema{Type: kinds("string"), Const: "true"}),
			}}}},
		},
	}
}

const (
	apiVersion = "1"
	apiText    = "Amounts are whole minor units of an ISO 4217 currency, times are RFC 3339 in UTC. " +
		"Every refusal carries a stable code and says whether money moved. Bodies are read strictly: unknown and repeated names are refused."
)

// yaml writes a description.
func yaml(d *openapi3.T) ([]byte, error) {
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

func securitySchemes() openapi3.SecuritySchemes {
	return openapi3.SecuritySchemes{
		"apiKey":       {Value: &openapi3.SecurityScheme{Type: "http", Scheme: "bearer", Description: "An API key of a marketplace's backend, hsk_…"}},
		"apiKeyAsUser": {Value: &openapi3.SecurityScheme{Type: "http", Scheme: "basic", Description: "The API key as the user name, without a password."}},
		"userToken":    {Value: &openapi3.SecurityScheme{Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "A token that the marketplace signed for its user."}},
	}
}

func (s *schemas) refused(r *Refusal) *openapi3.ResponseRef {
	schema := s.of(r.shapes[0], false)
	if len(r.shapes) > 1 {
		any := &openapi3.Schema{}
		for _, shape := range r.shapes {
			any.AnyOf = append(any.AnyOf, s.of(shape, false))
		}
		schema = any.NewRef()
	}
	return &openapi3.ResponseRef{Value: openapi3.NewResponse().WithDescription("Refused.").WithContent(contentOf(r.media, schema))}
}

func contentOf(kind string, schema *openapi3.SchemaRef) openapi3.Content {
	return openapi3.Content{kind: {Schema: schema}}
}

// operation describes one route.
func (s *schemas) operation(r Route) *openapi3.Operation {
	o := &openapi3.Operation{OperationID: operationID(r), Summary: r.Summary, Tags: []string{r.tag()}, Security: security(r), Parameters: allParameters(r)}
	if r.Body != nil {
		o.RequestBody = &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithRequired(!r.Body.optional).WithContent(s.content(r.Body, true))}
	}
	status := r.status()
	done := openapi3.NewResponse().WithDescription(http.StatusText(status))
	if r.Keying != "" {
		done.Headers = openapi3.Headers{"Idempotent-Replayed": {Ref: "#/components/headers/IdempotentReplayed"}}
	}
	if r.Answer != nil {
		done.Content = s.content(r.Answer, false)
	}
	o.Responses = openapi3.NewResponsesWithCapacity(4)
	respond(o, status, done)
	if r.Dry {
		s.withPreview(o, r, done)
	}
	if r.awaits() {
		waits := openapi3.NewResponse().WithDescription("Above the community's limit: nothing is done until another operator approves.")
		respond(o, http.StatusAccepted, waits.WithContent(s.content(s.also.Waiting, false)))
	}
	o.Responses.Set("default", &openapi3.ResponseRef{Ref: "#/components/responses/" + r.refusal().Name})
	return o
}

func respond(o *openapi3.Operation, status int, r *openapi3.Response) {
	o.Responses.Set(fmt.Sprint(status), &openapi3.ResponseRef{Value: r})
}

// withPreview adds the answer to a dry run.
func (s *schemas) withPreview(o *openapi3.Operation, r Route, done *openapi3.Response) {
	preview := s.of(s.also.Preview.schema, false)
	if r.status() != http.StatusOK {
		would := openapi3.NewResponse().WithDescription("What it would do (dry_run=true).")
		respond(o, http.StatusOK, would.WithContent(contentOf(JSONType, preview)))
		return
	}
	either := &openapi3.Schema{AnyOf: openapi3.SchemaRefs{s.of(r.Answer.schema, false), preview}}
	done.Content = contentOf(JSONType, either.NewRef())
}

func (s *schemas) content(p *Payload, in bool) openapi3.Content {
	switch {
	case p.media == "":
		return contentOf(JSONType, s.of(p.schema, in))
	case p.schema != nil:
		return contentOf(p.media, s.of(p.schema, in))
	}
	return openapi3.Content{p.media: {}}
}

var pathParameter = regexp.MustCompile(`\{([^}]*)\}`)

// allParameters lists a route's parameters of all kinds.
func allParameters(r Route) openapi3.Parameters {
	var all openapi3.Parameters
	add := func(p *openapi3.Parameter, schema *openapi3.Schema) {
		all = append(all, &openapi3.ParameterRef{Value: p.WithSchema(schema)})
	}
	refer := func(name string) { all = append(all, &openapi3.ParameterRef{Ref: "#/components/parameters/" + name}) }
	for _, match := range pathParameter.FindAllStringSubmatch(r.Path, -1) {
		add(openapi3.NewPathParameter(match[1]), openapi3.NewStringSchema())
	}
	for _, name := range r.Query {
		name, required := strings.CutSuffix(name, "!")
		add(openapi3.NewQueryParameter(name).WithRequired(required), querySchema(name))
	}
	if r.Dry {
		refer("DryRun")
	}
	switch r.Keying {
	case KeyRequired:
		refer("IdempotencyKey")
	case KeyHonoured:
		refer("OptionalIdempotencyKey")
	}
	if r.byKey() {
		refer("Actor")
		refer("Operator")
	}
	return all
}

// headers are the parameters that many routes share.
func headers() openapi3.ParametersMap {
	const key = "A new value for each request, the same one when it is repeated."
	const dry = "Only tell what the request would do. Nothing is changed, and no idempotency key is used up or needed."
	header := func(name, text string) *openapi3.Parameter {
		return openapi3.NewHeaderParameter(name).WithSchema(openapi3.NewStringSchema()).WithDescription(text)
	}
	return openapi3.ParametersMap{
		"IdempotencyKey":         {Value: header("Idempotency-Key", key).WithRequired(true)},
		"OptionalIdempotencyKey": {Value: header("Idempotency-Key", key)},
		"DryRun":                 {Value: openapi3.NewQueryParameter(dryRunName).WithSchema(openapi3.NewBoolSchema()).WithDescription(dry)},
		"Actor":                  {Value: header("Handsel-Actor", "The user for whom the backend acts.")},
		"Operator":               {Value: header("Handsel-Operator", "The member of staff who acts; needs the scope operator.")},
	}
}

func querySchema(name string) *openapi3.Schema {
	whole := &openapi3.Schema{Type: kinds("integer")}
	switch name {
	case "limit":
		return whole.WithMin(1).WithMax(MaxPage)
	case "offset":
		return whole.WithMin(0).WithMax(1<<31 - 1)
	case "amount", "community_id":
		return whole.WithMin(1).WithMax(1 << 53)
	case "from", "to":
		return openapi3.NewStringSchema().WithFormat("date")
	}
	return openapi3.NewStringSchema()
}

func security(r Route) *openapi3.SecurityRequirements {
	token, anybody := openapi3.NewSecurityRequirement().Authenticate("userToken"), openapi3.NewSecurityRequirement()
	all := openapi3.NewSecurityRequirements()
	switch {
	case r.Access == Users:
		return all.With(token)
	case r.Access == Public && r.Visitors:
		return all.With(anybody).With(token)
	case r.Access == Public:
		return all.With(anybody)
	}
	return all.With(openapi3.NewSecurityRequirement().Authenticate("apiKey")).With(openapi3.NewSecurityRequirement().Authenticate("apiKeyAsUser"))
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

func operationID(r Route) string {
	return strings.Trim(notWord.ReplaceAllString(strings.ToLower(r.Method+" "+r.Path), "_"), "_")
}
