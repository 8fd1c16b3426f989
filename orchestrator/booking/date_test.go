package booking_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones are needed on every machine

	"github.com/handsel-dev/handsel/orchestrator/booking"
)

func TestPeriod_EndInstant(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		zone, last, want string
	}{
		"UTC":                             {"UTC", "2026-03-01", "2026-03-02T00:00:00Z"},
		"winter":                          {"Europe/Helsinki", "2026-03-01", "2026-03-02T00:00:00+02:00"},
		"a day of 23 hours":               {"Europe/Helsinki", "2026-03-29", "2026-03-30T00:00:00+03:00"},
		"a day of 25 hours":               {"Europe/Helsinki", "2026-10-25", "2026-10-26T00:00:00+02:00"},
		"furthest east":                   {"Pacific/Kiritimati", "2026-03-01", "2026-03-02T00:00:00+14:00"},
		"furthest west":                   {"Pacific/Pago_Pago", "2026-03-01", "2026-03-02T00:00:00-11:00"},
		"half an hour of summer":          {"Australia/Lord_Howe", "2026-04-05", "2026-04-06T00:00:00+10:30"},
		"midnight does not exist":         {"America/Sao_Paulo", "2018-11-03", "2018-11-04T01:00:00-02:00"},
		"midnight does not exist, Beirut": {"Asia/Beirut", "2026-03-28", "2026-03-29T01:00:00+03:00"},
		"the hour before midnight is there twice":   {"America/Sao_Paulo", "2018-02-17", "2018-02-18T00:00:00-03:00"},
		"midnight is there twice: the first":        {"America/Havana", "2026-10-31", "2026-11-01T00:00:00-04:00"},
		"back over midnight, to 23:01: the last":    {"America/St_Johns", "2010-11-06", "2010-11-07T00:00:00-03:30"},
		"the next date was left out":                {"Pacific/Apia", "2011-12-29", "2011-12-31T00:00:00+14:00"},
		"local mean time, before zones were agreed": {"Asia/Manila", "1840-01-01", "1840-01-02T00:00:00-15:56"},
	}
	for name, tc := range tests {
		p := must(t, tc.last, tc.last, zone(t, tc.zone))
		got := p.EndInstant()
		if text := got.Format(time.RFC3339); text != tc.want {
			t.Errorf("%s: %s, want %s", name, text, tc.want)
		}
	}
	if got := (booking.Period{Start: 0, End: 1}).EndInstant(); !got.Equal(time.Unix(86400, 0)) || got.Location() != time.UTC {
		t.Errorf("without a zone: %v, want UTC", got)
	}
}

// FuzzBegin: a date begins at an instant that shows it, and the instant before
// shows an earlier one, whatever the clocks do that night.
func FuzzBegin(f *testing.F) {
	names := []string{"UTC", "Europe/Helsinki", "America/Havana", "America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "Pacific/Chatham", "America/Asuncion", "Asia/Tehran"}
	zones := make([]*time.Location, len(names))
	for i, name := range names {
		zones[i] = zone(f, name)
	}
	for i := range names {
		f.Add(int32(17838), uint8(i))
		f.Add(int32(20757), uint8(i))
	}
	f.Fuzz(func(t *testing.T, days int32, at uint8) {
		d, z := booking.Date(days%40_000), zones[int(at)%len(zones)]
		begin := d.Begin(z)
		if got := booking.DateOf(begin); got != d {
			t.Fatalf("%s in %s begins at %s", d, z, begin)
		}
		if before := begin.Add(-time.Nanosecond); booking.DateOf(before) >= d {
			t.Fatalf("%s in %s begins before %s", d, z, begin)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("2028-02-28", "2028-03-01")
	f.Add("2026-02-29", "")
	f.Add("0001-01-01", "0001-12-31")
	f.Fuzz(func(t *testing.T, start, end string) {
		p, err := booking.Parse(start, end, booking.Night, nil)
		if err != nil {
			return
		}
		days := p.Days()
		switch {
		case p.StartOn() != start || p.EndOn() != end:
			t.Fatalf("%s to %s became %s to %s", start, end, p.StartOn(), p.EndOn())
		case len(days) != p.Count() || len(days) < 1 || len(days) > booking.MaxCount:
			t.Fatalf("%s to %s has %d dates and counts %d", start, end, len(days), p.Count())
		case days[0].String() != start || days[len(days)-1].String() != end:
			t.Fatalf("%s to %s runs from %s to %s", start, end, days[0], days[len(days)-1])
		case !p.Overlaps(p):
			t.Fatalf("%s to %s does not overlap itself", start, end)
		case !p.EndInstant().Equal(p.End.Begin(time.UTC)):
			t.Fatalf("%s to %s ends at %s", start, end, p.EndInstant())
		}
	})
}
