package console

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/webhooks"
)

// refusedFate selects what was refused at the door, of which the inbox has nothing.
const refusedFate = "refused"

// reported is what the page of the inbox shows.
type reported struct {
	Messages      []message
	Away          []webhooks.TurnedAway // the last ones first
	Gateway, Fate string                // as the form has it
	Next          string                // address of the next page; empty: there is none
	Real          timeOf
}

// message is what a gateway sent, as the page shows it.
type message struct {
	webhooks.Arrival
	Path, Deal string // where it is replayed, and its deal; empty: it has none
	Body       string
}

func (f face) message(v visit, a webhooks.Arrival) message {
	m := message{Arrival: a}
	if a.TransactionID != 0 {
		m.Deal, m.Path = f.path(a.TransactionID), inbox+"/"+f.IDs.Seal(publicid.Arrival, a.ID)+"/replay"
	}
	if len(a.Body) > 0 && v.reads() {
		m.Body = a.Readable()
	}
	return m
}

func (f face) inbox(v visit) error {
	page := reported{Gateway: v.Query("gateway"), Fate: v.Query("fate"), Real: f.Door.Now()}
	filter, err := f.arrivalsIn(v)
	if err != nil {
		return err
	}
	if page.Fate != refusedFate {
		found, err := f.Arrivals.ListArrivals(v.Request.Context(), filter)
		if err != nil {
			return err
		}
		for _, a := range found {
			page.Messages = append(page.Messages, f.message(v, a))
		}
		if len(found) == filter.Limit {
			last := found[len(found)-1]
			page.Next = inbox + "?" + url.Values{"gateway": {page.Gateway}, "fate": {page.Fate}, "before": {behind(last.ReceivedAt, f.IDs.Seal(publicid.Cursor, last.ID))}}.Encode()
		}
	}
	if filter.Before.IsZero() && (page.Fate == "" || page.Fate == refusedFate) {
		if page.Away, err = f.turnedAway(v, filter.Gateway); err != nil {
			return err
		}
	}
	return f.show(v, v.say("Webhooks in"), page.sentence(v.say), inboxPage(v, page))
}

// arrivalsIn is what the query asks for.
func (f face) arrivalsIn(v visit) (webhooks.ArrivalFilter, error) {
	filter := webhooks.ArrivalFilter{CommunityID: v.Community, Gateway: v.Query("gateway"), Fate: webhooks.Fate(v.Query("fate")), Limit: perPage / 2}
	if err := web.Text("gateway", filter.Gateway, web.MaxText); err != nil && filter.Gateway != "" {
		return filter, err
	}
	if filter.Fate != "" && filter.Fate != refusedFate && !filter.Fate.Known() {
		return filter, web.Invalid("unknown_kind", "fate", "fate must be waiting, applied, given_up or refused")
	}
	at, id, err := v.before()
	if err == nil && id != "" {
		filter.Before = at
		if filter.BeforeID, err = f.IDs.Open(publicid.Cursor, id); err != nil {
			err = errBefore
		}
	}
	return filter, err
}

// mostAway is how many lines of who was refused are shown.
const mostAway = 20

func (f face) turnedAway(v visit, gateway string) ([]webhooks.TurnedAway, error) {
	all, err := f.Arrivals.TurnedAway(v.Request.Context())
	var shown []webhooks.TurnedAway
	for _, t := range all {
		if len(shown) < mostAway && (gateway == "" || t.Gateway == gateway) {
			shown = append(shown, t)
		}
	}
	return shown, err
}

// sentence answers whether what gateways say arrives.
func (r reported) sentence(say sayer) string {
	count := map[webhooks.Fate]int{}
	for _, m := range r.Messages {
		count[m.Fate]++
	}
	switch gaveUp, waits := count[webhooks.GaveUp], count[webhooks.Waits]; {
	case r.Fate == refusedFate:
		return refusedSentence(say, len(r.Away))
	case len(r.Messages) == 0 && (r.Gateway != "" || r.Fate != ""):
		return say("No message of a gateway is like that.")
	case len(r.Messages) == 0:
		return say("No gateway has reported anything yet.") + " " + refusedSentence(say, len(r.Away))
	case gaveUp > 0:
		return say("%d of these %d messages could not be applied: read why, and apply them again.", gaveUp, len(r.Messages))
	case waits > 0:
		return say("%d of these %d messages wait to be applied.", waits, len(r.Messages))
	}
	return say("All of these messages were applied (%s).", thousands(strconv.Itoa(len(r.Messages))))
}

func refusedSentence(say sayer, n int) string {
	if n == 0 {
		return say("No message was refused at the door.")
	}
	return say("Messages were refused at the door: if they were the gateway's own, its secret here is not the one there.")
}

// fateTone is the colour of the outcome of a message.
func fateTone(f webhooks.Fate) string {
	switch f {
	case webhooks.GaveUp:
		return "wrong"
	case webhooks.Waits:
		return "idle"
	}
	return "good"
}

// fateWords say the outcome of a message.
func (m message) fateWords(ctx context.Context) string {
	switch m.Fate {
	case webhooks.GaveUp:
		return say(ctx, "given up: %s", lower(ctx, m.Note))
	case webhooks.Waits:
		if m.Note != "" {
			return say(ctx, "not applied yet: %s", lower(ctx, m.Note))
		}
		return say(ctx, "not applied yet")
	}
	return say(ctx, "applied")
}

func plainReason(r string) string { return strings.ReplaceAll(r, "_", " ") }

// replay has a message applied once more.
func (f face) replay(v visit) error {
	reason, err := givenReason(v)
	if err != nil {
		return err
	}
	id, err := f.IDs.Open(publicid.Arrival, v.Param("id"))
	if err != nil {
		id = 0 // no message has this number
	}
	if err := f.Arrivals.ReplayArrival(v.Request.Context(), v.Community, id, f.by(v, reason)); err != nil {
		return err
	}
	v.Redirect(303, inbox)
	return nil
}
