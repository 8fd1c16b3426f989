package listings

import (
	"context"
	"errors"
	"time"
)

// Changes of an ad answer it as it is afterwards, and the faults ad_not_found
// (for strangers and closed ads too), ad_not_active (suspended) and
// revision_conflict.

// Update replaces all terms of an ad, under the same checks as Create. Open
// orders keep the terms they were made under; type and currencies may not change
// while there are any (ad_has_open_orders), and the total may not fall below what
// is reserved and filled (validation_error). A later end date makes an expired ad
// active again. Payment details that are not given are removed.
func (s *Ads) Update(ctx context.Context, ref Ref, t AdTerms) (Ad, error) {
	return s.change(ctx, ref, func(a *Ad, now time.Time) (edit, error) {
		before := *a
		if err := s.apply(a, t, now); err != nil {
			return edit{}, err
		}
		if a.Status == Expired {
			a.Status = Active
		}
		e := edit{changed: true, grow: a.Total - before.Total}
		if a.Type == before.Type && a.Asset == before.Asset && a.Fiat == before.Fiat {
			return e, nil
		}
		open, err := s.openOrders(ctx, a.CommunityID, a.ID)
		if err != nil {
			return edit{}, err
		}
		if open > 0 {
			return edit{}, errOpenOrders.With("open_orders", open)
		}
		// An order that comes between the count and the write changes what is left.
		e.expect = &before.Available
		return e, nil
	})
}

// Pause takes an ad out of the public list. Open orders go on.
func (s *Ads) Pause(ctx context.Context, ref Ref) (Ad, error) {
	return s.setStatus(ctx, ref, Paused)
}

// Resume makes a paused ad active again; the marketplace's backend or operator may
// lift a suspension so. Faults: duplicate_ad_type; ad_not_active if the ad has ended.
func (s *Ads) Resume(ctx context.Context, ref Ref) (Ad, error) {
	return s.setStatus(ctx, ref, Active)
}

// Delete closes an ad for good. Open orders go on.
func (s *Ads) Delete(ctx context.Context, ref Ref) error {
	_, err := s.setStatus(ctx, ref, Closed)
	return err
}

// Suspend takes an ad out of its owner's hands, until the backend or an operator
// resumes it. ref.Actor must be empty; the caller checks that it is an operator.
func (s *Ads) Suspend(ctx context.Context, ref Ref) (Ad, error) {
	if ref.Actor != "" {
		return Ad{}, errNoAd
	}
	return s.setStatus(ctx, ref, Suspended)
}

// Raise adds to the total of an ad, in whatever status, and to what is left of it;
// below zero it takes back. An order that is called back may need more than the ad
// has left; the total grows then, so that the counters still add up.
func (s *Ads) Raise(ctx context.Context, community, id, by int64) error {
	for try := 1; ; try++ {
		a, found, err := s.store.Ad(ctx, community, id)
		switch {
		case err != nil:
			return err
		case !found:
			return errNoAd
		}
		a.Total += by
		a.Version++
		a.UpdatedAt = s.clock()
		if err = s.store.UpdateAd(ctx, a, by, nil); !errors.Is(err, ErrRevision) || try == maxTries {
			return err
		}
	}
}

func (s *Ads) setStatus(ctx context.Context, ref Ref, to AdStatus) (Ad, error) {
	return s.change(ctx, ref, func(a *Ad, now time.Time) (edit, error) {
		if to == Active && a.ended(now) {
			return edit{}, errEnded
		}
		e := edit{changed: a.Status != to}
		a.Status = to
		return e, nil
	})
}

// edit is what a change of an ad asks of the store besides the ad itself.
type edit struct {
	changed bool
	grow    int64  // of what is left
	expect  *int64 // what is left, if that must not have changed
}

func (s *Ads) change(ctx context.Context, ref Ref, do func(*Ad, time.Time) (edit, error)) (Ad, error) {
	for try := 1; ; try++ {
		a, err := s.mine(ctx, ref)
		if err != nil {
			return Ad{}, err
		}
		now := s.clock()
		e, err := do(&a, now)
		if err != nil {
			return Ad{}, err
		}
		if !e.changed {
			return a, nil
		}
		a.Version++
		a.UpdatedAt = now
		err = s.store.UpdateAd(ctx, a, e.grow, e.expect)
		if s.freed(ctx, a, err) {
			err = s.store.UpdateAd(ctx, a, e.grow, e.expect)
		}
		if err == nil {
			return s.Get(ctx, ref.Community, ref.ID)
		}
		if !errors.Is(err, ErrRevision) || ref.Revision != 0 || try == maxTries {
			return Ad{}, err
		}
	}
}

// mine finds an ad that the actor may change.
func (s *Ads) mine(ctx context.Context, ref Ref) (Ad, error) {
	a, err := s.Get(ctx, ref.Community, ref.ID)
	switch {
	case err != nil:
		return Ad{}, err
	case a.Status == Closed, ref.Actor != "" && ref.Actor != a.Owner:
		return Ad{}, errNoAd
	case a.Status == Suspended && ref.Actor != "":
		return Ad{}, errNotActive
	case ref.Revision != 0 && ref.Revision != a.Version:
		return Ad{}, ErrRevision
	}
	return a, nil
}

// freed makes room for a when err says that another active ad is in its way and
// that one is sold out: nothing left and no order open (our choice). It reports
// whether it is worth trying again.
func (s *Ads) freed(ctx context.Context, a Ad, err error) bool {
	if !errors.Is(err, ErrDuplicateAd) {
		return false
	}
	old, found, err := s.store.ActiveAd(ctx, a.CommunityID, a.Owner, a.Type)
	if err != nil || !found || old.Available > 0 {
		return err == nil && !found
	}
	if open, err := s.openOrders(ctx, old.CommunityID, old.ID); err != nil || open > 0 {
		return false
	}
	old.Status, old.UpdatedAt = Closed, a.UpdatedAt
	old.Version++
	return s.store.UpdateAd(ctx, old, 0, &old.Available) == nil
}
