package listings

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/labels"
)

// All changes answer the listing as it is afterwards, and the faults
// listing_not_found (for strangers too), revision_conflict and validation_error.

// SetTitle gives a listing another title.
func (s *Service) SetTitle(ctx context.Context, ref Ref, title string) (Listing, error) {
	return s.change(ctx, ref, func(l *Listing, _ time.Time) (bool, error) {
		changed := l.Title != title
		l.Title = title
		return changed, checkTitle(l.Title)
	})
}

// SetDescription gives a listing another description. Deals made from it keep theirs.
func (s *Service) SetDescription(ctx context.Context, ref Ref, description string) (Listing, error) {
	return s.change(ctx, ref, func(l *Listing, _ time.Time) (bool, error) {
		changed := l.Description != description
		l.Description = description
		return changed, CheckDescription(l.Description)
	})
}

// SetPricing gives a listing other prices. Deals made from it keep theirs.
// Additional fault: negative_price.
func (s *Service) SetPricing(ctx context.Context, ref Ref, p Pricing) (Listing, error) {
	return s.change(ctx, ref, func(l *Listing, _ time.Time) (bool, error) {
		if err := p.check(l.Model); err != nil {
			return false, err
		}
		changed := l.Pricing != p.uniform()
		l.Pricing = p.uniform()
		return changed, nil
	})
}

// Label changes what the marketplace notes with a listing. No mirror is told. Additional
// faults: those of labels.Check, external_reference_taken.
func (s *Service) Label(ctx context.Context, ref Ref, c labels.Change) (Listing, error) {
	untold := func(*Listing, time.Time) bool { return false }
	return s.changed(ctx, ref, untold, func(l *Listing, _ time.Time) (bool, error) {
		other, err := l.Labels.With(c)
		changed := !other.Equal(l.Labels)
		l.Labels = other
		return changed, err
	})
}

// Enable lets a listing be bought. Enabling an enabled one changes nothing. A
// single-use listing that is used up stays so.
func (s *Service) Enable(ctx context.Context, ref Ref) (Listing, error) {
	return s.change(ctx, ref, func(l *Listing, _ time.Time) (bool, error) {
		changed := !l.Enabled()
		l.DisabledAt = time.Time{}
		return changed, nil
	})
}

// Disable keeps a listing from being bought. Deals made from it go on.
// Disabling a disabled one changes nothing.
func (s *Service) Disable(ctx context.Context, ref Ref) (Listing, error) {
	return s.change(ctx, ref, func(l *Listing, now time.Time) (bool, error) {
		changed := l.Enabled()
		if changed {
			l.DisabledAt = now
		}
		return changed, nil
	})
}

// SetStock says how many may be bought from now on, beyond those that deals hold
// already. A limit stays a limit: deals that end give theirs back to it.
func (s *Service) SetStock(ctx context.Context, ref Ref, stock int64) (Listing, error) {
	return s.change(ctx, ref, func(l *Listing, _ time.Time) (bool, error) {
		if l.Kind != MultiUse || l.Unit != NoUnit {
			return false, invalid("stock", "only a multi-use listing that is not booked has a stock")
		}
		if stock < 0 {
			return false, invalid("stock", "stock must not be negative")
		}
		l.Stock = &stock
		return true, nil
	})
}

// Delete withdraws a listing for good. Deals made from it go on.
func (s *Service) Delete(ctx context.Context, ref Ref) error {
	_, err := s.change(ctx, ref, func(l *Listing, now time.Time) (bool, error) {
		l.DeletedAt = now
		return true, nil
	})
	return err
}

// BlockDates takes days out of a listing's calendar, all or none. Days that are
// blocked already stay so. Additional fault: dates_not_available, whose detail
// "days" lists those that bookings have taken.
func (s *Service) BlockDates(ctx context.Context, ref Ref, days []Day) error {
	return s.calendar(ctx, ref, days, s.store.BlockDays)
}

// UnblockDates gives back those of the days that were blocked; booked days stay booked.
func (s *Service) UnblockDates(ctx context.Context, ref Ref, days []Day) error {
	return s.calendar(ctx, ref, days, s.store.UnblockDays)
}

func (s *Service) calendar(
	ctx context.Context, ref Ref, days []Day, write func(ctx context.Context, l Listing, days []Day, at time.Time) error,
) error {
	l, err := s.mine(ctx, ref)
	if err != nil {
		return err
	}
	days, err = clean(days)
	if err != nil {
		return err
	}
	return write(ctx, l, days, s.now().UTC().Truncate(time.Microsecond))
}

// Availability returns the days that are taken or blocked, from the first day up
// to, not including, the last; at most MaxDays. The listing need not be known
// here: a calendar belongs to a community and a listing id (customer's document:
// a deal's listing is the caller's).
func (s *Service) Availability(ctx context.Context, community, listing int64, from, to Day) (Calendar, error) {
	if err := span(from, to); err != nil {
		return Calendar{}, err
	}
	return s.store.Calendar(ctx, community, listing, from, to)
}
