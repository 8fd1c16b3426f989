package trustap

//lint:file-ignore SA1019 the customer's document has listings in full; the official API no longer supports them

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

// Mirror keeps a community's listings at Trustap too, in its author's name and as
// the seller's. Trustap neither lists a user's listings nor takes a reference for
// them: when the answer to a creation is lost, whether there is a listing, and
// which, cannot be known. Create is repeated then, and the first listing stays
// behind, unused. Prices are quoted anew with every call, so that Trustap's fees
// are its present ones.
type Mirror struct{ Gateway *Gateway }

var _ listings.Mirror = Mirror{}

// shelf is one of Trustap's four kinds of listings.
type shelf interface {
	create(ctx context.Context, l listings.Listing, as client.CallOption) (client.ID, error)
	describe(ctx context.Context, id client.ID, text string, as client.CallOption) error
	price(ctx context.Context, id client.ID, a money.Amount, as client.CallOption) error
	enable(ctx context.Context, id client.ID, as client.CallOption) error
	disable(ctx context.Context, id client.ID, as client.CallOption) error
	Delete(ctx context.Context, id client.ID, opts ...client.CallOption) error
}

func (m Mirror) shelf(l listings.Listing) shelf {
	c := m.Gateway.Client
	if l.Model == listings.FaceToFace {
		if l.Kind == listings.MultiUse {
			return faceShelf{&c.F2FMultiUseListings.F2FListingService, c.F2F}
		}
		return faceShelf{&c.F2FSingleUseListings.F2FListingService, c.F2F}
	}
	if l.Kind == listings.MultiUse {
		return onlineShelf{&c.OnlineMultiUseListings.OnlineListingService, c.Online}
	}
	return onlineShelf{&c.OnlineSingleUseListings.OnlineListingService, c.Online}
}

// text is what Trustap shows of a listing: it has no title.
func text(l listings.Listing) string {
	return cmp.Or(strings.TrimSpace(l.Description), l.Title)
}

// asked is what Trustap wants to know the price of: face to face, the deposit.
func asked(l listings.Listing) money.Amount {
	if l.Model == listings.FaceToFace {
		return l.Deposit
	}
	return l.Price
}

// Create makes the listing, enabled. It makes the author's account at Trustap
// first if there is none.
func (m Mirror) Create(ctx context.Context, l listings.Listing) (string, error) {
	account, err := m.Gateway.account(ctx, l.CommunityID, l.Author)
	if err != nil {
		return "", err
	}
	id, err := m.shelf(l).create(ctx, l, client.AsUser(account))
	return string(id), err
}

// SetDescription replaces the text.
func (m Mirror) SetDescription(ctx context.Context, l listings.Listing) error {
	return m.update(ctx, l, func(s shelf, id client.ID, as client.CallOption) error { return s.describe(ctx, id, text(l), as) })
}

// SetPricing replaces the price. Trustap cannot take one away: a listing that has
// none any more keeps the old one, and Enable disables it.
func (m Mirror) SetPricing(ctx context.Context, l listings.Listing) error {
	if asked(l).IsZero() {
		return nil
	}
	return m.update(ctx, l, func(s shelf, id client.ID, as client.CallOption) error { return s.price(ctx, id, asked(l), as) })
}

// Enable allows new transactions, unless the listing has no price any more.
func (m Mirror) Enable(ctx context.Context, l listings.Listing) error {
	if asked(l).IsZero() {
		return m.Disable(ctx, l)
	}
	return m.update(ctx, l, func(s shelf, id client.ID, as client.CallOption) error { return s.enable(ctx, id, as) })
}

// Disable stops new transactions.
func (m Mirror) Disable(ctx context.Context, l listings.Listing) error {
	return m.update(ctx, l, func(s shelf, id client.ID, as client.CallOption) error { return s.disable(ctx, id, as) })
}

// Delete removes the listing; transactions made from it go on.
func (m Mirror) Delete(ctx context.Context, l listings.Listing) error {
	err := m.update(ctx, l, func(s shelf, id client.ID, as client.CallOption) error { return s.Delete(ctx, id, as) })
	if errors.Is(err, client.CodeNotFound) {
		return nil
	}
	return err
}

// update makes one call about a listing, in its author's name.
func (m Mirror) update(ctx context.Context, l listings.Listing, call func(shelf, client.ID, client.CallOption) error) error {
	account, err := m.Gateway.account(ctx, l.CommunityID, l.Author)
	if err != nil {
		return err
	}
	return call(m.shelf(l), client.ID(l.RemoteID), client.AsUser(account))
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

func (s onlineShelf) create(ctx context.Context, l listings.Listing, as client.CallOption) (client.ID, error) {
	made, err := client.QuoteAndCreate(s.quote(ctx, l.Price), func(q *client.Quote) (*client.OnlineListing, error) {
		return s.Create(ctx, client.OnlineListingInput{Role: client.RoleSeller, Description: text(l), Quote: *q}, as)
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

func (s faceShelf) create(ctx context.Context, l listings.Listing, as client.CallOption) (client.ID, error) {
	made, err := client.QuoteAndCreate(s.quote(ctx, l.Deposit), func(q *client.F2FQuote) (*client.F2FListing, error) {
		return s.Create(ctx, client.F2FListingInput{
			Role: client.RoleSeller, Description: text(l), Quote: *q, SkipRemainder: l.SkipRemainder,
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
