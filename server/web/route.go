package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
)

// Access says who may call a route.
type Access string

// Who may call: everybody, or a key with the scope.
const (
	Public    Access = "public"
	Reading   Access = Access(apikey.Read)
	Writing   Access = Access(apikey.Write)
	Operating Access = Access(apikey.Operate)
	// Users are the people of a marketplace, with a token that it signed.
	Users Access = "user"
)

// Keying says what the header Idempotency-Key means to a route.
type Keying string

// The keyings. A route without one reads, or says why a repeat does no harm (Route.Repeats).
const (
	KeyRequired Keying = "required" // it can move money
	KeyHonoured Keying = "honoured"
)

// Why a request may be sent twice without a key.
const (
	ChangesNothing = "it changes nothing"
	LooksOnly      = "it looks, and what it finds is there once"
)

// Route is one endpoint: where it is, who may call it, and what it says of itself. The
// router, the check of queries and the description are built from these alone, so a
// route that is not listed does not exist.
type Route struct {
	Method string
	Path   string // with {parameters}
	Access Access
	Keying Keying
	// Repeats says why a request that is no GET may be sent twice without an Idempotency-Key, as
	// the end of a sentence.
	Repeats string
	// Visitors may call it without a token; a user may with theirs.
	Visitors bool
	// Published lets a publishable key call it, from a browser: what it answers is for everybody.
	Published bool
	Pages     bool // scripts of web pages may call it; what is Published they may always

	Name     string // its operation in descriptions and clients, "transactions.list"; default: from method and path
	Summary  string
	Text     string   // more than the summary, without its full stop; default: nothing
	Query    []string // names of parameters; one that is required ends in "!"
	AnyQuery bool     // the query is not looked at: it is another program's own
	Body     *Payload
	Answer   *Payload // nil: nothing
	Status   int      // of success; 0: 200
	// Dry tells that the query may have dry_run=true, which is answered with a preview.
	Dry bool
	// Large tells that the answer may be as long as a page of a list, as it is where the query has a limit: only
	// some are made at the same time.
	Large bool
	// Lasts tells that the answer takes as long as the caller asks for: it has no time limit
	// but that of its own reads, and ends when the server does (Kit.Ending).
	Lasts bool
	// Awaits tells that staff may be answered that a second person has to approve, like
	// with all that can be tried with dry_run and that staff may do.
	Awaits  bool
	Tag     string   // what it is about; default: the second part of its path
	Refusal *Refusal // default: problem details

	Serve Handler
}

// byKey reports whether callers are backends with an API key.
func (r Route) byKey() bool { return r.Access != Users && r.Access != Public }

// repeatable refuses a route that may change something and does not say how its request is
// repeated. Pages and gateways send no keys: what everybody may call has its own ways.
func (r Route) repeatable() error {
	switch {
	case r.Access == Public || r.Method == http.MethodGet:
		return nil
	case r.Keying == "" && r.Repeats == "":
		return fmt.Errorf("web: %s %s says neither what an Idempotency-Key means to it nor why it needs none", r.Method, r.Path)
	case r.Keying != "" && r.Repeats != "":
		return fmt.Errorf("web: %s %s takes an Idempotency-Key and says that it needs none", r.Method, r.Path)
	}
	return nil
}

func (r Route) status() int { return cmp.Or(r.Status, http.StatusOK) }

// awaits reports whether the answer may be that a second person has to approve.
func (r Route) awaits() bool { return r.Awaits || r.Dry && r.byKey() }

// About is what the route is about, in one word.
func (r Route) About() string { return r.tag() }

func (r Route) tag() string {
	if r.Tag != "" {
		return r.Tag
	}
	return strings.Split(r.Path, "/")[2]
}

func (r Route) refusal() *Refusal {
	if r.Refusal != nil {
		return r.Refusal
	}
	return problems()
}

// queryNames are the names that the query of the route may have.
func (r Route) queryNames() []string {
	names := make([]string, len(r.Query), len(r.Query)+1)
	for i, name := range r.Query {
		names[i] = strings.TrimSuffix(name, "!")
	}
	if r.Dry {
		names = append(names, dryRunName)
	}
	return names
}

// Handler answers a request to a route or returns why not.
type Handler func(c *gin.Context, r Route) error

// ginPath writes a route's parameters as gin wants them.
func ginPath(path string) string { return braces.Replace(path) }

var braces = strings.NewReplacer("{", ":", "}", "")

// NoRoute is the answer where nothing is.
func NoRoute(*gin.Context, Route) error {
	return fault.New(fault.NotFound, "route_not_found", "unknown path; /docs/calls lists all paths")
}

func noMethod(c *gin.Context, _ Route) error {
	return fault.New(fault.Invalid, MethodNotAllowed, "this path does not support %s; use %s", c.Request.Method, c.Writer.Header().Get("Allow"))
}

// Untouched says of what failed before a request was looked at that nothing moved.
func Untouched(err error) error {
	if err == nil {
		return nil
	}
	if f := fault.As(err); f.Reason == databaseUnavailable && f.Moved == "" {
		return f.WithMoney(fault.MoneyNo)
	}
	return err
}
