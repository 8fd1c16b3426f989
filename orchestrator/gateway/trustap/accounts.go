package trustap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/orchestrator"
)

// errSameAccount is a deal of which both sides are one account at Trustap.
var errSameAccount = errors.New("buyer and seller have the same account at Trustap")

var errNoProfile = errors.New("the user has no profile; store one first (PUT /v1/users/{id})")

// parties are the Trustap ids of both sides.
type parties struct{ buyer, seller string }

// parties are the ones between whom a payment is opened now.
func (g *Gateway) parties(ctx context.Context, tx orchestrator.Transaction) (p parties, err error) {
	if p.buyer, err = g.account(ctx, tx.CommunityID, tx.Buyer); err != nil {
		return p, fmt.Errorf("buyer: %w", err)
	}
	if p.seller, err = g.account(ctx, tx.CommunityID, tx.Seller); err != nil {
		return p, fmt.Errorf("seller: %w", err)
	}
	if p.buyer == p.seller {
		return p, errSameAccount
	}
	return p, nil
}

// partiesOf are those of a payment that there is. They are its own for good, or until one of
// them claims their side at Trustap: that the users have other accounts by now changes nothing.
// A deal that was opened by a release that did not note them is read.
func (g *Gateway) partiesOf(ctx context.Context, m model, id int64, op orchestrator.Operation) (parties, error) {
	p := parties{cmp.Or(op.Seen.Payer, op.Transaction.PayerAccount), cmp.Or(op.Seen.Payee, op.Transaction.PayeeAccount)}
	if p.buyer != "" && p.seller != "" {
		return p, nil
	}
	s, err := m.get(ctx, id)
	return parties{s.Payer, s.Payee}, err
}

// full reports whether none of the two is a guest.
func (p parties) full() bool {
	return !client.IsGuestUserID(p.buyer) && !client.IsGuestUserID(p.seller)
}

// guests reports whether both are.
func (p parties) guests() bool {
	return client.IsGuestUserID(p.buyer) && client.IsGuestUserID(p.seller)
}

// other is the party beside one of them.
func (p parties) other(id string) string {
	if id == p.buyer {
		return p.seller
	}
	return p.buyer
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

// known are the ids that a user has or had at Trustap, that of now first. None: nothing can
// have been opened for them.
func (g *Gateway) known(ctx context.Context, community int64, user string) ([]string, error) {
	id, found, err := g.Accounts.Account(ctx, community, user, g.Name())
	if err != nil {
		return nil, err
	}
	former, err := g.Accounts.FormerAccounts(ctx, community, user, g.Name())
	if found {
		former = slices.Concat([]string{id}, slices.DeleteFunc(former, func(f string) bool { return f == id }))
	}
	return former, err
}

// profile is what a guest is made from. Trustap makes none of who has not accepted its terms.
func (g *Gateway) profile(ctx context.Context, community int64, user string) (orchestrator.Profile, error) {
	p, found, err := g.Accounts.Profile(ctx, community, user)
	switch {
	case err != nil, found && p.TermsIP != "":
		return p, err
	case found:
		return orchestrator.Profile{}, fmt.Errorf("%w, with terms_accepted_at and terms_ip: %s", errNoProfile, user)
	}
	if g.Stranger != nil {
		if p, ok := g.Stranger(community, user); ok {
			return p, nil
		}
	}
	return orchestrator.Profile{}, fmt.Errorf("%w: %s", errNoProfile, user)
}
