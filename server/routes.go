package server

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/orchestrator/process"
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

// A route without Keying changes nothing, or only in a way that may be repeated.
const (
	KeyRequired Keying = "required" // it can move money
	KeyHonoured Keying = "honoured"
)

// Route is one line of the API's inventory. The router is built from these lines
// alone, so a route that is not listed does not exist.
type Route struct {
	Method string
	Path   string // with {parameters}
	Access Access
	Keying Keying
	handle handler
}

// handler answers a request or returns why not.
type handler func(c *gin.Context, who caller) error

// Routes lists every route of the server.
func (s *Server) Routes() []Route { return s.routes() }

func (s *Server) routes() []Route {
	routes := s.operations()
	routes = append(routes, s.manual()...)
	routes = append(routes, s.pages()...)
	routes = append(routes, s.native()...)
	routes = append(routes, s.catalogue()...)
	routes = append(routes, s.people()...)
	routes = append(routes, s.sharetribe()...)
	routes = append(routes, s.exchange()...)
	return append(routes, Route{http.MethodPost, "/gateways/{gateway}/webhooks", Public, "", s.webhook})
}

// ginPath writes a route's parameters as gin wants them.
func ginPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// handle wraps a route: authenticate, limit, check the scope and the idempotency
// key, call, and turn an error into problem details.
func (s *Server) handle(r Route) gin.HandlerFunc {
	if r.Access == Public || r.Access == Users { // the exchange's faces authenticate by themselves
		return s.public(r.handle)
	}
	return func(c *gin.Context) {
		who, err := s.admit(c, r)
		err = untouched(err)
		if err == nil {
			err = r.handle(c, who)
		}
		if err != nil {
			s.refused(c, who, r.Access == Operating || who.actor.Kind == process.Staff, err)
			s.fail(c, err)
		}
	}
}

// untouched says of what failed before a request was looked at that nothing moved.
func untouched(err error) error {
	if err == nil {
		return nil
	}
	if f := fault.As(err); f.Reason == databaseUnavailable && f.Moved == "" {
		return f.WithMoney(fault.MoneyNo)
	}
	return err
}

func (s *Server) public(h handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c, caller{}); err != nil {
			s.fail(c, err)
		}
	}
}

func (s *Server) admit(c *gin.Context, r Route) (caller, error) {
	who, err := s.authenticate(c)
	if err != nil {
		return who, err
	}
	c.Set(callerKey, who)
	limit := s.withinLimit(s.keys, who.key.ID)
	s.announce(c, s.keys, who.key.ID)
	if limit != nil {
		return who, limit
	}
	if !who.key.May(apikey.Scope(r.Access)) {
		return who, fault.New(fault.Forbidden, "missing_scope", "this needs an API key with the scope %s", r.Access).With("scope", string(r.Access))
	}
	if who.actor.Kind == process.Staff {
		if err := s.Engine.CheckOperator(c.Request.Context(), who.community(), who.actor.ID, false); err != nil {
			return who, err
		}
	}
	query, err := s.query(c.Request.URL, r.Method, r.Path)
	if err != nil {
		return who, err
	}
	if who.dryRun, err = wantsDryRun(query); err != nil || who.dryRun {
		return who, err // which uses no key up
	}
	if r.Keying != "" {
		who.idempotencyKey, err = idempotencyKey(c.Request.Header, r.Keying)
	}
	return who, err
}

func noRoute(*gin.Context, caller) error {
	return fault.New(fault.NotFound, "route_not_found", "there is nothing at this path; /docs lists what there is")
}

func noMethod(c *gin.Context, _ caller) error {
	return fault.New(fault.Invalid, methodNotAllowed, "this path does not answer to %s; it answers to %s", c.Request.Method, c.Writer.Header().Get("Allow"))
}
