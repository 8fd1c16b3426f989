package native

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// A revision in a body is the one that the caller has read: when somebody has
// changed the listing since, the answer is revision_conflict.

func (n catalogue) changeRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodPut, Path: "/v1/listings/{id}/description", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Replace the description", Body: web.JSON[newDescription](), Answer: web.JSON[listingOut](),
			Serve: n.Kept(n.setDescription),
		},
		{
			Method: http.MethodPut, Path: "/v1/listings/{id}/pricing", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Replace the prices", Body: web.JSON[newPricing](), Answer: web.JSON[listingOut](),
			Serve: n.Kept(n.setPricing),
		},
		{
			Method: http.MethodPut, Path: "/v1/listings/{id}/stock", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Set how many can still be bought", Body: web.JSON[newStock](), Answer: web.JSON[listingOut](),
			Serve: n.Kept(n.setStock),
		},
		{
			Method: http.MethodPost, Path: "/v1/listings/{id}/enable", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Enable a listing, so that it can be bought", Answer: web.JSON[listingOut](),
			Serve: n.Kept(n.enableListing),
		},
		{
			Method: http.MethodPost, Path: "/v1/listings/{id}/disable", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Disable a listing, so that nobody can buy it", Answer: web.JSON[listingOut](),
			Serve: n.Kept(n.disableListing),
		},
		{
			Method: http.MethodGet, Path: "/v1/listings/{id}/availability", Access: web.Reading, Published: true,
			Summary: "Read which days are not free", Query: []string{"from!", "to!"}, Answer: web.JSON[calendarOut](),
			Serve: n.Backend(n.availability),
		},
		{
			Method: http.MethodPost, Path: "/v1/listings/{id}/blocked-dates", Access: web.Writing, Keying: web.KeyHonoured,
			Name: "listings.blockDates", Summary: "Take days out of the calendar", Body: web.JSON[blockedDates](), Status: http.StatusNoContent,
			Serve: n.Kept(n.blockDates),
		},
		{
			Method: http.MethodDelete, Path: "/v1/listings/{id}/blocked-dates", Access: web.Writing, Keying: web.KeyHonoured,
			Name: "listings.unblockDates", Summary: "Give blocked days back", Query: []string{"from!", "to!"}, Status: http.StatusNoContent,
			Serve: n.Kept(n.unblockDates),
		},
	}
}

type newDescription struct {
	Description *string `json:"description" required:"true"`
	Revision    *int64  `json:"revision"`
}

type newPricing struct {
	Price    *deal.MoneyIn `json:"price"`
	Deposit  *deal.MoneyIn `json:"deposit"`
	Revision *int64        `json:"revision"`
}

type newStock struct {
	Stock    *int64 `json:"stock" required:"true"`
	Revision *int64 `json:"revision"`
}

func (n catalogue) setDescription(c *gin.Context, who deal.Caller) error {
	var in newDescription
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	return n.change(c, who, in.Revision, listings.CheckDescription(*in.Description), func(ctx context.Context, ref listings.Ref) (listings.Listing, error) {
		return n.listings.SetDescription(ctx, ref, *in.Description)
	})
}

// setPricing replaces both amounts; one that is left out is no longer set.
func (n catalogue) setPricing(c *gin.Context, who deal.Caller) error {
	var in newPricing
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	prices, err := readPrices(in.Price, in.Deposit)
	if in.Price == nil && in.Deposit == nil {
		err = web.Missing("price")
	}
	return n.change(c, who, in.Revision, err, func(ctx context.Context, ref listings.Ref) (listings.Listing, error) {
		return n.listings.SetPricing(ctx, ref, prices)
	})
}

func (n catalogue) setStock(c *gin.Context, who deal.Caller) error {
	var in newStock
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	return n.change(c, who, in.Revision, web.Whole("stock", in.Stock, 0, web.MaxQuantity, "invalid_stock"), func(ctx context.Context, ref listings.Ref) (listings.Listing, error) {
		return n.listings.SetStock(ctx, ref, *in.Stock)
	})
}

func (n catalogue) enableListing(c *gin.Context, who deal.Caller) error {
	return n.change(c, who, nil, nil, n.listings.Enable)
}

func (n catalogue) disableListing(c *gin.Context, who deal.Caller) error {
	return n.change(c, who, nil, nil, n.listings.Disable)
}

// change applies a change to the listing in the path and shows it, unless something is wrong with the body.
func (n catalogue) change(
	c *gin.Context, who deal.Caller, revision *int64, wrong error, apply func(context.Context, listings.Ref) (listings.Listing, error),
) error {
	if err := fault.All(wrong, web.OptionalWhole("revision", revision, 1, web.MaxQuantity, "invalid_revision")); err != nil {
		return err
	}
	ref, err := n.ref(c, who, revision)
	if err != nil {
		return err
	}
	l, err := apply(c.Request.Context(), ref)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, n.showListing(l, who))
}

func (n catalogue) deleteListing(c *gin.Context, who deal.Caller) error {
	ref, err := n.ref(c, who, nil)
	if err != nil {
		return err
	}
	if err := n.listings.Delete(c.Request.Context(), ref); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// calendarOut is what is not free of a listing, in its own time zone.
type calendarOut struct {
	From    string         `json:"from"`
	To      string         `json:"to"` // not part of the range
	Unit    *string        `json:"unit"`
	Zone    string         `json:"zone"`
	Taken   []listings.Day `json:"taken"`
	Blocked []listings.Day `json:"blocked"`
}

func (n catalogue) availability(c *gin.Context, who deal.Caller) error {
	from, to, err := days(c)
	if err != nil {
		return err
	}
	l, err := n.listing(c, who)
	if err != nil {
		return err
	}
	found, err := n.listings.Availability(c.Request.Context(), l.CommunityID, l.ID, from, to)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, calendarOut{
		From: string(from), To: string(to), Unit: web.OptionalText(string(l.Unit)), Zone: l.Zone,
		Taken: orNone(found.Taken), Blocked: orNone(found.Blocked),
	})
}

// orNone makes an empty list of none, which JSON would show as null.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// days reads a range from the query; the last day is not part of it.
func days(c *gin.Context) (from, to listings.Day, err error) {
	query, err := web.Parameters(c, "from", "to")
	if err != nil {
		return "", "", err
	}
	if from, err = day("from", query["from"]); err != nil {
		return "", "", err
	}
	to, err = day("to", query["to"])
	return from, to, err
}

func day(field, text string) (listings.Day, error) {
	if text == "" {
		return "", web.Missing(field)
	}
	d, err := listings.ParseDay(text)
	if err != nil {
		return "", web.Invalid("invalid_date", field, "%s must be a day written YYYY-MM-DD", field)
	}
	return d, nil
}

// blockedDates is the body of POST /v1/listings/{id}/blocked-dates.
type blockedDates struct {
	Days []string `json:"days" required:"later"`
}

func (n catalogue) blockDates(c *gin.Context, who deal.Caller) error {
	var in blockedDates
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	all, wrong := make([]listings.Day, len(in.Days)), make([]error, len(in.Days))
	for i, text := range in.Days {
		all[i], wrong[i] = day("days."+strconv.Itoa(i), text)
	}
	if err := fault.All(wrong...); err != nil {
		return err
	}
	return n.block(c, who, all, n.listings.BlockDates)
}

// unblockDates gives back the blocked days of a range.
func (n catalogue) unblockDates(c *gin.Context, who deal.Caller) error {
	from, to, err := days(c)
	if err != nil {
		return err
	}
	all, err := span(from, to)
	if err != nil {
		return err
	}
	return n.block(c, who, all, n.listings.UnblockDates)
}

func (n catalogue) block(c *gin.Context, who deal.Caller, all []listings.Day, apply func(context.Context, listings.Ref, []listings.Day) error) error {
	ref, err := n.ref(c, who, nil)
	if err != nil {
		return err
	}
	if err := apply(c.Request.Context(), ref, all); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// span lists the days of a range.
func span(from, to listings.Day) ([]listings.Day, error) {
	at, err := time.Parse(time.DateOnly, string(from))
	if err != nil {
		return nil, err
	}
	var all []listings.Day
	for d := from; d < to; {
		if len(all) == listings.MaxDays {
			return nil, web.Invalid("range_too_long", "to", "a range may have at most %d days", listings.MaxDays)
		}
		all = append(all, d)
		at = at.AddDate(0, 0, 1)
		d = listings.Day(at.Format(time.DateOnly))
	}
	return all, nil
}
