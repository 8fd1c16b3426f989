// Package booking holds the dates of a booking: how they are read from the wire,
// counted, checked and compared. It is pure; the present and the listing's time
// zone come in as arguments. Whether dates are still free is the store's to say.
package booking

import (
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// The limits of a booking.
const (
	MaxCount    = 365 // days or nights
	MonthsAhead = 12  // as in the customer's predecessor
)

// Unit is what a booking is counted in.
type Unit string

// The units.
const (
	Day   Unit = "day"
	Night Unit = "night"
)

// Period is a booked stretch of the calendar, half-open: Start is the first
// booked date and End the one after the last, so that two bookings may touch.
// Periods are immutable values; a zero Zone means UTC.
type Period struct {
	Start, End Date
	Unit       Unit
	Zone       *time.Location // the listing's
}

// Parse reads a booking from the wire, where end_on is inclusive (customer's
// document). It is the last booked day or, counted in nights, the evening on
// which the last night begins (our choice), so both units count alike: start_on
// = end_on is one day or one night, and a guest of one night leaves the day
// after end_on. A nil zone is UTC.
//
// Faults, all Invalid, with the detail "field": dates_missing, invalid_date,
// end_cant_be_before_start, booking_too_long (above MaxCount) and invalid_unit.
func Parse(startOn, endOn string, unit Unit, zone *time.Location) (Period, error) {
	if unit != Day && unit != Night {
		return Period{}, refuse("unit", "invalid_unit", "a booking is counted in days or nights")
	}
	if startOn == "" {
		return Period{}, refuse("start_on", "dates_missing", "a booking needs start_on and end_on")
	}
	if endOn == "" {
		return Period{}, refuse("end_on", "dates_missing", "a booking needs start_on and end_on")
	}
	start, err := ParseDate(startOn)
	if err != nil {
		return Period{}, refuse("start_on", "invalid_date", "%v", err)
	}
	last, err := ParseDate(endOn)
	if err != nil {
		return Period{}, refuse("end_on", "invalid_date", "%v", err)
	}
	if zone == nil {
		zone = time.UTC
	}
	p := Period{Start: start, End: last + 1, Unit: unit, Zone: zone}
	if last < start {
		return Period{}, refuse("end_on", "end_cant_be_before_start", "the booking ends on %s, before it starts on %s", last, start)
	}
	if p.Count() > MaxCount {
		return Period{}, refuse("end_on", "booking_too_long", "%d %ss are more than the %d that can be booked at once", p.Count(), unit, MaxCount)
	}
	return p, nil
}

// CheckAhead tells whether the booking may be made now. "Today" is the date in
// the listing's zone, and a booking may start today. Faults, both Invalid:
// start_in_the_past, and dates_too_far when the last booked date is more than
// MonthsAhead calendar months away.
func (p Period) CheckAhead(now time.Time) error {
	here := now.In(p.zone())
	if today := DateOf(here); p.Start < today {
		return refuse("start_on", "start_in_the_past", "%s is over; at the listing it is %s", p.StartOn(), today)
	}
	if furthest := DateOf(here.AddDate(0, MonthsAhead, 0)); p.last() > furthest {
		return refuse("end_on", "dates_too_far", "%s is too far ahead; the last date that can be booked now is %s", p.EndOn(), furthest)
	}
	return nil
}

// MatchQuantity returns the Invalid fault quantity_mismatch when the number of
// units to pay for is not the number that is booked (customer's document).
func (p Period) MatchQuantity(quantity int64) error {
	if quantity != int64(p.Count()) {
		return refuse("listing_quantity", "quantity_mismatch", "the quantity is %d, but %s to %s is %d", quantity, p.StartOn(), p.EndOn(), p.Count()).
			With("booked", p.Count())
	}
	return nil
}

// Count is the number of booked days or nights.
func (p Period) Count() int { return int(p.End - p.Start) }

// Days lists the booked dates in order; of a night, the one on which it begins.
func (p Period) Days() []Date {
	days := make([]Date, 0, max(p.Count(), 0))
	for d := p.Start; d < p.End; d++ {
		days = append(days, d)
	}
	return days
}

// Overlaps reports whether the two have a date in common.
func (p Period) Overlaps(other Period) bool {
	return max(p.Start, other.Start) < min(p.End, other.End)
}

// StartOn is the first booked date for the wire, YYYY-MM-DD.
func (p Period) StartOn() string { return p.Start.String() }

// EndOn is the last booked date for the wire, YYYY-MM-DD, inclusive.
func (p Period) EndOn() string { return p.last().String() }

// EndInstant is when the booking is over: the midnight after the last booked
// date in the listing's zone, also where that date has 23 or 25 hours.
func (p Period) EndInstant() time.Time { return p.End.Begin(p.zone()) }

func (p Period) last() Date { return p.End - 1 }

func (p Period) zone() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

func refuse(field string, reason fault.Reason, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, reason, format, args...).With("field", field)
}
