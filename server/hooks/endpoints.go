package hooks

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
	"github.com/handsel-dev/handsel/server/languages"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// endpoint is one as a page shows it. Secret is only set when it was made just now.
type endpoint struct {
	outbound.Endpoint
	Manner
	Path   string
	Secret string
}

func (r Rooms) shown(v Visit, e outbound.Endpoint) endpoint {
	return endpoint{Endpoint: e, Manner: v.Manner, Path: r.path(e.ID)}
}

// about lists what there is to say of an endpoint, its description first.
func about(e endpoint, facts ...string) string {
	if e.Description != "" {
		facts = append([]string{e.Description}, facts...)
	}
	return strings.Join(facts, " · ")
}

// fresh shows the secret too. It is the one answer that has it.
func (r Rooms) fresh(v Visit, e outbound.Endpoint, sentence string) error {
	s := r.shown(v, e)
	s.Secret = e.Secrets[0].Reveal()
	return v.Show(v.say("Secret"), sentence, secretPage(s))
}

// List shows the endpoints.
func (r Rooms) List(v Visit) error {
	all, err := r.Desk.List(v.Request.Context(), v.Community)
	if err != nil {
		return err
	}
	shown, failing := make([]endpoint, len(all)), 0
	for i, e := range all {
		shown[i] = r.shown(v, e)
		if e.Status == outbound.Disabled || !e.FailingSince.IsZero() {
			failing++
		}
	}
	return v.Show(v.say("Webhook endpoints"), summary(v, len(all), failing), listPage(listing{shown, v.Manner, r.endpoints()}))
}

// listing is the page of endpoints.
type listing struct {
	All []endpoint
	Manner
	Create string // where a new one is made
}

func summary(v Visit, all, failing int) string {
	switch {
	case all == 0:
		return v.say("Events are sent nowhere. Add an endpoint below.")
	case failing == 0:
		return v.say("All endpoints are well (%d).", all)
	}
	return v.say("%d of %d endpoints get no events.", failing, all)
}

// Create makes an endpoint.
func (r Rooms) Create(v Visit) error {
	e := outbound.Endpoint{CommunityID: v.Community, Signature: outbound.Signature(v.PostForm("signature"))}
	fill(v, &e)
	made, err := r.Desk.Create(v.Request.Context(), e, v.By)
	if err != nil {
		return err
	}
	return r.fresh(v, made, v.say("Copy the secret now: it is not shown again."))
}

// fill takes what a form says of an endpoint.
func fill(v Visit, e *outbound.Endpoint) {
	e.URL, e.Payload, e.Description = strings.TrimSpace(v.PostForm("url")), outbound.Payload(v.PostForm("payload")), v.PostForm("description")
	if e.Types = strings.FieldsFunc(v.PostForm("types"), func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }); len(e.Types) == 0 {
		e.Types = nil // an empty field asks for nothing else than the default
	}
}

func (r Rooms) id(v Visit) (int64, error) {
	id, err := r.IDs.Open(publicid.Endpoint, v.Param("id"))
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
		return languages.Say(ctx, "Deliveries")
	}
	return languages.Say(ctx, "Deliveries") + ": " + languages.Say(ctx, string(only))
}

// Endpoint shows one, with its deliveries.
func (r Rooms) Endpoint(v Visit) error {
	id, err := r.id(v)
	if err != nil {
		return err
	}
	e, err := r.Desk.Get(v.Request.Context(), v.Community, id)
	if err != nil {
		return err
	}
	filter := outbound.DeliveryFilter{CommunityID: v.Community, EndpointID: id, Status: outbound.DeliveryStatus(v.Query("status")), Limit: perPage}
	if filter.Before, err = place(v); err != nil {
		return err
	}
	found, err := r.Desk.ListDeliveries(v.Request.Context(), filter)
	if err != nil {
		return err
	}
	d := detail{endpoint: r.shown(v, e), Only: filter.Status, Deliveries: make([]delivery, len(found))}
	for i, one := range found {
		d.Deliveries[i] = delivery{one, r.IDs.SealIn(publicid.Event, one.CommunityID, one.Sequence)}
	}
	if paging.GoesOn(found, perPage) {
		d.Next = strconv.FormatInt(found[len(found)-1].Sequence, 10)
	}
	return v.Show(e.URL, standing(v, e), endpointPage(d))
}

// standing answers what most want to know.
func standing(v Visit, e outbound.Endpoint) string {
	switch {
	case e.Status == outbound.Disabled && e.Reason == outbound.Gone:
		return v.say("This endpoint is disabled: it has answered 410.")
	case e.Status == outbound.Disabled && e.Reason == outbound.Failing:
		return v.say("This endpoint is disabled: nothing could be delivered for five days.")
	case e.Status == outbound.Disabled:
		return v.say("This endpoint is disabled: nothing is sent to it.")
	case !e.FailingSince.IsZero():
		return v.say("This endpoint has failed since %s. What waits for it is kept and tried again.", When(e.FailingSince))
	}
	return v.say("This endpoint has all events up to number %d.", e.Position)
}

// place is where a page begins: before a number.
func place(v Visit) (int64, error) {
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
	Next   string  // address of the next page; empty: there is none
}

// Events shows the newest ones.
func (r Rooms) Events(v Visit) error {
	before, err := place(v)
	if err != nil {
		return err
	}
	last, err := r.Log.LastEvent(v.Request.Context(), v.Community)
	if err != nil {
		return err
	}
	until := last
	if before > 0 {
		until = min(last, before-1)
	}
	after := max(until-perPage, 0)
	read, err := r.Log.ReadEvents(v.Request.Context(), events.Filter{CommunityID: v.Community, After: after, Limit: perPage})
	if fault.ReasonOf(err) == "events_expired" {
		after = 0
		read, err = r.Log.ReadEvents(v.Request.Context(), events.Filter{CommunityID: v.Community, Limit: perPage})
	}
	if err != nil {
		return err
	}
	for read.More && read.Next < until && err == nil { // events with much data come a few at a time
		found := read.Events
		read, err = r.Log.ReadEvents(v.Request.Context(), events.Filter{CommunityID: v.Community, After: read.Next, Limit: perPage})
		read.Events = append(found, read.Events...)
	}
	if err != nil {
		return err
	}
	page, wire := logged{}, events.Wire{IDs: r.IDs}
	for _, e := range read.Events {
		if e.Sequence <= until {
			s := wire.Show(e, false)
			page.Events = append([]event{{s, indented(s.Data)}}, page.Events...)
		}
	}
	if after > 0 {
		page.Next = r.Home + "/events?before=" + strconv.FormatInt(after+1, 10)
	}
	return v.Show(v.say("Events"), v.say("The newest event of your marketplace is number %d.", last), eventsPage(page))
}

// Act does what the end of the path says.
func (r Rooms) Act(v Visit) error {
	id, err := r.id(v)
	if err != nil {
		return err
	}
	acts := map[string]func(Visit, int64) error{
		"change": r.change, "enable": r.enable, "disable": r.disable, "delete": r.delete, "rotate": r.rotate, "test": r.test, "resend": r.resend, "replay": r.replay,
	}
	do, known := acts[v.Param("act")]
	if !known {
		return web.NoRoute(v.Context, web.Route{})
	}
	return do(v, id)
}

// back leads to an endpoint, so that reloading the page repeats nothing.
func (r Rooms) back(v Visit, id int64, err error) error {
	if err == nil {
		v.Redirect(http.StatusSeeOther, r.path(id))
	}
	return err
}

func (r Rooms) change(v Visit, id int64) error {
	_, err := r.Desk.Change(v.Request.Context(), v.Community, id, v.By, func(e *outbound.Endpoint) { fill(v, e) })
	return r.back(v, id, err)
}

func (r Rooms) enable(v Visit, id int64) error {
	_, err := r.Desk.Enable(v.Request.Context(), v.Community, id, v.PostForm("from") == "now", v.By)
	return r.back(v, id, err)
}

func (r Rooms) disable(v Visit, id int64) error {
	_, err := r.Desk.Disable(v.Request.Context(), v.Community, id, v.By)
	return r.back(v, id, err)
}

// sure is an act that cannot be undone and was not confirmed.
func sure(v Visit) error {
	if v.PostForm("sure") == "yes" {
		return nil
	}
	return web.Invalid("invalid_endpoint", "sure", "tick the box to confirm it")
}

func (r Rooms) delete(v Visit, id int64) error {
	if err := sure(v); err != nil {
		return err
	}
	if err := r.Desk.Delete(v.Request.Context(), v.Community, id, v.By); err != nil {
		return err
	}
	v.Redirect(http.StatusSeeOther, r.Home)
	return nil
}

// overlaps are for how long the old secret may be valid, as the page offers it.
var overlaps = map[string]time.Duration{"": 24 * time.Hour, "day": 24 * time.Hour, "hour": time.Hour, "never": 0}

func (r Rooms) rotate(v Visit, id int64) error {
	overlap, known := overlaps[v.PostForm("old")]
	if !known {
		return web.Invalid("invalid_endpoint", "old", "old must be day, hour or never")
	}
	e, err := r.Desk.Rotate(v.Request.Context(), v.Community, id, overlap, v.By)
	if err != nil {
		return err
	}
	return r.fresh(v, e, v.say("Copy the new secret now: it is not shown again."))
}

func (r Rooms) test(v Visit, id int64) error {
	attempt, err := r.Desk.Test(v.Request.Context(), v.Community, id)
	if err != nil {
		return err
	}
	sentence := v.say("The endpoint has the test event.")
	if !attempt.OK() {
		sentence = v.say("The endpoint did not take the test event.")
	}
	path := r.path(id)
	return v.Show(v.say("Test event"), sentence, testedPage(path, []outbound.Attempt{attempt}))
}

func (r Rooms) resend(v Visit, id int64) error {
	sequence, err := r.IDs.OpenIn(publicid.Event, v.Community, v.PostForm("event"))
	if err != nil {
		return fault.New(fault.NotFound, "delivery_not_found", "no such event; its id begins with evt_")
	}
	return r.back(v, id, r.Desk.Resend(v.Request.Context(), v.Community, id, sequence, v.By))
}
