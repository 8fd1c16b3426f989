package orchestrator

import (
	"context"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// wouldApply refuses what the store would refuse by what it has now: reservations of
// what is gone, and more than a guarded balance holds.
func (e *Engine) wouldApply(ctx context.Context, c Commit) error {
	if err := e.wouldReserve(ctx, c); err != nil {
		return err
	}
	type balance struct {
		account  ledger.Account
		currency money.Currency
	}
	sums := map[balance]int64{}
	for _, entry := range c.Entries {
		for _, posting := range entry.Postings {
			if posting.Account.Guarded() {
				sums[balance{posting.Account, posting.Amount.Currency()}] += posting.Amount.Minor()
			}
		}
	}
	for of, sum := range sums {
		if sum >= 0 {
			continue
		}
		has, err := e.config.Store.Balance(ctx, c.Transaction.CommunityID, of.account, of.currency)
		if err != nil {
			return err
		}
		if has < -sum {
			return e.why(ctx, c, ErrInsufficientBalance)
		}
	}
	return nil
}

func (e *Engine) wouldReserve(ctx context.Context, c Commit) error {
	names := make([]string, len(c.Reserve))
	for i, r := range c.Reserve {
		names[i] = r.Resource
	}
	free, err := e.config.Store.Free(ctx, c.Transaction.CommunityID, names)
	if err != nil {
		return err
	}
	for _, r := range c.Reserve {
		left, known := free[r.Resource]
		if !known {
			left = r.Capacity
		}
		if r.Amount > left {
			return e.why(ctx, c, ErrNotAvailable)
		}
		free[r.Resource] = left - r.Amount
	}
	return nil
}
