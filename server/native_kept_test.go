package server_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server"
)

// kept makes a listing and returns its number and its path.
func (w *world) kept(t *testing.T, body map[string]any) (number json.Number, path string) {
	t.Helper()
	made := w.call(t, "POST", "/v1/listings", body).is(201)
	return json.Number(made.at("number")), "/v1/listings/" + made.at("id")
}

// A user who opens a deal over a kept listing does so on its author's terms.
func TestCreate_overAKeptListing(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	stocked, path := w.kept(t, bike())
	meeting, _ := w.kept(t, changed(bike(), map[string]any{"model": "face_to_face", "deposit": map[string]any{"amount": 700, "currency": "EUR"}}))
	noDeposit, _ := w.kept(t, changed(bike(), map[string]any{"model": "face_to_face"}))
	euros := func(n int) map[string]any { return map[string]any{"amount": n, "currency": "EUR"} }
	listing := func(number json.Number) map[string]any { return map[string]any{"id": number, "title": "City bike"} }
	type fields = map[string]any
	online := changed(sale(), fields{"listing": listing(stocked), "transition": "request", "quantity": 1})
	atOnce := changed(online, fields{"transition": nil})
	card := changed(atOnce, fields{"process": "preauthorize", "gateway": "stripe"})
	free := changed(atOnce, fields{"process": "none", "gateway": "none", "unit_price": euros(1)})
	deposit := changed(atOnce, fields{"process": "escrow_f2f", "listing": listing(meeting), "unit_price": euros(0), "deposit": euros(700)})
	invited := fields{"transition": "invite", "author_id": nil, "buyer_id": "bea"}
	tests := []struct {
		name   string
		body   map[string]any
		actor  string // empty: the backend
		status int
		code   string
	}{
		{"not asking the author", atOnce, "bea", 403, "acceptance_required"},
		{"by a join code", changed(online, invited), "bea", 403, "acceptance_required"},
		{"cheaper", changed(online, fields{"unit_price": euros(1)}), "bea", 409, "listing_price_differs"},
		{"another currency", changed(online, fields{"unit_price": fields{"amount": 5000, "currency": "USD"}}), "bea", 409, "listing_price_differs"},
		{"cheaper with a card", changed(card, fields{"unit_price": euros(1)}), "bea", 409, "listing_price_differs"},
		{"smaller deposit", changed(deposit, fields{"deposit": euros(1)}), "bea", 409, "listing_price_differs"},
		{"deposit of none", changed(deposit, fields{"listing": listing(noDeposit)}), "bea", 409, "no_listing_deposit"},
		{"sold by whoever joins", changed(deposit, invited), "bea", 400, "listing_author_mismatch"},
		{"sold by the buyer", changed(deposit, fields{"seller_id": "bea", "buyer_id": "sam"}), "bea", 400, "listing_author_mismatch"},
		{"as the author offers it", online, "bea", 201, ""},
		{"with a card", card, "bea", 201, ""},
		{"deposit", deposit, "bea", 201, ""},
		{"nothing is paid", free, "bea", 201, ""},
		{"the backend decides", changed(atOnce, fields{"unit_price": euros(4000)}), "", 201, ""},
		{"sold out", online, "bea", 409, "out_of_stock"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			options := []option{once(tc.name)}
			if tc.actor != "" {
				options = append(options, as(tc.actor))
			}
			a := w.call(t, "POST", "/v1/transactions", tc.body, options...)
			if tc.code == "" {
				a.is(tc.status)
				return
			}
			a.refused(tc.status, tc.code)
		})
	}
	w.call(t, "GET", path, nil).is(200).has(map[string]string{"stock": "0"})
}

// Point 9: on the customer's face the caller's price holds; the rest is the listing's.
func TestSharetribeCreate_overAKeptListing(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	w.fund(t, "bea", 100_000)
	number, path := w.kept(t, changed(bike(), map[string]any{"kind": "single_use", "stock": nil}))
	create := func(change string, to any) answer {
		t.Helper()
		body := with(scenario{process: "preauthorize", gateway: "balance"}.body(), "transaction.listing_id", number)
		return w.call(t, "POST", dealsPath+"create", with(body, change, to), as("bea"))
	}
	create("transaction.listing_author_id", "eve").refused(400, "listing_author_mismatch")
	w.call(t, "POST", path+"/disable", nil).is(200)
	create("transaction.listing_quantity", 1).refused(409, "listing_is_disabled")
	w.call(t, "POST", path+"/enable", nil).is(200)
	create("transaction.listing_price.amount", 4900).is(201)
	w.call(t, "GET", path, nil).is(200).has(map[string]string{"stock": "0"})
	create("transaction.listing_quantity", 1).refused(409, "listing_is_disabled")
}

// The exchange alone opens and changes its orders; everybody concerned may read them.
func TestOrderOfTheExchange_isReadOnlyHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fund(t, "sam", 10_000)
	body := with(with(sale(), "process", "p2p_order"), "gateway", "balance")
	for _, options := range [][]option{{as("bea")}, {staff("otto")}, {}} {
		w.call(t, "POST", "/v1/transactions", body, append(options, once("1"))...).refused(400, "opened_by_exchange").has(map[string]string{"field": "process"})
	}
	order, err := w.engine.Create(t.Context(), orchestrator.CreateInput{
		CommunityID: ours, Process: "p2p_order", Gateway: "balance", Actor: process.Actor{Kind: process.User, ID: "bea"},
		Starter: "bea", Author: "sam", Title: "EUR", UnitPrice: money.New(5000, "EUR"),
	})
	w.must(err)
	path := "/v1/transactions/" + w.call(t, "GET", "/v1/transactions?process=p2p_order", nil).is(200).at("items.0.id")
	for name, who := range map[string]option{"confirm_paid": as("bea"), "cancel_sale": as("sam"), "call_operator": withKey(w.key), "resolve_release": staff("bea")} {
		for _, route := range []string{"/transitions", "/dry-run"} {
			w.call(t, "POST", path+route, map[string]any{"transition": name}, who, once(name)).refused(409, "opened_by_exchange")
		}
	}
	w.call(t, "POST", path+"/transitions", map[string]any{"transition": "confirm_paid"}, as("eve"), once("eve")).refused(404, "transaction_not_found")
	for _, route := range []string{"", "/explain", "/timeline", "/entries"} {
		w.call(t, "GET", path+route, nil, as("bea")).is(200)
	}
	after, err := w.store.Transaction(t.Context(), ours, order.Transaction.ID)
	w.must(err)
	if diff := cmp.Diff(order.Transaction.State, after.State); diff != "" {
		t.Errorf("the order moved (-want +got):\n%s", diff)
	}
}

func TestListing_madeOnce(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	first := w.call(t, "POST", "/v1/listings", bike(), once("1")).is(201)
	again := w.call(t, "POST", "/v1/listings", bike(), once("1")).is(201)
	if again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay %v %s, want %s", again.header, again.body, first.body)
	}
	w.call(t, "POST", "/v1/listings", changed(bike(), map[string]any{"title": "Another"}), once("1")).refused(422, "idempotency_key_reused")
	w.call(t, "POST", "/v1/listings", changed(bike(), map[string]any{"kind": "rare"}), once("2")).refused(400, "validation_error")
	w.call(t, "POST", "/v1/listings", bike(), once("2")).is(201) // what failed gave the key back
	w.call(t, "POST", "/v1/listings", bike()).is(201)
	w.call(t, "GET", "/v1/listings", nil).is(200).has(map[string]string{"items.2.title": "City bike", "items.3": "absent"})
}

// Without a store for the answers the header is not taken.
func TestListing_withoutReplies(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) {
		keepAll(t, c)
		c.Replies = nil
	})
	for range 2 {
		w.call(t, "POST", "/v1/listings", bike(), once("1")).is(201)
	}
	w.call(t, "GET", "/v1/listings", nil).is(200).has(map[string]string{"items.1.title": "City bike"})
}
