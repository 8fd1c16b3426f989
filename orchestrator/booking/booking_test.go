package booking_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/booking"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		start, end string
		unit       booking.Unit
		want       []string
	}{
		"one day":              {"2014-10-28", "2014-10-28", booking.Day, []string{"2014-10-28"}},
		"one night":            {"2014-10-28", "2014-10-28", booking.Night, []string{"2014-10-28"}},
		"both ends are booked": {"2014-10-28", "2014-10-30", booking.Day, []string{"2014-10-28", "2014-10-29", "2014-10-30"}},
		"nights count alike":   {"2014-10-28", "2014-10-30", booking.Night, []string{"2014-10-28", "2014-10-29", "2014-10-30"}},
		"a leap day":           {"2028-02-28", "2028-03-01", booking.Day, []string{"2028-02-28", "2028-02-29", "2028-03-01"}},
		"no leap day":          {"2100-02-28", "2100-03-01", booking.Day, []string{"2100-02-28", "2100-03-01"}},
		"over new year":        {"2026-12-31", "2027-01-01", booking.Day, []string{"2026-12-31", "2027-01-01"}},
	}
	for name, tc := range tests {
		p, err := booking.Parse(tc.start, tc.end, tc.unit, time.UTC)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, d := range p.Days() {
			got = append(got, d.String())
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if p.Count() != len(tc.want) || p.StartOn() != tc.start || p.EndOn() != tc.end {
			t.Errorf("%s = %d from %s to %s", name, p.Count(), p.StartOn(), p.EndOn())
		}
	}
}

func TestParse_refusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		start, end string
		unit       booking.Unit
		reason     fault.Reason
		field      string
	}{
		"no start":           {"", "2026-03-01", booking.Day, "dates_missing", "start_on"},
		"no end":             {"2026-03-01", "", booking.Day, "dates_missing", "end_on"},
		"a time":             {"2026-03-01T00:00:00Z", "2026-03-01", booking.Day, "invalid_date", "start_on"},
		"a blank behind":     {"2026-03-01", "2026-03-01 ", booking.Day, "invalid_date", "end_on"},
		"one digit":          {"2026-3-1", "2026-03-01", booking.Day, "invalid_date", "start_on"},
		"other order":        {"2026-03-01", "01.03.2026", booking.Day, "invalid_date", "end_on"},
		"29 February":        {"2026-02-29", "2026-03-01", booking.Day, "invalid_date", "start_on"},
		"month 13":           {"2026-03-01", "2026-13-01", booking.Day, "invalid_date", "end_on"},
		"end before start":   {"2026-03-02", "2026-03-01", booking.Day, "end_cant_be_before_start", "end_on"},
		"366 days":           {"2026-03-01", "2027-03-01", booking.Night, "booking_too_long", "end_on"},
		"ten thousand years": {"0001-01-01", "9999-12-31", booking.Day, "booking_too_long", "end_on"},
		"hours":              {"2026-03-01", "2026-03-01", "hour", "invalid_unit", "unit"},
	}
	for name, tc := range tests {
		_, err := booking.Parse(tc.start, tc.end, tc.unit, time.UTC)
		f := fault.As(err)
		if f.Code != fault.Invalid || f.Reason != tc.reason || f.Details["field"] != tc.field {
			t.Errorf("%s: %v at %v, want %s at %s", name, err, f.Details["field"], tc.reason, tc.field)
		}
	}
	if p := must(t, "2026-03-01", "2027-02-28", nil); p.Count() != booking.MaxCount {
		t.Errorf("the longest booking has %d days, want %d", p.Count(), booking.MaxCount)
	}
}

func TestPeriod_CheckAhead(t *testing.T) {
	t.Parallel()
	auckland, honolulu := zone(t, "Pacific/Auckland"), zone(t, "Pacific/Honolulu")
	// In UTC it is noon on 28 February 2028, in Auckland the 29th, a leap day.
	now := time.Date(2028, 2, 28, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		start, end string
		zone       *time.Location
		want       fault.Reason
	}{
		"today":                           {"2028-02-28", "2028-02-28", time.UTC, ""},
		"yesterday":                       {"2028-02-27", "2028-02-28", time.UTC, "start_in_the_past"},
		"yesterday in the listing's zone": {"2028-02-28", "2028-03-01", auckland, "start_in_the_past"},
		"today in the listing's zone":     {"2028-02-29", "2028-03-01", auckland, ""},
		"still today further west":        {"2028-02-28", "2028-02-28", honolulu, ""},
		"12 months ahead":                 {"2029-02-20", "2029-02-28", time.UTC, ""},
		"a day more":                      {"2029-02-20", "2029-03-01", time.UTC, "dates_too_far"},
		"12 months from the leap day":     {"2029-02-20", "2029-03-01", auckland, ""},
		"a day more than that":            {"2029-02-20", "2029-03-02", auckland, "dates_too_far"},
		"no zone is UTC":                  {"2028-02-28", "2028-02-28", nil, ""},
	}
	for name, tc := range tests {
		err := must(t, tc.start, tc.end, tc.zone).CheckAhead(now)
		if tc.want == "" && err == nil {
			continue
		}
		if fault.ReasonOf(err) != tc.want || fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestPeriod_MatchQuantity(t *testing.T) {
	t.Parallel()
	p := must(t, "2014-10-28", "2014-10-30", nil)
	if err := p.MatchQuantity(3); err != nil {
		t.Errorf("3 days for a quantity of 3: %v", err)
	}
	for _, q := range []int64{-3, 0, 2, 4, 3 + 1<<32} {
		if err := p.MatchQuantity(q); fault.ReasonOf(err) != "quantity_mismatch" || fault.CodeOf(err) != fault.Invalid {
			t.Errorf("3 days for a quantity of %d: %v", q, err)
		}
	}
}

func TestPeriod_Overlaps(t *testing.T) {
	t.Parallel()
	p := must(t, "2026-03-10", "2026-03-12", nil)
	tests := map[string]struct {
		start, end string
		want       bool
	}{
		"itself":      {"2026-03-10", "2026-03-12", true},
		"inside":      {"2026-03-11", "2026-03-11", true},
		"around":      {"2026-03-01", "2026-03-31", true},
		"first date":  {"2026-03-08", "2026-03-10", true},
		"last date":   {"2026-03-12", "2026-03-13", true},
		"just before": {"2026-03-08", "2026-03-09", false},
		"just after":  {"2026-03-13", "2026-03-14", false},
	}
	for name, tc := range tests {
		other := must(t, tc.start, tc.end, nil)
		if got, back := p.Overlaps(other), other.Overlaps(p); got != tc.want || back != tc.want {
			t.Errorf("%s: %v, and back %v; want %v", name, got, back, tc.want)
		}
	}
}

func must(t *testing.T, start, end string, zone *time.Location) booking.Period {
	t.Helper()
	p, err := booking.Parse(start, end, booking.Day, zone)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}
