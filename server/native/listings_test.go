package native_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

func TestListing_life(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	path := w.Offer(t, facetest.Changed(facetest.Bike(), map[string]any{"author_id": nil}), facetest.As("sam"))
	if !strings.HasPrefix(path, "/v1/listings/lst_") {
		t.Errorf("path %s", path)
	}
	w.Call(t, "GET", path, nil).Is(200).Has(map[string]string{
		"author_id": "sam", "kind": "multi_use", "model": "online", "title": "City bike", "description": "Runs well",
		"price.amount": "5000", "price.currency": "EUR", "deposit": "<nil>", "stock": "3", "unit": "<nil>", "zone": "UTC",
		"state": "enabled", "revision": "1", "created_at": "2030-01-02T03:04:05Z", "disabled_at": "<nil>",
	})
	steps := []struct {
		method, path string
		body         any
		want         map[string]string
	}{
		{"PUT", "/description", map[string]any{"description": "Runs like new", "revision": 1}, map[string]string{"description": "Runs like new", "revision": "2"}},
		{"PUT", "/pricing", map[string]any{"price": map[string]any{"amount": 6000, "currency": "USD"}}, map[string]string{"price.amount": "6000", "price.currency": "USD"}},
		{"PUT", "/stock", map[string]any{"stock": 9}, map[string]string{"stock": "9"}},
		{"POST", "/disable", nil, map[string]string{"state": "disabled", "disabled_at": "2030-01-02T03:04:05Z"}},
		{"POST", "/disable", nil, map[string]string{"state": "disabled", "revision": "5"}},
		{"POST", "/enable", nil, map[string]string{"state": "enabled", "disabled_at": "<nil>"}},
	}
	for _, step := range steps {
		w.Call(t, step.method, path+step.path, step.body, facetest.As("sam")).Is(200).Has(step.want)
	}
	if a := w.Call(t, "DELETE", path, nil, facetest.As("sam")).Is(204); a.Body != "" {
		t.Errorf("a deleted listing is answered with %s", a.Body)
	}
	w.Call(t, "GET", path, nil).Refused(404, "listing_not_found")
}

func TestListing_refusals(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	path := w.Offer(t, facetest.Bike())
	price := func(amount int, currency string) map[string]any {
		return map[string]any{"price": map[string]any{"amount": amount, "currency": currency}}
	}
	tests := map[string]struct {
		method, path string
		body         any
		options      []facetest.Option
		status       int
		code         string
	}{
		"no title":          {"POST", "/v1/listings", facetest.Changed(facetest.Bike(), map[string]any{"title": nil}), nil, 400, "missing_field"},
		"no author":         {"POST", "/v1/listings", facetest.Changed(facetest.Bike(), map[string]any{"author_id": nil}), nil, 400, "missing_field"},
		"another's":         {"POST", "/v1/listings", facetest.Bike(), []facetest.Option{facetest.As("bea")}, 403, "not_yourself"},
		"unknown kind":      {"POST", "/v1/listings", facetest.Changed(facetest.Bike(), map[string]any{"kind": "rare"}), nil, 400, "validation_error"},
		"unknown field":     {"POST", "/v1/listings", facetest.Changed(facetest.Bike(), map[string]any{"colour": "red"}), nil, 400, "unknown_field"},
		"stock of one use":  {"POST", "/v1/listings", facetest.Changed(facetest.Bike(), map[string]any{"kind": "single_use"}), nil, 400, "validation_error"},
		"negative price":    {"POST", "/v1/listings", facetest.Changed(facetest.Bike(), price(-1, "EUR")), nil, 400, "amount_out_of_range"},
		"small currency":    {"PUT", path + "/pricing", price(1, "eur"), nil, 400, "invalid_currency"},
		"deposit online":    {"PUT", path + "/pricing", map[string]any{"deposit": map[string]any{"amount": 5, "currency": "EUR"}}, nil, 400, "validation_error"},
		"no pricing":        {"PUT", path + "/pricing", map[string]any{}, nil, 400, "missing_field"},
		"no description":    {"PUT", path + "/description", map[string]any{}, nil, 400, "missing_field"},
		"old revision":      {"PUT", path + "/description", map[string]any{"description": "a", "revision": 7}, nil, 409, "revision_conflict"},
		"negative revision": {"PUT", path + "/description", map[string]any{"description": "a", "revision": -7}, nil, 400, "invalid_revision"},
		"no stock":          {"PUT", path + "/stock", map[string]any{}, nil, 400, "missing_field"},
		"not the author":    {"PUT", path + "/stock", map[string]any{"stock": 1}, []facetest.Option{facetest.As("bea")}, 404, "listing_not_found"},
		"deleted by a user": {"DELETE", path, nil, []facetest.Option{facetest.As("bea")}, 404, "listing_not_found"},
		"foreign tenant":    {"GET", path, nil, []facetest.Option{facetest.WithKey(w.Other)}, 404, "listing_not_found"},
		"no id":             {"GET", "/v1/listings/7", nil, nil, 404, "listing_not_found"},
		"another kind":      {"GET", "/v1/listings/txn_aaaaaaaaaaaaaaaaaaaaaaaaaa", nil, nil, 404, "listing_not_found"},
		"reading key":       {"POST", "/v1/listings", facetest.Bike(), []facetest.Option{facetest.WithKey(w.Scopes("read"))}, 403, "missing_scope"},
		"unknown state":     {"GET", "/v1/listings?state=sold", nil, nil, 400, "validation_error"},
		"bad limit":         {"GET", "/v1/listings?limit=0", nil, nil, 400, "invalid_limit"},
		"unknown parameter": {"GET", "/v1/listings?colour=red", nil, nil, 400, "unknown_parameter"},
		"no range":          {"GET", path + "/availability", nil, nil, 400, "missing_field"},
		"bad day":           {"GET", path + "/availability?from=2030-02-30&to=2030-03-01", nil, nil, 400, "invalid_date"},
		"backwards":         {"GET", path + "/availability?from=2030-02-02&to=2030-02-01", nil, nil, 400, "validation_error"},
		"no days":           {"POST", path + "/blocked-dates", map[string]any{"days": []string{}}, nil, 400, "validation_error"},
		"endless range":     {"DELETE", path + "/blocked-dates?from=2030-01-01&to=2040-01-01", nil, nil, 400, "range_too_long"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.Call(t, tc.method, tc.path, tc.body, tc.options...).Refused(tc.status, tc.code)
		})
	}
}

func TestListing_lists(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	for i := range 5 {
		author := []string{"sam", "eve"}[i%2]
		w.Offer(t, facetest.Changed(facetest.Bike(), map[string]any{"title": fmt.Sprint("bike ", i), "author_id": author, "disabled": i == 4}))
	}
	first := w.Call(t, "GET", "/v1/listings?limit=2&author=sam", nil).Is(200).Has(map[string]string{"items.0.title": "bike 4", "items.1.title": "bike 2", "items.2": "absent"})
	w.Call(t, "GET", "/v1/listings?limit=2&author=sam&cursor="+first.At("next_cursor"), nil).Is(200).
		Has(map[string]string{"items.0.title": "bike 0", "items.1": "absent", "next_cursor": "<nil>"})
	w.Call(t, "GET", "/v1/listings?state=disabled", nil).Is(200).Has(map[string]string{"items.0.title": "bike 4", "items.1": "absent"})
	w.Call(t, "GET", "/v1/listings", nil, facetest.WithKey(w.Other)).Is(200).Has(map[string]string{"items.0": "absent"})
}

func TestListingRoutes_needAService(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Call(t, "POST", "/v1/listings", facetest.Bike()).Refused(404, "route_not_found")
	w.Call(t, "GET", "/v1/sessions?user=bea", nil).Refused(404, "route_not_found")
}

// A deal of an online listing waits for the author, who accepts or rejects it.
func TestListingDeal_acceptance(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	path := w.Offer(t, facetest.Bike())
	stock := func(want string) {
		t.Helper()
		w.Call(t, "GET", path, nil).Is(200).Has(map[string]string{"stock": want})
	}
	asked := w.Call(t, "POST", path+"/transactions", map[string]any{"quantity": 2}, facetest.As("bea"), facetest.Once("1")).Is(201).Has(map[string]string{
		"state": "requested", "process": "escrow_online@1", "gateway": "trustap", "starter_id": "bea", "author_id": "sam",
		"listing.title": "City bike", "unit_price.amount": "5000", "quantity": "2", "price.amount": "10000",
	})
	stock("1")
	id := asked.At("id")
	w.Call(t, "POST", "/v1/transactions/"+id+"/transitions", map[string]any{"transition": "accept_listing"}, facetest.As("bea"), facetest.Once("2")).Refused(403, "not_author")
	w.Take(t, id, "accept_listing", nil, "joined", facetest.As("sam"))

	other := w.Call(t, "POST", path+"/transactions", map[string]any{"starter_id": "bob"}, facetest.Once("3")).Is(201).At("id")
	stock("0")
	w.Call(t, "POST", path+"/transactions", map[string]any{"starter_id": "bob"}, facetest.Once("4")).Refused(409, "out_of_stock")
	w.Take(t, other, "reject_listing", nil, "rejected", facetest.As("sam"))
	stock("1")

	again := w.Call(t, "POST", path+"/transactions", map[string]any{"quantity": 2}, facetest.As("bea"), facetest.Once("1")).Is(201)
	if again.Body != asked.Body || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("a repeat of a sale that emptied the stock is answered with %s", again.Body)
	}
}

func TestListingDeal_kinds(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	single := facetest.Changed(facetest.Bike(), map[string]any{"kind": "single_use", "stock": nil})
	meeting := facetest.Changed(single, map[string]any{"model": "face_to_face", "deposit": map[string]any{"amount": 700, "currency": "EUR"}})
	tests := map[string]struct {
		listing map[string]any
		deal    map[string]any
		want    map[string]string
	}{
		"at once":      {single, map[string]any{"requires_acceptance": false}, map[string]string{"state": "joined", "price.amount": "5000"}},
		"face to face": {meeting, nil, map[string]string{"state": "joined", "process": "escrow_f2f@1", "deposit.amount": "700", "price.amount": "0"}},
		"with a card":  {single, map[string]any{"process": "preauthorize", "gateway": "stripe"}, map[string]string{"process": "preauthorize@1", "gateway": "stripe", "price.amount": "5000"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := w.Offer(t, tc.listing)
			body := facetest.Changed(map[string]any{"starter_id": "bea"}, tc.deal)
			w.Call(t, "POST", path+"/transactions", body, facetest.Once(name)).Is(201).Has(tc.want)
			w.Call(t, "POST", path+"/transactions", body, facetest.Once(name+" again")).Refused(409, "listing_is_disabled")
		})
	}
}

func TestListingDeal_refusals(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	path := w.Offer(t, facetest.Bike())
	single := w.Offer(t, facetest.Changed(facetest.Bike(), map[string]any{"kind": "single_use", "stock": nil}))
	meeting := w.Offer(t, facetest.Changed(facetest.Bike(), map[string]any{"model": "face_to_face"}))
	rooms := w.Offer(t, facetest.Changed(facetest.Bike(), map[string]any{"unit": "night", "stock": nil}))
	closed := w.Offer(t, facetest.Changed(facetest.Bike(), map[string]any{"disabled": true}))
	free := w.Offer(t, facetest.Changed(facetest.Bike(), map[string]any{"price": nil}))
	tests := map[string]struct {
		path    string
		body    map[string]any
		options []facetest.Option
		status  int
		code    string
	}{
		"nobody buys":       {path, nil, nil, 400, "missing_field"},
		"too many":          {path, map[string]any{"quantity": 4}, []facetest.Option{facetest.As("bea")}, 409, "out_of_stock"},
		"none":              {path, map[string]any{"quantity": 0}, []facetest.Option{facetest.As("bea")}, 400, "invalid_quantity"},
		"twice the one":     {single, map[string]any{"quantity": 2}, []facetest.Option{facetest.As("bea")}, 400, "invalid_quantity"},
		"own listing":       {path, nil, []facetest.Option{facetest.As("sam")}, 400, "starter_is_author"},
		"unknown process":   {path, map[string]any{"process": "prepay"}, []facetest.Option{facetest.As("bea")}, 400, "unknown_process"},
		"an exchange":       {path, map[string]any{"process": "p2p_order"}, []facetest.Option{facetest.As("bea")}, 400, "process_not_for_listings"},
		"wrong gateway":     {path, map[string]any{"gateway": "stripe"}, []facetest.Option{facetest.As("bea")}, 400, "process_gateway_mismatch"},
		"skips the author":  {path, map[string]any{"requires_acceptance": false}, []facetest.Option{facetest.As("bea")}, 403, "acceptance_required"},
		"cannot wait":       {meeting, map[string]any{"requires_acceptance": true}, []facetest.Option{facetest.As("bea")}, 400, "acceptance_not_supported"},
		"no deposit":        {meeting, nil, []facetest.Option{facetest.As("bea")}, 409, "no_listing_deposit"},
		"no dates":          {rooms, nil, []facetest.Option{facetest.As("bea")}, 400, "dates_missing"},
		"needless dates":    {path, map[string]any{"booking": map[string]any{"start_on": "2030-02-01", "end_on": "2030-02-02"}}, []facetest.Option{facetest.As("bea")}, 400, "booking_not_supported"},
		"other quantity":    {rooms, map[string]any{"quantity": 9, "booking": map[string]any{"start_on": "2030-02-01", "end_on": "2030-02-02"}}, []facetest.Option{facetest.As("bea")}, 400, "quantity_mismatch"},
		"not a date":        {rooms, map[string]any{"booking": map[string]any{"start_on": "soon", "end_on": "2030-02-02"}}, []facetest.Option{facetest.As("bea")}, 400, "invalid_date"},
		"disabled":          {closed, nil, []facetest.Option{facetest.As("bea")}, 409, "listing_is_disabled"},
		"no price":          {free, nil, []facetest.Option{facetest.As("bea")}, 409, "no_listing_currency"},
		"unknown listing":   {"/v1/listings/lst_x", nil, []facetest.Option{facetest.As("bea")}, 404, "listing_not_found"},
		"for somebody else": {path, map[string]any{"starter_id": "bob"}, []facetest.Option{facetest.As("bea")}, 403, "not_starter"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := tc.body
			if body == nil {
				body = map[string]any{}
			}
			w.Call(t, "POST", tc.path+"/transactions", body, append(tc.options, facetest.Once(name))...).Refused(tc.status, tc.code)
		})
	}
	w.Call(t, "POST", path+"/transactions", map[string]any{}, facetest.As("bea")).Refused(400, "idempotency_key_missing")
}

func TestListingDeal_takesDays(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	path := w.Offer(t, facetest.Changed(facetest.Bike(), map[string]any{"unit": "night", "stock": nil, "zone": "Europe/Dublin"}))
	stay := func(from, to string) map[string]any {
		return map[string]any{"booking": map[string]any{"start_on": from, "end_on": to}}
	}
	w.Call(t, "POST", path+"/blocked-dates", map[string]any{"days": []string{"2030-02-09", "2030-02-08"}}, facetest.As("sam")).Is(204)
	w.Call(t, "POST", path+"/transactions", stay("2030-02-01", "2030-02-03"), facetest.As("bea"), facetest.Once("1")).Is(201).
		Has(map[string]string{"quantity": "3", "price.amount": "15000", "booking.end_on": "2030-02-03"})
	w.Call(t, "POST", path+"/transactions", stay("2030-02-03", "2030-02-04"), facetest.As("bob"), facetest.Once("2")).Refused(409, "dates_not_available")
	w.Call(t, "POST", path+"/transactions", stay("2030-02-07", "2030-02-08"), facetest.As("bob"), facetest.Once("3")).Refused(409, "dates_not_available")
	w.Call(t, "POST", path+"/blocked-dates", map[string]any{"days": []string{"2030-02-01"}}).Refused(409, "dates_not_available")
	w.Call(t, "GET", path+"/availability?from=2030-02-02&to=2030-02-09", nil, facetest.As("bob")).Is(200).Has(map[string]string{
		"from": "2030-02-02", "to": "2030-02-09", "unit": "night", "zone": "Europe/Dublin",
		"taken.0": "2030-02-02", "taken.1": "2030-02-03", "taken.2": "absent", "blocked.0": "2030-02-08", "blocked.1": "absent",
	})
	w.Call(t, "DELETE", path+"/blocked-dates?from=2030-02-01&to=2030-02-09", nil, facetest.As("sam")).Is(204)
	w.Call(t, "GET", path+"/availability?from=2030-02-01&to=2030-02-10", nil).Is(200).
		Has(map[string]string{"taken.2": "2030-02-03", "blocked.0": "2030-02-09", "blocked.1": "absent"})
}

// Of many who buy the last piece at once, one gets it.
func TestListingDeal_lastPiece(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	path := w.Offer(t, facetest.Changed(facetest.Bike(), map[string]any{"kind": "single_use", "stock": nil}))
	var wg sync.WaitGroup
	answers := make([]facetest.Answer, 6)
	for i := range answers {
		wg.Go(func() {
			answers[i] = w.Call(t, "POST", path+"/transactions", map[string]any{"starter_id": fmt.Sprint("user-", i)}, facetest.Once(fmt.Sprint(i)))
		})
	}
	wg.Wait()
	sold := 0
	for _, a := range answers {
		if a.Status == http.StatusCreated {
			sold++
			continue
		}
		a.Refused(409, "listing_is_disabled")
	}
	if sold != 1 {
		t.Errorf("sold %d times", sold)
	}
}

// A repeat that comes while the first try still asks the gateway meets a listing that the first try
// has sold out. It waits for that, and is not refused as if nothing had been done.
func TestListingDeal_repeatWhileTheFirstAsks(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	sale := func(path string, body, other map[string]any) {
		t.Helper()
		w.Gateway.Answer(process.Unknown, "")
		w.Call(t, "POST", path, body, facetest.Once(path)).Refused(502, "outcome_unknown")
		w.Call(t, "POST", path, body, facetest.Once(path)).Refused(409, "request_in_progress").Has(map[string]string{"money_moved": "unknown"})
		w.Call(t, "POST", path, other, facetest.Once(path)).Refused(422, "idempotency_key_reused")
	}
	single := facetest.Changed(facetest.Bike(), map[string]any{"kind": "single_use", "stock": nil})
	atOnce := map[string]any{"starter_id": "bea", "requires_acceptance": false}
	sale(w.Offer(t, single)+"/transactions", atOnce, facetest.Changed(atOnce, map[string]any{"starter_id": "bob"}))

	number, _ := w.Kept(t, single)
	native := facetest.Changed(facetest.Sale(), map[string]any{"quantity": 1, "listing": map[string]any{"id": number, "title": "City bike"}})
	sale("/v1/transactions", native, facetest.Changed(native, map[string]any{"starter_id": "bob"}))

	number, _ = w.Kept(t, single)
	legacy := func(starter string) map[string]any {
		of := facetest.With(facetest.With(facetest.Deal(), "transaction.listing_id", number), "transaction.listing_quantity", 1)
		return facetest.With(of, "transaction.starter_id", starter)
	}
	sale(facetest.DealsPath+"create", legacy("bea"), legacy("bob"))
}

// Whichever face sells a kept listing takes it from its stock. A contact that
// nothing is paid for takes nothing.
func TestKeptListing_onOtherFaces(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	path := w.Offer(t, facetest.Changed(facetest.Bike(), map[string]any{"stock": 2}))
	number, err := strconv.ParseInt(w.Call(t, "GET", path, nil).At("number"), 10, 64)
	w.Must(err)
	native := facetest.Changed(facetest.Sale(), map[string]any{"quantity": 1, "listing": map[string]any{"id": number, "title": "City bike"}})
	legacy := map[string]any{"transaction": map[string]any{
		"payment_process": "escrow_online", "payment_gateway": "trustap", "community_id": facetest.Ours, "starter_id": "bea", "listing_id": number,
		"listing_title": "City bike", "listing_price": map[string]any{"amount": 5000, "currency": "EUR"}, "listing_author_id": "sam",
	}}
	contact := facetest.Changed(native, map[string]any{"process": "none", "gateway": "none", "quantity": 1, "unit_price": map[string]any{"amount": 0, "currency": "EUR"}})
	w.Call(t, "POST", "/v1/transactions", contact, facetest.Once("0")).Is(201)
	w.Call(t, "POST", "/v1/transactions", native, facetest.Once("1")).Is(201)
	w.Call(t, "GET", path, nil).Has(map[string]string{"stock": "1"})
	sold := w.Call(t, "POST", "/transactions/v1/create", legacy).Is(201)
	w.Call(t, "GET", path, nil).Has(map[string]string{"stock": "0"})
	w.Call(t, "POST", "/v1/transactions", native, facetest.Once("2")).Refused(409, "out_of_stock")
	w.Call(t, "POST", "/transactions/v1/"+sold.At("transaction.id")+"/cancel", nil).Is(200)
	w.Call(t, "GET", path, nil).Has(map[string]string{"stock": "1"})
	w.Call(t, "POST", "/v1/transactions", facetest.Changed(native, map[string]any{"quantity": 2}), facetest.Once("3")).Refused(409, "out_of_stock")
}
