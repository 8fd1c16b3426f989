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
)

// maxBody is the largest request body that is read.
const maxBody = 1 << 20

// Sandbox is the emulator: an http.Handler and, in its methods, the control over it. It is safe for concurrent use; all
// calls take turns. Make one with [New].
type Sandbox struct {
	cfg     Config
	mux     *http.ServeMux
	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	senders sync.WaitGroup

	mu    sync.Mutex
	moved *sync.Cond // signals every change of an outbox
	world *world
}

// New makes a sandbox. It fails on settings that make no sense (negative durations, a broken fee table, a webhook URL that
// is not http or https).
func New(cfg Config) (*Sandbox, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	s := &Sandbox{cfg: cfg, world: newWorld(cfg)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.moved = sync.NewCond(&s.mu)
	s.mux = http.NewServeMux()
	for _, op := range operations() {
		s.mux.Handle(op.method+" /api/v1"+op.path, s.api(op))
	}
	s.routeControl()
	s.routePayment()
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refusalReply(refuse("not_found")).write(w) })
	return s, nil
}

// Close stops sending webhooks, aborts requests that a fault holds, and waits until the last delivery has ended. It always
// returns nil.
func (s *Sandbox) Close() error {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.senders.Wait()
	return nil
}

// ServeHTTP serves the API, the payment pages and the control calls.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.cfg.Logger.DebugContext(r.Context(), "sandbox request", "method", r.Method, "path", r.URL.Path)
	s.mux.ServeHTTP(w, r)
}

// PaymentURL is the link under which a guest buyer pays, on the origin of [Config.PublicURL].
func (s *Sandbox) PaymentURL(id int64) string {
	return s.cfg.PublicURL + "/online/transactions/" + strconv.FormatInt(id, 10) + "/guest_pay"
}

// reply is a finished answer, so that it can be composed under the lock and written outside.
type reply struct {
	status int
	header map[string]string
	body   []byte
}

func (p reply) write(w http.ResponseWriter) {
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
func (s *Sandbox) api(op operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := readBody(w, r)
		if err != nil {
			refusalReply(err).write(w)
			return
		}
		fault, faulty := s.takeFault(op.name)
		if !faulty {
			s.run(op, r, body).write(w)
			return
		}
		answer := reply{}
		if fault.effect {
			answer = s.run(op, r, body)
		}
		fault.answer(s, w, r, answer)
	}
}

// run does one operation under the lock and composes its answer.
func (s *Sandbox) run(op operation, r *http.Request, body []byte) reply {
	var answer reply
	s.locked(func(w *world) {
		answer = op.run(w, r, body)
	})
	return answer
}

func (op operation) run(w *world, r *http.Request, body []byte) reply {
	acting, err := w.authenticate(r)
	if err != nil {
		return refusalReply(err)
	}
	c := &call{world: w, request: r, body: body, need: op.actor, user: acting, by: w.origin(op.name)}
	if acting != nil {
		c.by.user = acting.id
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
	return jsonReply(op.success, v)
}

// locked runs one command against the world: what fell due before it is done first, what it makes due at once is done
// after it, and the webhooks of all that go out.
func (s *Sandbox) locked(command func(*world)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.timers.run(s.world.now())
	command(s.world)
	s.world.timers.run(s.world.now())
	s.send()
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
