package deal_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/booking"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// booked is a create that books dates of a listing on the payer's balance.
func booked(first, last string, days int) map[string]any {
	body := facetest.Scenario{Process: "preauthorize", Gateway: "balance", Dates: facetest.Object{"start_on": first, "end_on": last}}.Body()
	return facetest.With(body, "transaction.listing_quantity", days)
}

// Points 17 and 28: dates are taken from create on, and free again when the deal
// comes to nothing.
func TestBookedDates(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Fund(t, "bea", 1_000_000)
	path := facetest.DealsPath + "create"
	first := w.Call(t, "POST", path, booked("2030-10-28", "2030-10-30", 3)).Is(201).At("transaction.id")
	taken := func(body any) {
		t.Helper()
		w.Call(t, "POST", path, body).Refused(409, "dates_not_available").Has(map[string]string{"money_moved": "no"})
	}
	taken(booked("2030-10-28", "2030-10-28", 1))
	taken(booked("2030-10-30", "2030-11-02", 4))
	w.Call(t, "POST", path, booked("2030-10-31", "2030-10-31", 1)).Is(201)
	w.Call(t, "POST", path, booked("2030-10-27", "2030-10-27", 1)).Is(201)
	w.Call(t, "POST", path, facetest.With(booked("2030-10-28", "2030-10-28", 1), "transaction.listing_id", 77)).Is(201)
	w.Call(t, "POST", facetest.DealsPath+first+"/reject", nil, facetest.As("sam")).Is(200).Has(map[string]string{"booking_fields.start_on": "2030-10-28", "booking_fields.end_on": "2030-10-30"})
	again := w.Call(t, "POST", path, booked("2030-10-29", "2030-10-29", 1)).Is(201).At("transaction.id")
	w.Call(t, "POST", facetest.DealsPath+again+"/complete_preauthorization", nil).Is(200)
	w.Call(t, "POST", facetest.DealsPath+again+"/complete", nil).Is(200)
	taken(booked("2030-10-29", "2030-10-29", 1))

	declined := facetest.With(facetest.With(booked("2030-12-01", "2030-12-01", 1), "transaction.payment_gateway", "stripe"), "gateway_fields.payment_method", "tok_declined")
	w.Call(t, "POST", path, declined).Refused(402, "card_declined").Has(map[string]string{"money_moved": "no"})
	poor := facetest.With(booked("2030-12-01", "2030-12-01", 1), "transaction.starter_id", "zoe")
	w.Call(t, "POST", path, poor).Refused(402, "insufficient_balance").Has(map[string]string{"money_moved": "no", "transaction_id": "absent"})
	w.Call(t, "POST", path, booked("2030-12-01", "2030-12-01", 1)).Is(201)
}

func TestBookingOfAFreeDealIsRefused(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	body := facetest.Scenario{Process: "none", Gateway: "none", Dates: facetest.Object{"start_on": "2030-10-28", "end_on": "2030-10-29"}}.Body()
	w.Call(t, "POST", facetest.DealsPath+"create", body).Refused(400, "booking_not_supported").Has(map[string]string{"field": "booking_fields"})
	delete(body, "booking_fields")
	w.Call(t, "POST", facetest.DealsPath+"create", facetest.With(body, "gateway_fields.success_url", "https://shop.example.com")).
		Refused(400, "unknown_input").Has(map[string]string{"field": "gateway_fields.success_url"})
}

// A repeat is answered like the first time, even when the date is over by then.
func TestRepeatedBookingOfAPastDate(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Fund(t, "bea", 1_000_000)
	body := booked("2030-01-02", "2030-01-02", 1)
	first := w.Call(t, "POST", facetest.DealsPath+"create", body, facetest.Once("1")).Is(201)
	w.Clock.Advance(72 * time.Hour)
	again := w.Call(t, "POST", facetest.DealsPath+"create", body, facetest.Once("1")).Is(201)
	if again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay %v %s, want %s", again.Header, again.Body, first.Body)
	}
	w.Call(t, "POST", facetest.DealsPath+"create", body, facetest.Once("2")).Refused(400, "start_in_the_past")
	w.Call(t, "POST", facetest.DealsPath+"create", body).Refused(400, "start_in_the_past")
}

// calendar keeps listings for a test.
type source map[int64]deal.Listing

func (c source) Listing(_ context.Context, community, id int64) (deal.Listing, bool, error) {
	if id == 500 {
		return deal.Listing{}, false, errors.New("the database is away")
	}
	l, found := c[id]
	return l, found && community == facetest.Ours, nil
}

// Points 9 and 28: a listing that is kept here has the last word.
func TestDealOverAKeptListing(t *testing.T) {
	t.Parallel()
	auckland := time.FixedZone("NZ", 13*60*60)
	w := facetest.NewTestbedWith(t, func(c *server.Config) {
		c.Source = source{
			1: {Author: "sam", Open: true}, 2: {Author: "sam"}, 3: {Author: "sam", Open: true, Unit: booking.Night, Zone: auckland},
		}
	})
	w.Fund(t, "bea", 1_000_000)
	free := facetest.Scenario{Process: "none", Gateway: "none"}.Body()
	plain := func(listing int) map[string]any {
		return facetest.With(facetest.Scenario{Process: "preauthorize", Gateway: "balance"}.Body(), "transaction.listing_id", listing)
	}
	nights := func(first, last string) map[string]any {
		return facetest.With(booked(first, last, 2), "transaction.listing_id", 3)
	}
	tests := []struct {
		name        string
		body        any
		status      int
		code, field string
	}{
		{"as it is kept", plain(1), 201, "", ""},
		{"not kept here", plain(99), 201, "", ""},
		{"of somebody else", facetest.With(plain(1), "transaction.listing_author_id", "eve"), 400, "listing_author_mismatch", "transaction.listing_author_id"},
		{"closed", plain(2), 409, "listing_is_disabled", "absent"},
		{"dates of one that is not booked", facetest.With(booked("2030-10-28", "2030-10-29", 2), "transaction.listing_id", 1), 400, "booking_not_supported", "booking_fields"},
		{"no dates", plain(3), 400, "dates_missing", "booking_fields"},
		{"a free deal about it", facetest.With(free, "transaction.listing_id", 3), 201, "", ""},
		{"nights", nights("2030-10-28", "2030-10-29"), 201, "", ""},
		{"over at the listing, not in UTC", nights("2030-01-01", "2030-01-02"), 400, "start_in_the_past", "booking_fields.start_on"},
		{"not known", facetest.With(plain(1), "transaction.listing_id", 500), 500, "internal_error", "absent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := w.Call(t, "POST", facetest.DealsPath+"create", tt.body)
			if tt.code == "" {
				a.Is(tt.status)
				return
			}
			a.Refused(tt.status, tt.code).Has(map[string]string{"field": tt.field})
		})
	}
	native := facetest.With(facetest.With(facetest.Sale(), "booking", facetest.Object{"start_on": "2030-11-01", "end_on": "2030-11-02"}), "listing.id", 3)
	w.Call(t, "POST", "/v1/transactions", facetest.With(native, "quantity", 3), facetest.Once("1")).Refused(400, "quantity_mismatch").Has(map[string]string{"field": "quantity"})
	w.Call(t, "POST", "/v1/transactions", facetest.With(native, "quantity", 2), facetest.Once("1")).Is(201).
		Has(map[string]string{"booking.start_on": "2030-11-01", "booking.end_on": "2030-11-02"})
	w.Call(t, "POST", "/v1/transactions", native, facetest.Once("2")).Refused(409, "dates_not_available")
	w.Call(t, "POST", "/v1/transactions", facetest.With(native, "author_id", "eve"), facetest.Once("2")).Refused(400, "listing_author_mismatch").Has(map[string]string{"field": "author_id"})
	w.Call(t, "POST", "/v1/transactions", facetest.With(native, "listing.id", nil), facetest.Once("3")).Refused(400, "missing_field").Has(map[string]string{"field": "listing.id"})
}

// Twenty buyers want the same night; one gets it, and nobody else's money moves.
func TestBookingRace(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, databaseURL string) {
		w := facetest.NewTestbedOn(t, databaseURL, func(*server.Config) {})
		const buyers = 20
		answers := make([]facetest.Answer, buyers)
		for i := range buyers {
			w.Fund(t, fmt.Sprint("buyer-", i), 10_000)
		}
		var all sync.WaitGroup
		for i := range buyers {
			all.Go(func() {
				body := facetest.With(booked("2030-10-28", "2030-10-29", 2), "transaction.starter_id", fmt.Sprint("buyer-", i))
				answers[i] = w.Call(t, "POST", facetest.DealsPath+"create", body, facetest.Once("race"), facetest.As(fmt.Sprint("buyer-", i)))
			})
		}
		all.Wait()
		won := 0
		for i, a := range answers {
			available := "10000"
			if a.Status == 201 {
				won++
				available = "0"
			} else {
				a.Refused(409, "dates_not_available")
			}
			w.Call(t, "GET", fmt.Sprintf("/v1/balances/buyer-%d?currency=EUR", i), nil).Is(200).Has(map[string]string{"available": available})
		}
		if won != 1 {
			t.Errorf("%d buyers have the night", won)
		}
	})
}
