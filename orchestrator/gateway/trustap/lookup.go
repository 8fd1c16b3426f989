package trustap

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Lookup reads a payment by its id, or finds it by the reference in its
// description among the latest ones of its parties.
func (g *Gateway) Lookup(ctx context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	if ref.PaymentID == "" {
		return g.search(ctx, ref)
	}
	m, id, err := g.payment(ref.PaymentID)
	if err != nil {
		return orchestrator.Snapshot{}, err
	}
	buyer := ref.Payer
	if buyer == "" {
		if buyer, _, err = g.Accounts.Account(ctx, ref.CommunityID, ref.Buyer, g.Name()); err != nil {
			return orchestrator.Snapshot{}, err
		}
	}
	s, err := g.read(ctx, m, id, buyer)
	if errors.Is(err, client.CodeNotFound) {
		return orchestrator.Snapshot{}, nil
	}
	return s, err
}

// read reads a payment as its buyer. Where they are none of its people any more, or have taken
// their consent back, the marketplace reads it as what it is: the client that opened it.
func (g *Gateway) read(ctx context.Context, m model, id int64, buyer string) (orchestrator.Snapshot, error) {
	if buyer != "" {
		if s, err := m.get(ctx, id, client.AsUser(buyer)); !strange(err) {
			return s, err
		}
	}
	return m.get(ctx, id)
}

// clockSkew is how far Trustap's clock may be behind ours.
const clockSkew = 5 * time.Minute

// search looks through the payments of the buyer, under every id that they have or had: they
// may have got another one since it was opened. An account that lets us see nothing any more
// is made up for by the seller's.
func (g *Gateway) search(ctx context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	var who people
	var err error
	if who.buyers, err = g.known(ctx, ref.CommunityID, ref.Buyer); err != nil || len(who.buyers) == 0 {
		return orchestrator.Snapshot{}, err
	}
	if who.sellers, err = g.known(ctx, ref.CommunityID, ref.Seller); err != nil {
		return orchestrator.Snapshot{}, err
	}
	s, hidden, err := g.among(ctx, who.buyers, who, ref)
	if err != nil || hidden == nil || who.pay(s) {
		return s, err
	}
	s, still, err := g.among(ctx, who.sellers, who, ref)
	if err != nil || still == nil || who.pay(s) {
		return s, err
	}
	return orchestrator.Snapshot{}, hidden
}

// people are all ids of both sides of a deal.
type people struct{ buyers, sellers []string }

// pay reports whether a payment is between them.
func (p people) pay(s orchestrator.Snapshot) bool {
	return s.Found && slices.Contains(p.buyers, s.Payer) && slices.Contains(p.sellers, s.Payee)
}

// among searches the payments of some ids; hidden is why it saw not all of them.
func (g *Gateway) among(ctx context.Context, ids []string, who people, ref orchestrator.PaymentRef) (found orchestrator.Snapshot, hidden, err error) {
	for _, id := range ids {
		s, err := g.of(ctx, id, who, ref)
		switch {
		case strange(err) && !client.IsGuestUserID(id):
			hidden = err
		case err != nil:
			return s, nil, err
		case who.pay(s):
			return s, nil, nil
		case s.Found:
			found = s
		}
	}
	return found, hidden, nil
}

// of looks through both models, because a reference does not tell which one. A
// newer payment that bears the same text, but is from or for somebody else, does not hide
// the one that is meant; alone it is returned, for the caller to see whose it is.
func (g *Gateway) of(ctx context.Context, user string, who people, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	var copied orchestrator.Snapshot
	for _, m := range g.models() {
		for r, err := range m.mine(ctx, user) {
			if err != nil {
				return orchestrator.Snapshot{}, err
			}
			if r.reference == ref.Reference {
				line, err := r.line()
				if slices.Contains(who.buyers, r.buyer) && slices.Contains(who.sellers, r.seller) {
					return line.Snapshot, err
				}
				copied = line.Snapshot
			}
			if r.created.Before(ref.Since.Add(-clockSkew)) {
				break
			}
		}
	}
	return copied, nil
}

var errNoClientID = fault.New(fault.Invalid, "client_id_missing",
	"Trustap lists payments only for the client id of the login there; set HANDSEL_TRUSTAP_CLIENT_ID")

// Payments lists the payments of both models that were opened in [from, to) by
// Trustap's clock, paid or not. It reads all pages of the marketplace: the filters
// for dates are not described (official API). A payment that cannot be read comes
// as an error with its reference and the others follow; after an error of a page,
// or without Config.ClientID, there are no more.
func (g *Gateway) Payments(ctx context.Context, from, to time.Time) iter.Seq2[orchestrator.StatementLine, error] {
	return func(yield func(orchestrator.StatementLine, error) bool) {
		if g.ClientID == "" {
			yield(orchestrator.StatementLine{}, errNoClientID)
			return
		}
		for _, m := range g.models() {
			for r, err := range m.all(ctx) {
				if err != nil {
					yield(orchestrator.StatementLine{}, err)
					return
				}
				if r.created.Before(from) || !r.created.Before(to) {
					continue
				}
				line, err := r.line()
				line.MadeAt = r.created.UTC()
				if !yield(line, err) {
					return
				}
			}
		}
	}
}
