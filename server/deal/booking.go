package deal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/booking"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
)

// ListingSource knows the listings that are kept here. A deal may be about one that is
// not: then the caller's snapshot holds, and its days are counted in UTC.
type ListingSource interface {
	// Listing finds a listing of a community.
	Listing(ctx context.Context, community, id int64) (l Listing, found bool, err error)
}

// Listing is what a deal over a listing has to respect.
type Listing struct {
	Author string         // user id
	Open   bool           // whether it can be bought now
	Unit   booking.Unit   // what a booking of it is counted in; empty: it is not booked
	Zone   *time.Location // in which its days are counted; nil is UTC
	// Stock is what a deal over a quantity takes besides days; nil: nothing.
	Stock func(quantity int64) []orchestrator.Reservation
	// Pricing is what one costs a user who buys; nil: the caller's price holds.
	Pricing *listings.Pricing
}

// noListings is the calendar of a server that keeps no listings.
type noListings struct{}

func (noListings) Listing(context.Context, int64, int64) (Listing, bool, error) {
	return Listing{}, false, nil
}

// Dates are booked days on the wire, YYYY-MM-DD; the last one is part of the
// booking (customer's document).
type Dates struct {
	StartOn string `json:"start_on" required:"later"`
	EndOn   string `json:"end_on" required:"later"`
}

// ShowDates are the days of a booking, nil for none.
func ShowDates(b *orchestrator.Booking) *Dates {
	if b == nil {
		return nil
	}
	return &Dates{b.StartOn, b.EndOn}
}

// ListingFields are a face's names for what concerns a listing. Without a name for
// the price the caller's own holds (customer's document).
type ListingFields struct{ Booking, Quantity, Author, Price string }

// Book checks a new deal against its listing and reserves what it takes of it. A
// deal that nothing is paid for takes nothing.
func (k *Kit) Book(ctx context.Context, in *orchestrator.CreateInput, p *process.Process, d *Dates, names ListingFields) error {
	bookable := p.ConfirmAfterDays > 0 // the end of a booking starts the automatic confirmation
	if d != nil && !bookable {
		return web.Invalid("booking_not_supported", names.Booking, "process %s takes no bookings; leave %s out", p.Name, names.Booking)
	}
	if in.ListingID == 0 {
		if d != nil {
			return web.Invalid("missing_field", "listing.id", "a booking needs the id of the listing whose days it takes")
		}
		return nil
	}
	l, found, err := k.Source.Listing(ctx, in.CommunityID, in.ListingID)
	if err != nil {
		return fmt.Errorf("listing of a new deal: %w", err)
	}
	if found {
		if err := l.checkDeal(*in, p, d, names); err != nil {
			return err
		}
	}
	in.Reserve = nil
	if l.Stock != nil && bookable {
		in.Reserve = l.Stock(in.Quantity)
	}
	if d == nil {
		return nil
	}
	return names.Rename(k.take(in, d, l))
}

// checkDeal holds a new deal against its listing.
func (l Listing) checkDeal(in orchestrator.CreateInput, p *process.Process, d *Dates, names ListingFields) error {
	bookable := p.ConfirmAfterDays > 0
	if err := l.check(in, bookable, d, names); err != nil || !bookable || names.Price == "" {
		return err
	}
	return l.checkBuyer(in, p, names)
}

func (l Listing) check(in orchestrator.CreateInput, bookable bool, d *Dates, names ListingFields) error {
	switch {
	case in.Author != "" && in.Author != l.Author:
		return web.Invalid("listing_author_mismatch", names.Author, "listing %d is not by this author", in.ListingID)
	case !l.Open:
		return fault.New(fault.Conflict, "listing_is_disabled", "listing %d cannot be bought now", in.ListingID)
	case d != nil && l.Unit == "":
		return web.Invalid("booking_not_supported", names.Booking, "listing %d is not booked by the day or night; leave %s out", in.ListingID, names.Booking)
	case d == nil && l.Unit != "" && bookable:
		return web.Invalid("dates_missing", names.Booking, "listing %d is booked by the %s; send start_on and end_on in %s", in.ListingID, l.Unit, names.Booking)
	}
	return nil
}

// checkBuyer refuses what a user cannot decide about somebody else's listing: who
// sells it, for how much, and that its author is not asked. Backend and staff can.
func (l Listing) checkBuyer(in orchestrator.CreateInput, p *process.Process, names ListingFields) error {
	if in.Actor.Kind != process.User || in.Actor.ID == l.Author {
		return nil
	}
	if _, asks := p.Rule(AskAuthor, ""); asks && in.Transition != AskAuthor {
		return fault.New(fault.Forbidden, "acceptance_required", "a buyer cannot skip the author's acceptance; only the backend can, without Handsel-Actor")
	}
	seller := in.Seller
	if in.Buyer == "" && seller == "" {
		seller = in.Author
	}
	if in.Author != l.Author || seller != l.Author {
		return web.Invalid("listing_author_mismatch", names.Author, "only the author can sell listing %d", in.ListingID)
	}
	return l.checkPrice(in, p, names)
}

// checkPrice refuses another price than the listing's, where it has one.
func (l Listing) checkPrice(in orchestrator.CreateInput, p *process.Process, names ListingFields) error {
	if l.Pricing == nil {
		return nil
	}
	own := in
	if err := SetPrice(&own, *l.Pricing, p); err != nil {
		return err
	}
	if own.UnitPrice != in.UnitPrice || own.Deposit != in.Deposit {
		return fault.New(fault.Conflict, "listing_price_differs", "the price of listing %d has changed; read it again", in.ListingID).With("field", names.Price)
	}
	return nil
}

// take puts the dates into a new deal and reserves each booked day once.
func (k *Kit) take(in *orchestrator.CreateInput, d *Dates, l Listing) error {
	p, err := booking.Parse(d.StartOn, d.EndOn, cmp.Or(l.Unit, booking.Day), l.Zone)
	if err != nil {
		return err
	}
	if err := cmp.Or(k.notOver(p, l.Zone), p.MatchQuantity(in.Quantity)); err != nil {
		return err
	}
	in.Booking, in.BookingEnd = &orchestrator.Booking{StartOn: p.StartOn(), EndOn: p.EndOn(), Zone: zoneName(l.Zone)}, p.EndInstant()
	for _, day := range p.Days() {
		in.Reserve = append(in.Reserve, orchestrator.Reservation{
			Resource: listings.DateResource(in.ListingID, listings.Day(day.String())),
			Amount:   1, Capacity: 1, Reason: "dates_not_available",
		})
	}
	return nil
}

// notOver refuses a booking of the past. Where the listing's zone is not known a
// date is over when it is over everywhere on earth.
func (k *Kit) notOver(p booking.Period, zone *time.Location) error {
	const latest = -12 * time.Hour // the zone in which a date ends last
	if zone == nil {
		zone = time.FixedZone("latest", int(latest/time.Second))
	}
	if p.Start < booking.DateOf(k.Engine.Now().In(zone)) {
		return web.Invalid("start_in_the_past", "start_on", "%s is over; book a later date", p.StartOn())
	}
	return nil
}

// Rename gives the field of a refused booking the face's name.
func (n ListingFields) Rename(err error) error {
	var refused *fault.Error
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Details["field"] {
	case "listing_quantity":
		return refused.With("field", n.Quantity)
	case "start_on", "end_on":
		return refused.With("field", fmt.Sprintf("%s.%v", n.Booking, refused.Details["field"]))
	}
	return err
}

// zoneName is the name under which a deal keeps the zone of its booking.
func zoneName(zone *time.Location) string {
	if zone == nil || zone == time.UTC {
		return ""
	}
	return zone.String()
}
