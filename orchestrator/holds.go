package orchestrator

import (
	"context"
	"errors"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// ErrContradiction is Store.Apply's answer when a guarded account that pays is on hold,
// or its balance is not what its commits made it. Nothing was written.
var ErrContradiction = fault.New(fault.Conflict, "account_on_hold", "the account is on hold because its balance and the ledger differ; wait until an operator ends the hold")

// Hold is why nothing is paid from an account, or in a whole community.
type Hold struct {
	CommunityID int64
	Account     ledger.Account // zero: the whole community
	Currency    money.Currency
	Reason      string
}

// Object names what is on hold in the audit log.
func (h Hold) Object() string {
	if h.Account == (ledger.Account{}) {
		return "community"
	}
	return "account:" + h.Account.String() + ":" + string(h.Currency)
}

// Guard holds balances against the evidence, and puts on hold what contradicts itself:
// the smallest that contains it.
type Guard interface {
	// Examine holds the balance of a guarded account against the sum of its postings. An
	// account that contradicts them is on hold from now on; why is empty for a sound one.
	Examine(ctx context.Context, community int64, a ledger.Account, c money.Currency) (why string, err error)
	// CommunityHold is why nothing is paid in a community, empty if it may. It reads
	// nothing: it may be some seconds old.
	CommunityHold(community int64) string
	// Holds lists what is on hold in a community.
	Holds(ctx context.Context, community int64) ([]Hold, error)
	// EndHold lets it go. An account's balance becomes the sum of its postings, which is
	// the evidence.
	EndHold(ctx context.Context, h Hold, by By) error
}

// guarded refuses to pay where the books contradict themselves. An account from which
// money leaves for good is held against its postings first.
func (e *Engine) guarded(ctx context.Context, tx Transaction, c Commit) error {
	if len(c.Entries) == 0 && (c.Intent == nil || !leaves(tx, c.Intent.Verb)) {
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
