package trustap_test

//lint:file-ignore SA1019 the customer's document has listings in full; the official API no longer supports them

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

// mirrored is a listing as Trustap has it.
type mirrored struct {
	Role, Description, Currency string
	Price, Charge               int64
	Enabled                     bool
}

// look reads a listing at the sandbox.
func look(t *testing.T, w *sandboxtest.Server, g gateway.Goods) mirrored {
	t.Helper()
	c, err := client.New(client.WithBaseURL(w.URL+"/api/v1"), client.WithAPIKey(w.APIKey))
	must(t, err)
	id := client.ID(g.RemoteID)
	if !g.FaceToFace {
		service := &c.OnlineSingleUseListings.OnlineListingService
		if g.MultiUse {
			service = &c.OnlineMultiUseListings.OnlineListingService
		}
		got, err := service.Get(t.Context(), id)
		must(t, err)
		return mirrored{string(got.CreatorRole), got.Description, got.Currency, got.Pricing.Price, got.Pricing.Charge, got.Disabled.IsZero()}
	}
	service := &c.F2FSingleUseListings.F2FListingService
	if g.MultiUse {
		service = &c.F2FMultiUseListings.F2FListingService
	}
	got, err := service.Get(t.Context(), id)
	must(t, err)
	return mirrored{string(got.CreatorRole), got.Description, got.Currency, got.DepositPricing.Price, got.DepositPricing.Charge, got.Disabled.IsZero()}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func offered(faceToFace, multiUse bool, minor int64) gateway.Goods {
	return gateway.Goods{CommunityID: 1, Seller: "sam", FaceToFace: faceToFace, MultiUse: multiUse, Text: "Old city bike", Price: money.New(minor, "EUR")}
}

func TestShelf_life(t *testing.T) {
	t.Parallel()
	for _, faceToFace := range []bool{false, true} {
		for _, multiUse := range []bool{false, true} {
			t.Run(fmt.Sprintf("face to face %t, multi use %t", faceToFace, multiUse), func(t *testing.T) {
				t.Parallel()
				g, w := newGateway(t)
				shelf := trustap.Shelf{Gateway: g}
				l := offered(faceToFace, multiUse, 5000)
				var err error
				l.RemoteID, err = shelf.Create(t.Context(), l)
				must(t, err)
				made := look(t, w, l)
				if made.Charge == 0 {
					t.Error("the buyer's charge is missing")
				}
				want := mirrored{"seller", "Old city bike", "eur", 5000, made.Charge, true}
				seen := func(step string) {
					t.Helper()
					if diff := cmp.Diff(want, look(t, w, l)); diff != "" {
						t.Errorf("%s (-want +got):\n%s", step, diff)
					}
				}
				seen("created")

				l.Text = "A bell is missing"
				must(t, shelf.SetDescription(t.Context(), l))
				want.Description = l.Text
				seen("described")

				l.Price = money.New(7000, "EUR")
				must(t, shelf.SetPricing(t.Context(), l))
				want.Price, want.Charge = 7000, look(t, w, l).Charge
				seen("priced")
				if want.Charge <= made.Charge {
					t.Errorf("charge of a dearer listing %d, before %d", want.Charge, made.Charge)
				}

				for range 2 {
					must(t, shelf.Disable(t.Context(), l))
				}
				want.Enabled = false
				seen("disabled")
				for range 2 {
					must(t, shelf.Enable(t.Context(), l))
				}
				want.Enabled = true
				seen("enabled")

				for range 2 {
					must(t, shelf.Delete(t.Context(), l))
				}
			})
		}
	}
}

// Trustap cannot take a price away: without one a listing must not be bought there.
func TestShelf_withoutPrice(t *testing.T) {
	t.Parallel()
	g, w := newGateway(t)
	shelf := trustap.Shelf{Gateway: g}
	l := offered(false, true, 5000)
	var err error
	l.RemoteID, err = shelf.Create(t.Context(), l)
	must(t, err)
	l.Price = money.Amount{}
	must(t, shelf.SetPricing(t.Context(), l))
	must(t, shelf.Enable(t.Context(), l))
	if got := look(t, w, l); got.Price != 5000 || got.Enabled {
		t.Errorf("at Trustap: %+v, want the old price, disabled", got)
	}
}

func TestShelf_refusals(t *testing.T) {
	t.Parallel()
	g, _ := newGateway(t)
	shelf := trustap.Shelf{Gateway: g}
	l := offered(false, false, 5000)
	stranger := l
	stranger.Seller = "ghost"
	if _, err := shelf.Create(t.Context(), stranger); err == nil {
		t.Error("an author without a profile has a listing at Trustap")
	}
	l.RemoteID = "999999"
	if err := shelf.SetDescription(t.Context(), l); err == nil {
		t.Error("a listing that does not exist was described")
	}
}

// Nothing tells whether a creation whose answer was lost took effect: it is
// repeated, and the shelf has the second listing.
func TestShelf_lostAnswer(t *testing.T) {
	t.Parallel()
	g, w := newGateway(t)
	shelf := trustap.Shelf{Gateway: g}
	l := offered(false, false, 5000)
	must(t, w.Sandbox.SetFaults([]sandbox.Fault{{Route: "create_single_use_listing", Kind: "cut_after", Times: 1}}))
	if id, err := shelf.Create(t.Context(), l); err == nil {
		t.Fatalf("the line was cut, and the listing is %s", id)
	}
	var err error
	l.RemoteID, err = shelf.Create(t.Context(), l)
	must(t, err)
	if !look(t, w, l).Enabled {
		t.Error("the repeated listing is not enabled")
	}
}
