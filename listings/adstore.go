package listings

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/money"
)

// AdStore keeps ads and what is left of them. Implementations are safe for
// concurrent use.
type AdStore interface {
	// NextID returns a new id; ids are never used twice.
	NextID(ctx context.Context) (int64, error)

	// InsertAd stores a new ad and its counter AdResource, in one transaction. An
	// active ad of the same owner and type is ErrDuplicateAd, unless it ended
	// before a.CreatedAt: then it is expired.
	InsertAd(ctx context.Context, a Ad) error
	// Ad finds an ad, a closed one too.
	Ad(ctx context.Context, community, id int64) (a Ad, found bool, err error)
	// UpdateAd replaces the ad of version a.Version-1 and adds grow, which may be
	// negative, to what is left of it, in one transaction. Faults: ErrRevision if it
	// is another version, or if expect is given and is not what is left; ErrTotal if
	// less than nothing would be left; ErrDuplicateAd as with InsertAd, at a.UpdatedAt.
	UpdateAd(ctx context.Context, a Ad, grow int64, expect *int64) error
	// ActiveAd finds the active ad of an owner and type, ended or not.
	ActiveAd(ctx context.Context, community int64, owner string, t AdType) (a Ad, found bool, err error)
	// AdsOf returns a page of an owner's ads that are not closed, newest first, and
	// how many there are.
	AdsOf(ctx context.Context, community int64, owner string, p Page) ([]Ad, int64, error)
	// AllAds returns ads of a community, closed ones too; the newest first.
	AllAds(ctx context.Context, f StaffFilter) ([]Ad, error)
	// PublicAds returns a page of the ads that a taker could take, and how many there are.
	PublicAds(ctx context.Context, f AdFilter) ([]Ad, int64, error)
}

// StaffFilter selects ads for operators.
type StaffFilter struct {
	Community int64
	Owner     string    // empty: any
	Status    AdStatus  // empty: any
	Before    int64     // only ids below; 0: all
	Limit     int       // at most this many
	Now       time.Time // Ads sets it
}

// Page is a part of a list.
type Page struct {
	Limit  int   // 1 to 100
	Offset int64 // how many to pass over
}

func (p Page) check() error {
	switch {
	case p.Limit < 1 || p.Limit > 100:
		return invalid("limit", "limit must be 1 to 100")
	case p.Offset < 0:
		return invalid("offset", "offset must not be negative")
	}
	return nil
}

// AdOrder is how public ads are sorted. Ties go by votes, then by completed
// orders, then by id, so that pages are stable.
type AdOrder string

// The orders, from the customer's document.
const (
	ByRating      AdOrder = "rating"       // the owner's average, best first; the default
	ByOrdersCount AdOrder = "orders_count" // the owner's completed orders, most first
	ByBestPrice   AdOrder = "best_price"   // for the taker: sell ads cheapest first, buy ads dearest first
)

// AdFilter selects public ads. Zero fields do not filter.
type AdFilter struct {
	CommunityID int64 // required
	Type        AdType
	Asset       money.Currency
	Fiat        money.Currency
	Amount      int64  // ads that accept an order of this amount, in minor units of their asset
	Method      string // name or alias of a payment method
	// NotOwner leaves out this user's own ads, and those of users with whom there is a
	// block, whoever set it.
	NotOwner string
	Sort     AdOrder
	Page
	// Now is set by the service: ads that ended before it are left out.
	Now time.Time
}
