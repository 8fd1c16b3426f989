package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// Sandbox is the emulator: an http.Handler, and in its methods the control over the main world (see [World]). It is safe
// for concurrent use; all calls take turns. Make one with [New].
type Sandbox struct {
	*World // the main one

	stage  *stage.Stage[*state]
	cfg    Config
	issuer issuer
}

// New makes a sandbox. It fails on settings that make no sense (negative durations, a broken fee table, a webhook URL that
// is not http or https).
func New(cfg Config) (*Sandbox, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	on, err := stage.New(kind(), cfg.stage(), func(core *stage.Core) *state { return newState(cfg, core) })
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return &Sandbox{World: &World{on.Main()}, stage: on, cfg: cfg}, nil
}

// kind is what all sandboxes have alike.
var kind = sync.OnceValue(func() *stage.Kind[*state] {
	k := &stage.Kind[*state]{
		Name: "sandbox", Save: func(w *state) stage.Value { return w.snapshot() }, Load: (*state).load, Controls: controls(),
		Refuse:   func(code string, _ ...any) *Error { return refuse(code) },
		Refusing: map[string]func() reply{"rate_limit": func() reply { return refusalReply(refuse("rate_limited")).With("Retry-After", "1") }},
	}
	for _, op := range routes() {
		k.Routes = append(k.Routes, stage.Route{Name: op.name, Method: op.method, Path: "/api/v1" + op.path})
	}
	return k
})

// router is made once: it is the same for every sandbox.
var router = sync.OnceValue(func() *stage.Router[*Sandbox] {
	t := &stage.Router[*Sandbox]{}
	for _, op := range routes() {
		t.Handle(op.method+" /api/v1"+op.path, func(s *Sandbox, w http.ResponseWriter, r *http.Request) { s.api(op, w, r) })
	}
	stage.RouteControls(t, kind(), func(s *Sandbox) *stage.Stage[*state] { return s.stage })
	routePayment(t)
	routeIssuer(t)
	t.Handle("GET /openapi.yaml", serveSpec)
	t.Handle("/", func(_ *Sandbox, w http.ResponseWriter, _ *http.Request) { refusalReply(refuse("not_found")).Write(w) })
	return t
})

// Close stops sending webhooks, aborts requests that a fault holds, and waits until the last delivery has ended. It always
// returns nil.
func (s *Sandbox) Close() error { return s.stage.Close() }

// ServeHTTP serves the API, the payment pages, the login server, the control calls and the description of all of these.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.stage.Log(r)
	if s.IsAPI(r) {
		r = tidied(r)
	}
	router().Serve(s, w, r)
}

// tidied is a request without the doubled slashes and the one at the end that programs put together: the API answers those in
// place, and a redirect would lose what a program sends.
func tidied(r *http.Request) *http.Request {
	path := r.URL.EscapedPath()
	clean := doubled.ReplaceAllString(strings.TrimSuffix(path, "/"), "/")
	if clean == path {
		return r
	}
	at := *r.URL
	if at.Path, at.RawPath = clean, ""; strings.Contains(clean, "%") {
		plain, err := url.PathUnescape(clean)
		if err != nil {
			return r
		}
		at.Path, at.RawPath = plain, clean
	}
	same := *r
	same.URL = &at
	return &same
}

var doubled = regexp.MustCompile(`//+`)

// IsAPI reports whether a request is a call of Trustap's API, and not a person's on a page or with the controls.
func (s *Sandbox) IsAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

type reply = stage.Reply

func jsonReply(status int, v any) reply { return reply{Status: status, Body: stage.JSON(v)} }

func refusalReply(err *Error) reply { return jsonReply(err.Status, err) }

// api serves a call of one route, with the fault that waits for it.
func (s *Sandbox) api(op route, w http.ResponseWriter, r *http.Request) {
	body, refused := stage.Body(w, r)
	if refused != nil {
		refusalReply(refused).Write(w)
		return
	}
	who := s.credentials(r)
	of, err := s.worldFor(who)
	if err != nil {
		errorReply(err).Write(w)
		return
	}
	c := &call{request: r, body: body, need: op.actor.who()}
	stage.Serve(of, w, r, op.name, func(t stage.Treatment) (answer reply, done func()) {
		if t.Effect {
			stage.Do(of, func(w *state) {
				c.world = w
				answer = op.run(c, who)
			})
		}
		if t.Failing {
			answer = refusalReply(refuse("internal_error"))
		}
		return answer, nil
	})
}

func (op route) run(c *call, who credentials) reply {
	w := c.world
	acting, err := w.authenticate(who)
	if err != nil {
		return refusalReply(err)
	}
	if w.cfg.StrictAuth && !op.actor.takes(who) {
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
		return reply{Status: op.success}
	}
	return jsonReply(op.success, v)
}

// origin starts and numbers a command that may change something.
func (w *state) origin(operation string) origin {
	w.requests++
	return origin{operation: operation, request: w.requests, at: w.Now()}
}
