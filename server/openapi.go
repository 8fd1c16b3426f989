package server

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// The description of the API follows from the routes, from the types of their
// bodies and answers, and from a line for each route in a table. A test proves
// that every route has its line, and the tests' answers are checked against it.

// operation is a route's line in the description.
type operation struct {
	summary string
	query   []string // names of parameters; one that is required ends in "!"
	body    *payload
	answer  *payload // nil: nothing
	status  int      // of success; 0: 200
	// dry tells that the query may have dry_run=true, which is answered with a preview.
	dry bool
	// awaits tells that staff may be answered that a second person has to approve, like
	// with all that can be tried with dry_run and that staff may do.
	awaits bool
	// anyQuery tells that the query is not looked at: it is another program's own.
	anyQuery bool
}

// payload is what is sent in a body.
type payload struct {
	media    string // of no JSON
	schema   reflect.Type
	optional bool
}

// is is a body or an answer in JSON, given by its type.
func is[T any]() *payload { return &payload{schema: reflect.TypeFor[T]()} }

// maybe is a body that may be left out.
func maybe[T any]() *payload { return &payload{schema: reflect.TypeFor[T](), optional: true} }

func media(kind string) *payload { return &payload{media: kind} }

const multipartForm = "multipart/form-data"

// describe makes the description of some routes.
func describe(routes []Route) object {
	s := &schemas{named: map[string]object{}, owner: map[string]reflect.Type{}, required: requiredMembers(), aliases: schemaAliases()}
	lines := operations()
	paths := map[string]object{}
	var order []string
	for _, r := range routes {
		if paths[r.Path] == nil {
			order = append(order, r.Path)
		}
		paths[r.Path] = append(paths[r.Path], member{strings.ToLower(r.Method), s.operation(r, lines[r.Method+" "+r.Path])})
	}
	slices.Sort(order)
	all := make(object, len(order))
	for i, path := range order {
		all[i] = member{path, paths[path]}
	}
	refusals := object{
		{"Problem", refused(s, problemType, reflect.TypeFor[problem]())},
		{"ExchangeFault", refused(s, jsonType, reflect.TypeFor[exchangeFault]())},
		{"OfferFault", object{{"description", "Refused."}, {"content", object{{jsonType, object{{"schema", object{{"anyOf", []any{
			s.of(reflect.TypeFor[reply[*nothing]](), false), s.of(reflect.TypeFor[unauthenticated](), false),
		}}}}}}}}}},
	}
	return object{
		{"openapi", "3.1.0"},
		{"info", object{{"title", "Handsel"}, {"version", apiVersion}, {"description", apiText}}},
		{"servers", []any{object{{"url", "/"}}}},
		{"paths", all},
		{"components", object{
			{"securitySchemes", object{
				{"apiKey", object{{"type", "http"}, {"scheme", "bearer"}, {"description", "An API key of a marketplace's backend, hsk_…"}}},
				{"apiKeyAsUser", object{{"type", "http"}, {"scheme", "basic"}, {"description", "The API key as the user name, without a password."}}},
				{"userToken", object{{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}, {"description", "A token that the marketplace signed for its user."}}},
			}},
			{"parameters", headers()},
			{"headers", object{{"IdempotentReplayed", object{
				{"description", "The request was made before; this is its first answer."}, {"schema", object{{"type", "string"}, {"const", "true"}}},
			}}}},
			{"responses", refusals},
			{"schemas", s.components()},
		}},
	}
}

const (
	apiVersion = "1"
	apiText    = "Amounts are whole minor units of an ISO 4217 currency, times are RFC 3339 in UTC. " +
		"Every refusal carries a stable code and says whether money moved. Bodies are read strictly: unknown and repeated names are refused."
)

func refused(s *schemas, kind string, t reflect.Type) object {
	return object{{"description", "Refused."}, {"content", object{{kind, object{{"schema", s.of(t, false)}}}}}}
}

// operation describes one route.
func (s *schemas) operation(r Route, line operation) object {
	o := object{{"operationId", operationID(r)}, {"summary", line.summary}, {"tags", []any{tagOf(r.Path)}}, {"security", security(r)}}
	if all := allParameters(r, line); len(all) > 0 {
		o = append(o, member{"parameters", all})
	}
	if line.body != nil {
		o = append(o, member{"requestBody", object{{"required", !line.body.optional}, {"content", s.content(line.body, true)}}})
	}
	status := line.status
	if status == 0 {
		status = http.StatusOK
	}
	done := object{{"description", http.StatusText(status)}}
	if r.Keying != "" {
		done = append(done, member{"headers", object{{"Idempotent-Replayed", reference("headers", "IdempotentReplayed")}}})
	}
	if line.answer != nil {
		done = append(done, member{"content", s.content(line.answer, false)})
	}
	responses := object{{fmt.Sprint(status), done}}
	if line.dry {
		responses = s.withPreview(responses, line, status)
	}
	if line.awaits || line.dry && mayAwait(r) {
		waits := object{{"description", "Above the community's limit: nothing is done until another operator approves."}, {"content", s.content(is[approvalOut](), false)}}
		responses = append(responses, member{fmt.Sprint(http.StatusAccepted), waits})
	}
	responses = append(responses, member{"default", reference("responses", refusalOf(r.Path))})
	return append(o, member{"responses", responses})
}

// mayAwait reports whether staff may call a route that moves money.
func mayAwait(r Route) bool {
	return r.Access != Users && r.Access != Public || strings.HasPrefix(r.Path, p2pBase+"operator/")
}

// withPreview adds the answer to a dry run.
func (s *schemas) withPreview(responses object, line operation, status int) object {
	preview := s.of(reflect.TypeFor[previewOut](), false)
	if status != http.StatusOK {
		would := object{{"description", "What it would do (dry_run=true)."}, {"content", object{{jsonType, object{{"schema", preview}}}}}}
		return append(object{{fmt.Sprint(http.StatusOK), would}}, responses...)
	}
	either := object{{"anyOf", []any{s.of(line.answer.schema, false), preview}}}
	done := slices.DeleteFunc(responses[0].value.(object), func(m member) bool { return m.name == "content" })
	responses[0].value = append(done, member{"content", object{{jsonType, object{{"schema", either}}}}})
	return responses
}

func (s *schemas) content(p *payload, in bool) object {
	switch p.media {
	case "":
		return object{{jsonType, object{{"schema", s.of(p.schema, in)}}}}
	case multipartForm:
		return object{{multipartForm, object{{"schema", s.of(reflect.TypeFor[uploadForm](), true)}}}}
	}
	return object{{p.media, object{}}}
}

// uploadForm is the form of a piece of evidence.
type uploadForm struct {
	File       string `json:"file"`
	UploaderID string `json:"uploader_id"`
}

var pathParameter = regexp.MustCompile(`\{([^}]*)\}`)

// allParameters lists a route's parameters of all kinds.
func allParameters(r Route, line operation) []any {
	var all []any
	for _, match := range pathParameter.FindAllStringSubmatch(r.Path, -1) {
		all = append(all, parameter("path", match[1], true, object{{"type", "string"}}, ""))
	}
	for _, name := range line.query {
		name, required := strings.CutSuffix(name, "!")
		all = append(all, parameter("query", name, required, querySchema(name), ""))
	}
	if line.dry {
		all = append(all, reference("parameters", "DryRun"))
	}
	switch r.Keying {
	case KeyRequired:
		all = append(all, reference("parameters", "IdempotencyKey"))
	case KeyHonoured:
		all = append(all, reference("parameters", "OptionalIdempotencyKey"))
	}
	if r.Access == Reading || r.Access == Writing || r.Access == Operating {
		all = append(all, reference("parameters", "Actor"), reference("parameters", "Operator"))
	}
	return all
}

// headers are the parameters that many routes share.
func headers() object {
	const key = "A new value for each request, the same one when it is repeated."
	text := object{{"type", "string"}}
	return object{
		{"IdempotencyKey", parameter("header", "Idempotency-Key", true, text, key)},
		{"OptionalIdempotencyKey", parameter("header", "Idempotency-Key", false, text, key)},
		{"DryRun", parameter("query", dryRunName, false, object{{"type", "boolean"}}, "Only tell what the request would do. Nothing is changed, and no idempotency key is used up or needed.")},
		{"Actor", parameter("header", "Handsel-Actor", false, text, "The user for whom the backend acts.")},
		{"Operator", parameter("header", "Handsel-Operator", false, text, "The member of staff who acts; needs the scope operator.")},
	}
}

func querySchema(name string) object {
	switch name {
	case "limit":
		return whole64(1, maxPage)
	case "offset":
		return whole64(0, 1<<31-1)
	case "amount", "community_id":
		return whole64(1, 1<<53)
	case "from", "to":
		return object{{"type", "string"}, {"format", "date"}}
	}
	return object{{"type", "string"}}
}

func security(r Route) []any {
	token := object{{"userToken", []any{}}}
	switch {
	case r.Access == Users:
		return []any{token}
	case r.Access == Public && strings.HasPrefix(r.Path, p2pBase): // a visitor, or a user
		return []any{object{}, token}
	case r.Access == Public:
		return []any{object{}}
	}
	return []any{object{{"apiKey", []any{}}}, object{{"apiKeyAsUser", []any{}}}}
}

// refusalOf names the shape of a face's refusals.
func refusalOf(path string) string {
	switch {
	case strings.HasPrefix(path, p2pBase):
		return "ExchangeFault"
	case strings.HasPrefix(path, "/p2p/"), path == "/ws/p2p":
		return "OfferFault"
	}
	return "Problem"
}

// tagOf groups operations by face, those of the native one by what they are about.
func tagOf(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch {
	case parts[0] == "v1":
		return parts[1]
	case strings.HasPrefix(path, p2pBase):
		return "exchange"
	case parts[0] == "p2p", parts[0] == "ws":
		return "buy flow"
	case parts[0] == "transactions", parts[0] == "conversations":
		return "sharetribe"
	case parts[0] == "pay":
		return "pages"
	case parts[0] == "gateways":
		return "gateways in"
	}
	return "operations"
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

func operationID(r Route) string {
	return strings.Trim(notWord.ReplaceAllString(strings.ToLower(r.Method+" "+r.Path), "_"), "_")
}

// reply is an answer of the buy flow with what it is about.
type reply[T any] struct {
	Status  string  `json:"status"`
	Entity  T       `json:"entity"`
	Message *string `json:"message"`
	Success bool    `json:"success"`
	Code    string  `json:"code,omitempty"`
}

// unauthenticated is the buy flow's answer to a caller without a token.
type unauthenticated struct {
	Detail string `json:"detail"`
}

// numberedPage is a list of the exchange.
type numberedPage[T any] struct {
	Items  []T   `json:"items"`
	Total  int64 `json:"total"`
	Limit  int   `json:"limit"`
	Offset int64 `json:"offset"`
}

// collection is a whole list.
type collection[T any] struct {
	Items []T `json:"items"`
}

// nothing is what a step of the buy flow is about.
type nothing struct{}
