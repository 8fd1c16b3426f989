package console

import (
	"cmp"
	"context"
	"net/url"
	"strconv"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
)

const perPage = 50

type tx = orchestrator.Transaction

func (r row) title() string {
	return cmp.Or(r.ListingTitle, r.Labels.ExternalReference, "deal "+strconv.FormatInt(r.ID, 10))
}

// people are who buys of whom, by their ids.
func people(ctx context.Context, t tx) string {
	return say(ctx, "%s buys of %s", cmp.Or(t.Buyer, t.Starter), cmp.Or(t.Seller, t.Author))
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
func held(ctx context.Context, t tx) string {
	if t.Attention == "" {
		return ""
	}
	return ", " + say(ctx, "on hold")
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

// named is a deal by its id or its number.
func (f face) named(q string) (int64, bool) {
	if id, err := f.IDs.Open(publicid.Transaction, q); err == nil {
		return id, true
	}
	id, err := strconv.ParseInt(q, 10, 64)
	return id, err == nil && id > 0
}
