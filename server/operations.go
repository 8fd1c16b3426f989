package server

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/web"
)

// statusOut is the answer of /livez and /readyz.
type statusOut struct {
	Status string `json:"status"`
}

func (s *Server) operations() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: "/livez", Access: web.Public, Name: "operations.live", Summary: "Tell that the process answers", AnyQuery: true, Answer: web.JSON[statusOut](), Serve: s.live},
		{Method: http.MethodGet, Path: "/readyz", Access: web.Public, Name: "operations.ready", Summary: "Tell whether requests can be served", AnyQuery: true, Answer: web.JSON[statusOut](), Serve: s.ready},
	}
}

// Ops is what only those who run the server should reach, on a listener of its own:
// /metrics, beside /livez and /readyz.
func (s *Server) Ops() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.Registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2}))
	mux.Handle("GET /livez", s.router)
	mux.Handle("GET /readyz", s.router)
	return mux
}

// live says that the process answers at all.
func (s *Server) live(c *gin.Context, _ web.Route) error {
	return web.Send(c, http.StatusOK, map[string]string{"status": "ok"})
}

// ready says whether requests can be served: not while draining, and not when
// what is needed for them does not answer.
func (s *Server) ready(c *gin.Context, _ web.Route) error {
	if s.draining.Load() {
		return fault.New(fault.Unavailable, web.Draining, "this server is shutting down; ask another one")
	}
	if err := s.Ready(c.Request.Context()); err != nil {
		why := fault.As(err)
		return fault.Wrap(err, fault.Unavailable, "not_ready", "this server cannot serve requests now: %s", why.Message).With("reason", why.Reason)
	}
	r, err := s.Engine.Recovering(c.Request.Context())
	if err != nil {
		return err
	}
	if r != nil {
		return web.Send(c, http.StatusOK, map[string]string{"status": "ok", "mode": "recovery", "since": r.Since.Format(time.RFC3339)})
	}
	return web.Send(c, http.StatusOK, map[string]string{"status": "ok"})
}
