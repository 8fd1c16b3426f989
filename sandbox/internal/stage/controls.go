package stage

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Control is one row of the control interface below /_sandbox.
type Control[S any] struct {
	Method, Path string
	Help         string // what it does, in one line
	Handle       ControlFunc[S]
}

// ControlFunc does a control in the world of the caller's key, or in the main world without a key.
type ControlFunc[S any] func(*World[S], *http.Request, []byte) (Value, error)

// Row is a row of a table of controls. The request is a method and a path, such as "GET /clock"; help says in one line what
// it does.
func Row[S any](request, help string, handle ControlFunc[S]) Control[S] {
	method, path, _ := strings.Cut(request, " ")
	return Control[S]{method, path, help, handle}
}

// Ask makes a control that reads no body and cannot fail.
func Ask[S any](f func(*World[S]) Value) ControlFunc[S] {
	return func(w *World[S], _ *http.Request, _ []byte) (Value, error) { return f(w), nil }
}

// WithBody makes a control that reads JSON; no body is the zero value.
func WithBody[S, In any](f func(*World[S], *http.Request, In) (Value, error)) ControlFunc[S] {
	return func(w *World[S], r *http.Request, body []byte) (Value, error) {
		in, refused := Decode[In](body)
		if refused != nil {
			return nil, w.stage.kind.refuse("malformed_json")
		}
		return f(w, r, in)
	}
}

// AllControls are the common controls and the gateway's own.
func (k *Kind[S]) AllControls() []Control[S] {
	own := map[string]bool{}
	for _, c := range k.Controls {
		own[c.Method+" "+c.Path] = true
	}
	var all []Control[S]
	for _, c := range []Control[S]{
		Row("GET ", "this list: what can be steered, what can fail, and what fails now", Ask(func(w *World[S]) Value { return w.index() })),
		Row("GET /health", "whether the emulator is there", Ask(func(*World[S]) Value { return map[string]string{"status": "ok"} })),
		Row("GET /clock", "the virtual time", Ask(func(w *World[S]) Value { return w.time() })),
		Row("POST /clock/advance", "`{\"seconds\"}`: moves the virtual time forward; every step that falls due is taken, each at its own time", WithBody(postAdvance[S])),
		Row("POST /clock/freeze", "freezes the virtual time", Ask(func(w *World[S]) Value { w.Freeze(); return w.time() })),
		Row("POST /clock/follow", "lets the virtual time follow the real time again", Ask(func(w *World[S]) Value { w.Follow(); return w.time() })),
		Row("POST /reset", "the world as it was at the start", Ask(func(w *World[S]) Value { w.Reset(); return w.time() })),
		Row("GET /snapshot", "the world as JSON", func(w *World[S], _ *http.Request, _ []byte) (Value, error) {
			b, err := w.Snapshot()
			return json.RawMessage(b), err
		}),
		Row("PUT /snapshot", "back to a snapshot", restore[S]),
		Row("POST /restore", "the same as `PUT /_sandbox/snapshot`", restore[S]),
		Row("PUT /faults", "`[{\"operation\", \"kind\", \"times\"}]`: replaces all faults", WithBody(func(w *World[S], _ *http.Request, faults []Fault) (Value, error) {
			return ListOf(faults), w.SetFaults(faults)
		})),
		Row("GET /requests", "the last API calls: which operation, its status and the fault that hit it", Ask(func(w *World[S]) Value { return w.Requests() })),
		Row("GET /webhooks", "the webhooks so far, with every body", Ask(func(w *World[S]) Value { return w.Deliveries() })),
		Row("PUT /webhooks/endpoint", "`{\"url\", \"username\", \"password\", \"secret\"}`: where webhooks go, and what proves who sends them", WithBody(func(w *World[S], _ *http.Request, e Endpoint) (Value, error) {
			return map[string]string{"url": e.URL, "username": e.Username}, w.setEndpoint(e)
		})),
		Row("POST /webhooks/{id}/resend", "sends a webhook once more, past all faults; the id is its number or that of its event", func(w *World[S], r *http.Request, _ []byte) (Value, error) {
			return Resend(w, r.PathValue("id"))
		}),
	} {
		if !own[c.Method+" "+c.Path] {
			all = append(all, c)
		}
	}
	return append(all, k.Controls...)
}

// index lists what can be done to an emulator, and which faults wait.
func (w *World[S]) index() Value {
	k := w.stage.kind
	var failing []Fault
	Do(w, func(S) { failing = slices.Clone(w.core.faults) })
	type row struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		Help   string `json:"help"`
	}
	var rows []row
	for _, c := range k.AllControls() {
		rows = append(rows, row{c.Method, "/_sandbox" + c.Path, c.Help})
	}
	return Members{"controls": rows, "operations": k.Routes, "faults": k.FaultKinds(), "webhook_faults": WebhookFaultKinds(), "failing": ListOf(failing)}
}

type clockAnswer struct {
	Now time.Time `json:"now"`
}

func (w *World[S]) time() clockAnswer { return clockAnswer{w.Now()} }

func postAdvance[S any](w *World[S], _ *http.Request, in struct {
	Seconds *int64 `json:"seconds"`
}) (Value, error) {
	if in.Seconds == nil || *in.Seconds < 0 || *in.Seconds > math.MaxInt64/int64(time.Second) {
		return nil, w.stage.kind.refuse("invalid_seconds")
	}
	if err := w.Advance(time.Duration(*in.Seconds) * time.Second); err != nil {
		return nil, err
	}
	return w.time(), nil
}

func restore[S any](w *World[S], _ *http.Request, body []byte) (Value, error) {
	err := w.Restore(body)
	return w.time(), err
}

// RouteControls serves the controls. An API key in Basic auth picks its world.
func RouteControls[E, S any](t *Router[E], kind *Kind[S], stageOf func(E) *Stage[S]) {
	for _, c := range kind.AllControls() {
		serve := func(e E, w http.ResponseWriter, r *http.Request) {
			v, err := stageOf(e).steer(c, w, r)
			if err != nil {
				kind.refused(err).Write(w)
				return
			}
			kind.reply(http.StatusOK, v).Write(w)
		}
		t.Handle(c.Method+" /_sandbox"+c.Path, serve)
		if c.Path == "" { // browsers and people write it with a slash, too
			t.Handle(c.Method+" /_sandbox/{$}", serve)
		}
	}
}

func (s *Stage[S]) steer(c Control[S], w http.ResponseWriter, r *http.Request) (Value, error) {
	body, refused := Body(w, r)
	if refused != nil {
		return nil, s.kind.refuse("request_too_large")
	}
	if code := unsafeControl(r, body, s.cfg.PublicURL); code != "" {
		return nil, Refuse(code)
	}
	of := s.main
	if key, _, ok := r.BasicAuth(); ok && key != "" {
		var err error
		if of, err = s.ForKey(key); err != nil {
			return nil, err
		}
	}
	return c.Handle(of, r, body)
}

// ListOf prints an empty list as [] and never as null.
func ListOf[T any](list []T) Value {
	if len(list) == 0 {
		return json.RawMessage("[]")
	}
	return list
}
