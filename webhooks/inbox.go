// Package webhooks receives what gateways report and, later, tells marketplaces
// what happened. A gateway's message is verified, stored, acknowledged and only
// then applied: it is a hint that makes the engine look the payment up.
package webhooks

import (
	"context"
	"time"
)

// Delivery is one message of a gateway as it came in.
type Delivery struct {
	ID         int64
	Gateway    string
	DedupeKey  string // equal for repeats of one message; unique per gateway
	PaymentID  string // the gateway's id of the payment that it is about; empty: none of ours
	Code       string // the gateway's name for what happened
	Body       []byte // raw, as verified
	ReceivedAt time.Time
	Attempts   int // how often applying it was tried
}

// Inbox stores deliveries until they are applied. Implementations are safe for
// concurrent use by several replicas.
type Inbox interface {
	// Put stores a delivery; isNew is false when the same message is there already.
	Put(ctx context.Context, d Delivery) (isNew bool, err error)
	// Claim leases deliveries of some gateways, or else of all, that are due at now,
	// oldest first, and raises Attempts.
	Claim(ctx context.Context, now, lease time.Time, limit int, gateways ...string) ([]Delivery, error)
	// Done ends a delivery with a note of what came of it.
	Done(ctx context.Context, id int64, note string) error
	// Retry makes a claimed delivery due again later; nothing happens when somebody else
	// has claimed it since, which Attempts tells.
	Retry(ctx context.Context, d Delivery, due time.Time, note string) error
	// Return makes a claimed delivery due at once, as if it had not been claimed; nothing
	// happens when somebody else has claimed it since.
	Return(ctx context.Context, d Delivery, now time.Time) error
}
