package web

import (
	"regexp"
	"strings"
)

var pathParameter = regexp.MustCompile(`([^/]*)/\{([^}]*)\}`)

// parameters lists a route's parameters of all kinds.
func (s *schemas) parameters(r Route) list {
	var all list
	for _, match := range pathParameter.FindAllStringSubmatch(r.Path, -1) {
		all = append(all, s.parameter(match[2], "path", true, match[0], object{"type": "string"}))
	}
	for _, name := range r.Query {
		name, required := strings.CutSuffix(name, "!")
		all = append(all, s.queried(r, name, required))
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

// queried describes a name of a query, or one that stands for many, each with a name of its own.
func (s *schemas) queried(r Route, name string, required bool) object {
	many, ok := strings.CutSuffix(name, AnyOf)
	if !ok {
		return s.parameter(name, "query", required, r.tag()+"?"+name, querySchema(name))
	}
	all := s.parameter(many, "query", required, r.tag()+"?"+many, object{"type": "object", "additionalProperties": object{"type": "string"}})
	all["style"], all["explode"] = "deepObject", true
	return all
}

// headers are the parameters that many routes share.
func (s *schemas) headers() object {
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
	case "after", "wait":
		return object{"type": "integer", "format": "int64", "minimum": 0}
	case "offset":
		return object{"type": "integer", "minimum": 0, "maximum": 1<<31 - 1}
	case "amount", "community_id":
		return object{"type": "integer", "minimum": 1, "maximum": 1 << 53}
	case "updated_after":
		return object{"type": "string", "format": "date-time"}
	case "from", "to":
		return object{"type": "string", "format": "date"}
	}
	return object{"type": "string"}
}
