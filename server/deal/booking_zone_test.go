package deal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// A day after a booking's end is a day of the listing's calendar, also when clocks
// change on it.
func TestM24_calendarDays(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		call := func(path, body string, headers ...string) facetest.Answer {
			t.Helper()
			r := w.Call("POST", path, body, headers...)
			return facetest.Answer{T: t, Status: r.Status, Header: r.Header, Body: string(r.Body)}
		}
		for i, tc := range []struct{ zone, night, released string }{
			{"Europe/Berlin", "2026-10-24", "2026-10-26"}, {"Europe/Berlin", "2026-11-02", "2026-11-04"},
			{"America/Los_Angeles", "2026-10-31", "2026-11-02"}, {"Pacific/Auckland", "2026-09-26", "2026-09-28"},
		} {
			listing := call("/v1/listings", fmt.Sprintf(`{"author_id":"sam","kind":"multi_use","model":"online","title":"Flat","price":{"amount":5000,"currency":"EUR"},"unit":"night","zone":%q}`, tc.zone), "Idempotency-Key", fmt.Sprint("l", i))
			deal := call("/v1/transactions", fmt.Sprintf(`{"process":"preauthorize","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"id":%s,"title":"Flat"},"unit_price":{"amount":5000,"currency":"EUR"},"booking":{"start_on":%q,"end_on":%q},"input":{"payment_method":"pm_card_visa"}}`,
				listing.At("number"), tc.night, tc.night), "Idempotency-Key", fmt.Sprint("d", i)).Is(201)
			found, err := w.Store.List(t.Context(), orchestrator.Filter{CommunityID: 501, Limit: 1})
			if err != nil || len(found) != 1 {
				t.Fatal(err, len(found))
			}
			w.MustDo(found[0], "complete_preauthorization", testkit.Seller)
			timers, err := w.Store.Timers(t.Context(), found[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			zone, err := time.LoadLocation(tc.zone)
			if err != nil {
				t.Fatal(err)
			}
			seen := ""
			for _, timer := range timers {
				if timer.Name == "automatic_confirmation" {
					seen = timer.Due.In(zone).Format("2006-01-02 15:04")
				}
			}
			if seen != tc.released+" 00:00" {
				t.Errorf("%s after the night of %s: released at %q, want %s 00:00 (%s)", tc.zone, tc.night, seen, tc.released, deal.Body)
			}
		}
	})
}
