package listings

import (
	"slices"
	"time"
)

// Day is a calendar day, "2026-03-01", without a time zone: the listing says
// which zone it is counted in. Days compare in calendar order.
type Day string

// ParseDay reads a day as YYYY-MM-DD. Anything else is a fault, validation_error.
func ParseDay(text string) (Day, error) {
	if at, err := time.Parse(time.DateOnly, text); err != nil || at.Year() < 1 || at.Format(time.DateOnly) != text {
		return "", invalid("day", "a day is written YYYY-MM-DD")
	}
	return Day(text), nil
}

// MaxDays is how many days one call may name or span: two years (our choice).
const MaxDays = 731

// clean checks days and puts them in order, each once.
func clean(days []Day) ([]Day, error) {
	if len(days) == 0 || len(days) > MaxDays {
		return nil, invalid("days", "give 1 to %d days", MaxDays)
	}
	for _, d := range days {
		if _, err := ParseDay(string(d)); err != nil {
			return nil, err
		}
	}
	sorted := slices.Clone(days)
	slices.Sort(sorted)
	return slices.Compact(sorted), nil
}

// span checks a half-open range of days.
func span(from, to Day) error {
	for _, d := range []Day{from, to} {
		if _, err := ParseDay(string(d)); err != nil {
			return err
		}
	}
	first, _ := time.Parse(time.DateOnly, string(from))
	end, _ := time.Parse(time.DateOnly, string(to))
	if days := end.Sub(first) / (24 * time.Hour); days < 1 || days > MaxDays {
		return invalid("to", "the range must span 1 to %d days", MaxDays)
	}
	return nil
}
