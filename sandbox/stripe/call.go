package stripe

import (
	"net/http"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// call is one API request on its way through the state, with the lock held.
type call struct {
	*state
	request *http.Request
	form    form
	account string // of the header Stripe-Account, empty for the platform
	by      origin
	then    func(*World) // what is done once the answer stands; nil: nothing
	early   bool         // the call was refused before it began, see Error
}

// route is one row of the API.
type route struct {
	name, method, path string
	answers            string // the kind of object, for expansion; empty has nothing to expand
	handle             func(*call) (object, *Error)
	params             []string // the first words of the parameters that are accepted
}

// connected reports whether a route may be called for a connected account.
func (op route) connected() bool {
	return slices.Contains([]string{"get_balance", "list_balance_transactions", "get_balance_transaction", "create_payout", "list_payouts", "get_payout",
		"update_payout", "cancel_payout", "list_events", "get_event"}, op.name)
}

// api serves a call of one route, with the fault that waits for it. A call that is refused for itself meets no fault.
func (e *Emulator) api(op route, w http.ResponseWriter, r *http.Request) {
	c := &call{request: r, account: r.Header.Get("Stripe-Account")}
	of, refused := e.worldFor(r)
	body, large := stage.Body(w, r)
	switch {
	case refused != nil:
	case large != nil:
		refused = tooLarge()
	default:
		refused = c.prepare(op, body)
	}
	of.locked(func(s *state) { c.by.request = "req_" + s.Random()[:14] })
	if refused != nil {
		stage.Note(of.World, r, op.name, refused.Status, "")
		refused.reply().With("Request-Id", c.by.request).Write(w)
		return
	}
	stage.Serve(of.World, w, r, op.name, func(t stage.Treatment) (reply, func()) { return of.run(op, c, t) })
}

// worldFor finds the world of the key that a request shows. One without a key is refused in the main world.
func (e *Emulator) worldFor(r *http.Request) (*World, *Error) {
	key := keyOf(r)
	if key == "" {
		return e.World, nil
	}
	of, err := e.ForKey(key)
	if err != nil {
		return e.World, rateLimited("too_many_worlds", stage.RefusalOf(err).Message)
	}
	return of, nil
}

// prepare checks what does not depend on the state: the credential, the syntax and the names of the parameters.
func (c *call) prepare(op route, body []byte) *Error {
	if keyOf(c.request) == "" {
		return unauthorized()
	}
	var err *Error
	if c.form, err = requestForm(c.request, body); err != nil {
		return err
	}
	if c.form.has("payment_method_data[card][number]") {
		return rawCard()
	}
	if c.account != "" && !op.connected() {
		return malformed("", "", "The sandbox does not do this call for a connected account.")
	}
	if err := c.form.only(op.params); err != nil {
		return err
	}
	if err := checkExpand(op.answers, c.form.list("expand")); err != nil {
		return err
	}
	if c.request.Method == http.MethodPost {
		c.by.key = strings.TrimSpace(c.request.Header.Get("Idempotency-Key"))
	}
	if len(c.by.key) > maxKey {
		return malformed("", "", "Idempotency keys can have %d characters.", maxKey)
	}
	return nil
}

// keyOf is the secret key of a request, as a bearer token or as the user name of Basic auth; any will do.
func keyOf(r *http.Request) string {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(token)
	}
	key, _, _ := r.BasicAuth()
	return key
}

// run carries out one call under the lock, or answers what its idempotency key kept. done ends the request for its key, which
// a fault may hold until then.
func (e *World) run(op route, c *call, fault stage.Treatment) (answer reply, done func()) {
	e.locked(func(s *state) {
		c.state = s
		c.by.at = s.Now()
		kept, found := s.recall(c)
		if found && fault.Failing {
			kept = serverError().reply().With("Request-Id", c.by.request)
		}
		if found {
			answer = kept
			return
		}
		answer = op.run(c, fault)
		if k := s.keep(c, answer); k != nil && fault.Hold != nil {
			k.Open = true
			done = func() { e.locked(func(*state) { k.Open = false }) }
		}
	})
	if c.then != nil {
		c.then(e)
	}
	return answer, done
}

// address is the whole path of a route.
func (op route) address() string {
	if strings.HasPrefix(op.path, version2) {
		return op.path
	}
	return "/v1" + op.path
}

func (op route) run(c *call, fault stage.Treatment) reply {
	answer := serverError().reply()
	if fault.Effect {
		answer = op.execute(c)
	}
	if fault.Failing {
		answer = serverError().reply()
	}
	return answer.With("Request-Id", c.by.request)
}

func (op route) execute(c *call) reply {
	o, err := op.handle(c)
	if err != nil {
		c.early = err.early
		return err.reply()
	}
	c.expand(o, c.form.list("expand"))
	return jsonReply(http.StatusOK, o)
}

// id is the id in the path.
func (c *call) id() string { return c.request.PathValue("id") }

// inPath finds the object that the path names.
func inPath[T stage.Object](c *call, h *stage.Shelf[T], what string) (T, *Error) {
	r, ok := h.Get(c.id())
	if !ok {
		return r, noSuch(what, c.id(), "")
	}
	return r, nil
}

// fetch makes a handler that answers the object in the path.
func fetch[T resource](what string, of func(*state) *stage.Shelf[T]) func(*call) (object, *Error) {
	return func(c *call) (object, *Error) {
		r, err := inPath(c, of(c.state), what)
		if err != nil {
			return nil, err
		}
		return r.view(), nil
	}
}
