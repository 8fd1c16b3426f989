package sandbox

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// controlCall is one row of the control interface below /_sandbox.
type controlCall struct {
	method, path string
	handle       controlFunc
}

// controlFunc does a control call in the world of the caller's key, or in the main world without a key.
type controlFunc func(*World, *http.Request, []byte) (any, error)

// controlCalls serve the methods of World. Refusals use the same envelope as the API.
func controlCalls() []controlCall {
	const get, post, put = http.MethodGet, http.MethodPost, http.MethodPut
	return []controlCall{
		{get, "/health", ask(func(*World) any { return map[string]string{"status": "ok"} })},
		{get, "/clock", ask(func(s *World) any { return s.clock() })},
		{post, "/clock/advance", withBody(postAdvance)},
		{post, "/clock/freeze", ask(func(s *World) any { s.Freeze(); return s.clock() })},
		{post, "/clock/follow", ask(func(s *World) any { s.Follow(); return s.clock() })},
		{post, "/reset", ask(func(s *World) any { s.Reset(); return s.clock() })},
		{get, "/snapshot", func(s *World, _ *http.Request, _ []byte) (any, error) {
			b, err := s.Snapshot()
			return json.RawMessage(b), err
		}},
		{put, "/snapshot", func(s *World, _ *http.Request, body []byte) (any, error) {
			err := s.Restore(body)
			return s.clock(), err
		}},
		{post, "/users", withBody(func(s *World, _ *http.Request, u User) (any, error) { return u, s.AddUser(u) })},
		{get, "/effects", ask(func(s *World) any { return listOf(s.Effects()) })},
		{put, "/faults", withBody(func(s *World, _ *http.Request, faults []Fault) (any, error) {
			return listOf(faults), s.SetFaults(faults)
		})},
		{get, "/webhooks", ask(func(s *World) any { return s.Deliveries() })},
		{put, "/webhooks/endpoint", withBody(func(s *World, _ *http.Request, e endpoint) (any, error) {
			return map[string]string{"url": e.URL, "username": e.Username}, s.SetWebhookEndpoint(e.URL, e.Username, e.Password)
		})},
		{post, "/webhooks/{id}/resend", withID(func(s *World, id int64, _ noBody) (any, error) { return s.Resend(int(id)) })},

		{get, "/transactions", ask(func(s *World) any { return listOf(s.Transactions()) })},
		{post, "/transactions/{id}/pay", withID(func(s *World, id int64, in cardInput) (any, error) { return s.Pay(id, in.Card) })},
		{post, "/transactions/{id}/deliver", withID(func(s *World, id int64, _ noBody) (any, error) { return s.Deliver(id) })},
		{post, "/transactions/{id}/finish_review", withID(func(s *World, id int64, in reviewInput) (any, error) {
			return s.FinishReview(id, in.Approved)
		})},
		{post, "/transactions/{id}/resolve_complaint", withID(func(s *World, id int64, in outcomeInput) (any, error) {
			return s.ResolveComplaint(id, in.Outcome)
		})},
		{get, "/transactions/{id}/claim_secrets", withID(claimSecrets("basic"))},

		{get, "/p2p/transactions", ask(func(s *World) any { return listOf(s.P2PTransactions()) })},
		{post, "/p2p/transactions/{id}/pay_deposit", withID(func(s *World, id int64, in cardInput) (any, error) {
			return s.PayDeposit(id, in.Card)
		})},
		{post, "/p2p/transactions/{id}/pay_remainder", withID(func(s *World, id int64, in cardInput) (any, error) {
			return s.PayRemainder(id, in.Card)
		})},
		{post, "/p2p/transactions/{id}/finish_review", withID(func(s *World, id int64, in reviewInput) (any, error) {
			return s.FinishP2PReview(id, in.Approved)
		})},
		{post, "/p2p/transactions/{id}/resolve_complaint", withID(func(s *World, id int64, in outcomeInput) (any, error) {
			return s.ResolveP2PComplaint(id, in.Outcome)
		})},
		{get, "/p2p/transactions/{id}/claim_secrets", withID(claimSecrets("p2p"))},
	}
}

type cardInput struct {
	Card string `json:"card"`
}

type outcomeInput struct {
	Outcome string `json:"outcome"`
}

type reviewInput struct {
	Approved bool `json:"approved"`
}

type clockAnswer struct {
	Now time.Time `json:"now"`
}

func (s *World) clock() clockAnswer { return clockAnswer{s.Now()} }

func claimSecrets(model string) func(*World, int64, noBody) (any, error) {
	return func(s *World, id int64, _ noBody) (any, error) {
		ofSeller, err := s.ClaimSecret(model, id, seller)
		if err != nil {
			return nil, err
		}
		ofBuyer, err := s.ClaimSecret(model, id, buyer)
		return map[string]string{seller: ofSeller, buyer: ofBuyer}, err
	}
}

func postAdvance(s *World, _ *http.Request, in struct {
	Seconds *int64 `json:"seconds"`
}) (any, error) {
	if in.Seconds == nil || *in.Seconds < 0 || *in.Seconds > math.MaxInt64/int64(time.Second) {
		return nil, refuse("invalid_seconds")
	}
	if err := s.Advance(time.Duration(*in.Seconds) * time.Second); err != nil {
		return nil, err
	}
	return s.clock(), nil
}

// routeControl serves the control calls. An API key in Basic auth picks its world.
func routeControl(t *stage.Routes[*Sandbox]) {
	for _, c := range controlCalls() {
		t.Handle(c.method+" /_sandbox"+c.path, func(s *Sandbox, w http.ResponseWriter, r *http.Request) {
			body, refused := readBody(w, r)
			if refused != nil {
				refusalReply(refused).write(w)
				return
			}
			if code, text := unsafeControl(r, body, s.cfg.PublicURL); code != "" {
				refusalReply(&Error{Status: http.StatusForbidden, Code: code, Message: text}).write(w)
				return
			}
			v, err := s.steer(c, r, body)
			if err != nil {
				errorReply(err).write(w)
				return
			}
			jsonReply(http.StatusOK, v).write(w)
		})
	}
}

func (s *Sandbox) steer(c controlCall, r *http.Request, body []byte) (any, error) {
	of := s.World
	if key, _, ok := r.BasicAuth(); ok && key != "" {
		var err error
		if of, err = s.ForKey(key); err != nil {
			return nil, err
		}
	}
	return c.handle(of, r, body)
}

func errorReply(err error) reply {
	var refused *Error
	if errors.As(err, &refused) {
		return refusalReply(refused)
	}
	return refusalReply(refuse("internal_error"))
}

// ask makes a control call that reads no body and cannot fail.
func ask(f func(*World) any) controlFunc {
	return func(s *World, _ *http.Request, _ []byte) (any, error) { return f(s), nil }
}

func withBody[In any](f func(*World, *http.Request, In) (any, error)) controlFunc {
	return func(s *World, r *http.Request, body []byte) (any, error) {
		in, refused := decode[In](body)
		if refused != nil {
			return nil, refused
		}
		return f(s, r, in)
	}
}

func withID[In any](f func(*World, int64, In) (any, error)) controlFunc {
	return withBody(func(s *World, r *http.Request, in In) (any, error) {
		id, refused := pathID(r)
		if refused != nil {
			return nil, refused
		}
		return f(s, id, in)
	})
}

// listOf prints an empty list as [] and never as null.
func listOf[T any](list []T) any {
	if len(list) == 0 {
		return json.RawMessage("[]")
	}
	return list
}
