package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// actor says who has to act in an operation.
type actor int

const (
	anyone    actor = iota // a valid credential is enough
	anyUser                // a guest or full user acts
	guestUser              // a guest user acts
)

// The roles of a party. anyParty lets both in.
const (
	anyParty = ""
	seller   = "seller"
	buyer    = "buyer"
)

// call is one API request on its way through the world, with the lock held. Checks run in the order: credential, syntax
// of the id, syntax of the body, existence, role, fields, state.
type call struct {
	world   *world
	request *http.Request
	body    []byte
	need    actor
	user    *user // nil when the client itself acts
	by      origin
}

// noBody is the input of operations that take none; an empty object is accepted too.
type noBody struct{}

// mayAct checks that somebody acts who may use the operation at all.
func (c *call) mayAct() *Error {
	switch {
	case c.need != anyone && c.user == nil:
		return refuse("forbidden")
	case c.need == guestUser && !c.user.guest:
		return refuse("subject_is_not_guest_user")
	}
	return nil
}

// authenticate finds the acting user: the bearer, or the one whom the API key names in Trustap-User.
func (w *world) authenticate(r *http.Request) (*user, *Error) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer user:"); ok {
		if u := w.users[token]; u != nil {
			return u, nil
		}
		return nil, refuse("unauthorized")
	}
	key, _, ok := r.BasicAuth()
	if !ok || key == "" || len(w.cfg.APIKeys) > 0 && !slices.Contains(w.cfg.APIKeys, key) {
		return nil, refuse("unauthorized")
	}
	name := r.Header.Get("Trustap-User")
	if name == "" {
		return nil, nil
	}
	u := w.users[name]
	if u == nil || !u.consent {
		return nil, refuse("forbidden")
	}
	return u, nil
}

// decode reads the body as one JSON value of type T. An empty body is an empty object.
func decode[T any](body []byte) (T, *Error) {
	var in T
	if len(bytes.TrimSpace(body)) == 0 {
		return in, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&in); err != nil {
		return in, refuse("malformed_json")
	}
	if _, err := d.Token(); err != io.EOF {
		return in, refuse("malformed_json")
	}
	return in, nil
}

func pathID(r *http.Request) (int64, *Error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, refuse("invalid_id")
	}
	return id, nil
}

// visible finds a transaction that the caller may see: its parties and the client that made it.
func (c *call) visible(id int64) (*online, *Error) {
	t := c.world.transactions[id]
	if t == nil || c.user != nil && !t.isParty(c.user.id) {
		return nil, refuse("not_found")
	}
	return t, nil
}

// transaction finds the one in the path and checks who acts, and in which role.
func (c *call) transaction(role string) (*online, *Error) {
	id, err := pathID(c.request)
	if err != nil {
		return nil, err
	}
	t, err := c.visible(id)
	if err != nil {
		return nil, err
	}
	if err := c.mayAct(); err != nil {
		return nil, err
	}
	switch {
	case role == buyer && c.user.id != t.BuyerID:
		return nil, refuse("not_buyer")
	case role == seller && c.user.id != t.SellerID:
		return nil, refuse("not_seller")
	}
	return t, nil
}

// handler does one operation and gives the answer's body.
type handler func(*call) (any, *Error)

// change makes a handler that acts on the transaction in the path as a party with the role, and answers the transaction.
func change[In any](role string, act func(*call, *online, In) *Error) handler {
	return func(c *call) (any, *Error) {
		if _, err := pathID(c.request); err != nil {
			return nil, err
		}
		in, err := decode[In](c.body)
		if err != nil {
			return nil, err
		}
		t, err := c.transaction(role)
		if err != nil {
			return nil, err
		}
		if err := act(c, t, in); err != nil {
			return nil, err
		}
		return t.Transaction, nil
	}
}

// step makes a handler for a change that is nothing but one move.
func step(role string, m *onlineMove) handler {
	return change(role, func(c *call, t *online, _ noBody) *Error {
		if err := t.check(m); err != nil {
			return err
		}
		c.world.apply(t, m, c.by)
		return nil
	})
}

// read makes a handler that answers something about the transaction in the path.
func read(role string, view func(*online) (any, *Error)) handler {
	return func(c *call) (any, *Error) {
		t, err := c.transaction(role)
		if err != nil {
			return nil, err
		}
		return view(t)
	}
}

// result turns a typed answer into that of a handler.
func result[T any](v T, err *Error) (any, *Error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}
