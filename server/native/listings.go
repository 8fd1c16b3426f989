package native

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// catalogue is the part of the native API that keeps listings. Whoever has a key
// may read them; a user changes only their own.
type catalogue struct {
	face
	listings *listings.Service
}

// routes are those of listings; there are none without a service.
func (n catalogue) routes() []web.Route {
	if n.listings == nil {
		return nil
	}
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	return slices.Concat([]web.Route{
		{
			Method: post, Path: "/v1/listings", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Make a listing", Body: web.JSON[newListing](), Answer: web.JSON[listingOut](), Status: http.StatusCreated,
			Serve: n.Kept(n.createListing),
		},
		{
			Method: get, Path: "/v1/listings", Access: web.Reading, Published: true,
			Summary: "List listings, newest first", Query: []string{"limit", "cursor", "author", "state", "external_reference", metadataNames}, Answer: web.JSON[page[listingOut]](),
			Serve: n.Backend(n.listListings),
		},
		{
			Method: get, Path: "/v1/listings/{id}", Access: web.Reading, Published: true,
			Summary: "Read a listing", Answer: web.JSON[listingOut](),
			Serve: n.Backend(n.readListing),
		},
		{
			Method: del, Path: "/v1/listings/{id}", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Withdraw a listing for good", Status: http.StatusNoContent,
			Serve: n.Kept(n.deleteListing),
		},
	}, n.changeRoutes(), n.labelRoutes(), n.dealRoutes())
}

// newListing is the body of POST /v1/listings. AuthorID is the actor's unless the
// backend acts.
type newListing struct {
	AuthorID      string        `json:"author_id"`
	Kind          string        `json:"kind" required:"later"`
	Model         string        `json:"model" required:"later"`
	Title         string        `json:"title" required:"true"`
	Description   string        `json:"description"`
	Price         *deal.MoneyIn `json:"price"`
	Deposit       *deal.MoneyIn `json:"deposit"`
	SkipRemainder bool          `json:"skip_remainder"`
	Unit          string        `json:"unit"`
	Zone          string        `json:"zone"`
	Stock         *int64        `json:"stock"`
	Disabled      bool          `json:"disabled"`
	labelsIn
}

// listingOut is a listing as the native face shows it.
type listingOut struct {
	ID string `json:"id"`
	// Number is the listing's id where the customer's documents print integers: in a
	// transaction and on the Sharetribe face.
	Number        int64          `json:"number"`
	AuthorID      string         `json:"author_id"`
	Kind          string         `json:"kind"`
	Model         string         `json:"model"`
	Title         string         `json:"title"`
	Description   string         `json:"description"`
	Price         *deal.MoneyOut `json:"price"`
	Deposit       *deal.MoneyOut `json:"deposit"`
	SkipRemainder bool           `json:"skip_remainder"`
	Unit          *string        `json:"unit"`
	Zone          string         `json:"zone"`
	Stock         *int64         `json:"stock"` // null: no limit
	State         string         `json:"state"`
	Revision      int64          `json:"revision"`
	CreatedAt     time.Time      `json:"created_at"`
	UpdatedAt     time.Time      `json:"updated_at"`
	DisabledAt    *time.Time     `json:"disabled_at"`
	labelsOut
}

func (n catalogue) showListing(l listings.Listing, who deal.Caller) listingOut {
	v := listingOut{
		ID: n.IDs.Seal(publicid.Listing, l.ID), Number: l.ID, AuthorID: l.Author, Kind: string(l.Kind), Model: string(l.Model),
		Title: l.Title, Description: l.Description, Price: optionalMoney(l.Price), Deposit: optionalMoney(l.Deposit),
		SkipRemainder: l.SkipRemainder, Unit: web.OptionalText(string(l.Unit)), Zone: l.Zone, Stock: l.Stock, State: string(listings.Enabled),
		Revision: l.Revision, CreatedAt: l.CreatedAt.UTC(), UpdatedAt: l.UpdatedAt.UTC(), DisabledAt: web.OptionalTime(l.DisabledAt),
		labelsOut: showLabels(l.Labels, who.Actor),
	}
	if !l.Enabled() {
		v.State = string(listings.Disabled)
	}
	return v
}

// optionalMoney shows an amount, or null when none is set.
func optionalMoney(a money.Amount) *deal.MoneyOut {
	if a.IsZero() {
		return nil
	}
	v := deal.ShowMoney(a)
	return &v
}

func readPrices(price, deposit *deal.MoneyIn) (p listings.Pricing, err error) {
	var wrong error
	p.Price, err = price.Optional("price")
	p.Deposit, wrong = deposit.Optional("deposit")
	return p, fault.All(err, wrong)
}

func (n catalogue) createListing(c *gin.Context, who deal.Caller) error {
	var in newListing
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	in.AuthorID = cmp.Or(in.AuthorID, author(who))
	user := web.UserID("author_id", &in.AuthorID)
	prices, wrong := readPrices(in.Price, in.Deposit)
	draft := listings.Draft{
		CommunityID: who.Community(), Author: in.AuthorID, Kind: listings.Kind(in.Kind), Model: listings.Model(in.Model),
		Title: in.Title, Description: in.Description, Pricing: prices, SkipRemainder: in.SkipRemainder,
		Unit: listings.Unit(in.Unit), Zone: in.Zone, Stock: in.Stock, Disabled: in.Disabled, Labels: in.labels(), MirrorLater: true,
	}
	if err := fault.All(user, web.Text("title", in.Title, web.MaxTitle), wrong, draft.Check()); err != nil {
		return err
	}
	if actor := author(who); actor != "" && actor != in.AuthorID {
		return fault.New(fault.Forbidden, "not_yourself", "a user may make only their own listings")
	}
	l, err := n.listings.Create(c.Request.Context(), draft)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusCreated, n.showListing(l, who))
}

func (n catalogue) listListings(c *gin.Context, who deal.Caller) error {
	query, err := web.Parameters(c, "limit", "cursor", "author", "state", "external_reference", metadataNames)
	if err != nil {
		return err
	}
	f := listings.Filter{CommunityID: who.Community(), Author: web.Canonical(query["author"]), State: listings.State(query["state"])}
	if who.Public() {
		if f.State == listings.Disabled {
			return fault.New(fault.Forbidden, "missing_scope", "a publishable key sees what can be bought only").With("scope", "read")
		}
		f.State = listings.Enabled
	}
	if f.Limit, f.Before, err = n.place(query); err != nil {
		return err
	}
	if f.ExternalReference, f.Metadata, err = labelFilter(query, who); err != nil {
		return err
	}
	found, err := n.listings.List(c.Request.Context(), f)
	if err != nil {
		return err
	}
	p := page[listingOut]{Items: make([]listingOut, len(found))}
	for i, l := range found {
		p.Items[i] = n.showListing(l, who)
	}
	if paging.GoesOn(found, f.Limit) {
		p.NextCursor = n.cursor(found[len(found)-1].ID)
	}
	return web.Send(c, http.StatusOK, p)
}

func (n catalogue) readListing(c *gin.Context, who deal.Caller) error {
	l, err := n.listing(c, who)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, n.showListing(l, who))
}

// listing finds the listing in the path.
func (n catalogue) listing(c *gin.Context, who deal.Caller) (listings.Listing, error) {
	ref, err := n.ref(c, who, nil)
	if err != nil {
		return listings.Listing{}, err
	}
	l, err := n.listings.Get(c.Request.Context(), ref.Community, ref.ID)
	if err == nil && who.Public() && !l.Enabled() {
		return listings.Listing{}, noListing()
	}
	return l, err
}

func noListing() error {
	return fault.New(fault.NotFound, "listing_not_found", "there is no such listing")
}

// ref opens the id in the path, or takes the listing's number. What is neither is
// answered like an id that names nothing.
func (n catalogue) ref(c *gin.Context, who deal.Caller, revision *int64) (listings.Ref, error) {
	id, ok := n.either(publicid.Listing, c.Param("id"))
	if !ok {
		return listings.Ref{}, noListing()
	}
	return listings.Ref{Community: who.Community(), ID: id, Actor: author(who), Revision: value(revision)}, nil
}

// author is the user for whom a listing is changed; empty for the backend and staff.
func author(who deal.Caller) string {
	if who.Actor.Kind == process.User {
		return who.Actor.ID
	}
	return ""
}
