package stripe

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Fault makes the next calls of one operation fail in one way.
type Fault struct {
	// Operation is one of [OperationNames], "webhook", or "*" for every API call.
	Operation string `json:"operation"`
	// Kind is one of [FaultKinds], or for "webhook" one of [WebhookFaultKinds].
	Kind string `json:"kind"`
	// Times is how many calls are hit: 0 means one, below 0 means all.
	Times int `json:"times"`
}

// apiFault is how a kind of fault treats a call.
type apiFault struct {
	effect  bool                       // the call takes effect
	failing bool                       // its answer is a 500, which its idempotency key keeps
	hold    func(Config) time.Duration // how long the answer is held back, and the idempotency key in use; nil not at all
	answer  func(w http.ResponseWriter, answer reply)
}

// apiFaults maps kinds to behaviour. A call without effect is not looked at, whatever it asks for.
func apiFaults() map[string]apiFault {
	return map[string]apiFault{
		"error_before":   {failing: true, answer: answerAsIs},
		"error_after":    {effect: true, failing: true, answer: answerAsIs},
		"cut_before":     {answer: cut},
		"cut_after":      {effect: true, answer: cut},
		"timeout_before": {hold: untilTimeout, answer: cut},
		"timeout_after":  {effect: true, hold: untilTimeout, answer: cut},
		"broken_json":    {effect: true, answer: answerHalf},
		"html":           {answer: answerHTML},
		"rate_limit":     {answer: answerTooMany},
		"lock_timeout":   {answer: answerLocked},
		"slow":           {effect: true, hold: aWhile, answer: answerAsIs},
	}
}

// FaultKinds returns the kinds of faults for API calls in alphabetical order. The ones that end in _before, html, rate_limit
// and lock_timeout leave the call without effect; all others let it take effect first. The answer of error_before and
// error_after is kept under the idempotency key of the call, as the official API keeps a 500.
func FaultKinds() []string { return slices.Sorted(maps.Keys(apiFaults())) }

// WebhookFaultKinds returns the kinds of faults for the operation "webhook": lose never sends, duplicate sends twice, delay
// holds back until the next Tick or Flush, reorder swaps with the next event. The list of events shows all of them.
func WebhookFaultKinds() []string { return []string{"lose", "duplicate", "delay", "reorder"} }

const webhookOperation = "webhook"

// SetFaults replaces all faults. It returns an [*Error] with code invalid_fault, and changes nothing, when one of them
// names an unknown operation or kind.
func (e *Emulator) SetFaults(faults []Fault) error {
	set := slices.Clone(faults)
	for i, f := range set {
		if !f.known() {
			return invalid("invalid_fault", "", "There is no fault %q for the operation %q.", f.Kind, f.Operation)
		}
		if f.Times == 0 {
			set[i].Times = 1
		}
	}
	e.locked(func(s *state) { s.faults = set })
	return nil
}

func (f Fault) known() bool {
	if f.Operation == webhookOperation {
		return slices.Contains(WebhookFaultKinds(), f.Kind)
	}
	_, ok := apiFaults()[f.Kind]
	return ok && (f.Operation == "*" || slices.Contains(OperationNames(), f.Operation))
}

// takeFault uses up one time of the first fault that waits for the operation; "" means none does.
func (s *state) takeFault(operation string) string {
	for i, f := range s.faults {
		if f.Operation != operation && (f.Operation != "*" || operation == webhookOperation) {
			continue
		}
		if f.Times > 0 {
			s.faults[i].Times--
		}
		if s.faults[i].Times == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return f.Kind
	}
	return ""
}

func answerAsIs(w http.ResponseWriter, answer reply) { answer.write(w) }

func answerTooMany(w http.ResponseWriter, _ reply) {
	rateLimited("rate_limit", "Too many requests hit the API too quickly.").reply().with("Retry-After", "1").write(w)
}

func answerLocked(w http.ResponseWriter, _ reply) {
	rateLimited("lock_timeout", "This object cannot be accessed right now because another request is using it.").reply().write(w)
}

// answerHTML is what a proxy in front of a dead service says.
func answerHTML(w http.ResponseWriter, _ reply) {
	reply{
		status: http.StatusBadGateway,
		header: map[string]string{"Content-Type": "text/html; charset=utf-8"},
		body:   []byte("<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>\n"),
	}.write(w)
}

func answerHalf(w http.ResponseWriter, answer reply) {
	answer.body = answer.body[:len(answer.body)/2]
	answer.write(w)
}

// untilTimeout holds until the caller gives up; a caller who is too patient is cut.
func untilTimeout(c Config) time.Duration { return c.FaultTimeout }

func aWhile(c Config) time.Duration { return c.SlowDelay }

// wait ends with the caller, with the emulator or after d of real time.
func wait(caller, emulator context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-caller.Done():
	case <-emulator.Done():
	case <-t.C:
	}
}

// cut closes the connection without an answer. Where it cannot be taken over, an answer that is shorter than announced
// makes the server close it.
func cut(w http.ResponseWriter, _ reply) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.Header().Set("Content-Length", "1")
		w.WriteHeader(http.StatusOK)
		return
	}
	_ = conn.Close() // it is being broken on purpose
}
