package sandbox

import (
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// claimFor makes the handler with which the client moves a guest's side to the full user it acts for.
func claimFor[T escrow[T]](role string) handler {
	return func(c *call) (stage.Value, *Error) {
		id, err := pathID(c.request)
		if err != nil {
			return nil, err
		}
		if _, err := stage.Decode[noBody](c.body); err != nil {
			return nil, err
		}
		var none T
		t, ok := none.book(c.world).all[id]
		if !ok {
			return nil, refuse("not_found")
		}
		if err := c.mayAct(); err != nil {
			return nil, err
		}
		if err := claim(c, t, role); err != nil {
			return nil, err
		}
		return show(c, t), nil
	}
}

// claimAs makes the handler for the link that is mailed to a guest.
func claimAs[T escrow[T]](role string) handler {
	return func(c *call) (stage.Value, *Error) {
		if _, err := stage.Decode[noBody](c.body); err != nil {
			return nil, err
		}
		secret := strings.TrimSpace(c.request.PathValue("secret"))
		if secret == "" {
			return nil, refuse("missing_secret")
		}
		var none T
		t, ok := none.book(c.world).secrets[secret]
		if !ok || t.inside().Secrets[role] != secret {
			return nil, refuse("not_found")
		}
		if err := claim(c, t, role); err != nil {
			return nil, err
		}
		return show(c, t), nil
	}
}

// claim moves one side from a guest to the acting full user.
func claim[T escrow[T]](c *call, t T, role string) *Error {
	b, f := t.book(c.world), t.facts()
	side, at := f.party(role), f.claimedBySeller
	if role == buyer {
		at = f.claimedByBuyer
	}
	holder := c.world.users[*side]
	switch {
	case *f.party(other(role)) == c.user.ID:
		return refuse("cannot_claim_own_transaction")
	case c.user.Guest:
		return refuse("forbidden")
	case holder == nil:
		return refuse("not_found")
	case !holder.Guest:
		return refuse("already_claimed")
	case c.world.apart(holder.Country, c.user.Country):
		return refuse("invalid_user_platform")
	}
	unlink(b, t, *side)
	*side, *at = c.user.ID, c.by.at
	link(b, t, c.user.ID)
	if b.claimed != nil {
		b.claimed(c.world, t)
	}
	delete(b.secrets, t.inside().Secrets[role])
	delete(t.inside().Secrets, role)
	c.world.record(c.by, *f.id)
	announce(c.world, t, "claimed", c.by, nil)
	return nil
}
