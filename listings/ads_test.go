package listings_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/listings"
)

func noOrders(context.Context, int64, int64) (int, error) { return 0, nil }

func newAds(t testing.TB, store listings.AdStore, keys ...secretbox.Key) *listings.Ads {
	t.Helper()
	if len(keys) == 0 {
		keys = []secretbox.Key{{ID: "2026", Secret: [secretbox.KeySize]byte{1}}}
	}
	box, err := secretbox.New(keys...)
	must(t, err)
	ads, err := listings.NewAds(listings.AdsConfig{
		Store: store, Sealer: box, OpenOrders: noOrders, Now: func() time.Time { return noon },
	})
	must(t, err)
	return ads
}

func selling() listings.AdTerms {
	return listings.AdTerms{Type: listings.Sell, Asset: "RUB", Fiat: "RUB", Rate: 100, Min: 100, Max: 500, Methods: []string{"card"}}
}

func TestAds_validate(t *testing.T) {
	t.Parallel()
	ads := newAds(t, database(t))
	for name, tc := range map[string]struct {
		edit  func(*listings.AdTerms)
		field string
	}{
		"no type":          {func(a *listings.AdTerms) { a.Type = "" }, "type"},
		"no asset":         {func(a *listings.AdTerms) { a.Asset = "" }, "asset"},
		"small letters":    {func(a *listings.AdTerms) { a.Asset = "usdt" }, "asset"},
		"no such fiat":     {func(a *listings.AdTerms) { a.Fiat = "XXZ" }, "fiat_currency"},
		"fiat in small":    {func(a *listings.AdTerms) { a.Fiat = "rub" }, "fiat_currency"},
		"no rate":          {func(a *listings.AdTerms) { a.Rate = 0 }, "exchange_rate"},
		"high rate":        {func(a *listings.AdTerms) { a.Rate = 1_000_000_001 }, "exchange_rate"},
		"no minimum":       {func(a *listings.AdTerms) { a.Min = 0 }, "min_amount"},
		"maximum too low":  {func(a *listings.AdTerms) { a.Max = 99 }, "max_amount"},
		"maximum too high": {func(a *listings.AdTerms) { a.Max = math.MaxInt64 }, "max_amount"},
		"total too low":    {func(a *listings.AdTerms) { a.Total = 99 }, "total_amount"},
		"total negative":   {func(a *listings.AdTerms) { a.Total = -1 }, "total_amount"},
		"no methods":       {func(a *listings.AdTerms) { a.Methods = nil }, "payment_methods"},
		"unknown method":   {func(a *listings.AdTerms) { a.Methods = []string{"barter"} }, "payment_methods"},
		"method twice":     {func(a *listings.AdTerms) { a.Methods = []string{"card", "CARD"} }, "payment_methods"},
		"short window":     {func(a *listings.AdTerms) { a.PayMinutes = 4 }, "payment_window_minutes"},
		"long window":      {func(a *listings.AdTerms) { a.PayMinutes = 1441 }, "payment_window_minutes"},
		"long text":        {func(a *listings.AdTerms) { a.Instructions = strings.Repeat("x", 2001) }, "instructions"},
		"ended":            {func(a *listings.AdTerms) { a.EndsAt = noon }, "end_date"},
	} {
		terms := selling()
		tc.edit(&terms)
		_, err := ads.Create(t.Context(), community, "sam", terms)
		refused(t, name, err, "validation_error", tc.field)
	}
	_, err := ads.Create(t.Context(), community, "", selling())
	refused(t, "no owner", err, "validation_error", "owner")
	a, err := ads.Create(t.Context(), community, "sam", selling())
	must(t, err)
	same(t, "defaults", []any{a.Total, a.Available, a.PayMinutes, a.Status}, []any{int64(500), int64(500), 30, listings.Active})
}

func TestAds_lists(t *testing.T) {
	t.Parallel()
	ads := newAds(t, database(t))
	page := listings.Page{Limit: 20}
	for name, tc := range map[string]struct {
		filter listings.AdFilter
		field  string
	}{
		"no limit":        {listings.AdFilter{}, "limit"},
		"large limit":     {listings.AdFilter{Page: listings.Page{Limit: 101}}, "limit"},
		"negative offset": {listings.AdFilter{Page: listings.Page{Limit: 1, Offset: -1}}, "offset"},
		"unknown type":    {listings.AdFilter{Page: page, Type: "swap"}, "type"},
		"unknown sort":    {listings.AdFilter{Page: page, Sort: "luck"}, "sort_by"},
		"unknown method":  {listings.AdFilter{Page: page, Method: "barter"}, "payment_method"},
		"negative amount": {listings.AdFilter{Page: page, Amount: -1}, "amount"},
	} {
		_, _, err := ads.List(t.Context(), tc.filter)
		refused(t, name, err, "validation_error", tc.field)
	}
	_, _, err := ads.Mine(t.Context(), community, "sam", listings.Page{})
	refused(t, "mine without a limit", err, "validation_error", "limit")
}

func TestAds_detailsAreSealed(t *testing.T) {
	t.Parallel()
	db, old := database(t), secretbox.Key{ID: "2025", Secret: [secretbox.KeySize]byte{5}}
	ads := newAds(t, db, old)
	terms := selling()
	terms.Details = parse(t, `{"card_number":"2200000000000004"}`)
	a, err := ads.Create(t.Context(), community, "sam", terms)
	must(t, err)
	if len(a.Sealed) == 0 || bytes.Contains(a.Sealed, []byte("2200")) || !a.Details.IsEmpty() {
		t.Errorf("sealed = %q, terms = %v", a.Sealed, a.AdTerms)
	}
	rotated := newAds(t, db, secretbox.Key{ID: "2026"}, old)
	d, err := rotated.Details(a)
	must(t, err)
	same(t, "after a change of keys", string(d.Reveal()), `{"card_number":"2200000000000004"}`)
	moved := a
	moved.ID++
	if _, err := ads.Details(moved); !errors.Is(err, secretbox.ErrUnreadable) {
		t.Errorf("details of another ad were opened: %v", err)
	}
	a, err = ads.Update(t.Context(), listings.Ref{Community: community, ID: a.ID, Actor: "sam"}, selling())
	must(t, err)
	d, err = ads.Details(a)
	must(t, err)
	same(t, "not given again", d.IsEmpty(), true)
}

func TestAds_Accepts(t *testing.T) {
	t.Parallel()
	ads := newAds(t, database(t))
	terms := selling()
	terms.Methods = []string{"sber"}
	a, err := ads.Create(t.Context(), community, "sam", terms)
	must(t, err)
	for method, want := range map[string]bool{"sber": true, "Sber": true, "tinkoff": false, "card": false, "sbp": false, "barter": false, "": false} {
		same(t, method, ads.Accepts(a, method), want)
	}
	terms.Methods = []string{"card"}
	a, err = ads.Update(t.Context(), listings.Ref{Community: community, ID: a.ID, Actor: "sam"}, terms)
	must(t, err)
	for method, want := range map[string]bool{"sber": true, "Card": true, "tinkoff": true, "sbp": false} {
		same(t, method, ads.Accepts(a, method), want)
	}
}
