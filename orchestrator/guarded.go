package orchestrator

import (
	"context"
	"errors"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// guarded refuses to pay where the books contradict themselves. An account from which
// money leaves for good is held against its postings first.
func (e *Engine) guarded(ctx context.Context, tx Transaction, c Commit) error {
	if len(c.Entries) == 0 && (c.Intent == nil || !tx.LetsOut(c.Intent.Verb)) {
		return nil
	}
	if err := e.communityHeld(c.Transaction.CommunityID); err != nil {
		return err
	}
	for _, entry := range c.Entries {
		if withdraws(entry) {
			return e.examine(ctx, c)
		}
	}
	return nil
}

// communityHeld is a fault while nothing may be paid in a community.
func (e *Engine) communityHeld(community int64) error {
	if e.config.Store.CommunityHold(community) == "" {
		return nil
	}
	return fault.New(fault.Conflict, "community_on_hold", "this community is on hold because its books do not add up; wait until an operator ends the hold")
}

// withdraws reports whether an entry brings money out of users' balances into the world.
func withdraws(entry ledger.Entry) bool {
	var out, paid bool
	for _, p := range entry.Postings {
		out = out || p.Account.Kind == ledger.Outside && p.Amount.Minor() > 0
		paid = paid || p.Account.Guarded() && p.Amount.Minor() < 0
	}
	return out && paid
}

// examine looks at the accounts that a commit takes from; it is ErrContradiction if one
// is on hold or has to be.
func (e *Engine) examine(ctx context.Context, c Commit) error {
	for _, entry := range c.Entries {
		for _, p := range entry.Postings {
			if !p.Account.Guarded() || p.Amount.Minor() >= 0 {
				continue
			}
			why, err := e.config.Store.Examine(ctx, c.Transaction.CommunityID, p.Account, p.Amount.Currency())
			if err != nil {
				return err
			}
			if why != "" {
				e.config.Log.ErrorContext(ctx, "account on hold", "community", c.Transaction.CommunityID, "kind", p.Account.Kind, "why", why)
				return ErrContradiction
			}
		}
	}
	return nil
}

// contradicted looks closer after a commit was refused with ErrContradiction. A sound
// account was mended meanwhile, and the commit may be tried again.
func (e *Engine) contradicted(ctx context.Context, c Commit, err error) error {
	if !errors.Is(err, ErrContradiction) {
		return err
	}
	if why := e.examine(ctx, c); why != nil {
		return why
	}
	return ErrRevisionConflict // decides again
}

// contradiction compares a deal with its own ledger entries, and says how they
// contradict each other.
func contradiction(tx Transaction, own bool, posted []PostedEntry) process.Attention {
	corrupt := func(format string, args ...any) process.Attention {
		return process.Attention{Reason: process.BooksCorrupt, Detail: fmt.Sprintf(format, args...)}
	}
	if !tx.Funds.Balanced() {
		return corrupt("of %d captured, %d were released, %d refunded, %d kept as fees and %d are held",
			tx.Funds.Captured, tx.Funds.Released, tx.Funds.Refunded, tx.Funds.Fees, tx.Funds.Held)
	}
	entries := make([]ledger.Entry, len(posted))
	for n, entry := range posted {
		if err := entry.Validate(); err != nil {
			return corrupt("the entry of revision %d is invalid", entry.Revision)
		}
		entries[n] = entry.Entry
	}
	sums, err := ledger.Balances(entries)
	if err != nil {
		return corrupt("the entries add up to more than can be counted")
	}
	c := tx.Price.Currency()
	escrow, reserved := pocket(tx, own, process.EscrowPocket), pocket(tx, own, process.Reserved)
	type sum struct {
		what         string
		posted, here int64
	}
	compare := []sum{{"held", sums[escrow][c], tx.Funds.Held}, {"reserved", sums[reserved][c], tx.Funds.Authorized}}
	if escrow == reserved {
		compare = []sum{{"set aside", sums[escrow][c], tx.Funds.Held + tx.Funds.Authorized}}
	}
	for _, s := range compare {
		if s.posted != s.here {
			return corrupt("by the ledger %s are %s, by the transaction %s", money.New(s.posted, c), s.what, money.New(s.here, c))
		}
	}
	return process.Attention{}
}
