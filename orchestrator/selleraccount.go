package orchestrator

import (
	"context"
	"time"
)

// SellerStatus is how far a seller is on the way to being paid through a gateway.
type SellerStatus string

// The statuses.
const (
	SellerMissing    SellerStatus = "missing"    // there is no account there
	SellerPending    SellerStatus = "pending"    // it waits for the seller or for the gateway's check
	SellerActive     SellerStatus = "active"     // they are paid
	SellerRestricted SellerStatus = "restricted" // they were asked for something, or cannot get payouts
	SellerRejected   SellerStatus = "rejected"   // the gateway has ended it for good
	SellerUnknown    SellerStatus = "unknown"    // the gateway did not answer
)

// SellerAccount is a seller at one gateway, as it tells now.
type SellerAccount struct {
	Gateway     string
	ID          string // the gateway's id of the account; empty: none is stored
	Status      SellerStatus
	CanBePaid   bool // deals can be opened with them as the payee
	GetsPayouts bool // what they were paid can go on to their bank
	Due         []SellerDue
	Currencies  []string // of their payouts, capital letters; empty: the gateway does not tell
}

// SellerDue is something that the gateway asks of a seller.
type SellerDue struct {
	What string    // in the gateway's words
	By   time.Time // UTC; zero: it has no date
}

// SellersThere is a Gateway that tells how a seller is known there. Of every other one only
// CanReceive is asked.
type SellersThere interface {
	// Seller reads the account of a user. It makes none.
	Seller(ctx context.Context, community int64, user string) (SellerAccount, error)
}
