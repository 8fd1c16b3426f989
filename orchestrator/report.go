package orchestrator

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// ReconcileInput says what to compare: the deals and the payments that were made
// in [From, To) on one gateway, of one community or, with 0, of all.
type ReconcileInput struct {
	Gateway     string
	From, To    time.Time
	CommunityID int64
}

// Report is what a reconciliation found.
type Report struct {
	Gateway  string
	From, To time.Time
	Compared int // payments that were compared with a deal
	Adopted  int // payments that we had lost sight of and that now have their deal again
	// GatewayFees are what the gateway kept for the payments that were compared, in minor
	// units, as far as it tells.
	GatewayFees map[money.Currency]int64
	// Differences are what needs a person; empty when books and gateway agree.
	Differences []Difference
}

// DifferenceClass is a kind of difference between our books and a gateway's.
type DifferenceClass string

// The classes of differences.
const (
	MissingHere   DifferenceClass = "missing_here"   // the gateway has a payment that no deal has
	MissingThere  DifferenceClass = "missing_there"  // we booked a payment that the gateway does not know
	AmountDiffers DifferenceClass = "amount_differs" // both have it, with different amounts
	StateDiffers  DifferenceClass = "state_differs"  // something happened there that is not merged here
	OpenIntent    DifferenceClass = "open_intent"    // an operation that has had no clear outcome for an hour
	OpenLoss      DifferenceClass = "open_loss"      // money went back after the deal was over, and nobody has settled who bears it
)

// Difference is one thing that is not the same here and there.
type Difference struct {
	Class         DifferenceClass
	Gateway       string
	PaymentID     string // empty when it is not about a payment
	CommunityID   int64  // 0 when it belongs to no deal
	TransactionID int64
	Account       ledger.Account // of our own ledger, where it is about a balance
	What          string         // which amount, which fact, or which transition is in progress
	Here, There   money.Amount
	Age           time.Duration // since the deal was opened, else since the payment was made
	Advice        string        // what a person should do
	unshown       bool          // only the gateway's report knows the payment, which nobody can look at
	foreign       bool          // it is about a payment that another program made, as far as its references tell
}

// Differences keeps what a daily comparison found.
type Differences interface {
	// SaveDifferences stores what a comparison of [from, at) found at a gateway. What it
	// did not find again has ended, if the comparison is complete and covered it.
	SaveDifferences(ctx context.Context, gateway string, from, at time.Time, found []Difference, complete bool) error
}

// GatewayFilter selects transactions on a gateway for reconciliation.
type GatewayFilter struct {
	Gateway     string
	CommunityID int64     // 0 is all
	From, To    time.Time // created in [From, To); a side that is zero is open
	// OpenLosses selects those whose loss nobody has settled, whenever they were created.
	OpenLosses bool
	After      int64 // only ids above this one; the cursor of the next page
	Limit      int   // at most this many; 1 to 100
}

// FrozenBalance is a user's frozen balance beside what their deals say is frozen.
type FrozenBalance struct {
	CommunityID int64
	Account     ledger.Account
	Booked      money.Amount // balance of the account
	Deals       money.Amount // held and authorized by deals on our own ledger
}

// longOpen is how long an operation may be without a clear outcome before it is a
// difference. Until then its deal is not compared: the two sides are moving.
const longOpen = time.Hour
