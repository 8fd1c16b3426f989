package orchestrator

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/money"
)

// BankPayout is money that a gateway sends from a seller's account there to their bank. It may
// have the money of several deals in it, of one, or of none that is known here. It is what
// the gateway tells, and nothing else: no entry of the books and no operation follows
// from it.
type BankPayout struct {
	CommunityID int64
	Number      int64 // in the community, growing; 0: not stored yet
	Gateway     string
	AccountID   string // of the seller at the gateway
	ID          string // the gateway's
	UserID      string // the seller
	Amount      money.Amount
	Status      BankPayoutStatus
	Failure     string  // the gateway's code; empty: it has not failed, or it does not tell
	Deals       []int64 // those whose money is in it, as far as the gateway tells
	MadeAt      time.Time
	ArrivesAt   time.Time // when the gateway expects it at the bank; zero: it does not tell
	EndedAt     time.Time // when its last status was seen first; zero: it is on its way
	ToldAt      time.Time // when it was told that it arrived or failed; zero: not yet
	Attempts    int
	Due         time.Time // when it is looked at again, or the end of a lease; zero: never
}

// BankPayoutStatus is how far a payout to a bank is.
type BankPayoutStatus string

// The statuses. What was paid may still fail, when the bank returns it; what failed or was
// canceled is back in the seller's account at the gateway, for good.
const (
	BankPayoutInTransit BankPayoutStatus = "in_transit"
	BankPayoutPaid      BankPayoutStatus = "paid"
	BankPayoutFailed    BankPayoutStatus = "failed"
	BankPayoutCanceled  BankPayoutStatus = "canceled"
)

// untold reports whether it arrived or failed, and nobody was told of that yet.
func (p BankPayout) untold() bool {
	return p.ToldAt.IsZero() && (p.Status == BankPayoutPaid || p.Status == BankPayoutFailed)
}

// Stage grows with the status: a report of an earlier stage is late, and changes nothing.
func (s BankPayoutStatus) Stage() int {
	switch s {
	case BankPayoutPaid:
		return 1
	case BankPayoutFailed, BankPayoutCanceled:
		return 2
	}
	return 0
}

// BankPayoutRef names a payout at a gateway; Account is empty where the payout's id says all.
type BankPayoutRef struct{ Account, ID string }

// BankPayoutSeen is a payout as a gateway tells of it now.
type BankPayoutSeen struct {
	Found     bool
	Account   string // the seller's there
	ID        string
	Amount    money.Amount
	Status    BankPayoutStatus
	Failure   string
	MadeAt    time.Time
	ArrivesAt time.Time
	Payments  []string // the gateway's ids of the payments whose money is in it, as far as it tells
	// About is what a look is asked about to learn the outcome of the operation that made this payout; empty: none did.
	About string
}

// PayingBanks is a Gateway that tells of the payouts from sellers' accounts to their banks.
type PayingBanks interface {
	// PayoutTold reads which payout a message tells of; alone: it is about no payment.
	PayoutTold(about string) (ref BankPayoutRef, alone, ok bool)
	// BankPayout looks a payout up.
	BankPayout(ctx context.Context, ref BankPayoutRef) (BankPayoutSeen, error)
}

// BankPayoutFilter selects payouts of a seller, newest first. Zero fields do not filter.
type BankPayoutFilter struct {
	CommunityID int64  // required
	UserID      string // required
	Before      int64  // only those with a smaller number
	Limit       int    // at most this many; 1 to 100
}

// BankPayouts keeps payouts to banks. Implementations are safe for concurrent use.
type BankPayouts interface {
	// AccountOwner finds the user to whom an account at a gateway is linked.
	AccountOwner(ctx context.Context, gateway, account string) (community int64, user string, found bool, err error)
	// SaveBankPayout stores a payout that is not known, or takes a known one to a later stage;
	// changed is false where it is at this stage already.
	SaveBankPayout(ctx context.Context, p BankPayout) (changed bool, err error)
	// ClaimBankPayouts leases payouts that are due at now, by moving Due to until, but for those of
	// gateways that are shut. Attempts is raised by one.
	ClaimBankPayouts(ctx context.Context, now, until time.Time, limit int, shut ...string) ([]BankPayout, error)
	// SettleBankPayout stores Attempts, Due and ToldAt. It answers ErrRevisionConflict when Due is no
	// longer what the caller holds.
	SettleBankPayout(ctx context.Context, p BankPayout, held time.Time) error
	// ListBankPayouts lists those of a seller.
	ListBankPayouts(ctx context.Context, f BankPayoutFilter) ([]BankPayout, error)
}
