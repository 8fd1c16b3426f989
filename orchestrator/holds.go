package orchestrator

import (
	"context"

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
