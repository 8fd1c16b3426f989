package server_test

import (
	"strings"
	"testing"
)

// A deal and a listing have one number on all faces, and the native one takes it too.
func TestH5_everyFacesNumber(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	number := w.call(t, "POST", dealsPath+"create", deal()).is(201).at("transaction.id")
	made := w.call(t, "GET", "/v1/transactions/"+number, nil).is(200).has(map[string]string{"number": number})
	id := made.at("id")
	for _, path := range []string{"", "/explain", "/timeline", "/entries", "/messages", "/reviews", "/evidence"} {
		byNumber, byID := w.call(t, "GET", "/v1/transactions/"+number+path, nil).is(200), w.call(t, "GET", "/v1/transactions/"+id+path, nil).is(200)
		if byNumber.body != byID.body {
			t.Errorf("%s: %s, by id %s", path, byNumber.body, byID.body)
		}
	}
	said := w.call(t, "POST", "/v1/transactions/"+number+"/messages", map[string]any{"content": "Hi", "sender_id": "bea"}).is(201)
	w.call(t, "POST", "/v1/transactions/"+number+"/read", map[string]any{"user_id": "sam", "message_id": said.at("number")}).is(204)
	w.call(t, "GET", "/v1/transactions/"+number, nil, as("eve")).refused(404, "transaction_not_found")
	w.call(t, "GET", "/v1/transactions/"+number, nil, withKey(w.other)).refused(404, "transaction_not_found")

	listed, path := w.kept(t, bike())
	w.call(t, "GET", "/v1/listings/"+listed.String(), nil).is(200).has(map[string]string{"number": listed.String(), "id": strings.TrimPrefix(path, "/v1/listings/")})
	w.call(t, "PUT", "/v1/listings/"+listed.String()+"/stock", map[string]any{"stock": 9}).is(200)
	w.call(t, "POST", "/v1/listings/"+listed.String()+"/transactions", map[string]any{"starter_id": "bea"}, once("1")).is(201)
	for _, of := range []string{listed.String(), strings.TrimPrefix(path, "/v1/listings/")} {
		w.call(t, "GET", "/v1/transactions?listing_id="+of, nil).is(200).has(map[string]string{"items.0.listing.id": listed.String(), "items.1": "absent"})
	}
	for _, wrong := range []string{"0", "-1", "01", "1e3", "txn_x"} {
		w.call(t, "GET", "/v1/listings/"+wrong, nil).refused(404, "listing_not_found")
		w.call(t, "GET", "/v1/transactions/"+wrong, nil).refused(404, "transaction_not_found")
		w.call(t, "GET", "/v1/transactions?listing_id="+wrong, nil).refused(400, "invalid_listing_id")
	}
}

// A user's UUID is one user, however it is written, wherever it enters.
func TestM12_oneSpellingOfAUser(t *testing.T) {
	t.Parallel()
	m := whole(t)
	upper := strings.ToUpper(ann)
	money := map[string]any{"amount": 1000, "currency": "RUB"}
	m.call(t, "POST", "/v1/balances/"+upper+"/deposits", money, once("1")).is(201).has(map[string]string{"user_id": ann})
	m.call(t, "POST", "/v1/balances/"+upper+"/withdrawals", map[string]any{"amount": 300, "currency": "RUB"}, once("2")).is(201)
	for _, id := range []string{ann, upper} {
		m.call(t, "GET", "/v1/balances/"+id+"?currency=RUB", nil, as(upper)).is(200).has(map[string]string{"user_id": ann, "available": "700"})
		m.call(t, "PUT", "/v1/users/"+id, profile(), as(upper)).is(200).has(map[string]string{"id": ann})
		m.call(t, "GET", "/v1/users/"+id+"/rating", nil).is(200).has(map[string]string{"user_id": ann})
	}
	sold := changed(sale(), map[string]any{"starter_id": strings.ToUpper(bob), "author_id": upper})
	made := m.call(t, "POST", "/v1/transactions", sold, once("3"), as(bob)).is(201).has(map[string]string{"starter_id": bob, "author_id": ann, "seller_id": ann})
	m.call(t, "GET", "/v1/transactions/"+made.at("id"), nil, as(upper)).is(200)
	m.call(t, "GET", "/v1/transactions?party="+upper, nil).is(200).has(map[string]string{"items.0.id": made.at("id")})
	m.call(t, "POST", "/v1/transactions/"+made.at("id")+"/messages", map[string]any{"content": "Hi", "sender_id": upper}).is(201).has(map[string]string{"sender_id": ann})
	legacy := with(with(deal(), "transaction.starter_id", strings.ToUpper(bob)), "transaction.listing_author_id", upper)
	m.call(t, "POST", dealsPath+"create", legacy).is(201).has(map[string]string{"transaction.starter_id": bob, "transaction.listing_author_id": ann})
	m.call(t, "POST", "/v1/listings", changed(bike(), map[string]any{"author_id": upper})).is(201).has(map[string]string{"author_id": ann})
	m.call(t, "GET", "/v1/listings?author="+upper, nil).is(200).has(map[string]string{"items.0.author_id": ann})
}
