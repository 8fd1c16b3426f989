package listings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Sealer encrypts what must not be readable in the database. The associated
// data are not stored: opening needs the same.
type Sealer interface {
	Seal(plain, associated []byte) ([]byte, error)
	Open(sealed, associated []byte) ([]byte, error)
}

// AdsConfig says what Ads work with. Store, Sealer and OpenOrders are required.
type AdsConfig struct {
	Store  AdStore
	Sealer Sealer
	// OpenOrders counts the orders of an ad that are neither completed nor cancelled.
	OpenOrders func(ctx context.Context, community, adID int64) (int, error)
	// Methods is the catalogue of payment methods; nil: DefaultMethods.
	Methods *Methods
	// Now is the clock, time.Now by default.
	Now func() time.Time
}

// Ads creates, changes and lists the ads of a P2P exchange. It is safe for
// concurrent use.
type Ads struct {
	store      AdStore
	sealer     Sealer
	openOrders func(ctx context.Context, community, adID int64) (int, error)
	methods    Methods
	now        func() time.Time
}

// NewAds returns the service. It fails if a part is missing.
func NewAds(c AdsConfig) (*Ads, error) {
	if c.Store == nil || c.Sealer == nil || c.OpenOrders == nil {
		return nil, errors.New("listings: ads need a store, a sealer and a count of open orders")
	}
	s := &Ads{store: c.Store, sealer: c.Sealer, openOrders: c.OpenOrders, methods: DefaultMethods(), now: c.Now}
	if c.Methods != nil {
		s.methods = *c.Methods
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// Create publishes an ad. Its total may exceed the owner's balance: what an
// order freezes is checked then. Faults: validation_error with the field,
// duplicate_ad_type.
func (s *Ads) Create(ctx context.Context, community int64, owner string, t AdTerms) (Ad, error) {
	if community <= 0 || owner == "" || !plain(owner, maxTitle) {
		return Ad{}, invalid("owner", "an ad needs a community and an owner")
	}
	id, err := s.store.NextID(ctx)
	if err != nil {
		return Ad{}, err
	}
	now := s.clock()
	a := Ad{ID: id, CommunityID: community, Owner: owner, Status: Active, Version: 1, CreatedAt: now, UpdatedAt: now}
	if err := s.apply(&a, t, now); err != nil {
		return Ad{}, err
	}
	a.Available = a.Total
	err = s.store.InsertAd(ctx, a)
	if s.freed(ctx, a, err) {
		err = s.store.InsertAd(ctx, a)
	}
	if err != nil {
		return Ad{}, err
	}
	return s.Get(ctx, community, id)
}

// Get finds an ad in whatever status, closed ones too. Fault: ad_not_found.
func (s *Ads) Get(ctx context.Context, community, id int64) (Ad, error) {
	a, found, err := s.store.Ad(ctx, community, id)
	if err != nil {
		return Ad{}, err
	}
	if !found {
		return Ad{}, errNoAd
	}
	return a.at(s.now()), nil
}

// Mine returns a page of an owner's ads, newest first, and how many there are;
// closed ones are left out.
func (s *Ads) Mine(ctx context.Context, community int64, owner string, p Page) ([]Ad, int64, error) {
	if err := p.check(); err != nil {
		return nil, 0, err
	}
	all, total, err := s.store.AdsOf(ctx, community, owner, p)
	for i := range all {
		all[i] = all[i].at(s.now())
	}
	return all, total, err
}

// List returns a page of the ads that a taker could take now, and how many there
// are. Hidden are ads that are not active, have less left than their minimum, have
// a single place for an order and it is taken, or are sell ads whose owner's
// available balance does not cover the minimum.
func (s *Ads) List(ctx context.Context, f AdFilter) ([]Ad, int64, error) {
	if err := f.check(); err != nil {
		return nil, 0, err
	}
	if f.Sort == "" {
		f.Sort = ByRating
	}
	if f.Method != "" {
		method, ok := s.methods.Known(f.Method)
		if !ok {
			return nil, 0, invalid("payment_method", "payment method %q is not known", f.Method)
		}
		f.Method = method
	}
	f.Now = s.clock()
	return s.store.PublicAds(ctx, f)
}

func (f AdFilter) check() error {
	switch {
	case f.Type != "" && f.Type != Sell && f.Type != Buy:
		return invalid("type", "type must be sell or buy")
	case f.Amount < 0:
		return invalid("amount", "amount must be positive")
	case !slices.Contains([]AdOrder{"", ByRating, ByOrdersCount, ByBestPrice}, f.Sort):
		return invalid("sort_by", "sort_by must be rating, orders_count or best_price")
	}
	return f.Page.check()
}

// All returns ads, those that are closed too; the newest first. It is for operators.
func (s *Ads) All(ctx context.Context, f StaffFilter) ([]Ad, error) {
	f.Now = s.clock()
	all, err := s.store.AllAds(ctx, f)
	for i := range all {
		all[i] = all[i].at(f.Now)
	}
	return all, err
}

// Accepts reports whether an order on the ad may be paid with a method, by any
// of its names.
func (s *Ads) Accepts(a Ad, method string) bool {
	name, ok := s.methods.Known(method)
	return ok && slices.Contains(a.MethodKeys, name)
}

// Details opens the payment details of an ad: for the order that is made from it,
// or, masked, for its owner.
func (s *Ads) Details(a Ad) (Details, error) {
	if len(a.Sealed) == 0 {
		return Details{}, nil
	}
	object, err := s.sealer.Open(a.Sealed, associated(a))
	if err != nil {
		return Details{}, fmt.Errorf("payment details of ad %d: %w", a.ID, err)
	}
	return Details{object}, nil
}

// apply puts checked terms into an ad and seals the payment details.
func (s *Ads) apply(a *Ad, t AdTerms, now time.Time) error {
	t, err := t.clean(now)
	if err != nil {
		return err
	}
	t.Methods, a.MethodKeys, err = s.methods.clean(t.Methods)
	if err != nil {
		return err
	}
	a.Sealed = nil
	if !t.Details.IsEmpty() {
		if a.Sealed, err = s.sealer.Seal(t.Details.object, associated(*a)); err != nil {
			return fmt.Errorf("payment details of ad %d: %w", a.ID, err)
		}
	}
	t.Details = Details{}
	a.AdTerms = t
	return nil
}

// associated binds sealed details to their ad, so that none can be moved to another.
func associated(a Ad) []byte { return fmt.Appendf(nil, "ad %d %d", a.CommunityID, a.ID) }

func (s *Ads) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }
