package stripe

import (
	"net/http"
	"strings"
)

// call is one API request on its way through the state, with the lock held.
type call struct {
	*state
	request *http.Request
	form    form
	account string // of the header Stripe-Account, empty for the platform
	by      origin
}

// operation is one row of the API.
type operation struct {
	name, method, path string
	answers            string // the kind of object, for expansion; empty has nothing to expand
	handle             func(*call) (object, *Error)
	params             []string // the first words of the parameters that are accepted
}

// connected reports whether an operation may be called for a connected account.
func (op operation) connected() bool {
	return op.name == "get_balance" || op.name == "list_balance_transactions"
}

// api serves one operation, with the fault that waits for it.
func (e *Emulator) api(op operation, w http.ResponseWriter, r *http.Request) {
	body, refused := readBody(w, r)
	c := &call{request: r, account: r.Header.Get("Stripe-Account")}
	if refused == nil {
		refused = c.prepare(op, body)
	}
	fault := e.begin(op, c, refused)
	if refused != nil {
		refused.reply().with("Request-Id", c.by.request).write(w)
		return
	}
	answer, done := e.run(op, c, fault)
	if fault.hold != nil {
		wait(r.Context(), e.ctx, fault.hold(e.cfg))
	}
	done()
	fault.answer(w, answer)
}

// begin numbers the request and takes the fault that waits for it. No fault is the one that changes nothing.
func (e *Emulator) begin(op operation, c *call, refused *Error) apiFault {
	e.mu.Lock()
	defer e.mu.Unlock()
	c.by.request = "req_" + e.state.random()[:14]
	if refused == nil {
		if fault, ok := apiFaults()[e.state.takeFault(op.name)]; ok {
			return fault
		}
	}
	return apiFault{effect: true, answer: answerAsIs}
}

// prepare checks what does not depend on the state: the credential, the syntax and the names of the parameters.
func (c *call) prepare(op operation, body []byte) *Error {
	if !authenticated(c.request) {
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

// authenticated reports whether a request shows any secret key, as a bearer token or as the user name of Basic auth.
func authenticated(r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return strings.TrimSpace(token) != ""
	}
	key, _, ok := r.BasicAuth()
	return ok && key != ""
}

// run does one operation under the lock, or answers what its idempotency key kept. done ends the request for its key, which
// a fault may hold until then.
func (e *Emulator) run(op operation, c *call, fault apiFault) (answer reply, done func()) {
	done = func() {}
	if !fault.effect && !fault.failing {
		return reply{}, done
	}
	e.locked(func(s *state) {
		c.state = s
		c.by.at = s.now()
		kept, found := s.recall(c)
		if found && fault.failing {
			kept = serverError().reply().with("Request-Id", c.by.request)
		}
		if found {
			answer = kept
			return
		}
		answer = op.run(c, fault)
		if k := s.keep(c, answer); k != nil && fault.hold != nil {
			k.open = true
			done = func() { e.locked(func(*state) { k.open = false }) }
		}
	})
	return answer, done
}

func (op operation) run(c *call, fault apiFault) reply {
	answer := serverError().reply()
	if fault.effect {
		answer = op.execute(c)
	}
	if fault.failing {
		answer = serverError().reply()
	}
	return answer.with("Request-Id", c.by.request)
}

func (op operation) execute(c *call) reply {
	o, err := op.handle(c)
	if err != nil {
		p := err.reply()
		p.early = err.early
		return p
	}
	c.expand(o, c.form.list("expand"))
	return jsonReply(http.StatusOK, o)
}

// id is the id in the path.
func (c *call) id() string { return c.request.PathValue("id") }

// inPath finds the object that the path names.
func inPath[T resource](c *call, h *shelf[T], what string) (T, *Error) {
	r, ok := h.get(c.id())
	if !ok {
		return r, noSuch(what, c.id(), "")
	}
	return r, nil
}

// fetch makes a handler that answers the object in the path.
func fetch[T resource](what string, of func(*state) *shelf[T]) func(*call) (object, *Error) {
	return func(c *call) (object, *Error) {
		r, err := inPath(c, of(c.state), what)
		if err != nil {
			return nil, err
		}
		return r.view(), nil
	}
}
