package sandbox

import (
	"net/http"
	"slices"
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

// apiFault is how a kind of fault treats a call: whether the call takes effect, and what the caller gets.
type apiFault struct {
	effect bool
	answer func(s *Sandbox, w http.ResponseWriter, r *http.Request, answer reply)
}

// apiFaults maps kinds to behaviour. A call without effect is not looked at, whatever it asks for.
var apiFaults = map[string]apiFault{
	"error_before":   {false, answerError},
	"error_after":    {true, answerError},
	"cut_before":     {false, cut},
	"cut_after":      {true, cut},
	"timeout_before": {false, hang},
	"timeout_after":  {true, hang},
	"broken_json":    {true, answerHalf},
	"html":           {false, answerHTML},
	"rate_limit":     {false, answerTooMany},
	"slow":           {true, answerLate},
}

// FaultKinds returns the kinds of faults for API calls in alphabetical order. The ones that end in _before, html and
// rate_limit leave the call without effect; all others let it take effect first.
func FaultKinds() []string {
	kinds := make([]string, 0, len(apiFaults))
	for kind := range apiFaults {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}

// WebhookFaultKinds returns the kinds of faults for the operation "webhook": lose never sends, duplicate sends twice, delay
// holds back until the next Advance or Flush, reorder swaps with the next webhook.
func WebhookFaultKinds() []string { return []string{"lose", "duplicate", "delay", "reorder"} }

const webhookOperation = "webhook"

// SetFaults replaces all faults. It returns an [*Error] with code invalid_fault, and changes nothing, when one of them
// names an unknown operation or kind.
func (s *World) SetFaults(faults []Fault) error {
	set := slices.Clone(faults)
	for i, f := range set {
		if !f.known() {
			return refuse("invalid_fault")
		}
		if f.Times == 0 {
			set[i].Times = 1
		}
	}
	s.locked(func(w *world) { w.faults = set })
	return nil
}

func (f Fault) known() bool {
	if f.Operation == webhookOperation {
		return slices.Contains(WebhookFaultKinds(), f.Kind)
	}
	_, ok := apiFaults[f.Kind]
	return ok && (f.Operation == "*" || slices.Contains(OperationNames(), f.Operation))
}

func (s *World) takeFault(operation string) (apiFault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := s.state.takeFault(operation)
	fault, ok := apiFaults[kind]
	return fault, ok
}

// takeFault uses up one time of the first fault that waits for the operation; "" means none does.
func (w *world) takeFault(operation string) string {
	for i, f := range w.faults {
		if f.Operation != operation && (f.Operation != "*" || operation == webhookOperation) {
			continue
		}
		if f.Times > 0 {
			w.faults[i].Times--
		}
		if w.faults[i].Times == 0 {
			w.faults = slices.Delete(w.faults, i, i+1)
		}
		return f.Kind
	}
	return ""
}

func answerError(_ *Sandbox, w http.ResponseWriter, _ *http.Request, _ reply) {
	refusalReply(refuse("internal_error")).write(w)
}

func answerTooMany(_ *Sandbox, w http.ResponseWriter, _ *http.Request, _ reply) {
	p := refusalReply(refuse("rate_limited"))
	p.header = map[string]string{"Retry-After": "1"}
	p.write(w)
}

// answerHTML is what a proxy in front of a dead service says.
func answerHTML(_ *Sandbox, w http.ResponseWriter, _ *http.Request, _ reply) {
	reply{
		status: http.StatusBadGateway,
		header: map[string]string{"Content-Type": "text/html; charset=utf-8"},
		body:   []byte("<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>\n"),
	}.write(w)
}

func answerHalf(_ *Sandbox, w http.ResponseWriter, _ *http.Request, answer reply) {
	answer.body = answer.body[:len(answer.body)/2]
	answer.write(w)
}

func answerLate(s *Sandbox, w http.ResponseWriter, r *http.Request, answer reply) {
	wait(r.Context(), s.ctx, s.cfg.SlowDelay)
	answer.write(w)
}

// hang holds the request until the caller gives up, and cuts it when the caller is too patient.
func hang(s *Sandbox, w http.ResponseWriter, r *http.Request, answer reply) {
	wait(r.Context(), s.ctx, s.cfg.FaultTimeout)
	cut(s, w, r, answer)
}

// cut closes the connection without an answer. Where it cannot be taken over, an answer that is shorter than announced
// makes the server close it.
func cut(_ *Sandbox, w http.ResponseWriter, _ *http.Request, _ reply) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.Header().Set("Content-Length", "1")
		w.WriteHeader(http.StatusOK)
		return
	}
	_ = conn.Close() // it is being broken on purpose
}
