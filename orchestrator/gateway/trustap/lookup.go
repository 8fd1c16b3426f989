package trustap

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Lookup reads a payment by its id, or finds it by the reference in its
// description among the buyer's latest ones.
func (g *Gateway) Lookup(ctx context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	buyer, found, err := g.Accounts.Account(ctx, ref.CommunityID, ref.Buyer, g.Name())
	if err != nil {
		return orchestrator.Snapshot{}, err
	}
	if ref.PaymentID == "" {
		if !found {
			// Without an account nothing can have been created for this buyer.
			return orchestrator.Snapshot{}, nil
		}
		return g.search(ctx, buyer, ref)
	}
	m, id, err := g.payment(ref.PaymentID)
	if err != nil {
		return orchestrator.Snapshot{}, err
	}
	var opts []client.CallOption
	if found {
		opts = append(opts, client.AsUser(buyer))
	}
	s, err := m.get(ctx, id, opts...)
	if errors.Is(err, client.CodeNotFound) {
		return orchestrator.Snapshot{}, nil
	}
	return s, err
}

// clockSkew is how far Trustap's clock may be behind ours.
const clockSkew = 5 * time.Minute

// search looks through both models, because a reference does not tell which one. A
// newer payment that bears the same text, but is from or for somebody else, does not hide
// the one that is meant; alone it is returned, for the caller to see whose it is.
func (g *Gateway) search(ctx context.Context, buyer string, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	seller, _, err := g.Accounts.Account(ctx, ref.CommunityID, ref.Seller, g.Name())
	if err != nil {
		return orchestrator.Snapshot{}, err
	}
	var copied orchestrator.Snapshot
	for _, m := range g.models() {
		for r, err := range m.mine(ctx, buyer) {
			if err != nil {
				return orchestrator.Snapshot{}, err
			}
			if r.reference == ref.Reference {
				line, err := r.line()
				if r.buyer == buyer && r.seller == seller {
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
