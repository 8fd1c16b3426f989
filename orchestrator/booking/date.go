package booking

import (
	"fmt"
	"time"
)

const (
	wireDate = "2006-01-02"
	oneDay   = 24 * time.Hour
)

// Date is a day of the calendar without a time zone, counted in days from
// 1970-01-01. Dates compare and subtract like numbers.
type Date int32

// ParseDate reads a date in exactly the form YYYY-MM-DD, as the customer's
// document writes it, or returns an error that shows what was given.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(wireDate, text)
	if err != nil || len(text) != len(wireDate) {
		return 0, fmt.Errorf("%.32q is not a date of the form YYYY-MM-DD", text)
	}
	return DateOf(t), nil
}

// DateOf is the day that t shows in its own zone.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / int64(oneDay/time.Second))
}

// String writes the date as YYYY-MM-DD.
func (d Date) String() string { return d.utc().Format(wireDate) }

// utc is the midnight with which the date begins in UTC.
func (d Date) utc() time.Time { return time.Unix(0, 0).UTC().AddDate(0, 0, int(d)) }

// Begin is the instant from which clocks in the zone show the date: midnight, or
// the first moment after it where the clocks are put forward over midnight. A nil
// zone is UTC.
func (d Date) Begin(zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	const latestEverywhere = 15 * time.Hour // by then every zone on earth shows the date
	at := d.utc().Add(latestEverywhere).In(zone)
	for {
		_, offset := at.Zone()
		midnight := d.utc().Add(-time.Duration(offset) * time.Second).In(zone)
		since, _ := at.ZoneBounds()
		if since.IsZero() || midnight.After(since) {
			return midnight
		}
		// The zone's present offset began on this date, perhaps with the date.
		at = since.Add(-time.Nanosecond)
		if DateOf(at) < d {
			return since
		}
	}
}
