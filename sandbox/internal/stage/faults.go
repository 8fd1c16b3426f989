package stage

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// Fault makes the next calls of one route fail in one way.
type Fault struct {
	// Route is one of the names of routes, "webhook", or "*" for every API call.
	Route string `json:"operation"`
	// Kind is one of the kinds of faults for API calls, or for "webhook" one of [WebhookFaultKinds].
	Kind string `json:"kind"`
	// Times is how many calls are hit: 0 means one, below 0 means all.
	Times int `json:"times"`
}

// Treatment is how a call is treated, by a fault or without one.
type Treatment struct {
	Effect  bool                        // the call takes effect
	Failing bool                        // its answer is the gateway's own failure
	Hold    func(*Config) time.Duration // how long its answer is held back; nil not at all
	answer  func(http.ResponseWriter, Reply)
}

// treatments maps kinds of faults to behaviour. A call without effect is not looked at, whatever it asks for.
var treatments = map[string]Treatment{
	"error_before":   {Failing: true, answer: asItIs},
	"error_after":    {Effect: true, Failing: true, answer: asItIs},
	"cut_before":     {answer: cut},
	"cut_after":      {Effect: true, answer: cut},
	"timeout_before": {Hold: untilTimeout, answer: cut},
	"timeout_after":  {Effect: true, Hold: untilTimeout, answer: cut},
	"broken_json":    {Effect: true, answer: half},
	"html":           {answer: deadProxy},
	"slow":           {Effect: true, Hold: aWhile, answer: asItIs},
}

// FaultKinds returns the kinds of faults for API calls in alphabetical order. The ones that end in _before, html, and those
// that only answer leave the call without effect; all others let it take effect first.
func (k *Kind[S]) FaultKinds() []string {
	return slices.Sorted(maps.Keys(k.treatments()))
}

func (k *Kind[S]) treatments() map[string]Treatment {
	all := maps.Clone(treatments)
	for kind, answer := range k.Refusing {
		all[kind] = Treatment{answer: func(w http.ResponseWriter, _ Reply) { answer().Write(w) }}
	}
	return all
}

// treatment is how a fault treats a call.
func (k *Kind[S]) treatment(operation, kind string) Treatment {
	if k.Elsewhere != nil && k.Refusing[kind] != nil {
		if other, ok := k.Elsewhere(operation, kind); ok {
			return Treatment{answer: func(w http.ResponseWriter, _ Reply) { other.Write(w) }}
		}
	}
	return k.treatments()[kind]
}

// RouteNames returns the names of all API routes in the order of the API.
func (k *Kind[S]) RouteNames() []string {
	names := make([]string, len(k.Routes))
	for i, op := range k.Routes {
		names[i] = op.Name
	}
	return names
}

// WebhookFaultKinds returns the kinds of faults for the route "webhook": lose never sends, duplicate sends twice, delay
// holds back until the clock is advanced or Flush, reorder swaps with the next webhook.
func WebhookFaultKinds() []string { return []string{"lose", "duplicate", "delay", "reorder"} }

const webhookRoute = "webhook"

// SetFaults replaces all faults. It returns a refusal with code invalid_fault, and changes nothing, when one of them names an
// unknown route or kind.
func (w *World[S]) SetFaults(faults []Fault) error {
	set := slices.Clone(faults)
	for i, f := range set {
		if !w.stage.kind.knows(f) {
			return w.stage.kind.refuse("invalid_fault", f.Kind, f.Route)
		}
		set[i].Times = Or(f.Times == 0, 1, f.Times)
	}
	Do(w, func(S) { w.core.faults = set })
	return nil
}

func (k *Kind[S]) knows(f Fault) bool {
	if f.Route == webhookRoute {
		return slices.Contains(WebhookFaultKinds(), f.Kind)
	}
	return slices.Contains(k.FaultKinds(), f.Kind) && (f.Route == "*" || slices.Contains(k.RouteNames(), f.Route))
}

// takeFault uses up one time of the first fault that waits for the route; "" means none does.
func (c *Core) takeFault(operation string) string {
	for i, f := range c.faults {
		if f.Route != operation && (f.Route != "*" || operation == webhookRoute) {
			continue
		}
		if f.Times > 0 {
			c.faults[i].Times--
		}
		if c.faults[i].Times == 0 {
			c.faults = slices.Delete(c.faults, i, i+1)
		}
		return f.Kind
	}
	return ""
}

// Serve answers one API call, with the fault that waits for its route. do makes the call as the treatment says; it is
// not asked where there is neither an effect nor a failure of the gateway. The function that it returns, if any, ends the
// call when the answer goes out.
func Serve[S any](w *World[S], rw http.ResponseWriter, r *http.Request, operation string, do func(Treatment) (Reply, func())) {
	w.stage.mu.Lock()
	kind := w.core.takeFault(operation)
	w.stage.mu.Unlock()
	t := Treatment{Effect: true, answer: asItIs}
	if kind != "" {
		t = w.stage.kind.treatment(operation, kind)
	}
	answer, done := Reply{}, func() {}
	if t.Effect || t.Failing {
		if made, end := do(t); end != nil {
			answer, done = made, end
		} else {
			answer = made
		}
	}
	Note(w, r, operation, answer.Status, kind)
	if t.Hold != nil {
		wait(r.Context(), w.stage.ctx, t.Hold(&w.stage.cfg))
	}
	done()
	t.answer(rw, answer)
}

func asItIs(w http.ResponseWriter, answer Reply) { answer.Write(w) }

// deadProxy is what a proxy in front of a dead service says.
func deadProxy(w http.ResponseWriter, _ Reply) {
	Reply{
		Status: http.StatusBadGateway,
		Header: map[string]string{"Content-Type": "text/html; charset=utf-8"},
		Body:   []byte("<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>\n"),
	}.Write(w)
}

func half(w http.ResponseWriter, answer Reply) {
	answer.Body = answer.Body[:len(answer.Body)/2]
	answer.Write(w)
}

// untilTimeout holds until the caller gives up; a caller who is too patient is cut.
func untilTimeout(c *Config) time.Duration { return c.FaultTimeout }

func aWhile(c *Config) time.Duration { return c.SlowDelay }

// cut closes the connection without an answer. Where it cannot be taken over, an answer that is shorter than announced
// makes the server close it.
func cut(w http.ResponseWriter, _ Reply) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.Header().Set("Content-Length", "1")
		w.WriteHeader(http.StatusOK)
		return
	}
	_ = conn.Close() // it is being broken on purpose
}
