package stripe

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// maxBody is the largest request body that is read.
const maxBody = 1 << 20

// Emulator is the sandbox: an http.Handler, and in its methods the parts that no API call plays: the buyer, the cardholder's
// bank and the passing of time. It is safe for concurrent use; all calls take turns. Make one with [New].
type Emulator struct {
	cfg     Config
	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	senders sync.WaitGroup

	mu    sync.Mutex
	moved *sync.Cond // signals every change of the outbox
	state *state     // guarded by mu
}

// Effect is one thing that really happened to money, for judging what a client caused: a repeated call that was done twice
// shows up twice.
type Effect struct {
	// Operation is authorize, charge (authorize and capture in one step), capture, void, expire, refund, transfer, reverse
	// or dispute.
	Operation string `json:"operation"`
	// ObjectID is the payment intent of the first five operations, else the refund, transfer, reversal or dispute.
	ObjectID string `json:"object_id"`
	// Amount is in minor units of Currency.
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	// IdempotencyKey is the one of the API call; empty for pages, control calls and automatic steps.
	IdempotencyKey string `json:"idempotency_key,omitempty"`
	// At is the virtual time in UTC.
	At time.Time `json:"at"`
}

// New makes an emulator. It fails on settings that make no sense: negative durations, URLs that are not http or https,
// account ids of another form.
func New(cfg Config) (*Emulator, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	e := &Emulator{cfg: cfg}
	e.ctx, e.stop = context.WithCancel(context.Background())
	e.moved = sync.NewCond(&e.mu)
	e.state = newState(cfg)
	return e, nil
}

// routes are made once: they are the same for every emulator.
var routes = sync.OnceValue(func() *stage.Routes[*Emulator] {
	t := &stage.Routes[*Emulator]{}
	for _, op := range operations() {
		t.Handle(op.method+" /v1"+op.path, func(e *Emulator, w http.ResponseWriter, r *http.Request) { e.api(op, w, r) })
	}
	routePages(t)
	routeBrowser(t)
	routeControl(t)
	t.Handle("/", func(_ *Emulator, w http.ResponseWriter, r *http.Request) {
		unknownURL(r.Method, r.URL.Path).reply().write(w)
	})
	return t
})

// Close stops sending events, aborts requests that a fault holds, and waits until the last delivery has ended. It always
// returns nil.
func (e *Emulator) Close() error {
	e.mu.Lock()
	e.stop()
	e.mu.Unlock()
	e.senders.Wait()
	return nil
}

// ServeHTTP serves the API below /v1, the payment pages below /pay and the control calls below /_sandbox.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.cfg.Logger.DebugContext(r.Context(), "stripe sandbox request", "method", r.Method, "path", r.URL.Path)
	routes().Serve(e, w, r)
}

// Tick takes the steps that fell due since the last one, in order, each stamped with its own time: authorisations that were
// not captured in time expire, and refunds that take days end. It also lets go of the events that delay faults hold.
func (e *Emulator) Tick() {
	e.locked(func(s *state) {
		s.timers.run(s.now())
		s.releaseHeld()
	})
}

// Next is when the next step is due, if any is.
func (e *Emulator) Next() (at time.Time, ok bool) {
	e.locked(func(s *state) { at, ok = s.timers.next() })
	return at, ok
}

// Reset brings everything back to how New left it.
func (e *Emulator) Reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.state.outbox.queue = nil // an old sender ends with the delivery that it is at
	e.state = newState(e.cfg)
	e.moved.Broadcast()
}

// Effects returns everything that happened to money, in order.
func (e *Emulator) Effects() []Effect {
	var effects []Effect
	e.locked(func(s *state) { effects = slices.Clone(s.effects) })
	return effects
}

// locked runs one command against the state and sends the events that it caused.
func (e *Emulator) locked(command func(*state)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	command(e.state)
	e.send()
}

// reply is a finished answer, so that it can be composed under the lock and written outside.
type reply struct {
	status int
	header map[string]string
	body   []byte
	early  bool // not kept under an idempotency key, see Error
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

// with returns the answer with one more header.
func (p reply) with(name, value string) reply {
	header := map[string]string{name: value}
	for k, v := range p.header {
		header[k] = v
	}
	p.header = header
	return p
}

// jsonReply prints v, indented as the official API does.
func jsonReply(status int, v any) reply {
	return reply{status: status, body: encode(v)}
}

// encode prints what this package composes of maps, strings and integers, which cannot fail.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v)
	return b.Bytes()
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *Error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, &Error{Status: http.StatusRequestEntityTooLarge, Type: typeInvalid, Message: "The request body is too large."}
	}
	return body, nil
}
