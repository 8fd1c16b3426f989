package server

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/handsel-dev/handsel/fault"
)

// dryRunName is the name in the query that asks what a request would do.
const dryRunName = "dry_run"

// queryNames are the names that the query of each route may have, by method and
// path. Routes whose query is not looked at are missing.
func queryNames() map[string][]string {
	all := map[string][]string{}
	for route, line := range operations() {
		if line.anyQuery {
			continue
		}
		names := make([]string, len(line.query), len(line.query)+1)
		for i, name := range line.query {
			names[i] = strings.TrimSuffix(name, "!")
		}
		if line.dry {
			names = append(names, dryRunName)
		}
		all[route] = names
	}
	return all
}

// query reads the query of a request to a route. It is strict: a name that is
// ignored may be a wish that the caller relies on, such as a dry run.
func (s *Server) query(u *url.URL, method, path string) (url.Values, error) {
	names, looked := s.queries[method+" "+path]
	if !looked {
		return u.Query(), nil
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, invalid("invalid_query", "", "the query is malformed")
	}
	for name, values := range query {
		switch {
		case !slices.Contains(names, name):
			return nil, unknownName(name, names)
		case len(values) > 1:
			return nil, invalid("duplicate_parameter", name, "%s is in the query twice", name)
		}
	}
	return query, nil
}

func unknownName(name string, known []string) error {
	f := fault.New(fault.Invalid, "unknown_parameter", "unknown name %s in the query; %s", printable(name), takes("query", known)).With("known", slices.Clone(known))
	if shown := printable(name); shown != hiddenName {
		f = f.With("parameter", strings.Trim(shown, `"`))
	}
	return f
}

func takes(what string, known []string) string {
	if len(known) == 0 {
		return "this route takes no " + what
	}
	return "use one of " + strings.Join(known, ", ")
}

const hiddenName = "(not shown)"

// printable is a name that a caller sent as it may be repeated to them.
func printable(name string) string {
	strange := strings.ContainsFunc(name, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !strings.ContainsRune("_-.[]", r)
	})
	if len(name) > maxName || strange {
		return hiddenName
	}
	return `"` + name + `"`
}

// wantsDryRun reads the wish for a dry run.
func wantsDryRun(query url.Values) (bool, error) {
	if !query.Has(dryRunName) {
		return false, nil
	}
	switch query.Get(dryRunName) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, invalid("invalid_dry_run", dryRunName, "dry_run must be true or false")
}
