package paypal

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// Emulator is the sandbox: an http.Handler, and in its methods the control over the main world (see [World]). It is safe for
// concurrent use; all calls take turns. Make one with [New].
type Emulator struct {
	*World // the main one

	stage *stage.Stage[*state]
	cfg   Config
}

// World is what one client can see and change. The first client that gets a token has the main world, which is also the one
// that control calls without a key address; the key of another is its client id, as the user name of Basic auth. Its methods
// are the parts that no API call plays: the buyer, reviewers and the passing of time. They are safe for concurrent use.
type World struct{ *stage.World[*state] }

// Effect is one thing that really happened to money, for judging what a client caused: a repeated call that was done twice
// shows up twice.
type Effect struct {
	// Operation is open, authorize, reauthorize, capture, void, expire, refund, payout, disburse or dispute, or one of these with _failed
	// or _returned behind it.
	Operation string `json:"operation"`
	// ObjectID is the order, the authorization, the capture, the refund, the payout item or the dispute.
	ObjectID string `json:"object_id"`
	// Amount is in minor units of Currency.
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	// RequestID is the PayPal-Request-Id of the API call; empty for pages, control calls and automatic steps.
	RequestID string `json:"request_id,omitempty"`
	// At is the virtual time in UTC.
	At time.Time `json:"at"`
}

// New makes an emulator. It fails on settings that make no sense: negative amounts or durations, URLs that are not http or
// https, clients without a secret.
func New(cfg Config) (*Emulator, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	on, err := stage.New(kind(), cfg.stage(), func(core *stage.Core) *state { return newState(cfg, core) })
	if err != nil {
		return nil, fmt.Errorf("paypal sandbox: %w", err)
	}
	return &Emulator{&World{on.Main()}, on, cfg}, nil
}

// kind is what all emulators have alike.
var kind = sync.OnceValue(func() *stage.Kind[*state] {
	return &stage.Kind[*state]{
		Name: "paypal sandbox", Save: func(s *state) stage.Value { return s.snapshot() }, Load: (*state).load, Controls: controls(),
		Routes: stage.RoutesOf(routes(), func(op route) stage.Route { return stage.Route{Name: op.name, Method: op.method, Path: op.path} }),
		Refusing: map[string]func() stage.Reply{
			"rate_limit":  func() stage.Reply { return (&refusal{status: http.StatusTooManyRequests}).reply("") },
			"token_ended": func() stage.Reply { return (&refusal{status: http.StatusUnauthorized}).reply("") },
			"unavailable": func() stage.Reply { return (&refusal{status: http.StatusServiceUnavailable}).reply("") },
		},
	}
})

// router is made once: it is the same for every emulator.
var router = sync.OnceValue(func() *stage.Router[*Emulator] {
	return stage.Front[*Emulator, *state]{
		Kind: kind(), Stage: func(e *Emulator) *stage.Stage[*state] { return e.stage }, Pages: routePages,
		Call:    func(e *Emulator, n int, w http.ResponseWriter, r *http.Request) { e.api(routes()[n], w, r) },
		Unknown: func(*http.Request) stage.Reply { return (&refusal{status: http.StatusNotFound}).reply("") },
	}.Router()
})

// RouteNames returns the names that faults use for the calls of the API, in alphabetical order.
func RouteNames() []string { return slices.Sorted(slices.Values(kind().RouteNames())) }

// FaultKinds returns the kinds of faults for API calls in alphabetical order. The ones that end in _before, html, rate_limit,
// token_ended and unavailable leave the call without effect; all others let it take effect first.
func FaultKinds() []string { return kind().FaultKinds() }

// Fault makes the next calls of one operation fail in one way: Route is one of [RouteNames], "webhook" for events, or "*" for
// every API call.
type Fault = stage.Fault

// Delivery is one event in the log of webhooks.
type Delivery = stage.Delivery

// DeliveryDelivered is the state of an event that was accepted.
const DeliveryDelivered = stage.DeliveryDelivered

// ForClient returns the world of a client, as a call of that client sees it.
func (e *Emulator) ForClient(id string) (*World, error) {
	w, err := e.stage.ForKey(id)
	return &World{w}, err
}

// Close stops sending events, aborts requests that a fault holds, and waits until the last delivery has ended. It always
// returns nil.
func (e *Emulator) Close() error { return e.stage.Close() }

// ServeHTTP serves the API, the page to pay on at /checkoutnow, the certificate of the events and the control calls below
// /_sandbox.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { router().Serve(e, w, r) }

// IsAPI reports whether a request is a call of the gateway's API, and not a person's on a page or with the controls.
func (e *Emulator) IsAPI(r *http.Request) bool { return router().IsAPI(r) }

// Effects returns everything that happened to money, in order.
func (e *World) Effects() []Effect { return stage.Copied(e.World, effects) }

func effects(s *state) []Effect { return s.Effects }

// locked runs one command against the world, see [stage.Do].
func (e *World) locked(command func(*state)) { stage.Do(e.World, command) }
