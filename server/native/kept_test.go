package native_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// A user who opens a deal over a kept listing does so on its author's terms.
func TestCreate_overAKeptListing(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	stocked, path := w.Kept(t, facetest.Bike())
	meeting, _ := w.Kept(t, facetest.Changed(facetest.Bike(), map[string]any{"model": "face_to_face", "deposit": map[string]any{"amount": 700, "currency": "EUR"}}))
	noDeposit, _ := w.Kept(t, facetest.Changed(facetest.Bike(), map[string]any{"model": "face_to_face"}))
	euros := func(n int) map[string]any { return map[string]any{"amount": n, "currency": "EUR"} }
	listing := func(number json.Number) map[string]any { return map[string]any{"id": number, "title": "City bike"} }
	type fields = map[string]any
	online := facetest.Changed(facetest.Sale(), fields{"listing": listing(stocked), "transition": "request", "quantity": 1})
	atOnce := facetest.Changed(online, fields{"transition": nil})
	card := facetest.Changed(atOnce, fields{"process": "preauthorize", "gateway": "stripe"})
	free := facetest.Changed(atOnce, fields{"process": "none", "gateway": "none", "unit_price": euros(1)})
	deposit := facetest.Changed(atOnce, fields{"process": "escrow_f2f", "listing": listing(meeting), "unit_price": euros(0), "deposit": euros(700)})
	invited := fields{"transition": "invite", "author_id": nil, "buyer_id": "bea"}
	tests := []struct {
		name   string
		body   map[string]any
		actor  string // empty: the backend
		status int
		code   string
	}{
		{"not asking the author", atOnce, "bea", 403, "acceptance_required"},
		{"by a join code", facetest.Changed(online, invited), "bea", 403, "acceptance_required"},
		{"cheaper", facetest.Changed(online, fields{"unit_price": euros(1)}), "bea", 409, "listing_price_differs"},
		{"another currency", facetest.Changed(online, fields{"unit_price": fields{"amount": 5000, "currency": "USD"}}), "bea", 409, "listing_price_differs"},
		{"cheaper with a card", facetest.Changed(card, fields{"unit_price": euros(1)}), "bea", 409, "listing_price_differs"},
		{"smaller deposit", facetest.Changed(deposit, fields{"deposit": euros(1)}), "bea", 409, "listing_price_differs"},
		{"deposit of none", facetest.Changed(deposit, fields{"listing": listing(noDeposit)}), "bea", 409, "no_listing_deposit"},
		{"sold by whoever joins", facetest.Changed(deposit, invited), "bea", 400, "listing_author_mismatch"},
		{"sold by the buyer", facetest.Changed(deposit, fields{"seller_id": "bea", "buyer_id": "sam"}), "bea", 400, "listing_author_mismatch"},
		{"as the author offers it", online, "bea", 201, ""},
		{"with a card", card, "bea", 201, ""},
		{"deposit", deposit, "bea", 201, ""},
		{"nothing is paid", free, "bea", 201, ""},
		{"the backend decides", facetest.Changed(atOnce, fields{"unit_price": euros(4000)}), "", 201, ""},
		{"sold out", online, "bea", 409, "out_of_stock"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			options := []facetest.Option{facetest.Once(tc.name)}
			if tc.actor != "" {
				options = append(options, facetest.As(tc.actor))
			}
			a := w.Call(t, "POST", "/v1/transactions", tc.body, options...)
			if tc.code == "" {
				a.Is(tc.status)
				return
			}
			a.Refused(tc.status, tc.code)
		})
	}
	w.Call(t, "GET", path, nil).Is(200).Has(map[string]string{"stock": "0"})
}

// Point 9: on the customer's face the caller's price holds; the rest is the listing's.
func TestSharetribeCreate_overAKeptListing(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	w.Fund(t, "bea", 100_000)
	number, path := w.Kept(t, facetest.Changed(facetest.Bike(), map[string]any{"kind": "single_use", "stock": nil}))
	create := func(change string, to any) facetest.Answer {
		t.Helper()
		body := facetest.With(facetest.Scenario{Process: "preauthorize", Gateway: "balance"}.Body(), "transaction.listing_id", number)
		return w.Call(t, "POST", facetest.DealsPath+"create", facetest.With(body, change, to), facetest.As("bea"))
	}
	create("transaction.listing_author_id", "eve").Refused(400, "listing_author_mismatch")
	w.Call(t, "POST", path+"/disable", nil).Is(200)
	create("transaction.listing_quantity", 1).Refused(409, "listing_is_disabled")
	w.Call(t, "POST", path+"/enable", nil).Is(200)
	create("transaction.listing_price.amount", 4900).Is(201)
	w.Call(t, "GET", path, nil).Is(200).Has(map[string]string{"stock": "0"})
	create("transaction.listing_quantity", 1).Refused(409, "listing_is_disabled")
}

// The exchange alone opens and changes its orders; everybody concerned may read them.
func TestOrderOfTheExchange_isReadOnlyHere(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Fund(t, "sam", 10_000)
	body := facetest.With(facetest.With(facetest.Sale(), "process", "p2p_order"), "gateway", "balance")
	for _, options := range [][]facetest.Option{{facetest.As("bea")}, {facetest.Staff("otto")}, {}} {
		w.Call(t, "POST", "/v1/transactions", body, append(options, facetest.Once("1"))...).Refused(400, "opened_by_exchange").Has(map[string]string{"field": "process"})
	}
	order, err := w.Engine.Create(t.Context(), orchestrator.CreateInput{
		CommunityID: facetest.Ours, Process: "p2p_order", Gateway: "balance", Actor: process.Actor{Kind: process.User, ID: "bea"},
		Starter: "bea", Author: "sam", Title: "EUR", UnitPrice: money.New(5000, "EUR"),
	})
	w.Must(err)
	path := "/v1/transactions/" + w.Call(t, "GET", "/v1/transactions?process=p2p_order", nil).Is(200).At("items.0.id")
	for name, who := range map[string]facetest.Option{"confirm_paid": facetest.As("bea"), "cancel_sale": facetest.As("sam"), "call_operator": facetest.WithKey(w.Key), "resolve_release": facetest.Staff("bea")} {
		for _, route := range []string{"/transitions", "/dry-run"} {
			w.Call(t, "POST", path+route, map[string]any{"transition": name}, who, facetest.Once(name)).Refused(409, "opened_by_exchange")
		}
	}
	w.Call(t, "POST", path+"/transitions", map[string]any{"transition": "confirm_paid"}, facetest.As("eve"), facetest.Once("eve")).Refused(404, "transaction_not_found")
	for _, route := range []string{"", "/explain", "/timeline", "/entries"} {
		w.Call(t, "GET", path+route, nil, facetest.As("bea")).Is(200)
	}
	after, err := w.Store.Transaction(t.Context(), facetest.Ours, order.Transaction.ID)
	w.Must(err)
	if diff := cmp.Diff(order.Transaction.State, after.State); diff != "" {
		t.Errorf("the order moved (-want +got):\n%s", diff)
	}
}

func TestListing_madeOnce(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	first := w.Call(t, "POST", "/v1/listings", facetest.Bike(), facetest.Once("1")).Is(201)
	again := w.Call(t, "POST", "/v1/listings", facetest.Bike(), facetest.Once("1")).Is(201)
	if again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay %v %s, want %s", again.Header, again.Body, first.Body)
	}
	w.Call(t, "POST", "/v1/listings", facetest.Changed(facetest.Bike(), map[string]any{"title": "Another"}), facetest.Once("1")).Refused(422, "idempotency_key_reused")
	w.Call(t, "POST", "/v1/listings", facetest.Changed(facetest.Bike(), map[string]any{"kind": "rare"}), facetest.Once("2")).Refused(400, "validation_error")
	w.Call(t, "POST", "/v1/listings", facetest.Bike(), facetest.Once("2")).Is(201) // what failed gave the key back
	w.Call(t, "POST", "/v1/listings", facetest.Bike()).Is(201)
	w.Call(t, "GET", "/v1/listings", nil).Is(200).Has(map[string]string{"items.2.title": "City bike", "items.3": "absent"})
}
