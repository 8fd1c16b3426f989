package orchestrator

import (
	"context"
	"fmt"
)

// Tag is what a payment is opened with, where the gateway keeps such a thing: it ties
// together there all that belongs to the deal.
func (tx Transaction) Tag() string { return fmt.Sprintf("handsel_%d_%d", tx.CommunityID, tx.ID) }

// theirs reports whether a payment that names an operation of a deal is from its buyer and
// for its seller, as far as the gateway tells. A reference alone is a text that somebody
// may have copied: with another person's payment the deal would be paid by whoever that
// is, or its money would be another seller's.
func (e *Engine) theirs(ctx context.Context, tx Transaction, s Snapshot) (bool, error) {
	if s.Deal != "" && s.Deal != tx.Tag() {
		return false, nil
	}
	for _, side := range []struct{ user, told string }{{tx.Buyer, s.Payer}, {tx.Seller, s.Payee}} {
		if side.told == "" {
			continue
		}
		known, _, err := e.config.Store.Account(ctx, tx.CommunityID, side.user, tx.Gateway)
		if err != nil || known != side.told {
			return false, err
		}
	}
	return true, nil
}

// found is what was found by the reference of an operation that opens a payment; one that
// is not from and for the people of the deal is a stray, and nothing was found.
func (e *Engine) found(ctx context.Context, tx Transaction, i Intent, s Snapshot) (Snapshot, error) {
	ours, err := e.theirs(ctx, tx, s)
	if err != nil || ours {
		return s, err
	}
	return Snapshot{}, e.noteStray(ctx, tx, i, s, e.now())
}
