package stripe

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// controlCall is one row of the control interface below /_sandbox.
type controlCall struct {
	method, path string
	handle       func(*Emulator, *http.Request, []byte) (any, error)
}

// controlCalls serve the methods of Emulator. Refusals are {"code", "error"}.
func controlCalls() []controlCall {
	return []controlCall{
		{get, "/health", ask(func(*Emulator) any { return ok() })},
		{post, "/tick", ask(func(e *Emulator) any { e.Tick(); return ok() })},
		{post, "/reset", ask(func(e *Emulator) any { e.Reset(); return ok() })},
		{get, "/effects", ask(func(e *Emulator) any { return listOf(e.Effects()) })},
		{"PUT", "/faults", withBody(func(e *Emulator, _ string, faults []Fault) (any, error) {
			return listOf(faults), e.SetFaults(faults)
		})},
		{get, "/webhooks", ask(func(e *Emulator) any { return e.Deliveries() })},
		{post, "/webhooks/{id}/resend", func(e *Emulator, r *http.Request, _ []byte) (any, error) {
			return ok(), e.Resend(r.PathValue("id"))
		}},
		{post, "/payment_intents/{id}/pay", withBody(func(e *Emulator, id string, in cardInput) (any, error) {
			after, refused := e.buy(id, in.Card)
			return after, asError(refused)
		})},
		{post, "/payment_intents/{id}/dispute", withBody(func(e *Emulator, id string, in struct {
			Reason string `json:"reason"`
		}) (any, error) {
			dispute, err := e.Dispute(id, in.Reason)
			return e.found(dispute), err
		})},
		{post, "/disputes/{id}/close", withBody(func(e *Emulator, id string, in struct {
			Outcome string `json:"outcome"`
		}) (any, error) {
			if in.Outcome != "won" && in.Outcome != "lost" {
				return nil, invalid("invalid_outcome", "outcome", "The outcome is neither won nor lost.")
			}
			err := e.CloseDispute(id, in.Outcome == "won")
			return e.found(id), err
		})},
		{post, "/accounts/{id}", withBody(func(e *Emulator, id string, in struct {
			Enabled bool `json:"enabled"`
		}) (any, error) {
			err := e.EnableAccount(id, in.Enabled)
			return e.found(id), err
		})},
	}
}

func ok() object { return object{"status": "ok"} }

// found is the object with an id as it is now.
func (e *Emulator) found(id string) object {
	var o object
	e.locked(func(s *state) { o = s.find(id) })
	return o
}

func routeControl(t *stage.Routes[*Emulator]) {
	for _, c := range controlCalls() {
		t.Handle(c.method+" /_sandbox"+c.path, func(e *Emulator, w http.ResponseWriter, r *http.Request) {
			body, refused := readBody(w, r)
			if refused != nil {
				flat(refused).write(w)
				return
			}
			if code, text := unsafeControl(r, body, e.cfg.PublicURL); code != "" {
				jsonReply(http.StatusForbidden, object{"code": code, "error": text}).write(w)
				return
			}
			v, err := c.handle(e, r, body)
			if err != nil {
				errorReply(err).write(w)
				return
			}
			jsonReply(http.StatusOK, v).write(w)
		})
	}
}

func errorReply(err error) reply {
	if refused := (*Error)(nil); errors.As(err, &refused) {
		return flat(refused)
	}
	return flat(serverError())
}

// ask makes a control call that reads no body and cannot fail.
func ask(f func(*Emulator) any) func(*Emulator, *http.Request, []byte) (any, error) {
	return func(e *Emulator, _ *http.Request, _ []byte) (any, error) { return f(e), nil }
}

// withBody makes a control call that reads JSON; no body is the zero value.
func withBody[In any](f func(*Emulator, string, In) (any, error)) func(*Emulator, *http.Request, []byte) (any, error) {
	return func(e *Emulator, r *http.Request, body []byte) (any, error) {
		var in In
		if len(body) > 0 {
			if err := decode(body, &in); err != nil {
				return nil, err
			}
		}
		return f(e, r.PathValue("id"), in)
	}
}

// listOf prints an empty list as [] and never as null.
func listOf[T any](list []T) any {
	if len(list) == 0 {
		return json.RawMessage("[]")
	}
	return list
}
