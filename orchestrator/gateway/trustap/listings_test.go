package trustap_test

//lint:file-ignore SA1019 the customer's document has listings in full; the official API no longer supports them

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
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
func look(t *testing.T, w *sandboxtest.Server, l listings.Listing) mirrored {
	t.Helper()
	c, err := client.New(client.WithBaseURL(w.URL+"/api/v1"), client.WithAPIKey(w.APIKey))
	must(t, err)
	id := client.ID(l.RemoteID)
	if l.Model == listings.Online {
		service := &c.OnlineSingleUseListings.OnlineListingService
		if l.Kind == listings.MultiUse {
			service = &c.OnlineMultiUseListings.OnlineListingService
		}
		got, err := service.Get(t.Context(), id)
		must(t, err)
		return mirrored{string(got.CreatorRole), got.Description, got.Currency, got.Pricing.Price, got.Pricing.Charge, got.Disabled.IsZero()}
	}
	service := &c.F2FSingleUseListings.F2FListingService
	if l.Kind == listings.MultiUse {
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

func offered(m listings.Model, k listings.Kind, minor int64) listings.Listing {
	l := listings.Listing{CommunityID: 1, ID: 7, Author: "sam", Model: m, Kind: k, Title: "Old city bike"}
	if m == listings.FaceToFace {
		l.Deposit = money.New(minor, "EUR")
		return l
	}
	l.Price = money.New(minor, "EUR")
	return l
}

func TestMirror_life(t *testing.T) {
	t.Parallel()
	for _, m := range []listings.Model{listings.Online, listings.FaceToFace} {
		for _, k := range []listings.Kind{listings.SingleUse, listings.MultiUse} {
			t.Run(string(m)+" "+string(k), func(t *testing.T) {
				t.Parallel()
				g, w := newGateway(t)
				mirror := trustap.Mirror{Gateway: g}
				l := offered(m, k, 5000)
				var err error
				l.RemoteID, err = mirror.Create(t.Context(), l)
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

				l.Description = "A bell is missing"
				must(t, mirror.SetDescription(t.Context(), l))
				want.Description = l.Description
				seen("described")

				repriced := offered(m, k, 7000)
				l.Price, l.Deposit = repriced.Price, repriced.Deposit
				must(t, mirror.SetPricing(t.Context(), l))
				want.Price, want.Charge = 7000, look(t, w, l).Charge
				seen("priced")
				if want.Charge <= made.Charge {
					t.Errorf("charge of a dearer listing %d, before %d", want.Charge, made.Charge)
				}

				for range 2 {
					must(t, mirror.Disable(t.Context(), l))
				}
				want.Enabled = false
				seen("disabled")
				for range 2 {
					must(t, mirror.Enable(t.Context(), l))
				}
				want.Enabled = true
				seen("enabled")

				for range 2 {
					must(t, mirror.Delete(t.Context(), l))
				}
			})
		}
	}
}

// Trustap cannot take a price away: without one a listing must not be bought there.
func TestMirror_withoutPrice(t *testing.T) {
	t.Parallel()
	g, w := newGateway(t)
	mirror := trustap.Mirror{Gateway: g}
	l := offered(listings.Online, listings.MultiUse, 5000)
	var err error
	l.RemoteID, err = mirror.Create(t.Context(), l)
	must(t, err)
	l.Price = money.Amount{}
	must(t, mirror.SetPricing(t.Context(), l))
	must(t, mirror.Enable(t.Context(), l))
	if got := look(t, w, l); got.Price != 5000 || got.Enabled {
		t.Errorf("at Trustap: %+v, want the old price, disabled", got)
	}
}

func TestMirror_refusals(t *testing.T) {
	t.Parallel()
	g, _ := newGateway(t)
	mirror := trustap.Mirror{Gateway: g}
	l := offered(listings.Online, listings.SingleUse, 5000)
	stranger := l
	stranger.Author = "ghost"
	if _, err := mirror.Create(t.Context(), stranger); err == nil {
		t.Error("an author without a profile has a listing at Trustap")
	}
	l.RemoteID = "999999"
	if err := mirror.SetDescription(t.Context(), l); err == nil {
		t.Error("a listing that does not exist was described")
	}
}

// Nothing tells whether a creation whose answer was lost took effect: it is
// repeated, and the mirror knows the second listing.
func TestMirror_lostAnswer(t *testing.T) {
	t.Parallel()
	g, w := newGateway(t)
	mirror := trustap.Mirror{Gateway: g}
	l := offered(listings.Online, listings.SingleUse, 5000)
	must(t, w.Sandbox.SetFaults([]sandbox.Fault{{Route: "create_single_use_listing", Kind: "cut_after", Times: 1}}))
	if id, err := mirror.Create(t.Context(), l); err == nil {
		t.Fatalf("the line was cut, and the listing is %s", id)
	}
	var err error
	l.RemoteID, err = mirror.Create(t.Context(), l)
	must(t, err)
	if !look(t, w, l).Enabled {
		t.Error("the repeated listing is not enabled")
	}
}
