package trustap

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/orchestrator"
)

var errNoProfile = errors.New("the user has no profile; store one first (PUT /v1/users/{id})")

// stored remembers the ids of users at Trustap: each call needs two, and one that is stored
// never changes. It is safe for concurrent use.
type stored struct {
	orchestrator.Accounts
	mu  sync.Mutex
	ids map[holder]string
}

type holder struct {
	community     int64
	user, gateway string
}

// maxHolders is how many are remembered; then all are forgotten, so that the memory stays
// bounded.
const maxHolders = 10_000

// Account implements orchestrator.Accounts.
func (s *stored) Account(ctx context.Context, community int64, user, gateway string) (string, bool, error) {
	who := holder{community, user, gateway}
	s.mu.Lock()
	id, known := s.ids[who]
	s.mu.Unlock()
	if known {
		return id, true, nil
	}
	id, found, err := s.Accounts.Account(ctx, community, user, gateway)
	if found && err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.ids) >= maxHolders {
			clear(s.ids)
		}
		s.ids[who] = id
	}
	return id, found, err
}

// parties are the Trustap ids of both sides.
type parties struct{ buyer, seller string }

func (g *Gateway) parties(ctx context.Context, tx orchestrator.Transaction) (p parties, err error) {
	if p.buyer, err = g.account(ctx, tx.CommunityID, tx.Buyer); err != nil {
		return p, fmt.Errorf("buyer: %w", err)
	}
	if p.seller, err = g.account(ctx, tx.CommunityID, tx.Seller); err != nil {
		return p, fmt.Errorf("seller: %w", err)
	}
	return p, nil
}

// creator is who opens the payment, and as what.
func (p parties) creator(tx orchestrator.Transaction) (client.Role, string) {
	if tx.Starter == tx.Seller {
		return client.RoleSeller, p.seller
	}
	return client.RoleBuyer, p.buyer
}

// actor is the side that the operation's actor is on; staff, timers and backends
// act for the buyer.
func (p parties) actor(op orchestrator.Operation) string {
	if op.Actor.ID == op.Transaction.Seller {
		return p.seller
	}
	return p.buyer
}

// account finds the user's Trustap id or makes a guest user. Two at the same
// moment make two guests, of which the first stored is used; a guest without
// transactions does no harm.
func (g *Gateway) account(ctx context.Context, community int64, user string) (string, error) {
	id, found, err := g.Accounts.Account(ctx, community, user, g.Name())
	if found || err != nil {
		return id, err
	}
	p, err := g.profile(ctx, community, user)
	if err != nil {
		return "", err
	}
	guest, err := g.Client.Users.CreateGuestUser(ctx, client.CreateGuestUserInput{
		Email: p.Email, FirstName: p.FirstName, LastName: p.LastName, CountryCode: p.CountryCode,
		TOSAcceptance: client.TOSAcceptance{IP: p.TermsIP, AcceptedAt: p.TermsAcceptedAt},
	})
	if err != nil {
		return "", err
	}
	return g.Accounts.SaveAccount(ctx, community, user, g.Name(), guest.ID)
}

func (g *Gateway) profile(ctx context.Context, community int64, user string) (orchestrator.Profile, error) {
	p, found, err := g.Accounts.Profile(ctx, community, user)
	if found || err != nil {
		return p, err
	}
	if g.Stranger != nil {
		if p, ok := g.Stranger(community, user); ok {
			return p, nil
		}
	}
	return orchestrator.Profile{}, fmt.Errorf("%w: %s", errNoProfile, user)
}

// Seller tells whether the user has an account or a profile to make one from. What Trustap
// asks of a seller before it pays out, it asks on its own pages.
func (g *Gateway) Seller(ctx context.Context, community int64, user string) (orchestrator.SellerAccount, error) {
	id, found, err := g.Accounts.Account(ctx, community, user, g.Name())
	if err != nil {
		return orchestrator.SellerAccount{}, err
	}
	ready, err := g.CanReceive(ctx, community, user)
	switch {
	case err != nil:
		return orchestrator.SellerAccount{}, err
	case !ready:
		return orchestrator.SellerAccount{Status: orchestrator.SellerMissing, Due: []orchestrator.SellerDue{{What: "profile"}}}, nil
	case !found:
		id = ""
	}
	return orchestrator.SellerAccount{ID: id, Status: orchestrator.SellerActive, CanBePaid: true, GetsPayouts: true}, nil
}
