package deal

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/booking"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/server/web"
)

// AskAuthor is the transition that asks a listing's author first.
const AskAuthor = escrowonline.Request

// keptListings is the calendar of a server that keeps listings.
type keptListings struct{ *listings.Service }

// Listing finds a listing that is not deleted.
func (k keptListings) Listing(ctx context.Context, community, id int64) (Listing, bool, error) {
	l, err := k.Get(ctx, community, id)
	if fault.CodeOf(err) == fault.NotFound {
		return Listing{}, false, nil
	}
	if err != nil {
		return Listing{}, false, err
	}
	open := l.Enabled() && (l.Kind != listings.SingleUse || *l.Stock > 0)
	taken := func(quantity int64) []orchestrator.Reservation { return stock(l, quantity) }
	return Listing{Author: l.Author, Open: open, Unit: booking.Unit(l.Unit), Zone: ZoneOf(l), Stock: taken, Pricing: &l.Pricing}, true, nil
}

// ZoneOf is where a listing's days are counted; the service has checked the name.
func ZoneOf(l listings.Listing) *time.Location {
	zone, err := time.LoadLocation(l.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// SetPrice puts the listing's price into a deal: the deposit where the process
// begins with one, else the price.
func SetPrice(in *orchestrator.CreateInput, l listings.Pricing, p *process.Process) error {
	in.UnitPrice = l.Price
	if !p.Deposits {
		return nil
	}
	if l.Deposit.IsZero() {
		return fault.New(fault.Conflict, "no_listing_deposit", "process %s begins with a deposit, and the listing has none; set its pricing first", p.Name)
	}
	deposit, err := l.Deposit.Mul(in.Quantity)
	if err != nil {
		return web.Invalid("amount_out_of_range", "quantity", "the deposit for this quantity is too large; take a smaller quantity")
	}
	in.UnitPrice, in.Deposit = money.New(0, deposit.Currency()), deposit.Minor()
	return nil
}

// stock is what a deal takes from a listing's stock. What is gone when the deal is
// committed is refused like what was gone before.
func stock(l listings.Listing, quantity int64) []orchestrator.Reservation {
	amount := l.Takes(quantity)
	if amount == 0 {
		return nil
	}
	r := orchestrator.Reservation{Resource: listings.StockResource(l.ID), Amount: amount, Reason: "out_of_stock"}
	if l.Kind == listings.SingleUse {
		r.Reason = "listing_is_disabled"
	}
	return []orchestrator.Reservation{r}
}
