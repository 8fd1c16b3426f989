package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Config is what an engine needs. Store, Now and NewID are required.
type Config struct {
	Store     Stores
	Kinds     Kinds             // every gateway that there is; the pairs with processes come of what they can
	Gateways  []Gateway         // those that are configured, each of one of the kinds
	Processes *process.Registry // default: every process that ships
	Now       func() time.Time  // the engine's clock; the sandbox may move it
	RealNow   func() time.Time  // of logins, whose life is not played, and of what is written; default Now
	NewID     func() string     // random ids for intents and join codes, at least 128 bits
	Log       *slog.Logger      // default: discards
	// CallTimeout bounds one gateway call; default 20 s. An operation is looked
	// after by Recover when it is older than this and some grace.
	CallTimeout time.Duration
	Observer    Observer // default: nothing is observed
	// Kick is called after something was written that users are told of. It must not
	// block. Default: nothing.
	Kick func()
	// Assets are the decimals of what is not of ISO 4217: people are told of it in whole units.
	Assets money.Assets
	// Terms is what a community has set for its deals; default: nothing.
	Terms func(ctx context.Context, community int64) (Terms, error)
	// Hook is called at the named points of a gateway operation. It is nil in
	// production; crash tests stop the engine there.
	Hook func(point string)
	// References make the ids of operations, so that a gateway's payments tell whose they
	// are. Without them the engine does not notice that its database is behind.
	References References
}

// Observer is told what happens, for metrics. Methods must return quickly.
type Observer interface {
	Committed(process string, transition process.Transition, to process.State)
	// Calling is told before a gateway is asked; the returned function after it.
	Calling(gateway string, verb process.Verb) func(process.Status)
	Fired(timer process.TimerName, late time.Duration)
	// Stopped is told when money was not let out, and why.
	Stopped(gateway string, reason fault.Reason)
	// Forged is told of a reference that claims to be ours and is not, once for each.
	Forged(gateway string)
	// Recovering is told whether the database is in the mode of recovery.
	Recovering(on bool)
	// Tasks is told how much needs a person; kinds without any are left out.
	Tasks(now time.Time, counts []TaskCount)
}

// Engine moves transactions. Any number of engines may work on one store, and an
// engine is safe for concurrent use.
type Engine struct {
	config   Config // private: who needs a store or a clock is given its own
	gateways map[string]Gateway
	// calling holds the ids of intents that this engine is performing right now.
	// Recovery leaves them alone even when the clock was moved past their lease.
	calling sync.Map
	// scanned tells that the gateways' statements were looked at once.
	scanned atomic.Bool
	holds   atomic.Bool // an account or a community was on hold when tasks were counted
	lanes   *Lanes
	looks   looks
	// forgeries are the references that were told of.
	forgeries forgeries
	// local are the timers that ask no gateway in any process.
	local []process.TimerName
}

// retryTimer is how long a timer waits after it could not be carried out.
const retryTimer = time.Minute

// New checks the configuration and returns an engine.
func New(c Config) (*Engine, error) {
	if c.Now == nil || c.NewID == nil {
		return nil, errors.New("orchestrator: Now and NewID are required")
	}
	if err := c.Store.complete(); err != nil {
		return nil, err
	}
	if c.Processes == nil {
		registry, err := process.NewRegistry(catalog.All()...)
		if err != nil {
			return nil, err
		}
		c.Processes = registry
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.CallTimeout == 0 {
		c.CallTimeout = 20 * time.Second
	}
	if c.Observer == nil {
		c.Observer = blind{}
	}
	if c.Terms == nil {
		c.Terms = func(context.Context, int64) (Terms, error) { return Terms{}, nil }
	}
	if c.Kick == nil {
		c.Kick = func() {}
	}
	if c.Hook == nil {
		c.Hook = func(string) {}
	}
	e := &Engine{config: c, gateways: map[string]Gateway{}}
	for _, g := range c.Gateways {
		if e.kind(g.Name()).Name != g.Name() || e.gateways[g.Name()] != nil {
			return nil, fmt.Errorf("orchestrator: gateway %q is unknown or given twice", g.Name())
		}
		e.gateways[g.Name()] = g
	}
	e.lanes, e.local = newLanes(e.now, e.asked()), c.Processes.LocalTimers()
	return e, nil
}

// asked names the configured gateways that are asked anything over a network, in order.
func (e *Engine) asked() []string {
	names := slices.Sorted(maps.Keys(e.gateways))
	return slices.DeleteFunc(names, func(name string) bool { return !e.kind(name).asked() })
}

type blind struct{}

func (blind) Committed(string, process.Transition, process.State) {}
func (blind) Calling(string, process.Verb) func(process.Status)   { return func(process.Status) {} }
func (blind) Fired(process.TimerName, time.Duration)              {}
func (blind) Stopped(string, fault.Reason)                        {}
func (blind) Forged(string)                                       {}
func (blind) Recovering(bool)                                     {}
func (blind) Tasks(time.Time, []TaskCount)                        {}

// now is the engine's time as it is stored: UTC, whole microseconds.
func (e *Engine) now() time.Time { return e.config.Now().UTC().Truncate(time.Microsecond) }

// realNow is the clock of logins, and of the machine that writes.
func (e *Engine) realNow() time.Time {
	if e.config.RealNow != nil {
		return e.config.RealNow()
	}
	return e.now()
}

// Now is the engine's clock: who works beside the engine counts by it too.
func (e *Engine) Now() time.Time { return e.config.Now() }

// Processes are those that transactions can have.
func (e *Engine) Processes() *process.Registry { return e.config.Processes }

// Kinds are all gateways that there are.
func (e *Engine) Kinds() Kinds { return e.config.Kinds }

// Gateways are those that are configured.
func (e *Engine) Gateways() []Gateway { return slices.Clone(e.config.Gateways) }

// Policy is what a community charges for a deal.
func (e *Engine) Policy(ctx context.Context, community int64) (pricing.Policy, error) {
	terms, err := e.config.Terms(ctx, community)
	return terms.Fees, err
}

// Pair finds the process and the gateway of a new transaction. It answers
// unknown_process, unknown_gateway, process_gateway_mismatch when the two can
// never work together, or gateway_not_configured.
func (e *Engine) Pair(processName, gatewayName string) (*process.Process, Gateway, error) {
	p, err := e.config.Processes.Find(processName)
	if err != nil {
		return nil, nil, err
	}
	kind, err := e.config.Kinds.Find(gatewayName)
	if err != nil {
		return nil, nil, err
	}
	if !kind.Runs(p) {
		return nil, nil, fault.New(fault.Invalid, "process_gateway_mismatch", "process %s does not run on gateway %s; it runs on %s", p.Name, kind.Name, strings.Join(e.config.Kinds.RunsOn(p), ", "))
	}
	g, err := e.gateway(kind.Name)
	return p, g, err
}

func (e *Engine) gateway(name string) (Gateway, error) {
	g, ok := e.gateways[name]
	if !ok {
		return nil, fault.New(fault.Invalid, "gateway_not_configured", "gateway %s is not configured here; use one of %s", name, strings.Join(slices.Sorted(maps.Keys(e.gateways)), ", "))
	}
	return g, nil
}

// CanReceive reports whether a transaction that pays the user through the gateway
// can be opened.
func (e *Engine) CanReceive(ctx context.Context, gatewayName string, community int64, user string) (bool, error) {
	kind, err := e.config.Kinds.Find(gatewayName)
	if err != nil {
		return false, err
	}
	g, err := e.gateway(kind.Name)
	if err != nil {
		return false, err
	}
	return g.CanReceive(ctx, community, user)
}

// entered describes the state that a step enters; nothing for one that stays.
func (e *Engine) entered(tx Transaction, s process.Step) process.StateInfo {
	if !s.Entered {
		return process.StateInfo{}
	}
	p, err := e.processOf(tx)
	if err != nil {
		return process.StateInfo{}
	}
	info, _ := p.StateInfo(s.To)
	return info
}

func (e *Engine) processOf(tx Transaction) (*process.Process, error) {
	p, err := e.config.Processes.Find(tx.Process)
	if err != nil {
		return nil, fmt.Errorf("transaction %d: %w", tx.ID, err)
	}
	return p, nil
}

// kind is the gateway of a stored name, and nothing that can do anything for one
// that is not known.
func (e *Engine) kind(name string) Kind {
	k, _ := e.config.Kinds.Find(name)
	return k
}

// lease is how long an operation belongs to who performs it: the call's deadline
// and as much again for the commit of its outcome.
func (e *Engine) lease() time.Duration { return 2 * e.config.CallTimeout }

func (e *Engine) isOver(tx Transaction) bool {
	p, err := e.processOf(tx)
	if err != nil {
		return false
	}
	info, _ := p.StateInfo(tx.State)
	return info.Terminal
}

// awaitsPayment reports whether the payer of a deal may pay now, at the gateway.
func (e *Engine) awaitsPayment(tx Transaction) bool {
	p, err := e.processOf(tx)
	return err == nil && p.AwaitsPayment(tx.State)
}
