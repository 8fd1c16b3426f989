package server

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/handsel-dev/handsel/fault"
)

func (s *Server) operations() []Route {
	return []Route{
		{http.MethodGet, "/livez", Public, "", s.live},
		{http.MethodGet, "/readyz", Public, "", s.ready},
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
func (s *Server) live(c *gin.Context, _ caller) error {
	return send(c, http.StatusOK, map[string]string{"status": "ok"})
}

// ready says whether requests can be served: not while draining, and not when
// what is needed for them does not answer.
func (s *Server) ready(c *gin.Context, _ caller) error {
	if s.draining.Load() {
		return fault.New(fault.Unavailable, "draining", "this server is shutting down; ask another one")
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
		return send(c, http.StatusOK, map[string]string{"status": "ok", "mode": "recovery", "since": r.Since.Format(time.RFC3339)})
	}
	return send(c, http.StatusOK, map[string]string{"status": "ok"})
}

// webhook takes in what a gateway reports. The gateway looks at the status alone.
func (s *Server) webhook(c *gin.Context, _ caller) error {
	if err := s.Gateways.Admit(c.Param("gateway"), c.Request.Header); err != nil {
		return err
	}
	body, err := s.readMessage(c)
	if err != nil {
		return err
	}
	if err := s.Gateways.Receive(c.Request.Context(), c.Param("gateway"), c.Request.Header, body); err != nil {
		return err
	}
	c.Status(http.StatusOK)
	return nil
}

// readMessage reads the body of a gateway's message. Whoever sends it slowly keeps
// neither memory nor a turn for long.
func (s *Server) readMessage(c *gin.Context) ([]byte, error) {
	leave, err := s.messages.enter(c.Request.Context(), address(c), "")
	if err != nil {
		return nil, err
	}
	defer leave()
	connection := http.NewResponseController(c.Writer)
	late := time.AfterFunc(messageTime, func() { _ = connection.SetReadDeadline(time.Unix(1, 0)) }) // long over
	defer late.Stop()
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxWebhookBody))
	if err != nil {
		return nil, bodyError(err, maxWebhookBody)
	}
	return body, nil
}

// noGateways receives nothing.
type noGateways struct{}

func (n noGateways) Admit(gateway string, header http.Header) error {
	return n.Receive(context.Background(), gateway, header, nil)
}

func (noGateways) Receive(context.Context, string, http.Header, []byte) error {
	return fault.New(fault.NotFound, "unknown_gateway", "no gateway of this name reports here")
}
