package paypal

import (
	"net/http"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// call is one API request on its way through the state, with the lock held.
type call struct {
	*state
	request *http.Request
	body    []byte
	key     string // PayPal-Request-Id
}

// route is one row of the API.
type route struct {
	name, method, path string
	handle             func(*call) (answer, error)
	keep               time.Duration // how long its PayPal-Request-Id is known
}

// answer is what a call gives: an object, which is printed as the caller prefers, or a body, or nothing.
type answer struct {
	status int
	object resource
	body   stage.Value
}

// maxKey is the greatest length of a PayPal-Request-Id (official API).
const maxKey = 108

// How long a PayPal-Request-Id is known (official API).
const (
	keepOrder   = 6 * time.Hour
	keepPayment = 45 * 24 * time.Hour
	keepPayout  = 30 * 24 * time.Hour
)

// api serves a call of one route, with the fault that waits for it. A call without a token that is valid meets no fault.
func (e *Emulator) api(op route, w http.ResponseWriter, r *http.Request) {
	body, large := stage.Body(w, r)
	c := &call{request: r, body: body, key: r.Header.Get("PayPal-Request-Id")}
	of, refused := e.caller(op, r)
	switch {
	case refused != nil:
	case large != nil:
		refused = &refusal{status: http.StatusRequestEntityTooLarge}
	case len(c.key) > maxKey:
		refused = invalid("PayPal-Request-Id", "INVALID_STRING_MAX_LENGTH")
	}
	if refused != nil {
		stage.Note(of.World, r, op.name, refused.status, "")
		of.locked(func(s *state) { refused.debug = s.debugID() })
		refused.reply(op.path).Write(w)
		return
	}
	stage.Serve(of.World, w, r, op.name, func(t stage.Treatment) (stage.Reply, func()) { return of.run(op, c, t) })
}

// caller finds the world of the client that calls.
func (e *Emulator) caller(op route, r *http.Request) (*World, *refusal) {
	denied := &refusal{status: http.StatusUnauthorized}
	if op.name == "token" {
		id, secret, _ := r.BasicAuth()
		if !e.cfg.accepts(id, secret) {
			denied.issue = "invalid_client"
			return e.World, denied
		}
		of, err := e.ForClient(id)
		if err != nil {
			return e.World, &refusal{status: http.StatusTooManyRequests}
		}
		return of, nil
	}
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	of := &World{e.stage.Find(func(s *state) bool { _, known := s.Tokens[token]; return known && bearer })}
	valid := false
	of.locked(func(s *state) {
		until, known := s.Tokens[token]
		valid = bearer && known && s.Now().Before(until)
	})
	if !valid {
		denied.issue = "invalid_token"
		return of, denied
	}
	return of, nil
}

// run carries out one call under the lock. done ends the request for its key, which a fault may hold until then.
func (e *World) run(op route, c *call, t stage.Treatment) (reply stage.Reply, done func()) {
	e.locked(func(s *state) {
		c.state = s
		var k *kept
		reply, k = c.run(op, t)
		if k != nil && t.Hold != nil {
			k.Open = true
			done = func() { e.locked(func(*state) { k.Open = false }) }
		}
	})
	return reply, done
}

func (c *call) run(op route, t stage.Treatment) (stage.Reply, *kept) {
	failing := &refusal{status: http.StatusInternalServerError, debug: c.debugID()}
	if !t.Effect {
		return failing.reply(op.path), nil
	}
	a, k, err := c.once(op)
	if t.Failing {
		return failing.reply(op.path), k
	}
	if err != nil {
		refused := refusalOf(err)
		refused.debug = failing.debug
		return refused.reply(op.path), nil
	}
	return c.reply(a).With("Paypal-Debug-Id", failing.debug), k
}

// kept is what is known under a PayPal-Request-Id: not the answer, but the object that it was about.
type kept struct {
	ID    string
	Until time.Time
	Open  bool // the first request has not been answered yet
}

// once carries a call out, or answers how the object is now that the first call with its key made (official API: "the latest
// status of the previous request").
func (c *call) once(op route) (answer, *kept, error) {
	key := c.request.URL.Path + " " + c.key
	keeps := op.keep > 0 && c.key != ""
	if k := c.Keys[key]; keeps && k != nil && c.Now().Before(k.Until) {
		if k.Open {
			return answer{}, nil, conflict("PREVIOUS_REQUEST_IN_PROGRESS")
		}
		return answer{status: http.StatusOK, object: c.find(k.ID)}, nil, nil
	}
	if mock := c.mocked(); mock != nil {
		return answer{}, nil, mock
	}
	a, err := op.handle(c)
	if err != nil || !keeps || a.object == nil {
		return a, nil, err
	}
	k := &kept{ID: a.object.Name(), Until: c.Now().Add(op.keep)}
	c.Keys[key] = k
	return a, k, nil
}

// reply prints an answer as the caller prefers.
func (c *call) reply(a answer) stage.Reply {
	body := a.body
	switch {
	case a.object != nil && c.full():
		body = a.object.view(c.state)
	case a.object != nil:
		full := a.object.view(c.state)
		short := stage.Members{}
		for _, name := range []string{"id", "status", "links", "batch_header", "item_id", "processing_state", "reference_id", "reference_type"} {
			if v, has := full[name]; has {
				short[name] = v
			}
		}
		body = short
	case body == nil:
		return stage.Reply{Status: a.status}
	}
	return stage.Reply{Status: a.status, Body: stage.JSON(body)}
}

// full reports whether the whole object is answered: to a look, or to whoever prefers it.
func (c *call) full() bool {
	return c.request.Method == http.MethodGet || strings.Contains(c.request.Header.Get("Prefer"), "return=representation")
}

// id is the id in the path.
func (c *call) id() string { return c.request.PathValue("id") }

// read decodes the body; none is the zero value.
func read[T any](c *call) (T, error) {
	in, refused := stage.Decode[T](c.body)
	if refused != nil {
		return in, &refusal{status: http.StatusBadRequest, issue: "MALFORMED_REQUEST_JSON"}
	}
	return in, nil
}

// inPath finds the object that the path names.
func inPath[T stage.Object](c *call, h *stage.Shelf[T]) (T, error) {
	o, ok := h.Get(c.id())
	if !ok {
		return o, &refusal{status: http.StatusNotFound, issue: "INVALID_RESOURCE_ID"}
	}
	return o, nil
}

// fetch makes a handler that answers the object in the path.
func fetch[T shelved](of func(*state) *stage.Shelf[T]) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		o, err := inPath(c, of(c.state))
		if err != nil {
			return answer{}, err
		}
		return answer{status: http.StatusOK, object: o}, nil
	}
}
