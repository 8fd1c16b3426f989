package sandbox

import "github.com/handsel-dev/handsel/sandbox/internal/stage"

// byCode finds the transaction that waits for its second party under a join code.
func byCode[T escrow[T]](c *call, code string) (T, *Error) {
	var none T
	if t, ok := none.book(c.world).joinCodes[code]; ok {
		return t, nil
	}
	return none, refuse("not_found")
}

// queryCode is the join code in the query, where the online model has it; pathCode is that in the path.
func queryCode(c *call) (string, *Error) {
	code := c.request.URL.Query().Get("join_code")
	if code == "" {
		return "", refuse("join_code_missing")
	}
	return code, nil
}

func pathCode(c *call) (string, *Error) { return c.request.PathValue("code"), nil }

// withCode makes a handler for the transaction under a join code, which everybody who holds the code may read.
func withCode[T escrow[T]](code func(*call) (string, *Error), act func(*call, T) *Error) handler {
	return func(c *call) (stage.Value, *Error) {
		if _, err := stage.Decode[noBody](c.body); err != nil {
			return nil, err
		}
		key, err := code(c)
		if err != nil {
			return nil, err
		}
		t, err := byCode[T](c, key)
		if err != nil {
			return nil, err
		}
		if err := act(c, t); err != nil {
			return nil, err
		}
		return show(c, t), nil
	}
}

func look[T escrow[T]](*call, T) *Error { return nil }

// join takes the free seat.
func join[T escrow[T]](c *call, t T) *Error {
	b, f := t.book(c.world), t.facts()
	if t.inside().Creator == c.user.ID || f.isParty(c.user.ID) {
		return refuse("cannot_join_own_transaction")
	}
	if err := check(t, b.join); err != nil {
		return err
	}
	if host := c.world.users[t.inside().Creator]; host != nil && c.world.apart(host.Country, c.user.Country) {
		return refuse("incompatible_users")
	}
	role := buyer
	if *f.sellerID == "" {
		role = seller
	}
	*f.party(role) = c.user.ID
	link(b, t, c.user.ID)
	apply(c.world, t, b.join, c.by)
	return nil
}

func reject[T escrow[T]](c *call, t T) *Error {
	if t.inside().Creator == c.user.ID {
		return refuse("cannot_reject_own_transaction")
	}
	return attempt(c.world, t, t.book(c.world).reject, c.by)
}

// joinWithGuest joins by id, for guests of the client: they are strangers to the transaction until then.
func joinWithGuest(c *call) (stage.Value, *Error) {
	id, err := pathID(c.request)
	if err != nil {
		return nil, err
	}
	if _, err := stage.Decode[noBody](c.body); err != nil {
		return nil, err
	}
	t, ok := c.world.f2f.all[id]
	if !ok {
		return nil, refuse("not_found")
	}
	if err := c.mayAct(); err != nil {
		return nil, err
	}
	if err := join(c, t); err != nil {
		return nil, err
	}
	return show(c, t), nil
}
