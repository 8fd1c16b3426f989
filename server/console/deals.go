package console

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
)

const perPage = 50

type tx = orchestrator.Transaction

func (r row) title() string {
	return cmp.Or(r.ListingTitle, r.Labels.ExternalReference, "deal "+strconv.FormatInt(r.ID, 10))
}

// people are who buys of whom, by their ids.
func people(t tx) string {
	return cmp.Or(t.Buyer, t.Starter) + " buys of " + cmp.Or(t.Seller, t.Author)
}

// tone is the colour of where a deal stands.
func tone(t tx) string {
	switch {
	case t.Attention != "":
		return "wrong"
	case t.IntentID != "":
		return "needs"
	case t.Funds.Held > 0 || t.Funds.Authorized > 0:
		return "held"
	case t.Funds.Released > 0:
		return "good"
	}
	return "idle"
}

// shapes say the same as the colours, to those who see none.
var shapes = map[string]string{"wrong": "✕", "needs": "▲", "held": "■", "good": "●", "idle": "○"}

// held is said after the state of a deal that is on hold: the state alone sounds well.
func held(t tx) string {
	if t.Attention == "" {
		return ""
	}
	return ", on hold"
}

func (f face) path(id int64) string { return deals + "/" + f.IDs.Seal(publicid.Transaction, id) }

// found is what a query finds, and the query as the chips of the page show it.
type found struct {
	Query url.Values
	Deals []row
	Next  string // address of the next page; empty: there is none
}

// row is a deal in a list.
type row struct {
	orchestrator.Transaction
	Path, Label string
}

func (f face) row(tx orchestrator.Transaction) row {
	label := string(tx.State)
	if p, err := f.Engine.Processes().Find(tx.Process); err == nil {
		label = p.Word(tx.State)
	}
	return row{tx, f.path(tx.ID), label}
}

// find lists deals, the newest first. What is a deal's id or number leads to it.
func (f face) find(v visit) error {
	ctx, q := v.Request.Context(), strings.TrimSpace(v.Query("q"))
	if id, is := f.named(q); is {
		if _, err := f.Engine.Find(ctx, v.Community, id, v.actor()); err == nil {
			v.Redirect(303, f.path(id))
			return nil
		} else if fault.As(err).Code != fault.NotFound {
			return err
		}
	}
	filter, err := f.filter(v)
	if err != nil {
		return err
	}
	all, err := f.search(v, q, filter)
	if err != nil {
		return err
	}
	page := found{Query: v.Request.URL.Query()}
	for _, tx := range all {
		page.Deals = append(page.Deals, f.row(tx))
	}
	if paging.GoesOn(all, perPage) {
		next := url.Values{}
		for name, values := range page.Query {
			next[name] = values
		}
		next.Set("before", f.IDs.Seal(publicid.Transaction, all[len(all)-1].ID))
		page.Next = deals + "?" + next.Encode()
	}
	return f.show(v, "Deals", foundSentence(q, len(all), page.Next != ""), findPage(page, f.Engine.Now()))
}

// named is a deal by its id or its number.
func (f face) named(q string) (int64, bool) {
	if id, err := f.IDs.Open(publicid.Transaction, q); err == nil {
		return id, true
	}
	id, err := strconv.ParseInt(q, 10, 64)
	return id, err == nil && id > 0
}

func (f face) filter(v visit) (orchestrator.Filter, error) {
	filter := orchestrator.Filter{CommunityID: v.Community, Process: v.Query("process"), State: process.State(v.Query("state")), Attention: v.Query("attention") == "yes", Limit: perPage}
	if text := v.Query("before"); text != "" {
		id, err := f.IDs.Open(publicid.Transaction, text)
		if err != nil {
			return filter, web.Invalid("invalid_cursor", "before", "before must be the id of a deal")
		}
		filter.Before = id
	}
	return filter, nil
}

// search tries what a text may be: what the marketplace calls a deal, else somebody in it.
func (f face) search(v visit, q string, filter orchestrator.Filter) ([]orchestrator.Transaction, error) {
	list := func(filter orchestrator.Filter) ([]orchestrator.Transaction, error) {
		if filter.Attention {
			return f.Engine.Waiting(v.Request.Context(), filter)
		}
		return f.Engine.List(v.Request.Context(), filter, v.actor())
	}
	if q == "" {
		return list(filter)
	}
	named := filter
	named.ExternalReference = q
	if all, err := list(named); err != nil || len(all) > 0 {
		return all, err
	}
	filter.Party = q
	return list(filter)
}

func foundSentence(q string, n int, more bool) string {
	switch {
	case n == 0 && q != "":
		return "Nothing is called “" + q + "”. Try an id, a number, an external reference or the id of a user."
	case n == 0:
		return "No deal is like that."
	case more:
		return "These are the newest " + strconv.Itoa(n) + " deals. There are more."
	case n == 1:
		return "This is the one deal."
	}
	return "These are all " + strconv.Itoa(n) + " deals."
}
