package listings_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

// A cottage is let by the night; its owner keeps two days to herself.
func ExampleService() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "listings")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(folder) }()
	db, err := sqlstore.Open(ctx, filepath.Join(folder, "x.db"), sqlstore.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	service, err := listings.New(listings.Config{Store: db.ForListings(), Now: func() time.Time { return noon }})
	if err != nil {
		fmt.Println(err)
		return
	}

	cottage, err := service.Create(ctx, listings.Draft{
		CommunityID: 501, Author: "sam", Kind: listings.MultiUse, Model: listings.Online,
		Title: "Cottage", Pricing: listings.Pricing{Price: money.New(12000, "EUR")}, Unit: listings.Night, Zone: "Europe/Dublin",
	})
	fmt.Println(cottage.Price, cottage.Zone, err)
	ref := listings.Ref{Community: 501, ID: cottage.ID, Actor: "sam"}
	fmt.Println(service.BlockDates(ctx, ref, []listings.Day{"2026-12-24", "2026-12-25"}))
	calendar, err := service.Availability(ctx, 501, cottage.ID, "2026-12-01", "2027-01-01")
	fmt.Println(calendar.Blocked, err)
	_, err = service.Disable(ctx, listings.Ref{Community: 501, ID: cottage.ID, Actor: "bea"})
	fmt.Println(fault.ReasonOf(err))
	// Output:
	// 120.00 EUR Europe/Dublin <nil>
	// <nil>
	// [2026-12-24 2026-12-25] <nil>
	// listing_not_found
}
