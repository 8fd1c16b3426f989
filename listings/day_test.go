package listings_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/listings"
)

func TestParseDay(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"2026-03-01": true, "2028-02-29": true, "9999-12-31": true,
		"": false, "2026-02-29": false, "2026-3-1": false, "2026-03-01T00:00:00Z": false, "0000-01-01": false, "10000-01-01": false, " 2026-03-01": false,
	} {
		day, err := listings.ParseDay(text)
		if ok && (err != nil || string(day) != text) {
			t.Errorf("ParseDay(%q) = %q, %v", text, day, err)
		}
		if !ok {
			refused(t, text, err, "validation_error", "day")
		}
	}
}

func FuzzParseDay(f *testing.F) {
	f.Add("2026-03-01")
	f.Add("2026-02-30")
	f.Fuzz(func(t *testing.T, text string) {
		day, err := listings.ParseDay(text)
		if err != nil {
			return
		}
		if at, err := time.Parse(time.DateOnly, text); err != nil || string(day) != at.Format(time.DateOnly) {
			t.Errorf("ParseDay(%q) = %q", text, day)
		}
	})
}

func TestDays_limits(t *testing.T) {
	t.Parallel()
	s := newService(t, listings.Config{})
	_, ref := create(t, s, bicycle())
	for name, days := range map[string][]listings.Day{
		"none": {}, "malformed": {"2026-03-01", "tomorrow"}, "too many": make([]listings.Day, listings.MaxDays+1),
	} {
		refused(t, name, s.BlockDates(t.Context(), ref, days), "validation_error", "")
		refused(t, name, s.UnblockDates(t.Context(), ref, days), "validation_error", "")
	}
	for name, r := range map[string][2]listings.Day{
		"empty": {"2026-03-01", "2026-03-01"}, "backwards": {"2026-03-02", "2026-03-01"},
		"too long": {"2026-01-01", "2028-01-03"}, "malformed": {"x", "2026-03-01"}, "malformed end": {"2026-03-01", "x"},
	} {
		_, err := s.Availability(t.Context(), community, 7, r[0], r[1])
		refused(t, name, err, "validation_error", "")
	}
	got, err := s.Availability(t.Context(), community, 7, "2026-01-01", "2028-01-02")
	must(t, err)
	same(t, "a listing that nobody knows", got, listings.Calendar{})
}

func TestResources(t *testing.T) {
	t.Parallel()
	same(t, "names", []string{listings.StockResource(12), listings.DateResource(12, "2030-12-31"), listings.AdResource(7), listings.SingleOfferResource(7)},
		[]string{"stock:12", "date:12:2030-12-31", "ad:7", "single:7"})
}
