package server

import (
	"cmp"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// catalogue is the part of the native API that keeps listings. Whoever has a key
// may read them; a user changes only their own.
type catalogue struct {
	native
	listings *listings.Service
}

// catalogue lists the routes of listings; there are none without a service.
func (n catalogue) routes() []Route {
	if n.listings == nil {
		return nil
	}
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	creating := n.keeping()
	return []Route{
		{
			Method: post, Path: "/v1/listings", Access: Writing, Keying: creating,
			Summary: "Make a listing", Body: is[newListing](), Answer: is[listingOut](), Status: http.StatusCreated,
			Serve: n.Backend(n.createListing),
		},
		{
			Method: get, Path: "/v1/listings", Access: Reading,
			Summary: "List listings, newest first", Query: []string{"limit", "cursor", "author", "state"}, Answer: is[page[listingOut]](),
			Serve: n.Backend(n.listListings),
		},
		{
			Method: get, Path: "/v1/listings/{id}", Access: Reading,
			Summary: "Read a listing", Answer: is[listingOut](),
			Serve: n.Backend(n.readListing),
		},
		{
			Method: del, Path: "/v1/listings/{id}", Access: Writing,
			Summary: "Withdraw a listing for good", Status: http.StatusNoContent,
			Serve: n.Backend(n.deleteListing),
		},
		{
			Method: put, Path: "/v1/listings/{id}/description", Access: Writing,
			Summary: "Replace the description", Body: is[newDescription](), Answer: is[listingOut](),
			Serve: n.Backend(n.setDescription),
		},
		{
			Method: put, Path: "/v1/listings/{id}/pricing", Access: Writing,
			Summary: "Replace the prices", Body: is[newPricing](), Answer: is[listingOut](),
			Serve: n.Backend(n.setPricing),
		},
		{
			Method: put, Path: "/v1/listings/{id}/stock", Access: Writing,
			Summary: "Say how many may still be bought", Body: is[newStock](), Answer: is[listingOut](),
			Serve: n.Backend(n.setStock),
		},
		{
			Method: post, Path: "/v1/listings/{id}/enable", Access: Writing,
			Summary: "Let a listing be bought", Answer: is[listingOut](),
			Serve: n.Backend(n.enableListing),
		},
		{
			Method: post, Path: "/v1/listings/{id}/disable", Access: Writing,
			Summary: "Keep a listing from being bought", Answer: is[listingOut](),
			Serve: n.Backend(n.disableListing),
		},
		{
			Method: get, Path: "/v1/listings/{id}/availability", Access: Reading,
			Summary: "Read which days are not free", Query: []string{"from!", "to!"}, Answer: is[calendarOut](),
			Serve: n.Backend(n.availability),
		},
		{
			Method: post, Path: "/v1/listings/{id}/blocked-dates", Access: Writing,
			Summary: "Take days out of the calendar", Body: is[blockedDates](), Status: http.StatusNoContent,
			Serve: n.Backend(n.blockDates),
		},
		{
			Method: del, Path: "/v1/listings/{id}/blocked-dates", Access: Writing,
			Summary: "Give blocked days back", Query: []string{"from!", "to!"}, Status: http.StatusNoContent,
			Serve: n.Backend(n.unblockDates),
		},
		{
			Method: post, Path: "/v1/listings/{id}/transactions", Access: Writing, Keying: KeyRequired,
			Summary: "Buy from a listing", Dry: true, Body: is[listingDeal](), Answer: is[transactionOut](), Status: http.StatusCreated,
			Serve: n.Backend(n.buyListing),
		},
	}
}

// newListing is the body of POST /v1/listings. AuthorID is the actor's unless the
// backend acts.
type newListing struct {
	AuthorID      string   `json:"author_id"`
	Kind          string   `json:"kind" required:"true"`
	Model         string   `json:"model" required:"true"`
	Title         string   `json:"title" required:"true"`
	Description   string   `json:"description"`
	Price         *moneyIn `json:"price"`
	Deposit       *moneyIn `json:"deposit"`
	SkipRemainder bool     `json:"skip_remainder"`
	Unit          string   `json:"unit"`
	Zone          string   `json:"zone"`
	Stock         *int64   `json:"stock"`
	Disabled      bool     `json:"disabled"`
}

// listingOut is a listing as the native face shows it.
type listingOut struct {
	ID string `json:"id"`
	// Number is the listing's id where the customer's documents print integers: in a
	// transaction and on the Sharetribe face.
	Number        int64      `json:"number"`
	AuthorID      string     `json:"author_id"`
	Kind          string     `json:"kind"`
	Model         string     `json:"model"`
	Title         string     `json:"title"`
	Description   string     `json:"description"`
	Price         *moneyOut  `json:"price"`
	Deposit       *moneyOut  `json:"deposit"`
	SkipRemainder bool       `json:"skip_remainder"`
	Unit          *string    `json:"unit"`
	Zone          string     `json:"zone"`
	Stock         *int64     `json:"stock"` // null: no limit
	State         string     `json:"state"`
	Revision      int64      `json:"revision"`
	CreatedAt     time.Time  `json:"created_at"`
	UpdatedAt     time.Time  `json:"updated_at"`
	DisabledAt    *time.Time `json:"disabled_at"`
}

func (n catalogue) showListing(l listings.Listing) listingOut {
	v := listingOut{
		ID: n.IDs.Seal(publicid.Listing, l.ID), Number: l.ID, AuthorID: l.Author, Kind: string(l.Kind), Model: string(l.Model),
		Title: l.Title, Description: l.Description, Price: optionalMoney(l.Price), Deposit: optionalMoney(l.Deposit),
		SkipRemainder: l.SkipRemainder, Unit: optionalText(string(l.Unit)), Zone: l.Zone, Stock: l.Stock, State: string(listings.Enabled),
		Revision: l.Revision, CreatedAt: l.CreatedAt.UTC(), UpdatedAt: l.UpdatedAt.UTC(), DisabledAt: optionalTime(l.DisabledAt),
	}
	if !l.Enabled() {
		v.State = string(listings.Disabled)
	}
	return v
}

// optionalMoney shows an amount, or null when none is set.
func optionalMoney(a money.Amount) *moneyOut {
	if a.IsZero() {
		return nil
	}
	v := showMoney(a)
	return &v
}

func readPrices(price, deposit *moneyIn) (p listings.Pricing, err error) {
	if price != nil {
		if p.Price, err = price.amount("price"); err != nil {
			return p, err
		}
	}
	if deposit != nil {
		p.Deposit, err = deposit.amount("deposit")
	}
	return p, err
}

func (n catalogue) createListing(c *gin.Context, who caller) error {
	var in newListing
	body, err := n.readJSON(c, inFreeText, &in)
	if err != nil {
		return err
	}
	in.AuthorID = cmp.Or(in.AuthorID, author(who))
	if err := cmp.Or(userID("author_id", &in.AuthorID), text("title", in.Title, maxTitle)); err != nil {
		return err
	}
	if actor := author(who); actor != "" && actor != in.AuthorID {
		return fault.New(fault.Forbidden, "not_yourself", "a user may make only their own listings")
	}
	prices, err := readPrices(in.Price, in.Deposit)
	if err != nil {
		return err
	}
	return n.created(c, who, body, func() (any, error) {
		l, err := n.listings.Create(c.Request.Context(), listings.Draft{
			CommunityID: who.community(), Author: in.AuthorID, Kind: listings.Kind(in.Kind), Model: listings.Model(in.Model),
			Title: in.Title, Description: in.Description, Pricing: prices, SkipRemainder: in.SkipRemainder,
			Unit: listings.Unit(in.Unit), Zone: in.Zone, Stock: in.Stock, Disabled: in.Disabled, MirrorLater: true,
		})
		return n.showListing(l), err
	})
}

func (n catalogue) listListings(c *gin.Context, who caller) error {
	query, err := parameters(c, "limit", "cursor", "author", "state")
	if err != nil {
		return err
	}
	f := listings.Filter{CommunityID: who.community(), Author: canonical(query["author"]), State: listings.State(query["state"])}
	if f.Limit, f.Before, err = n.place(query); err != nil {
		return err
	}
	found, err := n.listings.List(c.Request.Context(), f)
	if err != nil {
		return err
	}
	p := page[listingOut]{Items: make([]listingOut, len(found))}
	for i, l := range found {
		p.Items[i] = n.showListing(l)
	}
	if len(found) == f.Limit {
		p.NextCursor = n.cursor(found[len(found)-1].ID)
	}
	return send(c, http.StatusOK, p)
}

func (n catalogue) readListing(c *gin.Context, who caller) error {
	l, err := n.listing(c, who)
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, n.showListing(l))
}

// listing finds the listing in the path.
func (n catalogue) listing(c *gin.Context, who caller) (listings.Listing, error) {
	ref, err := n.ref(c, who, nil)
	if err != nil {
		return listings.Listing{}, err
	}
	return n.listings.Get(c.Request.Context(), ref.Community, ref.ID)
}

// ref opens the id in the path, or takes the listing's number. What is neither is
// answered like an id that names nothing.
func (n catalogue) ref(c *gin.Context, who caller, revision *int64) (listings.Ref, error) {
	id, ok := n.either(publicid.Listing, c.Param("id"))
	if !ok {
		return listings.Ref{}, fault.New(fault.NotFound, "listing_not_found", "there is no such listing")
	}
	return listings.Ref{Community: who.community(), ID: id, Actor: author(who), Revision: value(revision)}, nil
}

// author is the user for whom a listing is changed; empty for the backend and staff.
func author(who caller) string {
	if who.actor.Kind == process.User {
		return who.actor.ID
	}
	return ""
}
