package listings

import (
	"strconv"
	"strings"
)

// The names of the counters that deals reserve from. A counter's value is what
// is free; it never falls below zero.

// StockResource counts how many of a listing may still be bought.
func StockResource(id int64) string { return stockPrefix + strconv.FormatInt(id, 10) }

const stockPrefix = "stock:"

// OfStock is the listing whose stock a counter counts; ok is false for every other counter.
func OfStock(resource string) (id int64, ok bool) {
	digits, ok := strings.CutPrefix(resource, stockPrefix)
	if !ok {
		return 0, false
	}
	id, err := strconv.ParseInt(digits, 10, 64)
	return id, err == nil
}

// DateResource is one calendar day of a listing, in the listing's time zone:
// 1 when it is free, 0 when it is booked or blocked. A day that nobody asked
// for has no counter yet and is free.
func DateResource(id int64, d Day) string {
	return "date:" + strconv.FormatInt(id, 10) + ":" + string(d)
}

// AdResource counts the amount that is left of an ad, in minor units of its asset.
func AdResource(id int64) string { return "ad:" + strconv.FormatInt(id, 10) }

// SingleOfferResource is the one place that an ad with SingleOffer has for an
// open order: an order reserves 1 of a capacity of 1 and gives it back when it
// ends. While it is taken the ad is not listed.
func SingleOfferResource(id int64) string { return "single:" + strconv.FormatInt(id, 10) }

// AdOpenResource is the gate of one version of an ad. An order takes 1 of it for
// good in the commit that opens it; a change of the ad empties the gate of the
// version before. So an order is made under the ad's terms of that very moment, or
// not at all.
func AdOpenResource(id, version int64) string {
	return "adopen:" + strconv.FormatInt(id, 10) + ":" + strconv.FormatInt(version, 10)
}

// AdOpenings is how much the gate of an active ad holds: more than there are orders.
const AdOpenings = 1 << 40
