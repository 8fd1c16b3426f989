package stripe

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// Emulator is the sandbox: an http.Handler, and in its methods the control over the main world (see [World]). It is safe for
// concurrent use; all calls take turns. Make one with [New].
type Emulator struct {
	*World // the main one

	stage *stage.Stage[*state]
}

// World is what one secret key can see and change. The first key that is used has the main world, which is also the one that
// control calls without a key address; every further key gets a world of its own, configured alike, unless
// [Config.SharedWorld] is set. Its methods are the parts that no API call plays: the buyer, the cardholder's bank and the
// passing of time. They are safe for concurrent use.
type World struct{ *stage.World[*state] }

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
	on, err := stage.New(kind(), cfg.stage(), func(core *stage.Core) *state { return newState(cfg, core) })
	if err != nil {
		return nil, fmt.Errorf("stripe sandbox: %w", err)
	}
	return &Emulator{&World{on.Main()}, on}, nil
}

// kind is what all emulators have alike.
var kind = sync.OnceValue(func() *stage.Kind[*state] {
	return &stage.Kind[*state]{
		Name: "stripe sandbox", Save: func(s *state) stage.Value { return s.snapshot() }, Load: (*state).load,
		Controls: controls(), Encode: stage.Indented, Refuse: words,
		Routes: stage.RoutesOf(routes(), func(op route) stage.Route {
			return stage.Route{Name: op.name, Method: op.method, Path: op.address()}
		}),
		Refusing: map[string]func() reply{
			"rate_limit": func() reply {
				return rateLimited("rate_limit", "Too many requests hit the API too quickly.").reply().With("Retry-After", "1")
			},
			"lock_timeout": func() reply {
				return rateLimited("lock_timeout", "This object cannot be accessed right now because another request is using it.").reply()
			},
		},
	}
})

// router is made once: it is the same for every emulator.
var router = sync.OnceValue(func() *stage.Router[*Emulator] {
	return stage.Front[*Emulator, *state]{
		Kind: kind(), Stage: func(e *Emulator) *stage.Stage[*state] { return e.stage },
		Call: func(e *Emulator, n int, w http.ResponseWriter, r *http.Request) { e.api(routes()[n], w, r) },
		Pages: func(t *stage.Router[*Emulator]) {
			routePages(t)
			routeSetup(t)
			routeCheckout(t)
			routeBrowser(t)
		},
		Unknown: func(r *http.Request) reply { return unknownURL(r.Method, r.URL.Path).reply() },
	}.Router()
})

// ForKey returns the world of a secret key, as a call with that key sees it.
func (e *Emulator) ForKey(key string) (*World, error) {
	w, err := e.stage.ForKey(key)
	return &World{w}, err
}

// Close stops sending events, aborts requests that a fault holds, and waits until the last delivery has ended. It always
// returns nil.
func (e *Emulator) Close() error { return e.stage.Close() }

// ServeHTTP serves the API below /v1, the payment pages below /pay and the control calls below /_sandbox.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { router().Serve(e, w, r) }

// IsAPI reports whether a request is a call of the gateway's API, and not a person's on a page or with the controls.
func (e *Emulator) IsAPI(r *http.Request) bool { return router().IsAPI(r) }

// Effects returns everything that happened to money, in order.
func (e *World) Effects() []Effect { return stage.Copied(e.World, effects) }

func effects(s *state) []Effect { return s.Effects }

// locked runs one command against the world, see [stage.Do].
func (e *World) locked(command func(*state)) { stage.Do(e.World, command) }

type reply = stage.Reply

// jsonReply prints v, indented as the official API does.
func jsonReply(status int, v any) reply { return reply{Status: status, Body: stage.Indented(v)} }
