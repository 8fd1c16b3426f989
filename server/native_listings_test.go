package server_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/server"
)

// newShop is a world that keeps listings and conversations.
func newShop(t testing.TB) *world {
	t.Helper()
	return newWorldWith(t, func(c *server.Config) { keepAll(t, c) })
}

// keepAll gives a server listings and conversations over its store.
func keepAll(t testing.TB, c *server.Config) {
	t.Helper()
	store := c.Keys.(*sqlstore.DB)
	var err error
	if c.Listings, err = listings.New(listings.Config{Store: store, Now: c.Now}); err != nil {
		t.Fatal(err)
	}
	c.Replies = store
	if c.Conversations, err = conversations.New(conversations.Config{Engine: c.Engine, Store: store, NewID: uuid.NewString, Now: c.Now}); err != nil {
		t.Fatal(err)
	}
}

func bike() map[string]any {
	return map[string]any{
		"author_id": "sam", "kind": "multi_use", "model": "online", "title": "City bike", "description": "Runs well",
		"price": map[string]any{"amount": 5000, "currency": "EUR"}, "stock": 3,
	}
}

// changed is a copy of a body with other fields; nil leaves one out.
func changed(body map[string]any, fields map[string]any) map[string]any {
	copied := map[string]any{}
	for name, value := range body {
		copied[name] = value
	}
	for name, value := range fields {
		copied[name] = value
		if value == nil {
			delete(copied, name)
		}
	}
	return copied
}

// offer makes a listing and returns its path.
func (w *world) offer(t testing.TB, body map[string]any, options ...option) string {
	t.Helper()
	return "/v1/listings/" + w.call(t, "POST", "/v1/listings", body, options...).is(201).at("id")
}

func TestListing_life(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	path := w.offer(t, changed(bike(), map[string]any{"author_id": nil}), as("sam"))
	if !strings.HasPrefix(path, "/v1/listings/lst_") {
		t.Errorf("path %s", path)
	}
	w.call(t, "GET", path, nil).is(200).has(map[string]string{
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
		w.call(t, step.method, path+step.path, step.body, as("sam")).is(200).has(step.want)
	}
	if a := w.call(t, "DELETE", path, nil, as("sam")).is(204); a.body != "" {
		t.Errorf("a deleted listing is answered with %s", a.body)
	}
	w.call(t, "GET", path, nil).refused(404, "listing_not_found")
}

func TestListing_refusals(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	path := w.offer(t, bike())
	price := func(amount int, currency string) map[string]any {
		return map[string]any{"price": map[string]any{"amount": amount, "currency": currency}}
	}
	tests := map[string]struct {
		method, path string
		body         any
		options      []option
		status       int
		code         string
	}{
		"no title":          {"POST", "/v1/listings", changed(bike(), map[string]any{"title": nil}), nil, 400, "missing_field"},
		"no author":         {"POST", "/v1/listings", changed(bike(), map[string]any{"author_id": nil}), nil, 400, "missing_field"},
		"another's":         {"POST", "/v1/listings", bike(), []option{as("bea")}, 403, "not_yourself"},
		"unknown kind":      {"POST", "/v1/listings", changed(bike(), map[string]any{"kind": "rare"}), nil, 400, "validation_error"},
		"unknown field":     {"POST", "/v1/listings", changed(bike(), map[string]any{"colour": "red"}), nil, 400, "unknown_field"},
		"stock of one use":  {"POST", "/v1/listings", changed(bike(), map[string]any{"kind": "single_use"}), nil, 400, "validation_error"},
		"negative price":    {"POST", "/v1/listings", changed(bike(), price(-1, "EUR")), nil, 400, "amount_out_of_range"},
		"small currency":    {"PUT", path + "/pricing", price(1, "eur"), nil, 400, "invalid_currency"},
		"deposit online":    {"PUT", path + "/pricing", map[string]any{"deposit": map[string]any{"amount": 5, "currency": "EUR"}}, nil, 400, "validation_error"},
		"no pricing":        {"PUT", path + "/pricing", map[string]any{}, nil, 400, "missing_field"},
		"no description":    {"PUT", path + "/description", map[string]any{}, nil, 400, "missing_field"},
		"old revision":      {"PUT", path + "/description", map[string]any{"description": "a", "revision": 7}, nil, 409, "revision_conflict"},
		"negative revision": {"PUT", path + "/description", map[string]any{"description": "a", "revision": -7}, nil, 400, "invalid_revision"},
		"no stock":          {"PUT", path + "/stock", map[string]any{}, nil, 400, "missing_field"},
		"not the author":    {"PUT", path + "/stock", map[string]any{"stock": 1}, []option{as("bea")}, 404, "listing_not_found"},
		"deleted by a user": {"DELETE", path, nil, []option{as("bea")}, 404, "listing_not_found"},
		"foreign tenant":    {"GET", path, nil, []option{withKey(w.other)}, 404, "listing_not_found"},
		"no id":             {"GET", "/v1/listings/7", nil, nil, 404, "listing_not_found"},
		"another kind":      {"GET", "/v1/listings/txn_aaaaaaaaaaaaaaaaaaaaaaaaaa", nil, nil, 404, "listing_not_found"},
		"reading key":       {"POST", "/v1/listings", bike(), []option{withKey(w.scopes("read"))}, 403, "missing_scope"},
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
			w.call(t, tc.method, tc.path, tc.body, tc.options...).refused(tc.status, tc.code)
		})
	}
}

func TestListing_lists(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	for i := range 5 {
		author := []string{"sam", "eve"}[i%2]
		w.offer(t, changed(bike(), map[string]any{"title": fmt.Sprint("bike ", i), "author_id": author, "disabled": i == 4}))
	}
	first := w.call(t, "GET", "/v1/listings?limit=2&author=sam", nil).is(200).has(map[string]string{"items.0.title": "bike 4", "items.1.title": "bike 2", "items.2": "absent"})
	w.call(t, "GET", "/v1/listings?limit=2&author=sam&cursor="+first.at("next_cursor"), nil).is(200).
		has(map[string]string{"items.0.title": "bike 0", "items.1": "absent", "next_cursor": "<nil>"})
	w.call(t, "GET", "/v1/listings?state=disabled", nil).is(200).has(map[string]string{"items.0.title": "bike 4", "items.1": "absent"})
	w.call(t, "GET", "/v1/listings", nil, withKey(w.other)).is(200).has(map[string]string{"items.0": "absent"})
}

func TestListingRoutes_needAService(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.call(t, "POST", "/v1/listings", bike()).refused(404, "route_not_found")
	w.call(t, "GET", "/v1/sessions?user=bea", nil).refused(404, "route_not_found")
}

// A deal of an online listing waits for the author, who accepts or rejects it.
func TestListingDeal_acceptance(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	path := w.offer(t, bike())
	stock := func(want string) {
		t.Helper()
		w.call(t, "GET", path, nil).is(200).has(map[string]string{"stock": want})
	}
	asked := w.call(t, "POST", path+"/transactions", map[string]any{"quantity": 2}, as("bea"), once("1")).is(201).has(map[string]string{
		"state": "requested", "process": "escrow_online@1", "gateway": "trustap", "starter_id": "bea", "author_id": "sam",
		"listing.title": "City bike", "unit_price.amount": "5000", "quantity": "2", "price.amount": "10000",
	})
	stock("1")
	id := asked.at("id")
	w.call(t, "POST", "/v1/transactions/"+id+"/transitions", map[string]any{"transition": "accept_listing"}, as("bea"), once("2")).refused(403, "not_author")
	w.take(t, id, "accept_listing", nil, "joined", as("sam"))

	other := w.call(t, "POST", path+"/transactions", map[string]any{"starter_id": "bob"}, once("3")).is(201).at("id")
	stock("0")
	w.call(t, "POST", path+"/transactions", map[string]any{"starter_id": "bob"}, once("4")).refused(409, "out_of_stock")
	w.take(t, other, "reject_listing", nil, "rejected", as("sam"))
	stock("1")

	again := w.call(t, "POST", path+"/transactions", map[string]any{"quantity": 2}, as("bea"), once("1")).is(201)
	if again.body != asked.body || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("a repeat of a sale that emptied the stock is answered with %s", again.body)
	}
}

func TestListingDeal_kinds(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	single := changed(bike(), map[string]any{"kind": "single_use", "stock": nil})
	meeting := changed(single, map[string]any{"model": "face_to_face", "deposit": map[string]any{"amount": 700, "currency": "EUR"}})
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
			path := w.offer(t, tc.listing)
			body := changed(map[string]any{"starter_id": "bea"}, tc.deal)
			w.call(t, "POST", path+"/transactions", body, once(name)).is(201).has(tc.want)
			w.call(t, "POST", path+"/transactions", body, once(name+" again")).refused(409, "listing_is_disabled")
		})
	}
}

func TestListingDeal_refusals(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	path := w.offer(t, bike())
	single := w.offer(t, changed(bike(), map[string]any{"kind": "single_use", "stock": nil}))
	meeting := w.offer(t, changed(bike(), map[string]any{"model": "face_to_face"}))
	rooms := w.offer(t, changed(bike(), map[string]any{"unit": "night", "stock": nil}))
	closed := w.offer(t, changed(bike(), map[string]any{"disabled": true}))
	free := w.offer(t, changed(bike(), map[string]any{"price": nil}))
	tests := map[string]struct {
		path    string
		body    map[string]any
		options []option
		status  int
		code    string
	}{
		"nobody buys":       {path, nil, nil, 400, "missing_field"},
		"too many":          {path, map[string]any{"quantity": 4}, []option{as("bea")}, 409, "out_of_stock"},
		"none":              {path, map[string]any{"quantity": 0}, []option{as("bea")}, 400, "invalid_quantity"},
		"twice the one":     {single, map[string]any{"quantity": 2}, []option{as("bea")}, 400, "invalid_quantity"},
		"own listing":       {path, nil, []option{as("sam")}, 400, "starter_is_author"},
		"unknown process":   {path, map[string]any{"process": "prepay"}, []option{as("bea")}, 400, "unknown_process"},
		"an exchange":       {path, map[string]any{"process": "p2p_order"}, []option{as("bea")}, 400, "process_not_for_listings"},
		"wrong gateway":     {path, map[string]any{"gateway": "stripe"}, []option{as("bea")}, 400, "process_gateway_mismatch"},
		"skips the author":  {path, map[string]any{"requires_acceptance": false}, []option{as("bea")}, 403, "acceptance_required"},
		"cannot wait":       {meeting, map[string]any{"requires_acceptance": true}, []option{as("bea")}, 400, "acceptance_not_supported"},
		"no deposit":        {meeting, nil, []option{as("bea")}, 409, "no_listing_deposit"},
		"no dates":          {rooms, nil, []option{as("bea")}, 400, "dates_missing"},
		"needless dates":    {path, map[string]any{"booking": map[string]any{"start_on": "2030-02-01", "end_on": "2030-02-02"}}, []option{as("bea")}, 400, "booking_not_supported"},
		"other quantity":    {rooms, map[string]any{"quantity": 9, "booking": map[string]any{"start_on": "2030-02-01", "end_on": "2030-02-02"}}, []option{as("bea")}, 400, "quantity_mismatch"},
		"not a date":        {rooms, map[string]any{"booking": map[string]any{"start_on": "soon", "end_on": "2030-02-02"}}, []option{as("bea")}, 400, "invalid_date"},
		"disabled":          {closed, nil, []option{as("bea")}, 409, "listing_is_disabled"},
		"no price":          {free, nil, []option{as("bea")}, 409, "no_listing_currency"},
		"unknown listing":   {"/v1/listings/lst_x", nil, []option{as("bea")}, 404, "listing_not_found"},
		"for somebody else": {path, map[string]any{"starter_id": "bob"}, []option{as("bea")}, 403, "not_starter"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := tc.body
			if body == nil {
				body = map[string]any{}
			}
			w.call(t, "POST", tc.path+"/transactions", body, append(tc.options, once(name))...).refused(tc.status, tc.code)
		})
	}
	w.call(t, "POST", path+"/transactions", map[string]any{}, as("bea")).refused(400, "idempotency_key_missing")
}

func TestListingDeal_takesDays(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	path := w.offer(t, changed(bike(), map[string]any{"unit": "night", "stock": nil, "zone": "Europe/Dublin"}))
	stay := func(from, to string) map[string]any {
		return map[string]any{"booking": map[string]any{"start_on": from, "end_on": to}}
	}
	w.call(t, "POST", path+"/blocked-dates", map[string]any{"days": []string{"2030-02-09", "2030-02-08"}}, as("sam")).is(204)
	w.call(t, "POST", path+"/transactions", stay("2030-02-01", "2030-02-03"), as("bea"), once("1")).is(201).
		has(map[string]string{"quantity": "3", "price.amount": "15000", "booking.end_on": "2030-02-03"})
	w.call(t, "POST", path+"/transactions", stay("2030-02-03", "2030-02-04"), as("bob"), once("2")).refused(409, "dates_not_available")
	w.call(t, "POST", path+"/transactions", stay("2030-02-07", "2030-02-08"), as("bob"), once("3")).refused(409, "dates_not_available")
	w.call(t, "POST", path+"/blocked-dates", map[string]any{"days": []string{"2030-02-01"}}).refused(409, "dates_not_available")
	w.call(t, "GET", path+"/availability?from=2030-02-02&to=2030-02-09", nil, as("bob")).is(200).has(map[string]string{
		"from": "2030-02-02", "to": "2030-02-09", "unit": "night", "zone": "Europe/Dublin",
		"taken.0": "2030-02-02", "taken.1": "2030-02-03", "taken.2": "absent", "blocked.0": "2030-02-08", "blocked.1": "absent",
	})
	w.call(t, "DELETE", path+"/blocked-dates?from=2030-02-01&to=2030-02-09", nil, as("sam")).is(204)
	w.call(t, "GET", path+"/availability?from=2030-02-01&to=2030-02-10", nil).is(200).
		has(map[string]string{"taken.2": "2030-02-03", "blocked.0": "2030-02-09", "blocked.1": "absent"})
}

// Of many who buy the last piece at once, one gets it.
func TestListingDeal_lastPiece(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	path := w.offer(t, changed(bike(), map[string]any{"kind": "single_use", "stock": nil}))
	var wg sync.WaitGroup
	answers := make([]answer, 6)
	for i := range answers {
		wg.Go(func() {
			answers[i] = w.call(t, "POST", path+"/transactions", map[string]any{"starter_id": fmt.Sprint("user-", i)}, once(fmt.Sprint(i)))
		})
	}
	wg.Wait()
	sold := 0
	for _, a := range answers {
		if a.status == http.StatusCreated {
			sold++
			continue
		}
		a.refused(409, "listing_is_disabled")
	}
	if sold != 1 {
		t.Errorf("sold %d times", sold)
	}
}

// Whichever face sells a kept listing takes it from its stock. A contact that
// nothing is paid for takes nothing.
func TestKeptListing_onOtherFaces(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	path := w.offer(t, changed(bike(), map[string]any{"stock": 2}))
	number, err := strconv.ParseInt(w.call(t, "GET", path, nil).at("number"), 10, 64)
	w.must(err)
	native := changed(sale(), map[string]any{"quantity": 1, "listing": map[string]any{"id": number, "title": "City bike"}})
	legacy := map[string]any{"transaction": map[string]any{
		"payment_process": "escrow_online", "payment_gateway": "trustap", "community_id": ours, "starter_id": "bea", "listing_id": number,
		"listing_title": "City bike", "listing_price": map[string]any{"amount": 5000, "currency": "EUR"}, "listing_author_id": "sam",
	}}
	contact := changed(native, map[string]any{"process": "none", "gateway": "none", "quantity": 1, "unit_price": map[string]any{"amount": 0, "currency": "EUR"}})
	w.call(t, "POST", "/v1/transactions", contact, once("0")).is(201)
	w.call(t, "POST", "/v1/transactions", native, once("1")).is(201)
	w.call(t, "GET", path, nil).has(map[string]string{"stock": "1"})
	sold := w.call(t, "POST", "/transactions/v1/create", legacy).is(201)
	w.call(t, "GET", path, nil).has(map[string]string{"stock": "0"})
	w.call(t, "POST", "/v1/transactions", native, once("2")).refused(409, "out_of_stock")
	w.call(t, "POST", "/transactions/v1/"+sold.at("transaction.id")+"/cancel", nil).is(200)
	w.call(t, "GET", path, nil).has(map[string]string{"stock": "1"})
	w.call(t, "POST", "/v1/transactions", changed(native, map[string]any{"quantity": 2}), once("3")).refused(409, "out_of_stock")
}
