package server_test

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
)

// booked is a create that books dates of a listing on the payer's balance.
func booked(first, last string, days int) map[string]any {
	body := scenario{process: "preauthorize", gateway: "balance", dates: object{"start_on": first, "end_on": last}}.body()
	return with(body, "transaction.listing_quantity", days)
}

// Points 17 and 28: dates are taken from create on, and free again when the deal
// comes to nothing.
func TestBookedDates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fund(t, "bea", 1_000_000)
	path := dealsPath + "create"
	first := w.call(t, "POST", path, booked("2030-10-28", "2030-10-30", 3)).is(201).at("transaction.id")
	taken := func(body any) {
		t.Helper()
		w.call(t, "POST", path, body).refused(409, "dates_not_available").has(map[string]string{"money_moved": "no"})
	}
	taken(booked("2030-10-28", "2030-10-28", 1))
	taken(booked("2030-10-30", "2030-11-02", 4))
	w.call(t, "POST", path, booked("2030-10-31", "2030-10-31", 1)).is(201)
	w.call(t, "POST", path, booked("2030-10-27", "2030-10-27", 1)).is(201)
	w.call(t, "POST", path, with(booked("2030-10-28", "2030-10-28", 1), "transaction.listing_id", 77)).is(201)
	w.call(t, "POST", dealsPath+first+"/reject", nil, as("sam")).is(200).has(map[string]string{"booking_fields.start_on": "2030-10-28", "booking_fields.end_on": "2030-10-30"})
	again := w.call(t, "POST", path, booked("2030-10-29", "2030-10-29", 1)).is(201).at("transaction.id")
	w.call(t, "POST", dealsPath+again+"/complete_preauthorization", nil).is(200)
	w.call(t, "POST", dealsPath+again+"/complete", nil).is(200)
	taken(booked("2030-10-29", "2030-10-29", 1))

	declined := with(with(booked("2030-12-01", "2030-12-01", 1), "transaction.payment_gateway", "stripe"), "gateway_fields.payment_method", "tok_declined")
	w.call(t, "POST", path, declined).refused(402, "card_declined").has(map[string]string{"money_moved": "no"})
	poor := with(booked("2030-12-01", "2030-12-01", 1), "transaction.starter_id", "zoe")
	w.call(t, "POST", path, poor).refused(402, "insufficient_balance").has(map[string]string{"money_moved": "no", "transaction_id": "absent"})
	w.call(t, "POST", path, booked("2030-12-01", "2030-12-01", 1)).is(201)
}

func TestBookingOfAFreeDealIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := scenario{process: "none", gateway: "none", dates: object{"start_on": "2030-10-28", "end_on": "2030-10-29"}}.body()
	w.call(t, "POST", dealsPath+"create", body).refused(400, "booking_not_supported").has(map[string]string{"field": "booking_fields"})
	delete(body, "booking_fields")
	w.call(t, "POST", dealsPath+"create", with(body, "gateway_fields.success_url", "https://shop.example.com")).
		refused(400, "unknown_input").has(map[string]string{"field": "gateway_fields.success_url"})
}

// A repeat is answered like the first time, even when the date is over by then.
func TestRepeatedBookingOfAPastDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fund(t, "bea", 1_000_000)
	body := booked("2030-01-02", "2030-01-02", 1)
	first := w.call(t, "POST", dealsPath+"create", body, once("1")).is(201)
	w.clock.advance(72 * time.Hour)
	again := w.call(t, "POST", dealsPath+"create", body, once("1")).is(201)
	if again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay %v %s, want %s", again.header, again.body, first.body)
	}
	w.call(t, "POST", dealsPath+"create", body, once("2")).refused(400, "start_in_the_past")
	w.call(t, "POST", dealsPath+"create", body).refused(400, "start_in_the_past")
}

// calendar keeps listings for a test.
type calendar map[int64]server.Listing

func (c calendar) Listing(_ context.Context, community, id int64) (server.Listing, bool, error) {
	if id == 500 {
		return server.Listing{}, false, errors.New("the database is away")
	}
	l, found := c[id]
	return l, found && community == ours, nil
}

// Points 9 and 28: a listing that is kept here has the last word.
func TestDealOverAKeptListing(t *testing.T) {
	t.Parallel()
	auckland := time.FixedZone("NZ", 13*60*60)
	w := newWorldWith(t, func(c *server.Config) {
		c.Calendar = calendar{
			1: {Author: "sam", Open: true}, 2: {Author: "sam"}, 3: {Author: "sam", Open: true, Unit: booking.Night, Zone: auckland},
		}
	})
	w.fund(t, "bea", 1_000_000)
	free := scenario{process: "none", gateway: "none"}.body()
	plain := func(listing int) map[string]any {
		return with(scenario{process: "preauthorize", gateway: "balance"}.body(), "transaction.listing_id", listing)
	}
	nights := func(first, last string) map[string]any {
		return with(booked(first, last, 2), "transaction.listing_id", 3)
	}
	tests := []struct {
		name        string
		body        any
		status      int
		code, field string
	}{
		{"as it is kept", plain(1), 201, "", ""},
		{"not kept here", plain(99), 201, "", ""},
		{"of somebody else", with(plain(1), "transaction.listing_author_id", "eve"), 400, "listing_author_mismatch", "transaction.listing_author_id"},
		{"closed", plain(2), 409, "listing_is_disabled", "absent"},
		{"dates of one that is not booked", with(booked("2030-10-28", "2030-10-29", 2), "transaction.listing_id", 1), 400, "booking_not_supported", "booking_fields"},
		{"no dates", plain(3), 400, "dates_missing", "booking_fields"},
		{"a free deal about it", with(free, "transaction.listing_id", 3), 201, "", ""},
		{"nights", nights("2030-10-28", "2030-10-29"), 201, "", ""},
		{"over at the listing, not in UTC", nights("2030-01-01", "2030-01-02"), 400, "start_in_the_past", "booking_fields.start_on"},
		{"not known", with(plain(1), "transaction.listing_id", 500), 500, "internal_error", "absent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := w.call(t, "POST", dealsPath+"create", tt.body)
			if tt.code == "" {
				a.is(tt.status)
				return
			}
			a.refused(tt.status, tt.code).has(map[string]string{"field": tt.field})
		})
	}
	native := with(with(sale(), "booking", object{"start_on": "2030-11-01", "end_on": "2030-11-02"}), "listing.id", 3)
	w.call(t, "POST", "/v1/transactions", with(native, "quantity", 3), once("1")).refused(400, "quantity_mismatch").has(map[string]string{"field": "quantity"})
	w.call(t, "POST", "/v1/transactions", with(native, "quantity", 2), once("1")).is(201).
		has(map[string]string{"booking.start_on": "2030-11-01", "booking.end_on": "2030-11-02"})
	w.call(t, "POST", "/v1/transactions", native, once("2")).refused(409, "dates_not_available")
	w.call(t, "POST", "/v1/transactions", with(native, "author_id", "eve"), once("2")).refused(400, "listing_author_mismatch").has(map[string]string{"field": "author_id"})
	w.call(t, "POST", "/v1/transactions", with(native, "listing.id", nil), once("3")).refused(400, "missing_field").has(map[string]string{"field": "listing.id"})
}

// Twenty buyers want the same night; one gets it, and nobody else's money moves.
func TestBookingRace(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, databaseURL string) {
		w := newWorldOn(t, databaseURL, func(*server.Config) {})
		const buyers = 20
		answers := make([]answer, buyers)
		for i := range buyers {
			w.fund(t, fmt.Sprint("buyer-", i), 10_000)
		}
		var all sync.WaitGroup
		for i := range buyers {
			all.Go(func() {
				body := with(booked("2030-10-28", "2030-10-29", 2), "transaction.starter_id", fmt.Sprint("buyer-", i))
				answers[i] = w.call(t, "POST", dealsPath+"create", body, once("race"), as(fmt.Sprint("buyer-", i)))
			})
		}
		all.Wait()
		won := 0
		for i, a := range answers {
			available := "10000"
			if a.status == 201 {
				won++
				available = "0"
			} else {
				a.refused(409, "dates_not_available")
			}
			w.call(t, "GET", fmt.Sprintf("/v1/balances/buyer-%d?currency=EUR", i), nil).is(200).has(map[string]string{"available": available})
		}
		if won != 1 {
			t.Errorf("%d buyers have the night", won)
		}
	})
}
