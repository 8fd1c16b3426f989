package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// actor says who has to act in a call, and with which kind of credential where the official API lists only one. The
// newest description lacks listings and other calls: they take both kinds.
type actor int

const (
	anyone    actor = iota // a valid credential is enough
	anyUser                // a guest or full user acts
	guestUser              // a guest user acts

	byKey   actor = 1 << 4 // API keys only, see [Config.StrictAuth]
	byToken actor = 1 << 5 // users' tokens only
)

// who is the actor without the credential.
func (a actor) who() actor { return a &^ (byKey | byToken) }

// takes tells whether the official API lists the kind of a credential.
func (a actor) takes(who credentials) bool {
	if who.bearer != "" {
		return a&byKey == 0
	}
	return a&byToken == 0
}

// The roles of a party. anyParty lets both in.
const (
	anyParty = ""
	seller   = "seller"
	buyer    = "buyer"
)

// call is one API request on its way through the world, with the lock held. Checks run in the order: credential, syntax
// of the id, syntax of the body, existence, role, fields, state.
type call struct {
	world   *state
	request *http.Request
	body    []byte
	need    actor
	user    *user // nil when the client itself acts
	by      origin
}

// noBody is the input of calls that take none. What programs send there instead, null, an empty text or an object, says nothing
// and is taken.
type noBody struct{}

func (*noBody) UnmarshalJSON(body []byte) error {
	if s := string(body); s == "null" || s == `""` {
		return nil
	}
	var said map[string]json.RawMessage
	return json.Unmarshal(body, &said)
}

// mayAct checks that somebody acts who may make the call at all.
func (c *call) mayAct() *Error {
	switch {
	case c.need != anyone && c.user == nil:
		return refuse("forbidden")
	case c.need == guestUser && !c.user.Guest:
		return refuse("subject_is_not_guest_user")
	}
	return nil
}

// authenticate finds the acting user: the bearer, or the one whom the API key names in Trustap-User.
func (w *state) authenticate(who credentials) (*user, *Error) {
	if who.bearer != "" {
		if u := w.users[who.bearer]; u != nil {
			return u, nil
		}
		return nil, refuse("unauthorized")
	}
	if who.key == "" {
		return nil, refuse("unauthorized")
	}
	if who.actsFor == "" {
		return nil, nil
	}
	u := w.users[who.actsFor]
	switch {
	case u == nil:
		return nil, refuse("forbidden")
	case !u.Consent: // seen at the real one
		return nil, refuse("unauthorized")
	case u.Unfinished:
		return nil, refuse("account_not_finished")
	}
	return u, nil
}

func pathID(r *http.Request) (int64, *Error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, refuse("invalid_id")
	}
	return id, nil
}

// visible finds a transaction that the caller may see: its parties and the client that made it.
func visible[T escrow[T]](c *call, id int64) (T, *Error) {
	var none T
	t, ok := none.book(c.world).all[id]
	if !ok || c.user != nil && !t.facts().isParty(c.user.ID) {
		return none, refuse("not_found")
	}
	return t, nil
}

// inPath finds the transaction in the path and checks who acts, and in which role.
func inPath[T escrow[T]](c *call, role string) (T, *Error) {
	var none T
	id, err := pathID(c.request)
	if err != nil {
		return none, err
	}
	t, err := visible[T](c, id)
	if err != nil {
		return none, err
	}
	if err := c.mayAct(); err != nil {
		return none, err
	}
	switch {
	case role == buyer && c.user.ID != *t.facts().buyerID:
		return none, refuse("not_buyer")
	case role == seller && c.user.ID != *t.facts().sellerID:
		return none, refuse("not_seller")
	}
	return t, nil
}

// handler carries out one call and gives the answer's body.
type handler func(*call) (stage.Value, *Error)

// change makes a handler that acts on the transaction in the path as a party with the role, and answers the transaction.
func change[T escrow[T], In any](role string, act func(*call, T, In) *Error) handler {
	return answer(role, func(c *call, t T, in In) (stage.Value, *Error) {
		if err := act(c, t, in); err != nil {
			return nil, err
		}
		return show(c, t), nil
	})
}

// answer makes a handler like change for an act that answers something else than the transaction.
func answer[T escrow[T], In any](role string, act func(*call, T, In) (stage.Value, *Error)) handler {
	return func(c *call) (stage.Value, *Error) {
		if _, err := pathID(c.request); err != nil {
			return nil, err
		}
		in, err := stage.Decode[In](c.body)
		if err != nil {
			return nil, err
		}
		t, err := inPath[T](c, role)
		if err != nil {
			return nil, err
		}
		return act(c, t, in)
	}
}

// step makes a handler for a change that is nothing but one move.
func step[T escrow[T]](role string, m *move[T]) handler {
	return change(role, func(c *call, t T, _ noBody) *Error { return attempt(c.world, t, m, c.by) })
}

// read makes a handler that answers something about the transaction in the path.
func read[T escrow[T]](role string, view func(*call, T) (stage.Value, *Error)) handler {
	return func(c *call) (stage.Value, *Error) {
		t, err := inPath[T](c, role)
		if err != nil {
			return nil, err
		}
		return view(c, t)
	}
}

func viewTransaction[T escrow[T]](c *call, t T) (stage.Value, *Error) { return show(c, t), nil }
