package app

import (
	"cmp"
	"context"
	"strings"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// mirror keeps listings on a gateway's shelf.
type mirror struct{ shelf gateway.Shelf }

// mirrorOf is where listings are kept, too; nil: nowhere.
func mirrorOf(parts []gateway.Parts) func(community int64) listings.Mirror {
	for _, p := range parts {
		if p.Shelf != nil {
			return func(int64) listings.Mirror { return mirror{p.Shelf} }
		}
	}
	return nil
}

// goods is a listing as a gateway can keep it: a text without a title, and face to face the
// deposit, for the price may stay open there.
func goods(l listings.Listing) gateway.Goods {
	g := gateway.Goods{
		CommunityID: l.CommunityID, Seller: l.Author, RemoteID: l.RemoteID, Text: cmp.Or(strings.TrimSpace(l.Description), l.Title),
		MultiUse: l.Kind == listings.MultiUse, SkipRemainder: l.SkipRemainder, Price: l.Price,
	}
	if g.FaceToFace = l.Model == listings.FaceToFace; g.FaceToFace {
		g.Price = l.Deposit
	}
	return g
}

func (m mirror) Create(ctx context.Context, l listings.Listing) (string, error) {
	return m.shelf.Create(ctx, goods(l))
}

func (m mirror) SetDescription(ctx context.Context, l listings.Listing) error {
	return m.shelf.SetDescription(ctx, goods(l))
}

func (m mirror) SetPricing(ctx context.Context, l listings.Listing) error {
	return m.shelf.SetPricing(ctx, goods(l))
}

func (m mirror) Enable(ctx context.Context, l listings.Listing) error {
	return m.shelf.Enable(ctx, goods(l))
}

func (m mirror) Disable(ctx context.Context, l listings.Listing) error {
	return m.shelf.Disable(ctx, goods(l))
}

func (m mirror) Delete(ctx context.Context, l listings.Listing) error {
	return m.shelf.Delete(ctx, goods(l))
}
