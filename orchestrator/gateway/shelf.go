package gateway

import (
	"context"

	"github.com/handsel-dev/handsel/money"
)

// Goods is a listing as a gateway can keep it.
type Goods struct {
	CommunityID   int64
	Seller        string // user id
	RemoteID      string // the gateway's id; empty: it has none yet
	Text          string // what a buyer reads
	MultiUse      bool   // it is sold more than once
	FaceToFace    bool   // the parties meet, and Price is their deposit
	SkipRemainder bool   // nothing is paid beside the deposit
	Price         money.Amount
}

// Shelf keeps listings at a gateway, such as Trustap. All but Create may be repeated without
// harm. Implementations are safe for concurrent use.
type Shelf interface {
	// Create makes the listing there, enabled, and returns its id. It is repeated
	// when its answer is lost, so a listing that nobody knows may stay behind there.
	Create(ctx context.Context, g Goods) (remoteID string, err error)
	SetDescription(ctx context.Context, g Goods) error
	SetPricing(ctx context.Context, g Goods) error
	Enable(ctx context.Context, g Goods) error
	Disable(ctx context.Context, g Goods) error
	// Delete removes the listing there; one that is gone already is no error.
	Delete(ctx context.Context, g Goods) error
}
