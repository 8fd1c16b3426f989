package web

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
)

// MaxPage is how many items a page of a list may have.
const MaxPage = 100

// dryRunName is the name in the query that asks what a request would do.
const dryRunName = "dry_run"

// ReadQuery reads the query of a request to a route. It is strict: a name that is
// ignored may be a wish that the caller relies on, such as a dry run.
func (r Route) ReadQuery(u *url.URL) (url.Values, error) {
	if r.AnyQuery {
		return u.Query(), nil
	}
	names := r.queryNames()
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, Invalid("invalid_query", "", "the query is malformed")
	}
	for name, values := range query {
		switch {
		case !isNamed(names, name):
			return nil, unknownName(name, names)
		case len(values) > 1:
			return nil, Invalid("duplicate_parameter", name, "%s is repeated in the query; send it once", name)
		}
	}
	return query, nil
}

// AnyOf ends the name of a parameter that stands for many, each with a name of its own in the
// brackets: "metadata[]" is "metadata[shop]" and all its like.
const AnyOf = "[]"

// isNamed reports whether a name in a query is one of those known, or of one that stands for many.
func isNamed(known []string, name string) bool {
	if slices.Contains(known, name) {
		return !strings.HasSuffix(name, AnyOf)
	}
	begin, rest, ok := strings.Cut(name, "[")
	return ok && len(rest) > 1 && strings.HasSuffix(rest, "]") && slices.Contains(known, begin+AnyOf)
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
	if len(name) > MaxName || strange {
		return hiddenName
	}
	return `"` + name + `"`
}

// WantsDryRun reads the wish for a dry run.
func WantsDryRun(query url.Values) (bool, error) {
	if !query.Has(dryRunName) {
		return false, nil
	}
	switch query.Get(dryRunName) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, Invalid("invalid_dry_run", dryRunName, "dry_run must be true or false")
}

// Parameters reads the query. Unknown and repeated parameters are refused.
func Parameters(c *gin.Context, known ...string) (map[string]string, error) {
	values := map[string]string{}
	for name, all := range c.Request.URL.Query() {
		switch {
		case !isNamed(known, name):
			return nil, Invalid("unknown_parameter", "", "unknown name in the query; use one of %v", known)
		case len(all) > 1:
			return nil, Invalid("duplicate_parameter", name, "%s is repeated in the query; send it once", name)
		}
		values[name] = all[0]
	}
	return values, nil
}
