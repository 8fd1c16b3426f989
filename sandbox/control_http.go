package sandbox

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"time"
)

// routeControl serves the methods of Sandbox below /_sandbox. Refusals use the same envelope as the API.
func (s *Sandbox) routeControl() {
	s.control("GET /health", func(*http.Request, []byte) (any, error) { return map[string]string{"status": "ok"}, nil })
	s.control("GET /clock", func(*http.Request, []byte) (any, error) { return s.clock(), nil })
	s.control("POST /clock/advance", s.postAdvance)
	s.control("POST /reset", func(*http.Request, []byte) (any, error) {
		s.Reset()
		return s.clock(), nil
	})
	s.control("POST /users", withBody(func(_ *http.Request, u User) (any, error) { return u, s.AddUser(u) }))
	s.control("GET /effects", func(*http.Request, []byte) (any, error) { return listOf(s.Effects()), nil })
	s.control("PUT /faults", withBody(func(_ *http.Request, faults []Fault) (any, error) { return listOf(faults), s.SetFaults(faults) }))
	s.control("GET /webhooks", func(*http.Request, []byte) (any, error) { return s.Deliveries(), nil })
	s.control("PUT /webhooks/endpoint", withBody(func(_ *http.Request, e endpoint) (any, error) {
		return map[string]string{"url": e.URL, "username": e.Username}, s.SetWebhookEndpoint(e.URL, e.Username, e.Password)
	}))
	s.control("POST /webhooks/{id}/resend", withID(func(id int64, _ noBody) (any, error) { return s.Resend(int(id)) }))
	s.control("GET /transactions", func(*http.Request, []byte) (any, error) { return listOf(s.Transactions()), nil })
	s.control("POST /transactions/{id}/pay", withID(func(id int64, in cardInput) (any, error) { return s.Pay(id, in.Card) }))
	s.control("POST /transactions/{id}/deliver", withID(func(id int64, _ noBody) (any, error) { return s.Deliver(id) }))
	s.control("POST /transactions/{id}/resolve_complaint", withID(func(id int64, in struct {
		Outcome string `json:"outcome"`
	}) (any, error) {
		return s.ResolveComplaint(id, in.Outcome)
	}))
}

type cardInput struct {
	Card string `json:"card"`
}

type clockAnswer struct {
	Now time.Time `json:"now"`
}

func (s *Sandbox) clock() clockAnswer { return clockAnswer{s.Now()} }

func (s *Sandbox) postAdvance(_ *http.Request, body []byte) (any, error) {
	in, refused := decode[struct {
		Seconds *int64 `json:"seconds"`
	}](body)
	if refused != nil {
		return nil, refused
	}
	if in.Seconds == nil || *in.Seconds < 0 || *in.Seconds > math.MaxInt64/int64(time.Second) {
		return nil, refuse("invalid_seconds")
	}
	if err := s.Advance(time.Duration(*in.Seconds) * time.Second); err != nil {
		return nil, err
	}
	return s.clock(), nil
}

type controlFunc func(*http.Request, []byte) (any, error)

// control registers one control call, given as "METHOD /path" below /_sandbox.
func (s *Sandbox) control(pattern string, f controlFunc) {
	method, path, _ := strings.Cut(pattern, " ")
	s.mux.HandleFunc(method+" /_sandbox"+path, func(w http.ResponseWriter, r *http.Request) {
		body, refused := readBody(w, r)
		if refused != nil {
			refusalReply(refused).write(w)
			return
		}
		v, err := f(r, body)
		if err != nil {
			errorReply(err).write(w)
			return
		}
		jsonReply(http.StatusOK, v).write(w)
	})
}

func errorReply(err error) reply {
	var refused *Error
	if errors.As(err, &refused) {
		return refusalReply(refused)
	}
	return refusalReply(refuse("internal_error"))
}

func withBody[In any](f func(*http.Request, In) (any, error)) controlFunc {
	return func(r *http.Request, body []byte) (any, error) {
		in, refused := decode[In](body)
		if refused != nil {
			return nil, refused
		}
		return f(r, in)
	}
}

func withID[In any](f func(int64, In) (any, error)) controlFunc {
	return withBody(func(r *http.Request, in In) (any, error) {
		id, refused := pathID(r)
		if refused != nil {
			return nil, refused
		}
		return f(id, in)
	})
}

// listOf prints an empty list as [] and never as null.
func listOf[T any](list []T) any {
	if len(list) == 0 {
		return json.RawMessage("[]")
	}
	return list
}
