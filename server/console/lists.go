package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/server/web"
)

// Shelf keeps listings. Staff takes one off the market, or puts it back.
type Shelf interface {
	List(ctx context.Context, f listings.Filter) ([]listings.Listing, error)
	Get(ctx context.Context, community, id int64) (listings.Listing, error)
	Disable(ctx context.Context, ref listings.Ref) (listings.Listing, error)
	Enable(ctx context.Context, ref listings.Ref) (listings.Listing, error)
}

// Ads keeps those of the exchange. Staff takes one out of its owner's hands, or gives it back.
type Ads interface {
	All(ctx context.Context, f listings.StaffFilter) ([]listings.Ad, error)
	Get(ctx context.Context, community, id int64) (listings.Ad, error)
	Suspend(ctx context.Context, ref listings.Ref) (listings.Ad, error)
	Resume(ctx context.Context, ref listings.Ref) (listings.Ad, error)
}

// Mails are what was sent to people, without what it says.
type Mails interface {
	ListMails(ctx context.Context, f notices.PostedFilter) ([]notices.Posted, error)
}

// offer is a listing or an ad as pages show it.
type offer struct {
	Path, Title, Owner, Price, State string
	On                               bool   // it can be bought
	Act                              string // what staff may do with it: off or on; empty: nothing
	Since                            time.Time
	Facts                            []string
}

// offers are a page of them.
type offers struct {
	Home  string // path of the list
	Query url.Values
	All   []offer
	Next  string
	Now   time.Time
}

func (f face) listed(v visit, l listings.Listing) offer {
	o := offer{Path: shelf + "/" + f.IDs.Seal(publicid.Listing, l.ID), Title: cmp.Or(l.Title, strconv.FormatInt(l.ID, 10)), Owner: l.Author, State: string(listings.Enabled), On: l.Enabled(), Since: l.CreatedAt}
	if l.Price.Currency() != "" {
		o.Price = amount(v.Request.Context(), l.Price)
	}
	o.Act = "off"
	if !o.On {
		o.State, o.Act = string(listings.Disabled), "on"
	}
	o.Facts = []string{l.Description, string(l.Kind) + ", " + string(l.Model), l.Labels.ExternalReference}
	if l.Stock != nil {
		o.Facts = append(o.Facts, "× "+strconv.FormatInt(*l.Stock, 10))
	}
	return o
}

func (f face) advertised(a listings.Ad) offer {
	id := strconv.FormatInt(a.ID, 10)
	price := func(minor int64) string { return money.Decimal(minor, f.scale(a.Asset)) + " " + string(a.Asset) }
	acts := map[listings.AdStatus]string{listings.Active: "off", listings.Paused: "off", listings.Suspended: "on"} // who paused it resumes it, and what has ended stays so
	return offer{
		Act:  acts[a.Status],
		Path: adsPath + "/" + id, Title: string(a.Type) + " " + string(a.Asset) + " " + id, Owner: a.Owner, Price: price(a.Available) + " / " + price(a.Total), State: string(a.Status), On: a.Status == listings.Active, Since: a.CreatedAt,
		Facts: []string{price(a.Min) + " – " + price(a.Max), money.Decimal(a.Rate, 2) + " " + string(a.Fiat), strings.Join(a.Methods, ", "), a.Instructions},
	}
}

func (f face) scale(c money.Currency) int {
	n, _ := f.Assets.Scale(c)
	return n
}

// listingsPage lists listings, the newest first.
func (f face) listings(v visit) error {
	filter := listings.Filter{CommunityID: v.Community, Author: v.Query("author"), State: listings.State(v.Query("state")), Limit: perPage}
	if filter.State != listings.AnyState && filter.State != listings.Enabled && filter.State != listings.Disabled {
		return web.Invalid("unknown_kind", "state", "state must be enabled or disabled")
	}
	if err := web.OptionalUserID("author", &filter.Author); err != nil {
		return err
	}
	if text := v.Query("before"); text != "" {
		id, err := f.IDs.Open(publicid.Listing, text)
		if err != nil {
			return web.Invalid("invalid_cursor", "before", "before must be the id of a listing")
		}
		filter.Before = id
	}
	all, err := f.Shelf.List(v.Request.Context(), filter)
	if err != nil {
		return err
	}
	page := offers{Home: shelf, Query: v.Request.URL.Query(), Now: f.Engine.Now()}
	for _, l := range all {
		page.All = append(page.All, f.listed(v, l))
	}
	if paging.GoesOn(all, perPage) {
		page.Next = f.IDs.Seal(publicid.Listing, all[len(all)-1].ID)
	}
	return f.show(v, v.say("Listings"), page.sentence(v.Request.Context()), offersPage(page))
}

var adStates = []listings.AdStatus{listings.Active, listings.Paused, listings.Suspended, listings.Closed, listings.Expired}

// ads lists those of the exchange, the newest first.
func (f face) ads(v visit) error {
	before, err := strconv.ParseInt(cmp.Or(v.Query("before"), "0"), 10, 64)
	if err != nil || before < 0 {
		return web.Invalid("invalid_cursor", "before", "before must be the number of an ad")
	}
	author, state := v.Query("author"), v.Query("state")
	if err := web.OptionalUserID("author", &author); err != nil {
		return err
	}
	if state != "" && !slices.Contains(adStates, listings.AdStatus(state)) {
		return web.Invalid("unknown_kind", "state", "state must be active, paused, suspended, closed or expired")
	}
	all, err := f.Ads.All(v.Request.Context(), listings.StaffFilter{Community: v.Community, Owner: author, Status: listings.AdStatus(state), Before: before, Limit: perPage})
	if err != nil {
		return err
	}
	page := offers{Home: adsPath, Query: v.Request.URL.Query(), Now: f.Engine.Now()}
	for _, a := range all {
		page.All = append(page.All, f.advertised(a))
	}
	if len(all) == perPage {
		page.Next = strconv.FormatInt(all[perPage-1].ID, 10)
	}
	return f.show(v, v.say("Ads"), page.sentence(v.Request.Context()), offersPage(page))
}

func (o offers) sentence(ctx context.Context) string {
	if len(o.All) == 0 {
		return say(ctx, "Nothing is on offer that is like that.")
	}
	return number(ctx, len(o.All), "One thing is on this page.", "%d things are on this page.")
}

func (o offers) older() string {
	q := url.Values{"author": {o.Query.Get("author")}, "state": {o.Query.Get("state")}, "before": {o.Next}}
	return o.Home + "?" + q.Encode()
}

// offered finds the one that the path names.
func (f face) offered(v visit) (o offer, change func(ref listings.Ref, on bool) error, id int64, err error) {
	ctx := v.Request.Context()
	if strings.HasPrefix(v.page.path, shelf) {
		if id, err = f.IDs.Open(publicid.Listing, v.Param("id")); err != nil {
			id = 0 // no listing has this number
		}
		l, err := f.Shelf.Get(ctx, v.Community, id)
		return f.listed(v, l), func(ref listings.Ref, on bool) (err error) {
			if on {
				_, err = f.Shelf.Enable(ctx, ref)
			} else {
				_, err = f.Shelf.Disable(ctx, ref)
			}
			return err
		}, id, err
	}
	if id, err = strconv.ParseInt(v.Param("id"), 10, 64); err != nil {
		id = 0 // no ad has this number
	}
	a, err := f.Ads.Get(ctx, v.Community, id)
	return f.advertised(a), func(ref listings.Ref, on bool) (err error) {
		if on {
			_, err = f.Ads.Resume(ctx, ref)
		} else {
			_, err = f.Ads.Suspend(ctx, ref)
		}
		return err
	}, id, err
}

func (f face) offer(v visit) error {
	o, _, _, err := f.offered(v)
	if err != nil {
		return err
	}
	return f.show(v, o.Title, v.say("%s offers %s: %s.", o.Owner, o.Title, lower(v.Request.Context(), o.State)), offerPage(v, o, f.Engine.Now()))
}

// changeOffer takes an offer off the market, or puts it back, after its line of the audit log.
func (f face) changeOffer(v visit) error {
	reason, err := givenReason(v)
	if err != nil {
		return err
	}
	act := v.Param("act")
	if act != "off" && act != "on" {
		return web.NoRoute(v.Context, web.Route{})
	}
	o, change, id, err := f.offered(v)
	if err != nil {
		return err
	}
	if act != o.Act { // somebody was faster; the page shows it as it is
		v.Redirect(http.StatusSeeOther, o.Path)
		return nil
	}
	object := "listing:"
	if strings.HasPrefix(o.Path, adsPath) {
		object = "ad:"
	}
	line := f.by(v, reason).Act(v.Community, "console.offer_"+act, object+strconv.FormatInt(id, 10), nil)
	if err := f.Audit.AddAct(v.Request.Context(), line); err != nil {
		return err
	}
	if err := change(listings.Ref{Community: v.Community, ID: id}, act == "on"); err != nil {
		return err
	}
	v.Redirect(http.StatusSeeOther, o.Path)
	return nil
}

// sentMails are a page of the log of e-mails.
type sentMails struct {
	All  []sentMail
	User string
	Next string
	Now  time.Time
}

type sentMail struct {
	notices.Posted
	Deal string // path; empty: it is about none
}

// behind is where the next page of a list begins that is in the order of a time, and before reads it: an id, and when it was.
func behind(at time.Time, id string) string { return at.UTC().Format(time.RFC3339Nano) + " " + id }

var errBefore = web.Invalid("invalid_cursor", "before", "before must be that of an earlier page")

func (v visit) before() (at time.Time, id string, err error) {
	if v.Query("before") == "" {
		return at, "", nil
	}
	text, id, _ := strings.Cut(v.Query("before"), " ")
	if at, err = time.Parse(time.RFC3339Nano, text); err != nil || at.Year() < 1970 || web.Text("before", id, web.MaxText) != nil {
		return at, "", errBefore
	}
	return at, id, nil
}

func (f face) mails(v visit) error {
	page := sentMails{User: v.Query("user"), Now: f.Engine.Now()}
	err := web.OptionalUserID("user", &page.User)
	if err != nil {
		return err
	}
	filter := notices.PostedFilter{CommunityID: v.Community, UserID: page.User, Limit: perPage}
	if filter.Before, filter.BeforeID, err = v.before(); err != nil {
		return err
	}
	all, err := f.Mails.ListMails(v.Request.Context(), filter)
	if err != nil {
		return err
	}
	for _, m := range all {
		one := sentMail{Posted: m}
		if m.TransactionID != 0 {
			one.Deal = f.path(m.TransactionID)
		}
		page.All = append(page.All, one)
	}
	if len(all) == filter.Limit {
		last := all[len(all)-1]
		page.Next = mailsPath + "?" + url.Values{"user": {page.User}, "before": {behind(last.At, last.ID)}}.Encode()
	}
	return f.show(v, v.say("E-mails"), page.sentence(v.Request.Context()), mailsPage(page))
}

func (s sentMails) sentence(ctx context.Context) string {
	failed := 0
	for _, m := range s.All {
		if m.tone() == "wrong" {
			failed++
		}
	}
	switch {
	case len(s.All) == 0:
		return say(ctx, "No e-mail is like that.")
	case failed > 0:
		return say(ctx, "%d of these %d e-mails failed.", failed, len(s.All))
	}
	return say(ctx, "None of these e-mails failed.")
}

func (m sentMail) tone() string {
	switch {
	case m.EndedAt.IsZero() && m.Attempts == 0:
		return "idle"
	case m.EndedAt.IsZero():
		return "needs"
	case m.Note == "sent":
		return "good"
	case m.Note == "given up":
		return "wrong"
	}
	return "idle"
}
