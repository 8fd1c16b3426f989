package storetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/listings"
)

// owners names the owners of ads in their order.
func owners(ads []listings.Ad) string {
	var names []string
	for _, a := range ads {
		names = append(names, a.Owner)
	}
	return strings.Join(names, " ")
}

func sortedWords(s string) string {
	words := strings.Fields(s)
	slices.Sort(words)
	return strings.Join(words, " ")
}

func testPublicAds(t *testing.T, o Stores) {
	m, ctx := newMarket(t, o), t.Context()
	ids := map[string]int64{}
	for owner, euro := range map[string]int64{"ann": 1000, "bob": 99, "cat": 100, "dan": 1000, "eve": 1000} {
		deposit(t, m.store, owner, euro)
		in := terms(listings.Sell)
		if owner == "dan" {
			in.Min, in.Max, in.Fiat, in.Methods, in.EndsAt = 300, 900, "USD", []string{"bank_transfer"}, noon.Add(time.Hour)
		}
		ids[owner] = m.create(t, owner, in).ID
	}
	must(t, m.take(t, ids["eve"], 901)) // 99 are left, the minimum is 100
	ids["fay"] = m.create(t, "fay", terms(listings.Buy)).ID
	paused := m.create(t, "ann", terms(listings.Buy))
	_, err := m.Pause(ctx, adRef(paused))
	must(t, err)
	list := func(f listings.AdFilter) string {
		t.Helper()
		f.CommunityID, f.Limit = community, 100
		found, total, err := m.List(ctx, f)
		must(t, err)
		if int(total) != len(found) {
			t.Errorf("%+v: total %d of %d", f, total, len(found))
		}
		return owners(found)
	}
	for name, tc := range map[string]struct {
		filter listings.AdFilter
		want   string
	}{
		"all":              {listings.AdFilter{}, "ann cat dan fay"},
		"sell":             {listings.AdFilter{Type: listings.Sell}, "ann cat dan"},
		"buy":              {listings.AdFilter{Type: listings.Buy}, "fay"},
		"dollars":          {listings.AdFilter{Fiat: "USD"}, "dan"},
		"at the minimum":   {listings.AdFilter{Amount: 300, Type: listings.Sell}, "ann cat dan"},
		"below a minimum":  {listings.AdFilter{Amount: 299, Type: listings.Sell}, "ann cat"},
		"above a maximum":  {listings.AdFilter{Amount: 501}, "dan"},
		"large":            {listings.AdFilter{Amount: 1 << 40}, ""},
		"a method":         {listings.AdFilter{Method: "card"}, "ann cat fay"},
		"a method's alias": {listings.AdFilter{Method: "SBER", Type: listings.Buy}, "fay"},
		"another method":   {listings.AdFilter{Method: "bank"}, "dan"},
		"not one's own":    {listings.AdFilter{NotOwner: "ann"}, "cat dan fay"},
	} {
		if got := sortedWords(list(tc.filter)); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	must(t, m.take(t, ids["ann"], 601))
	if got := sortedWords(list(listings.AdFilter{Amount: 400, Type: listings.Sell})); got != "cat dan" {
		t.Errorf("with 399 left of one: %q", got)
	}
	in := terms(listings.Sell)
	in.SingleOffer = true
	deposit(t, m.store, "gil", 1000)
	single := m.create(t, "gil", in)
	must(t, reserve(t, m.store, listings.SingleOfferResource(single.ID), 1, 1))
	if got := sortedWords(list(listings.AdFilter{Type: listings.Sell})); got != "ann cat dan" {
		t.Errorf("with one whose single place is taken: %q", got)
	}
	must(t, reserve(t, m.store, listings.SingleOfferResource(single.ID), -1, 1))
	m.now = noon.Add(time.Hour)
	if got := sortedWords(list(listings.AdFilter{Type: listings.Sell})); got != "ann cat gil" {
		t.Errorf("after the end of one: %q", got)
	}
}

func testAdOrder(t *testing.T, o Stores) {
	m, ctx := newMarket(t, o), t.Context()
	for _, a := range []struct {
		owner      string
		rate       int64
		reputation listings.Reputation
	}{
		{"ann", 102, listings.Reputation{Votes: 3, Stars: 13, Completed: 3}}, // 4.33
		{"bob", 100, listings.Reputation{Votes: 1, Stars: 5, Completed: 1}},  // 5.00
		{"cat", 101, listings.Reputation{}},
		{"dan", 101, listings.Reputation{Votes: 6, Stars: 26, Completed: 9}}, // 4.33, more votes
		{"eve", 100, listings.Reputation{Completed: 9}},
		{"fay", 102, listings.Reputation{Votes: 1, Stars: 5, Completed: 1}}, // as bob, later
	} {
		o.Rate(a.owner, a.reputation)
		deposit(t, m.store, a.owner, 1000)
		for _, side := range []listings.AdType{listings.Sell, listings.Buy} {
			in := terms(side)
			in.Rate = a.rate
			m.create(t, a.owner, in)
		}
	}
	for _, tc := range []struct {
		sort listings.AdOrder
		side listings.AdType
		want string
	}{
		{"", listings.Sell, "bob fay dan ann eve cat"},
		{listings.ByRating, listings.Buy, "bob fay dan ann eve cat"},
		{listings.ByOrdersCount, listings.Sell, "dan eve ann bob fay cat"},
		{listings.ByBestPrice, listings.Sell, "bob eve dan cat ann fay"},
		{listings.ByBestPrice, listings.Buy, "ann fay dan cat bob eve"},
	} {
		var pages []listings.Ad
		for offset := int64(0); offset < 8; offset += 4 {
			page, total, err := m.List(ctx, listings.AdFilter{
				CommunityID: community, Type: tc.side, Sort: tc.sort, Page: listings.Page{Limit: 4, Offset: offset},
			})
			if err != nil || total != 6 {
				t.Errorf("%q: total %d, %v", tc.sort, total, err)
			}
			pages = append(pages, page...)
		}
		if got := owners(pages); got != tc.want {
			t.Errorf("%q of %s: %q, want %q", tc.sort, tc.side, got, tc.want)
		}
	}
}
