package braintree

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

// World is what one merchant can see and change. The first merchant that calls has the main world, which is also the one that
// control calls without a key address; the key of another is its public key, as the user name of Basic auth. Its methods are the
// parts that no API call plays: payers' banks and the passing of time. They are safe for concurrent use.
type World struct{ *stage.World[*state] }

// Effect is one thing that really happened to money, for judging what a client caused: a repeated call that was done twice
// shows up twice.
type Effect struct {
	// Operation is authorize, capture, void, refund, refund_failed, settlement_declined, dispute, dispute_won, dispute_lost,
	// dispute_accepted, release, cancel_release, disburse or disburse_failed; the last four are of what a sub-merchant gets.
	Operation string `json:"operation"`
	// ObjectID is the legacy id of the sale or of the refund.
	ObjectID string `json:"object_id"`
	// Amount is in minor units of Currency.
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	OrderID  string `json:"order_id"`
	// At is the virtual time in UTC.
	At time.Time `json:"at"`
}

// New makes an emulator. It fails on settings that make no sense: negative durations, a public URL that is not http or https,
// merchants without keys.
func New(cfg Config) (*Emulator, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	on, err := stage.New(kind(), cfg.stage(), func(core *stage.Core) *state { return &state{Core: core, cfg: cfg} })
	if err != nil {
		return nil, fmt.Errorf("braintree sandbox: %w", err)
	}
	return &Emulator{&World{on.Main()}, on, cfg}, nil
}

// kind is what all emulators have alike.
var kind = sync.OnceValue(func() *stage.Kind[*state] {
	return &stage.Kind[*state]{
		Name: "braintree sandbox", Save: func(s *state) stage.Value { return s.snapshot() }, Load: (*state).load, Controls: controls(),
		Routes: append(
			stage.RoutesOf(roots(), func(op root) stage.Route {
				return stage.Route{Name: op.name, Method: http.MethodPost, Path: "/graphql"}
			}),
			stage.RoutesOf(classics(), func(op classicRoute) stage.Route {
				return stage.Route{Name: op.name, Method: op.method, Path: below + op.path}
			})...),
		Refusing: map[string]func() stage.Reply{
			"rate_limit":  func() stage.Reply { return failing("RESOURCE_LIMIT", "Too many requests.", "none") },
			"unavailable": func() stage.Reply { return failing("SERVICE_AVAILABILITY", "The service is unavailable.", "none") },
		},
		Elsewhere: func(operation, fault string) (stage.Reply, bool) {
			status := map[string]int{"rate_limit": http.StatusTooManyRequests, "unavailable": http.StatusServiceUnavailable}[fault]
			return stage.Reply{Status: status}, slices.ContainsFunc(classics(), func(r classicRoute) bool { return r.name == operation })
		},
	}
})

// router is made once: it is the same for every emulator.
var router = sync.OnceValue(func() *stage.Router[*Emulator] {
	return stage.Front[*Emulator, *state]{
		Kind: kind(), Stage: func(e *Emulator) *stage.Stage[*state] { return e.stage },
		Call: func(e *Emulator, n int, w http.ResponseWriter, r *http.Request) {
			if n -= len(roots()); n >= 0 {
				e.classic(classics()[n], w, r)
				return
			}
			e.graphql(w, r)
		},
		Unknown: func(*http.Request) stage.Reply { return stage.Reply{Status: http.StatusNotFound} },
	}.Router()
})

// RouteNames returns the names that faults use for the calls of both APIs, in alphabetical order.
func RouteNames() []string { return slices.Sorted(slices.Values(kind().RouteNames())) }

// FaultKinds returns the kinds of faults for API calls in alphabetical order. The ones that end in _before, html, rate_limit and
// unavailable leave the call without effect; all others let it take effect first.
func FaultKinds() []string { return kind().FaultKinds() }

// Fault makes the next calls of one operation fail in one way: Route is one of [RouteNames], "webhook" for webhooks, or
// "*" for every API call.
type Fault = stage.Fault

// Delivery is one webhook in the log.
type Delivery = stage.Delivery

// ForMerchant returns the world of a merchant, as a call of that merchant sees it.
func (e *Emulator) ForMerchant(m Merchant) (*World, error) {
	w, err := e.stage.ForKey(m.Public)
	return &World{w}, err
}

// Close stops sending webhooks, aborts requests that a fault holds, and waits until the last webhook has ended. It always
// returns nil.
func (e *Emulator) Close() error { return e.stage.Close() }

// ServeHTTP serves the APIs and the control calls below /_sandbox.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { router().Serve(e, w, r) }

// IsAPI reports whether a request is a call of the gateway's API, and not a person's on a page or with the controls.
func (e *Emulator) IsAPI(r *http.Request) bool { return router().IsAPI(r) }

// Effects returns everything that happened to money, in order.
func (e *World) Effects() []Effect { return stage.Copied(e.World, effects) }

func effects(s *state) []Effect { return s.Effects }

// locked runs one command against the world, see [stage.Do].
func (e *World) locked(command func(*state)) { stage.Do(e.World, command) }
