package app

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/handsel-dev/handsel/internal/plays"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/console"
)

// target is this testbed as plays see it.
func (w *Testbed) target() plays.Target {
	return plays.Target{
		URL: w.Config.URL, Key: w.Key, Emulators: w.emulatorURLs(), Send: w.Config.Send, Run: RandomSecret()[:16], NewID: uuid.NewString,
		Token: func(id, name string, operator bool) (string, error) {
			return w.Token(SampleUser{ID: id, Name: name, Operator: operator})
		},
	}
}

// Fill plays the samples, once in the life of a database. Its listeners have to answer already.
func (w *Testbed) Fill(ctx context.Context) error {
	mine := RandomSecret()
	stored, err := w.Store.Setting(ctx, "sample_deals", func() string { return mine })
	if err != nil || stored != mine {
		return err
	}
	return plays.Fill(ctx, w.target())
}

// playground implements console.Playground.
type playground struct {
	testbed *Testbed
	mu      sync.Mutex
	firing  map[string]int // timers that have fired since the clock began to move
	latest  console.Latest
}

// farthest is how far a timer may be for the clock to be moved there.
const farthest = 2 * 365 * 24 * time.Hour

// Advance implements console.Playground.
func (g *playground) Advance(ctx context.Context, by time.Duration) error {
	from := g.testbed.Sandbox.Now()
	if by == 0 {
		next, ok := g.testbed.nextStep(from, from.Add(farthest))
		if by = next.Sub(from) + time.Second; !ok { // the clock has whole seconds
			by = 0 // nothing is due
		}
	}
	g.begin()
	if err := g.testbed.Advance(ctx, by); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.latest.From, g.latest.To, g.latest.Fired = from, from.Add(by), nil
	for _, name := range slices.Sorted(maps.Keys(g.firing)) {
		g.latest.Fired = append(g.latest.Fired, console.Timers{Name: name, Times: g.firing[name]})
	}
	return nil
}

func (g *playground) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.firing = map[string]int{}
}

// nextStep is when something is due next, here or at any emulator.
func (w *Testbed) nextStep(after, until time.Time) (time.Time, bool) {
	next, ok := w.nextDue(after, until)
	if at, any := w.Sandbox.Next(); any && at.After(after) && (!ok || at.Before(next)) {
		next, ok = at, true
	}
	return next, ok
}

// watcher notes which timers fire.
type watcher struct {
	orchestrator.Observer
	play *playground
}

// Fired implements orchestrator.Observer.
func (o watcher) Fired(timer process.TimerName, late time.Duration) {
	o.Observer.Fired(timer, late)
	o.play.mu.Lock()
	defer o.play.mu.Unlock()
	if o.play.firing != nil {
		o.play.firing[string(timer)]++
	}
}

func (g *playground) watching(others func(orchestrator.Observer) orchestrator.Observer) func(orchestrator.Observer) orchestrator.Observer {
	return func(o orchestrator.Observer) orchestrator.Observer {
		if others != nil {
			o = others(o)
		}
		return watcher{o, g}
	}
}

// Tills implements console.Playground.
func (g *playground) Tills(ctx context.Context) (all []console.Till, err error) {
	at := g.testbed.target()
	for _, gateway := range slices.Sorted(maps.Keys(at.Emulators)) {
		t := console.Till{Gateway: gateway, URL: at.Emulators[gateway], Operations: []string{"*"}}
		var index struct {
			Operations []struct{ Name string }
			Faults     []string
			Webhooks   []string `json:"webhook_faults"`
			Failing    []console.Failing
		}
		if err := at.Send(ctx, plays.Call{Method: http.MethodGet, URL: t.URL + "/_sandbox"}, &index); err != nil {
			return nil, err
		}
		for _, o := range index.Operations {
			t.Operations = append(t.Operations, o.Name)
		}
		slices.Sort(t.Operations)
		t.Operations, t.Kinds, t.Losses, t.Failing = slices.Compact(t.Operations), index.Faults, index.Webhooks, index.Failing
		all = append(all, t)
	}
	return all, nil
}

// Break implements console.Playground.
func (g *playground) Break(ctx context.Context, gateway string, failing ...console.Failing) error {
	if failing == nil {
		failing = []console.Failing{}
	}
	body, err := json.Marshal(failing)
	if err != nil {
		return err
	}
	return g.testbed.Config.Send(ctx, plays.Call{Method: http.MethodPut, URL: g.testbed.emulatorURLs()[gateway] + "/_sandbox/faults", Body: string(body)}, nil)
}

// Stories implements console.Playground.
func (g *playground) Stories() (all []console.Story) {
	for _, s := range plays.Scenarios() {
		all = append(all, console.Story{Name: s.Name, Means: s.Means, Ends: string(s.Ends), Moves: s.Moves})
	}
	return all
}

// Tell implements console.Playground.
func (g *playground) Tell(ctx context.Context, name string) error {
	told := console.Latest{Story: name}
	for _, s := range plays.Scenarios() {
		if s.Name != name {
			continue
		}
		if err := s.Play(ctx, g.testbed.target(), func(h plays.Happened) {
			told.Deal = h.Deal
			told.Steps = append(told.Steps, console.Beat{What: h.What, State: h.State})
		}); err != nil {
			told.Failed = err.Error()
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	told.From, told.To, told.Fired = g.latest.From, g.latest.To, g.latest.Fired
	g.latest = told
	return ctx.Err()
}

// Latest implements console.Playground.
func (g *playground) Latest() console.Latest {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.latest
}
