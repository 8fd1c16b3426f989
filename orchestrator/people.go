package orchestrator

import (
	"time"

	"github.com/handsel-dev/handsel/money"
)

// UserFilter selects users of a community, in the order of their ids. Zero fields do not filter.
type UserFilter struct {
	CommunityID int64 // required
	ID          string
	Email       string
	After       string // only ids behind this one; the cursor of the next page
	Limit       int    // at most this many; 1 to 100
}

// KnownUser is a user of whom there is more than their deals: an account at a gateway, a profile, or a place in the exchange.
type KnownUser struct {
	ID       string
	Name     string    // in the exchange; empty: none, or they were never there
	Since    time.Time // they were seen first in the exchange; zero: never
	BannedAt time.Time // zero: they are not banned
	Accounts []KnownAccount
}

// KnownAccount is an account at a gateway with how its user stood there when it was asked last.
type KnownAccount struct {
	Gateway, ID string
	Status      SellerStatus // empty: it was not asked
}

// UserBalance is what a user has on our own ledger in one currency.
type UserBalance struct {
	Available, Frozen money.Amount
}
