package trustap

//lint:file-ignore SA1019 the customer's document has listings in full; the official API no longer supports them

import (
	"context"
	"errors"
	"fmt"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Shelf keeps a community's listings at Trustap too, in its author's name and as
// the seller's. Trustap neither lists a user's listings nor takes a reference for
// them: when the answer to a creation is lost, whether there is a listing, and
// which, cannot be known. Create is repeated then, and the first listing stays
// behind, unused. Prices are quoted anew with every call, so that Trustap's fees
// are its present ones.
type Shelf struct{ Gateway *Gateway }

var _ gateway.Shelf = Shelf{}

// kind is one of Trustap's four kinds of listings.
type kind interface {
	create(ctx context.Context, g gateway.Goods, as client.CallOption) (client.ID, error)
	describe(ctx context.Context, id client.ID, text string, as client.CallOption) error
	price(ctx context.Context, id client.ID, a money.Amount, as client.CallOption) error
	enable(ctx context.Context, id client.ID, as client.CallOption) error
	disable(ctx context.Context, id client.ID, as client.CallOption) error
	Delete(ctx context.Context, id client.ID, opts ...client.CallOption) error
}

func (s Shelf) kind(g gateway.Goods) kind {
	c := s.Gateway.Client
	if g.FaceToFace {
		if g.MultiUse {
			return faceShelf{&c.F2FMultiUseListings.F2FListingService, c.F2F}
		}
		return faceShelf{&c.F2FSingleUseListings.F2FListingService, c.F2F}
	}
	if g.MultiUse {
		return onlineShelf{&c.OnlineMultiUseListings.OnlineListingService, c.Online}
	}
	return onlineShelf{&c.OnlineSingleUseListings.OnlineListingService, c.Online}
}

// Create makes the listing, enabled. It makes the author's account at Trustap
// first if there is none.
func (s Shelf) Create(ctx context.Context, g gateway.Goods) (string, error) {
	account, err := s.Gateway.account(ctx, g.CommunityID, g.Seller)
	if err != nil {
		return "", err
	}
	id, err := s.kind(g).create(ctx, g, client.AsUser(account))
	return string(id), err
}

// SetDescription replaces the text.
func (s Shelf) SetDescription(ctx context.Context, g gateway.Goods) error {
	return s.update(ctx, g, func(k kind, id client.ID, as client.CallOption) error { return k.describe(ctx, id, g.Text, as) })
}

// SetPricing replaces the price. Trustap cannot take one away: a listing that has
// none any more keeps the old one, and Enable disables it.
func (s Shelf) SetPricing(ctx context.Context, g gateway.Goods) error {
	if g.Price.IsZero() {
		return nil
	}
	return s.update(ctx, g, func(k kind, id client.ID, as client.CallOption) error { return k.price(ctx, id, g.Price, as) })
}

// Enable allows new transactions, unless the listing has no price any more.
func (s Shelf) Enable(ctx context.Context, g gateway.Goods) error {
	if g.Price.IsZero() {
		return s.Disable(ctx, g)
	}
	return s.update(ctx, g, func(k kind, id client.ID, as client.CallOption) error { return k.enable(ctx, id, as) })
}

// Disable stops new transactions.
func (s Shelf) Disable(ctx context.Context, g gateway.Goods) error {
	return s.update(ctx, g, func(k kind, id client.ID, as client.CallOption) error { return k.disable(ctx, id, as) })
}

// Delete removes the listing; transactions made from it go on.
func (s Shelf) Delete(ctx context.Context, g gateway.Goods) error {
	err := s.update(ctx, g, func(k kind, id client.ID, as client.CallOption) error { return k.Delete(ctx, id, as) })
	if errors.Is(err, client.CodeNotFound) {
		return nil
	}
	return err
}

// update makes one call about a listing, in its author's name: as who they are at Trustap, or
// else as who they were when the listing was made.
func (s Shelf) update(ctx context.Context, g gateway.Goods, call func(kind, client.ID, client.CallOption) error) error {
	accounts, err := s.Gateway.known(ctx, g.CommunityID, g.Seller)
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		return fmt.Errorf("%w: %s", errNoProfile, g.Seller)
	}
	for _, account := range accounts {
		if err = call(s.kind(g), client.ID(g.RemoteID), client.AsUser(account)); !strange(err) {
			return err
		}
	}
	return err
}

// onlineShelf has listings of goods that are posted.
type onlineShelf struct {
	*client.OnlineListingService
	quotes *client.OnlineService
}

func (s onlineShelf) quote(ctx context.Context, a money.Amount) func() (*client.Quote, error) {
	return func() (*client.Quote, error) {
		return s.quotes.Quote(ctx, client.QuoteInput{Currency: a.Currency().Lower(), Price: a.Minor()})
	}
}

func (s onlineShelf) create(ctx context.Context, g gateway.Goods, as client.CallOption) (client.ID, error) {
	made, err := client.QuoteAndCreate(s.quote(ctx, g.Price), func(q *client.Quote) (*client.OnlineListing, error) {
		return s.Create(ctx, client.OnlineListingInput{Role: client.RoleSeller, Description: g.Text, Quote: *q}, as)
	})
	if err != nil {
		return "", err
	}
	return made.ID, nil
}

func (s onlineShelf) describe(ctx context.Context, id client.ID, text string, as client.CallOption) error {
	_, err := s.SetDescription(ctx, id, client.Description{Description: text}, as)
	return err
}

func (s onlineShelf) price(ctx context.Context, id client.ID, a money.Amount, as client.CallOption) error {
	_, err := client.QuoteAndCreate(s.quote(ctx, a), func(q *client.Quote) (*client.OnlineListing, error) {
		return s.SetPricing(ctx, id, *q, as)
	})
	return err
}

func (s onlineShelf) enable(ctx context.Context, id client.ID, as client.CallOption) error {
	_, err := s.Enable(ctx, id, as)
	return err
}

func (s onlineShelf) disable(ctx context.Context, id client.ID, as client.CallOption) error {
	_, err := s.Disable(ctx, id, as)
	return err
}

// faceShelf has listings of parties who meet; their price is a deposit.
type faceShelf struct {
	*client.F2FListingService
	quotes *client.F2FService
}

func (s faceShelf) quote(ctx context.Context, a money.Amount) func() (*client.F2FQuote, error) {
	return func() (*client.F2FQuote, error) {
		return s.quotes.Quote(ctx, client.F2FQuoteInput{Currency: a.Currency().Lower(), Price: a.Minor()})
	}
}

func (s faceShelf) create(ctx context.Context, g gateway.Goods, as client.CallOption) (client.ID, error) {
	made, err := client.QuoteAndCreate(s.quote(ctx, g.Price), func(q *client.F2FQuote) (*client.F2FListing, error) {
		return s.Create(ctx, client.F2FListingInput{
			Role: client.RoleSeller, Description: g.Text, Quote: *q, SkipRemainder: g.SkipRemainder,
		}, as)
	})
	if err != nil {
		return "", err
	}
	return made.ID, nil
}

func (s faceShelf) describe(ctx context.Context, id client.ID, text string, as client.CallOption) error {
	_, err := s.SetDescription(ctx, id, client.Description{Description: text}, as)
	return err
}

func (s faceShelf) price(ctx context.Context, id client.ID, a money.Amount, as client.CallOption) error {
	_, err := client.QuoteAndCreate(s.quote(ctx, a), func(q *client.F2FQuote) (*client.F2FListing, error) {
		return s.SetDepositPricing(ctx, id, *q, as)
	})
	return err
}

func (s faceShelf) enable(ctx context.Context, id client.ID, as client.CallOption) error {
	_, err := s.Enable(ctx, id, as)
	return err
}

func (s faceShelf) disable(ctx context.Context, id client.ID, as client.CallOption) error {
	_, err := s.Disable(ctx, id, as)
	return err
}
