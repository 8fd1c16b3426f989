package server_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// A deal and a listing have one number on all faces, and the native one takes it too.
func TestH5_everyFacesNumber(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	number := w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal()).Is(201).At("transaction.id")
	made := w.Call(t, "GET", "/v1/transactions/"+number, nil).Is(200).Has(map[string]string{"number": number})
	id := made.At("id")
	for _, path := range []string{"", "/explain", "/timeline", "/entries", "/messages", "/reviews", "/evidence"} {
		byNumber, byID := w.Call(t, "GET", "/v1/transactions/"+number+path, nil).Is(200), w.Call(t, "GET", "/v1/transactions/"+id+path, nil).Is(200)
		if byNumber.Body != byID.Body {
			t.Errorf("%s: %s, by id %s", path, byNumber.Body, byID.Body)
		}
	}
	said := w.Call(t, "POST", "/v1/transactions/"+number+"/messages", map[string]any{"content": "Hi", "sender_id": "bea"}).Is(201)
	w.Call(t, "POST", "/v1/transactions/"+number+"/read", map[string]any{"user_id": "sam", "message_id": said.At("number")}).Is(204)
	w.Call(t, "GET", "/v1/transactions/"+number, nil, facetest.As("eve")).Refused(404, "transaction_not_found")
	w.Call(t, "GET", "/v1/transactions/"+number, nil, facetest.WithKey(w.Other)).Refused(404, "transaction_not_found")

	listed, path := w.Kept(t, facetest.Bike())
	w.Call(t, "GET", "/v1/listings/"+listed.String(), nil).Is(200).Has(map[string]string{"number": listed.String(), "id": strings.TrimPrefix(path, "/v1/listings/")})
	w.Call(t, "PUT", "/v1/listings/"+listed.String()+"/stock", map[string]any{"stock": 9}).Is(200)
	w.Call(t, "POST", "/v1/listings/"+listed.String()+"/transactions", map[string]any{"starter_id": "bea"}, facetest.Once("1")).Is(201)
	for _, of := range []string{listed.String(), strings.TrimPrefix(path, "/v1/listings/")} {
		w.Call(t, "GET", "/v1/transactions?listing_id="+of, nil).Is(200).Has(map[string]string{"items.0.listing.id": listed.String(), "items.1": "absent"})
	}
	for _, wrong := range []string{"0", "-1", "01", "1e3", "txn_x"} {
		w.Call(t, "GET", "/v1/listings/"+wrong, nil).Refused(404, "listing_not_found")
		w.Call(t, "GET", "/v1/transactions/"+wrong, nil).Refused(404, "transaction_not_found")
		w.Call(t, "GET", "/v1/transactions?listing_id="+wrong, nil).Refused(400, "invalid_listing_id")
	}
}

// A user's UUID is one user, however it is written, wherever it enters.
func TestM12_oneSpellingOfAUser(t *testing.T) {
	t.Parallel()
	m := whole(t)
	upper := strings.ToUpper(facetest.Ann)
	money := map[string]any{"amount": 1000, "currency": "EUR"}
	m.Call(t, "POST", "/v1/balances/"+upper+"/deposits", money, facetest.Once("1")).Is(201).Has(map[string]string{"user_id": facetest.Ann})
	m.Call(t, "POST", "/v1/balances/"+upper+"/withdrawals", map[string]any{"amount": 300, "currency": "EUR"}, facetest.Once("2")).Is(201)
	for _, id := range []string{facetest.Ann, upper} {
		m.Call(t, "GET", "/v1/balances/"+id+"?currency=EUR", nil, facetest.As(upper)).Is(200).Has(map[string]string{"user_id": facetest.Ann, "available": "700"})
		m.Call(t, "PUT", "/v1/users/"+id, facetest.Profile(), facetest.As(upper)).Is(200).Has(map[string]string{"id": facetest.Ann})
		m.Call(t, "GET", "/v1/users/"+id+"/rating", nil).Is(200).Has(map[string]string{"user_id": facetest.Ann})
	}
	sold := facetest.Changed(facetest.Sale(), map[string]any{"starter_id": strings.ToUpper(facetest.Bob), "author_id": upper})
	made := m.Call(t, "POST", "/v1/transactions", sold, facetest.Once("3"), facetest.As(facetest.Bob)).Is(201).Has(map[string]string{"starter_id": facetest.Bob, "author_id": facetest.Ann, "seller_id": facetest.Ann})
	m.Call(t, "GET", "/v1/transactions/"+made.At("id"), nil, facetest.As(upper)).Is(200)
	m.Call(t, "GET", "/v1/transactions?party="+upper, nil).Is(200).Has(map[string]string{"items.0.id": made.At("id")})
	m.Call(t, "POST", "/v1/transactions/"+made.At("id")+"/messages", map[string]any{"content": "Hi", "sender_id": upper}).Is(201).Has(map[string]string{"sender_id": facetest.Ann})
	legacy := facetest.With(facetest.With(facetest.Deal(), "transaction.starter_id", strings.ToUpper(facetest.Bob)), "transaction.listing_author_id", upper)
	m.Call(t, "POST", facetest.DealsPath+"create", legacy).Is(201).Has(map[string]string{"transaction.starter_id": facetest.Bob, "transaction.listing_author_id": facetest.Ann})
	m.Call(t, "POST", "/v1/listings", facetest.Changed(facetest.Bike(), map[string]any{"author_id": upper})).Is(201).Has(map[string]string{"author_id": facetest.Ann})
	m.Call(t, "GET", "/v1/listings?author="+upper, nil).Is(200).Has(map[string]string{"items.0.author_id": facetest.Ann})
}
