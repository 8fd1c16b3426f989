package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// maxBody is the largest request body that is read.
const maxBody = 1 << 20

// Sandbox is the emulator: an http.Handler, and in its methods the control over the main world (see [World]). It is safe
// for concurrent use; all calls take turns. Make one with [New].
type Sandbox struct {
	*World // the main one

	worlds map[string]*World // by API key
	issuer issuer
}

// New makes a sandbox. It fails on settings that make no sense (negative durations, a broken fee table, a webhook URL that
// is not http or https).
func New(cfg Config) (*Sandbox, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	e := &engine{cfg: cfg}
	e.ctx, e.stop = context.WithCancel(context.Background())
	e.moved = sync.NewCond(&e.mu)
	s := &Sandbox{World: &World{engine: e, number: 1, state: newWorld(cfg, 1)}, worlds: map[string]*World{}}
	if len(cfg.APIKeys) > 0 {
		s.worlds[cfg.APIKeys[0]] = s.World
	}
	return s, nil
}

// routes are made once: they are the same for every sandbox.
var routes = sync.OnceValue(func() *stage.Routes[*Sandbox] {
	t := &stage.Routes[*Sandbox]{}
	for _, op := range operations() {
		t.Handle(op.method+" /api/v1"+op.path, func(s *Sandbox, w http.ResponseWriter, r *http.Request) { s.api(op, w, r) })
	}
	routeControl(t)
	routePayment(t)
	routeIssuer(t)
	t.Handle("GET /openapi.yaml", serveSpec)
	t.Handle("/", func(_ *Sandbox, w http.ResponseWriter, _ *http.Request) { refusalReply(refuse("not_found")).write(w) })
	return t
})

// Close stops sending webhooks, aborts requests that a fault holds, and waits until the last delivery has ended. It always
// returns nil.
func (s *Sandbox) Close() error {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.senders.Wait()
	return nil
}

// ServeHTTP serves the API, the payment pages, the login server, the control calls and the description of all of these.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.cfg.Logger.DebugContext(r.Context(), "sandbox request", "method", r.Method, "path", r.URL.Path)
	routes().Serve(s, w, r)
}

// reply is a finished answer, so that it can be composed under the lock and written outside.
type reply struct {
	status int
	header map[string]string
	body   []byte
}

func (p reply) write(w http.ResponseWriter) {
	if p.status == http.StatusNoContent {
		w.WriteHeader(p.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	for k, v := range p.header {
		w.Header().Set(k, v)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(p.body)))
	w.WriteHeader(p.status)
	_, _ = w.Write(p.body) // the caller may have left; there is nobody to tell
}

func jsonReply(status int, v any) reply {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return refusalReply(refuse("internal_error"))
	}
	return reply{status: status, body: b.Bytes()}
}

func refusalReply(err *Error) reply { return jsonReply(err.Status, err) }

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *Error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, refuse("request_too_large")
	}
	return body, nil
}

// api serves one operation, with the fault that waits for it.
func (s *Sandbox) api(op operation, w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		refusalReply(err).write(w)
		return
	}
	who := s.credentials(r)
	of, err := s.worldFor(who)
	if err != nil {
		refusalReply(err).write(w)
		return
	}
	c := &call{request: r, body: body, need: op.actor}
	fault, faulty := of.takeFault(op.name)
	if !faulty {
		of.run(op, who, c).write(w)
		return
	}
	answer := reply{}
	if fault.effect {
		answer = of.run(op, who, c)
	}
	fault.answer(s, w, r, answer)
}

// run does one operation under the lock and composes its answer.
func (s *World) run(op operation, who credentials, c *call) reply {
	var answer reply
	s.locked(func(w *world) {
		c.world = w
		answer = op.run(c, who)
	})
	return answer
}

func (op operation) run(c *call, who credentials) reply {
	w := c.world
	acting, err := w.authenticate(who)
	if err != nil {
		return refusalReply(err)
	}
	if w.cfg.StrictAuth && !mayUse(op.name, who) {
		return refusalReply(refuse("unauthorized"))
	}
	c.user, c.by = acting, w.origin(op.name)
	if acting != nil {
		c.by.user = acting.ID
	}
	if !strings.Contains(op.path, "{id}") { // else the id comes first, see call
		if err := c.mayAct(); err != nil {
			return refusalReply(err)
		}
	}
	v, err := op.handle(c)
	if err != nil {
		return refusalReply(err)
	}
	if op.success == http.StatusNoContent {
		return reply{status: op.success}
	}
	return jsonReply(op.success, v)
}

// origin starts and numbers a command that may change something.
func (w *world) origin(operation string) origin {
	w.requests++
	return origin{operation: operation, request: w.requests, at: w.now()}
}

func wait(ctx, until context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-until.Done():
	case <-timer.C:
	}
}
