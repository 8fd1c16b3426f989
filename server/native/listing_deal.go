package native

import (
	"cmp"
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/booking"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

func (n catalogue) dealRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodPost, Path: "/v1/listings/{id}/transactions", Access: web.Writing, Keying: web.KeyRequired,
			Name: "listings.buy", Summary: "Buy from a listing", Dry: true, Body: web.JSON[listingDeal](), Answer: web.JSON[transactionOut](), Status: http.StatusCreated,
			Serve: n.Backend(n.buyListing),
		},
	}
}

// listingDeal is the body of POST /v1/listings/{id}/transactions. StarterID is the
// actor's unless the backend acts. Price, author and title are the listing's.
type listingDeal struct {
	Process          string      `json:"process"`
	Gateway          string      `json:"gateway"`
	StarterID        string      `json:"starter_id"`
	Quantity         *int64      `json:"quantity"`
	Booking          *deal.Dates `json:"booking"`
	ConfirmAfterDays *int64      `json:"confirm_after_days"`
	// RequiresAcceptance lets the listing's author accept the deal before anybody
	// pays, where the process can wait for that; there it is the default.
	RequiresAcceptance *bool `json:"requires_acceptance"`
	labelsIn
}

// Processes and gateway of a deal that names none.
var defaultProcess = map[listings.Model]string{listings.Online: escrowonline.Name, listings.FaceToFace: escrowf2f.Name}

const (
	defaultGateway = "trustap"
)

func (d *listingDeal) check() error {
	return fault.All(optionalName("process", d.Process), optionalName("gateway", d.Gateway), web.UserID("starter_id", &d.StarterID),
		web.OptionalWhole("quantity", d.Quantity, 1, web.MaxQuantity, "invalid_quantity"),
		web.OptionalWhole("confirm_after_days", d.ConfirmAfterDays, 0, web.MaxDays, "invalid_confirm_after_days"), d.labels().Check())
}

func optionalName(field, name string) error {
	if name == "" {
		return nil
	}
	return web.Text(field, name, web.MaxName)
}

// buyListing opens a deal from a listing. What it takes of the listing's stock or
// calendar is taken in the same commit.
func (n catalogue) buyListing(c *gin.Context, who deal.Caller) error {
	ref, err := n.ref(c, who, nil)
	if err != nil {
		return err
	}
	var d listingDeal
	body, err := n.ReadJSON(c, web.InFreeText, &d)
	if err != nil {
		return err
	}
	d.StarterID = cmp.Or(d.StarterID, author(who))
	if err := d.check(); err != nil {
		return err
	}
	var in orchestrator.CreateInput
	cmd := n.opening(c, who, body, &in)
	// A listing that is sold out by now must not refuse the repeat of its last sale.
	cmd.Check = func() (err error) {
		in, err = n.deal(c.Request.Context(), who, ref, d)
		in.RequestID = web.RequestID(c)
		return err
	}
	return n.Once(c, cmd)
}

// deal is what the body asks of the engine, as the listing stands now.
func (n catalogue) deal(ctx context.Context, who deal.Caller, ref listings.Ref, d listingDeal) (orchestrator.CreateInput, error) {
	l, err := n.listings.Get(ctx, ref.Community, ref.ID)
	if err != nil {
		return orchestrator.CreateInput{}, err
	}
	p, err := n.processes.Find(cmp.Or(d.Process, defaultProcess[l.Model]))
	if err != nil {
		return orchestrator.CreateInput{}, err
	}
	if p.Internal || p.Exchange {
		return orchestrator.CreateInput{}, web.Invalid("process_not_for_listings", "process", "process %s does not sell listings", p.Name)
	}
	in := orchestrator.CreateInput{
		CommunityID: l.CommunityID, Process: p.Name, Gateway: cmp.Or(d.Gateway, defaultGateway), Actor: who.Actor,
		Starter: d.StarterID, Author: l.Author, ListingID: l.ID, Title: l.Title, Labels: d.labels(),
	}
	if d.ConfirmAfterDays != nil {
		days := int(*d.ConfirmAfterDays)
		in.ConfirmAfterDays = &days
	}
	if in.Transition, err = d.opening(p); err != nil {
		return in, err
	}
	if in.Quantity, err = d.quantity(l); err != nil {
		return in, err
	}
	if l, err = n.listings.Offer(ctx, l.CommunityID, l.ID, in.Quantity); err != nil {
		return in, err
	}
	if err := deal.SetPrice(&in, l.Pricing, p); err != nil {
		return in, err
	}
	return in, n.Book(ctx, &in, p, d.Booking, nativeListingFields)
}

// opening is the deal's first transition. That a buyer does not do without an
// acceptance that the process knows is checked with the listing.
func (d listingDeal) opening(p *process.Process) (process.Transition, error) {
	_, asks := p.Rule(deal.AskAuthor, "")
	wanted := asks
	if d.RequiresAcceptance != nil {
		wanted = *d.RequiresAcceptance
	}
	switch {
	case wanted && !asks:
		return "", web.Invalid("acceptance_not_supported", "requires_acceptance", "process %s does not wait for the author; leave requires_acceptance out", p.Name)
	case wanted:
		return deal.AskAuthor, nil
	}
	return "", nil
}

// quantity is how many units are bought: by default one, or all that are booked.
func (d listingDeal) quantity(l listings.Listing) (int64, error) {
	switch {
	case d.Quantity != nil && *d.Quantity != 1 && l.Kind == listings.SingleUse && l.Unit == listings.NoUnit:
		return 0, web.Invalid("invalid_quantity", "quantity", "a single-use listing is bought once")
	case d.Quantity != nil:
		return *d.Quantity, nil
	case d.Booking == nil || l.Unit == listings.NoUnit:
		return 1, nil
	}
	p, err := booking.Parse(d.Booking.StartOn, d.Booking.EndOn, booking.Unit(l.Unit), deal.ZoneOf(l))
	return int64(p.Count()), nativeListingFields.Rename(err)
}
