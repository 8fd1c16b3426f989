package server

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/booking"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// catalogue is the part of the native API that keeps listings. Whoever has a key
// may read them; a user changes only their own.
type catalogue struct {
	native
	listings *listings.Service
}

// catalogue lists the routes of listings; there are none without a service.
func (s *Server) catalogue() []Route {
	if s.Listings == nil {
		return nil
	}
	n := catalogue{native{Server: s, engine: s.Engine, processes: s.Engine.Processes}, s.Listings}
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	creating := s.keeping()
	return []Route{
		{post, "/v1/listings", Writing, creating, n.createListing},
		{get, "/v1/listings", Reading, "", n.listListings},
		{get, "/v1/listings/{id}", Reading, "", n.readListing},
		{del, "/v1/listings/{id}", Writing, "", n.deleteListing},
		{put, "/v1/listings/{id}/description", Writing, "", n.setDescription},
		{put, "/v1/listings/{id}/pricing", Writing, "", n.setPricing},
		{put, "/v1/listings/{id}/stock", Writing, "", n.setStock},
		{post, "/v1/listings/{id}/enable", Writing, "", n.enableListing},
		{post, "/v1/listings/{id}/disable", Writing, "", n.disableListing},
		{get, "/v1/listings/{id}/availability", Reading, "", n.availability},
		{post, "/v1/listings/{id}/blocked-dates", Writing, "", n.blockDates},
		{del, "/v1/listings/{id}/blocked-dates", Writing, "", n.unblockDates},
		{post, "/v1/listings/{id}/transactions", Writing, KeyRequired, n.buyListing},
	}
}

// newListing is the body of POST /v1/listings. AuthorID is the actor's unless the
// backend acts.
type newListing struct {
	AuthorID      string   `json:"author_id"`
	Kind          string   `json:"kind"`
	Model         string   `json:"model"`
	Title         string   `json:"title"`
	Description   string   `json:"description"`
	Price         *moneyIn `json:"price"`
	Deposit       *moneyIn `json:"deposit"`
	SkipRemainder bool     `json:"skip_remainder"`
	Unit          string   `json:"unit"`
	Zone          string   `json:"zone"`
	Stock         *int64   `json:"stock"`
	Disabled      bool     `json:"disabled"`
}

// fullListing is a listing as the native face shows it.
type fullListing struct {
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

func (n catalogue) showListing(l listings.Listing) fullListing {
	v := fullListing{
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
	p := page[fullListing]{Items: make([]fullListing, len(found))}
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
	return Listing{Author: l.Author, Open: open, Unit: booking.Unit(l.Unit), Zone: zoneOf(l), Stock: taken, Pricing: &l.Pricing}, true, nil
}

// zoneOf is where a listing's days are counted; the service has checked the name.
func zoneOf(l listings.Listing) *time.Location {
	zone, err := time.LoadLocation(l.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}
