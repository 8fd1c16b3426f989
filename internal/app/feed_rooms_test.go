package app_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// What happens outside deals is in the log, too, in the commit of what happened: each once,
// with the members that the catalogue says.
func TestEvents_ofEveryRoom(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": func(testing.TB) string { return "" }, "postgres": func(t testing.TB) string { return testdb.Postgres(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testkit.New(t, testkit.Options{DatabaseURL: url(t)})
			w.MustSettle()
			before := readEvents(t, w, "").Next
			must := func(status int, method, path, body string, header ...string) testkit.Response {
				t.Helper()
				r := w.Call(method, path, body, header...)
				if r.Status != status {
					t.Fatalf("%s %s: %d %s", method, path, r.Status, r.Body)
				}
				return r
			}
			var listing struct {
				ID     string
				Number int64
			}
			must(201, "POST", "/v1/listings", `{"author_id":"sam","kind":"multi_use","model":"online","title":"City bike","description":"Runs well","price":{"amount":5000,"currency":"EUR"},"stock":3,"external_reference":"L-1","metadata":{"shelf":"7"}}`).JSON(t, &listing)
			must(200, "POST", "/v1/listings/"+listing.ID+"/disable", "")
			must(200, "POST", "/v1/listings/"+listing.ID+"/disable", "")
			rooms := must(201, "POST", "/v1/listings", `{"author_id":"sam","kind":"multi_use","model":"online","title":"Room","unit":"night","price":{"amount":5000,"currency":"EUR"}}`)
			var room struct{ ID string }
			rooms.JSON(t, &room)
			for range 2 { // the second of each changes nothing
				must(204, "POST", "/v1/listings/"+room.ID+"/blocked-dates", `{"days":["2030-05-01","2030-05-02"]}`)
			}
			for range 2 {
				must(204, "DELETE", "/v1/listings/"+room.ID+"/blocked-dates?from=2030-05-01&to=2030-05-02", "")
			}
			must(200, "PUT", "/v1/sellers/sam/accounts/paypal", `{"account_id":"sam@example.com","reason":"asked"}`)
			must(204, "DELETE", "/v1/listings/"+listing.ID, "")
			tx := w.BringTo(escrowonline.Delivered)
			w.Advance(15 * 24 * time.Hour)
			must(201, "POST", fmt.Sprintf("/v1/transactions/%d/reviews", tx.ID), `{"rating":5,"content":"quick"}`, "Handsel-Actor", "bea")
			w.Advance(time.Minute)
			p := readEvents(t, w, fmt.Sprintf("?after=%d&type=listing.*,review.*,seller.*", before))
			want := []string{"listing.created", "listing.changed", "listing.created", "listing.changed", "listing.changed", "seller.linked", "seller.activated", "listing.deleted", "review.posted"}
			if !slices.Equal(p.types(), want) {
				t.Fatalf("the log has %v, want %v", p.types(), want)
			}
			if o := p.Items[0].Object; o.Type != "listing" || o.ID != listing.ID || o.Number != listing.Number || p.Items[0].Data["state"] != "enabled" || p.Items[1].Data["state"] != "disabled" {
				t.Errorf("listings: %+v, %v, %v", o, p.Items[0].Data, p.Items[1].Data)
			}
			if o := p.Items[5].Object; o.Type != "seller" || o.ID != "sam" {
				t.Errorf("a seller is %+v", o)
			}
			for _, e := range readEvents(t, w, fmt.Sprintf("?after=%d", before)).Items {
				kind, known := events.Find(events.Type(e.Type))
				if !known {
					t.Errorf("the catalogue does not have %s", e.Type)
				}
				for member := range e.Data {
					if !slices.ContainsFunc(kind.Source.Fields(), func(f events.Field) bool { return f.Name == member }) {
						t.Errorf("%s has the member %s, which the catalogue does not describe", e.Type, member)
					}
				}
			}
		})
	}
}

// A gateway's message makes the engine ask how a seller stands, and a change is told once, however
// often anybody looks.
func TestEvents_howSellersStand(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		w.MustSettle()
		before := readEvents(t, w, "").Next
		r := w.Call("POST", "/v1/transactions", `{"process":"preauthorize","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"City bike"},"unit_price":{"amount":5000,"currency":"EUR"},"input":{"payment_method":"pm_card_visa"}}`, "Idempotency-Key", "sell")
		account, found, err := w.Store.Account(t.Context(), app.SampleCommunity, "sam", "stripe")
		if r.Status != 201 || !found || err != nil {
			t.Fatalf("%d %s: %t, %v", r.Status, r.Body, found, err)
		}
		look := func() {
			t.Helper()
			if r := w.Call("GET", "/v1/sellers/sam", ""); r.Status != 200 {
				t.Errorf("%d %s", r.Status, r.Body)
			}
		}
		can := func(be bool) {
			t.Helper()
			if err := w.Stripe.EnableAccount(account, be); err != nil {
				t.Fatal(err)
			}
			w.Advance(time.Minute)
		}
		look()
		look()
		can(false)
		look()
		can(false)
		can(true)
		w.Advance(24 * time.Hour)
		p := readEvents(t, w, fmt.Sprintf("?after=%d&type=seller.*", before))
		if want := []string{"seller.activated", "seller.restricted", "seller.activated"}; !slices.Equal(p.types(), want) {
			t.Fatalf("the log has %v, want %v", p.types(), want)
		}
		if d := p.Items[1].Data; d["gateway"] != "stripe" || d["status"] != "restricted" || d["before"] != "active" || p.Items[1].Object.ID != "sam" {
			t.Errorf("told is %v of %+v", d, p.Items[1].Object)
		}
	})
}
