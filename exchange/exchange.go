// Package exchange is the P2P exchange: users take ads, the seller's balance is
// frozen, the buyer pays outside, the seller confirms. Its orders are deals of the
// process p2p_order, moved by the engine like every other; its ads are those of
// package listings. What is here is only what an exchange has besides: the checks
// of taking an ad, users with their standing, disputes with an assigned operator,
// and what users are told. It does not know how it is called: the faces of the
// customer's documents are thin layers over it.
package exchange

import (
	"encoding/json"
	"time"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

// User is who asks, as their token says.
type User struct {
	Community int64
	ID        string // UUID
	Name      string
	Operator  bool
}

// Take is what a taker says when responding to an ad.
type Take struct {
	AdID   int64
	Amount int64 // minor units of the ad's asset
	Method string
	// Details are the taker's payment details, where the taker is the seller.
	Details listings.Details
	Format  string // "", "fast_pay" or "p2p" (customer's document)
	// Asset, if not empty, is what the taker takes the amount to be of: an ad of another
	// asset is refused.
	Asset money.Currency
	// AdVersion, if not zero, is the version of the ad that the taker has seen:
	// another one is ad_changed.
	AdVersion int64
}

// Status is where an order stands, in the words of the customer's document.
type Status string

// The statuses.
const (
	Pending     Status = "pending"
	PaidByBuyer Status = "paid_by_buyer"
	Completed   Status = "completed"
	Cancelled   Status = "cancelled"
	Disputed    Status = "disputed"
)

// Order is one trade. Amounts are minor units; times are UTC.
type Order struct {
	ID       int64
	AdID     int64
	AdType   listings.AdType // the maker's side
	Status   Status
	Amount   int64  // of the asset
	Currency string // the asset: the currency of the balances
	Fiat     int64  // what the buyer pays outside, in minor units of FiatCode
	FiatCode string
	Rate     int64 // two fixed decimals
	Method   string
	Format   string
	BuyerID  string
	SellerID string
	TakerID  string
	// PaymentDetails is how the seller is paid; null unless the reader is a party or
	// the assigned operator, and before DetailsFrom.
	PaymentDetails json.RawMessage
	DetailsFrom    time.Time // zero: from the beginning
	Instructions   string
	CreatedAt      time.Time
	PayDeadline    time.Time
	PaidAt         time.Time // zero: not marked as paid
	// ReleaseDeadline is when an unconfirmed payment becomes a dispute.
	ReleaseDeadline time.Time
	// DisputeDeadline is when a dispute is overdue for an operator; zero without one.
	DisputeDeadline time.Time
	EndedAt         time.Time // zero: open
	CancelReason    string    // buyer, seller, mutual, expired, operator, deadline; empty unless cancelled
	Resolution      *Resolution
	AppealUntil     time.Time // zero: no appeal
	Version         int64
}

// Resolution is how an operator, or the dispute's deadline, settled a dispute.
type Resolution struct {
	Outcome      Outcome
	BuyerAmount  int64 // minor units of the asset
	SellerAmount int64
	Reason       string
	OperatorID   string // empty: the deadline passed
	At           time.Time
}

// Outcome is an operator's decision.
type Outcome string

// The outcomes.
const (
	Release Outcome = "release" // all to the buyer
	Refund  Outcome = "refund"  // all back to the seller
	Split   Outcome = "split"
	// Close ends a case without money: an order that was called back when the seller
	// had nothing left to freeze. It stays cancelled and has no Resolution.
	Close Outcome = "close"
)

// PublicUser is all that other users see of one. There is nothing else to leak.
type PublicUser struct {
	ID       string
	FullName string
	Positive int64
	Negative int64
	Votes    int64
	Average  string // two decimals, "0.00" when unrated
	// Completed are their completed orders.
	Completed int64
	Since     time.Time
	Banned    bool
}
