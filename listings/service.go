package listings

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Config of a Service. Only Store is required.
type Config struct {
	Store Stores
	// Now is the clock, time.Now by default.
	Now func() time.Time
	// Mirror returns where a community's listings are mirrored, nil for nowhere.
	// Without it no community has a mirror.
	Mirror func(community int64) Mirror
	// Log gets what a mirror refused; nothing is logged by default.
	Log *slog.Logger
}

// Service creates, changes and offers listings. It is safe for concurrent use.
type Service struct {
	store  Stores
	now    func() time.Time
	mirror func(community int64) Mirror
	log    *slog.Logger
}

// New returns a service. It fails without a store.
func New(c Config) (*Service, error) {
	if !c.Store.complete() {
		return nil, errors.New("listings: a store is needed")
	}
	s := &Service{store: c.Store, now: c.Now, mirror: c.Mirror, log: c.Log}
	if s.now == nil {
		s.now = time.Now
	}
	if s.mirror == nil {
		s.mirror = func(int64) Mirror { return nil }
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// Ref says which listing or ad is meant, and by whom.
type Ref struct {
	Community int64
	ID        int64
	// Actor is the user who asks; empty: the marketplace's backend or operator,
	// who may do whatever an author may.
	Actor string
	// Revision, if not zero, is the one that the caller has read: any other is
	// refused with revision_conflict.
	Revision int64
}

// Create stores a new listing, enabled unless the draft says otherwise.
// Faults: validation_error with the field, negative_price, those of labels.Check, and
// external_reference_taken.
func (s *Service) Create(ctx context.Context, d Draft) (Listing, error) {
	if err := d.Check(); err != nil {
		return Listing{}, err
	}
	id, err := s.store.NextID(ctx)
	if err != nil {
		return Listing{}, err
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	l := Listing{
		ID: id, CommunityID: d.CommunityID, Author: d.Author, Kind: d.Kind, Model: d.Model,
		Title: d.Title, Description: d.Description, Pricing: d.Pricing.uniform(), SkipRemainder: d.SkipRemainder,
		Unit: d.Unit, Zone: d.Zone, Stock: d.Stock, Labels: d.Labels, Revision: 1, CreatedAt: now, UpdatedAt: now,
	}
	if l.Zone == "" {
		l.Zone = "UTC"
	}
	if l.Kind == SingleUse {
		l.Stock = new(int64(1))
	}
	if d.Disabled {
		l.DisabledAt = now
	}
	push := s.schedule(&l, now)
	if push && d.MirrorLater {
		l.MirrorDue, push = now, false
	}
	if err := s.store.InsertListing(ctx, l); err != nil {
		return Listing{}, err
	}
	return s.pushed(ctx, l, push), nil
}

// Get finds a listing. Fault: listing_not_found, for deleted ones too.
func (s *Service) Get(ctx context.Context, community, id int64) (Listing, error) {
	l, found, err := s.store.Listing(ctx, community, id)
	if err != nil {
		return Listing{}, err
	}
	if !found || !l.DeletedAt.IsZero() {
		return Listing{}, errNotFound
	}
	return l, nil
}

// List returns a page of listings, newest first. The id of the last one is the
// cursor of the next page.
func (s *Service) List(ctx context.Context, f Filter) ([]Listing, error) {
	if f.State != AnyState && f.State != Enabled && f.State != Disabled {
		return nil, invalid("state", "state must be enabled or disabled")
	}
	return s.store.Listings(ctx, f)
}

// Offer returns a listing that a quantity of can be bought now, or says why not:
// listing_not_found, listing_is_disabled (a single-use listing that is used up
// too), no_listing_currency, no_listing_price and no_listing_descr (online only),
// out_of_stock with what is available, validation_error. Nothing is reserved:
// the deal's own commit reserves Takes(quantity) of StockResource.
func (s *Service) Offer(ctx context.Context, community, id, quantity int64) (Listing, error) {
	l, err := s.Get(ctx, community, id)
	if err != nil {
		return Listing{}, err
	}
	if err := l.offer(quantity); err != nil {
		return Listing{}, err
	}
	return l, nil
}

// maxTries bounds how often a change is decided again after a lost race.
const maxTries = 20

// mine finds a listing that the actor may change. To everybody else it is not
// there, as at the official API.
func (s *Service) mine(ctx context.Context, ref Ref) (Listing, error) {
	l, err := s.Get(ctx, ref.Community, ref.ID)
	if err != nil {
		return Listing{}, err
	}
	if ref.Actor != "" && ref.Actor != l.Author {
		return Listing{}, errNotFound
	}
	if ref.Revision != 0 && ref.Revision != l.Revision {
		return Listing{}, ErrRevision
	}
	return l, nil
}

// change applies what edit does to a listing. An edit that changes nothing
// answers false and is not written.
func (s *Service) change(ctx context.Context, ref Ref, edit func(*Listing, time.Time) (bool, error)) (Listing, error) {
	return s.changed(ctx, ref, s.schedule, edit)
}

// changed is change, with when the mirror has to hear of it.
func (s *Service) changed(
	ctx context.Context, ref Ref, schedule func(*Listing, time.Time) bool, edit func(*Listing, time.Time) (bool, error),
) (Listing, error) {
	for try := 1; ; try++ {
		l, err := s.mine(ctx, ref)
		if err != nil {
			return Listing{}, err
		}
		now := s.now().UTC().Truncate(time.Microsecond)
		before := l.Stock
		if changed, err := edit(&l, now); err != nil || !changed {
			return l, err
		}
		var stock *int64
		if l.Stock != before {
			stock = l.Stock
		}
		l.Revision++
		l.UpdatedAt = now
		push := schedule(&l, now)
		err = s.store.UpdateListing(ctx, l, stock)
		if err == nil {
			return s.pushed(ctx, l, push), nil
		}
		if !errors.Is(err, ErrRevision) || ref.Revision != 0 || try == maxTries {
			return Listing{}, err
		}
	}
}
