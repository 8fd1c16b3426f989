package orchestrator

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Tag is what a payment is opened with, where the gateway keeps such a thing: it ties
// together there all that belongs to the deal.
func (tx Transaction) Tag() string { return fmt.Sprintf(tagForm, tx.CommunityID, tx.ID) }

const tagForm = "handsel_%d_%d"

// taggedCommunity is the community of the deal that a tag names; 0 if it names none.
func taggedCommunity(tag string) int64 {
	var tx Transaction
	if _, err := fmt.Sscanf(tag, tagForm, &tx.CommunityID, &tx.ID); err != nil || tx.Tag() != tag {
		return 0
	}
	return tx.CommunityID
}

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
		has, err := e.hasAccount(ctx, tx, side.user, side.told)
		if err != nil || !has {
			return false, err
		}
	}
	return true, nil
}

// hasAccount reports whether an account at a deal's gateway is a user's, or was when the
// payment may have been opened.
func (e *Engine) hasAccount(ctx context.Context, tx Transaction, user, account string) (bool, error) {
	known, _, err := e.config.Store.Account(ctx, tx.CommunityID, user, tx.Gateway)
	if err != nil || known == account {
		return err == nil, err
	}
	former, err := e.config.Store.FormerAccounts(ctx, tx.CommunityID, user, tx.Gateway)
	return slices.Contains(former, account), err
}

func (e *Engine) noteStray(ctx context.Context, tx Transaction, i Intent, s Snapshot, due time.Time) error {
	now := e.now()
	return e.config.Store.NoteStray(ctx, Stray{
		CommunityID: tx.CommunityID, Gateway: i.Gateway, PaymentID: s.PaymentID, TransactionID: tx.ID, IntentID: i.ID,
		Amount: worth(s), Due: due, FoundAt: now,
	})
}
