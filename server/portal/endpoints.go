package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// endpoint is one as a page shows it. Secret is only set when it was made just now.
type endpoint struct {
	outbound.Endpoint
	Path   string
	Secret string
}

func (f face) shown(e outbound.Endpoint) endpoint {
	return endpoint{Endpoint: e, Path: create + "/" + f.IDs.Seal(publicid.Endpoint, e.ID)}
}

// about lists what there is to say of an endpoint, its description first.
func about(e endpoint, facts ...string) string {
	if e.Description != "" {
		facts = append([]string{e.Description}, facts...)
	}
	return strings.Join(facts, " · ")
}

// fresh shows the secret too. It is the one answer that has it.
func (f face) fresh(v visit, e outbound.Endpoint, sentence string) error {
	s := f.shown(e)
	s.Secret = e.Secrets[0].Reveal()
	return f.page(v, v.say("Secret"), sentence, secretPage(s))
}

func (f face) list(v visit) error {
	all, err := f.Desk.List(v.Request.Context(), v.Community)
	if err != nil {
		return err
	}
	shown, failing := make([]endpoint, len(all)), 0
	for i, e := range all {
		shown[i] = f.shown(e)
		if e.Status == outbound.Disabled || !e.FailingSince.IsZero() {
			failing++
		}
	}
	return f.page(v, v.say("Webhook endpoints"), summary(v, len(all), failing), listPage(shown))
}

func summary(v visit, all, failing int) string {
	switch {
	case all == 0:
		return v.say("Events are sent nowhere. Add an endpoint below.")
	case failing == 0:
		return v.say("All endpoints are well (%d).", all)
	}
	return v.say("%d of %d endpoints get no events.", failing, all)
}

func (f face) create(v visit) error {
	e := outbound.Endpoint{CommunityID: v.Community, Signature: outbound.Signature(v.PostForm("signature"))}
	fill(v, &e)
	made, err := f.Desk.Create(v.Request.Context(), e, f.by(v))
	if err != nil {
		return err
	}
	return f.fresh(v, made, v.say("Copy the secret now: it is not shown again."))
}

// fill takes what a form says of an endpoint.
func fill(v visit, e *outbound.Endpoint) {
	e.URL, e.Payload, e.Description = strings.TrimSpace(v.PostForm("url")), outbound.Payload(v.PostForm("payload")), v.PostForm("description")
	if e.Types = strings.FieldsFunc(v.PostForm("types"), func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }); len(e.Types) == 0 {
		e.Types = nil // an empty field asks for nothing else than the default
	}
}

func (f face) id(v visit) (int64, error) {
	id, err := f.IDs.Open(publicid.Endpoint, v.Param("id"))
	if err != nil {
		err = fault.New(fault.NotFound, "endpoint_not_found", "no such webhook endpoint")
	}
	return id, err
}

// delivery is one as a page shows it.
type delivery struct {
	outbound.Delivery
	Event string
}

// detail is the page of an endpoint.
type detail struct {
	endpoint
	Deliveries []delivery
	Only       outbound.DeliveryStatus // of which status they are; empty: all
	Next       string                  // of the next page; empty: there is none
}

const perPage = 25

// older is the address of the next page.
func (d detail) older() string {
	query := url.Values{"before": {d.Next}}
	if d.Only != "" {
		query.Set("status", string(d.Only))
	}
	return d.Path + "?" + query.Encode()
}

func deliveriesOf(ctx context.Context, only outbound.DeliveryStatus) string {
	if only == "" {
		return say(ctx, "Deliveries")
	}
	return say(ctx, "Deliveries") + ": " + say(ctx, string(only))
}

func (f face) show(v visit) error {
	id, err := f.id(v)
	if err != nil {
		return err
	}
	e, err := f.Desk.Get(v.Request.Context(), v.Community, id)
	if err != nil {
		return err
	}
	filter := outbound.DeliveryFilter{CommunityID: v.Community, EndpointID: id, Status: outbound.DeliveryStatus(v.Query("status")), Limit: perPage}
	if filter.Before, err = place(v); err != nil {
		return err
	}
	found, err := f.Desk.ListDeliveries(v.Request.Context(), filter)
	if err != nil {
		return err
	}
	d := detail{endpoint: f.shown(e), Only: filter.Status, Deliveries: make([]delivery, len(found))}
	for i, one := range found {
		d.Deliveries[i] = delivery{one, f.IDs.SealIn(publicid.Event, one.CommunityID, one.Sequence)}
	}
	if paging.GoesOn(found, perPage) {
		d.Next = strconv.FormatInt(found[len(found)-1].Sequence, 10)
	}
	return f.page(v, e.URL, standing(v, e), endpointPage(d))
}

// standing answers what most want to know.
func standing(v visit, e outbound.Endpoint) string {
	switch {
	case e.Status == outbound.Disabled && e.Reason == outbound.Gone:
		return v.say("This endpoint is disabled: it has answered 410.")
	case e.Status == outbound.Disabled && e.Reason == outbound.Failing:
		return v.say("This endpoint is disabled: nothing could be delivered for five days.")
	case e.Status == outbound.Disabled:
		return v.say("This endpoint is disabled: nothing is sent to it.")
	case !e.FailingSince.IsZero():
		return v.say("This endpoint has failed since %s. What waits for it is kept and tried again.", when(e.FailingSince))
	}
	return v.say("This endpoint has all events up to number %d.", e.Position)
}

// place is where a page begins: before a number.
func place(v visit) (int64, error) {
	text := v.Query("before")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, web.Invalid("invalid_cursor", "before", "before must be the number of an event")
	}
	return n, nil
}

// event is one as a page shows it.
type event struct {
	events.Shown
	Text string // its data
}

// indented writes JSON for people; what cannot be read stays as it is.
func indented(data json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, data, "", "  ") != nil {
		return string(data)
	}
	return b.String()
}

// logged is the page of events.
type logged struct {
	Events []event // the newest first
	Next   string
}

func (f face) events(v visit) error {
	before, err := place(v)
	if err != nil {
		return err
	}
	last, err := f.Log.LastEvent(v.Request.Context(), v.Community)
	if err != nil {
		return err
	}
	until := last
	if before > 0 {
		until = min(last, before-1)
	}
	after := max(until-perPage, 0)
	read, err := f.Log.ReadEvents(v.Request.Context(), events.Filter{CommunityID: v.Community, After: after, Limit: perPage})
	if fault.ReasonOf(err) == "events_expired" {
		after = 0
		read, err = f.Log.ReadEvents(v.Request.Context(), events.Filter{CommunityID: v.Community, Limit: perPage})
	}
	if err != nil {
		return err
	}
	for read.More && read.Next < until && err == nil { // events with much data come a few at a time
		found := read.Events
		read, err = f.Log.ReadEvents(v.Request.Context(), events.Filter{CommunityID: v.Community, After: read.Next, Limit: perPage})
		read.Events = append(found, read.Events...)
	}
	if err != nil {
		return err
	}
	page, wire := logged{}, events.Wire{IDs: f.IDs}
	for _, e := range read.Events {
		if e.Sequence <= until {
			s := wire.Show(e, false)
			page.Events = append([]event{{s, indented(s.Data)}}, page.Events...)
		}
	}
	if after > 0 {
		page.Next = strconv.FormatInt(after+1, 10)
	}
	return f.page(v, v.say("Events"), v.say("The newest event of your marketplace is number %d.", last), eventsPage(page))
}

// act does what the end of the path says.
func (f face) act(v visit) error {
	id, err := f.id(v)
	if err != nil {
		return err
	}
	acts := map[string]func(visit, int64) error{
		"change": f.change, "enable": f.enable, "disable": f.disable, "delete": f.delete, "rotate": f.rotate, "test": f.test, "resend": f.resend, "replay": f.replay,
	}
	do, known := acts[v.Param("act")]
	if !known {
		return web.NoRoute(v.Context, web.Route{})
	}
	return do(v, id)
}

// back leads to an endpoint, so that reloading the page repeats nothing.
func (f face) back(v visit, id int64, err error) error {
	if err == nil {
		v.Redirect(http.StatusSeeOther, create+"/"+f.IDs.Seal(publicid.Endpoint, id))
	}
	return err
}

func (f face) change(v visit, id int64) error {
	_, err := f.Desk.Change(v.Request.Context(), v.Community, id, f.by(v), func(e *outbound.Endpoint) { fill(v, e) })
	return f.back(v, id, err)
}

func (f face) enable(v visit, id int64) error {
	_, err := f.Desk.Enable(v.Request.Context(), v.Community, id, v.PostForm("from") == "now", f.by(v))
	return f.back(v, id, err)
}

func (f face) disable(v visit, id int64) error {
	_, err := f.Desk.Disable(v.Request.Context(), v.Community, id, f.by(v))
	return f.back(v, id, err)
}

// sure is an act that cannot be undone and was not confirmed.
func sure(v visit) error {
	if v.PostForm("sure") == "yes" {
		return nil
	}
	return web.Invalid("invalid_endpoint", "sure", "tick the box to confirm it")
}

func (f face) delete(v visit, id int64) error {
	if err := sure(v); err != nil {
		return err
	}
	if err := f.Desk.Delete(v.Request.Context(), v.Community, id, f.by(v)); err != nil {
		return err
	}
	v.Redirect(http.StatusSeeOther, home)
	return nil
}

// overlaps are for how long the old secret may be valid, as the page offers it.
var overlaps = map[string]time.Duration{"": 24 * time.Hour, "day": 24 * time.Hour, "hour": time.Hour, "never": 0}

func (f face) rotate(v visit, id int64) error {
	overlap, known := overlaps[v.PostForm("old")]
	if !known {
		return web.Invalid("invalid_endpoint", "old", "old must be day, hour or never")
	}
	e, err := f.Desk.Rotate(v.Request.Context(), v.Community, id, overlap, f.by(v))
	if err != nil {
		return err
	}
	return f.fresh(v, e, v.say("Copy the new secret now: it is not shown again."))
}

func (f face) test(v visit, id int64) error {
	attempt, err := f.Desk.Test(v.Request.Context(), v.Community, id)
	if err != nil {
		return err
	}
	sentence := v.say("The endpoint has the test event.")
	if !attempt.OK() {
		sentence = v.say("The endpoint did not take the test event.")
	}
	path := create + "/" + f.IDs.Seal(publicid.Endpoint, id)
	return f.page(v, v.say("Test event"), sentence, testedPage(path, []outbound.Attempt{attempt}))
}

func (f face) resend(v visit, id int64) error {
	sequence, err := f.IDs.OpenIn(publicid.Event, v.Community, v.PostForm("event"))
	if err != nil {
		return fault.New(fault.NotFound, "delivery_not_found", "no such event; its id begins with evt_")
	}
	return f.back(v, id, f.Desk.Resend(v.Request.Context(), v.Community, id, sequence, f.by(v)))
}
