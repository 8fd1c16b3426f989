package outbound

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/notices/events"
)

// settle notes the result of an attempt.
func (r *run) settle(res result) {
	r.flying--
	if res.OK() {
		r.delivered(res)
		return
	}
	r.failed(res)
}

func (r *run) delivered(res result) {
	if r.failing(r.now()) {
		r.Rests, r.probing, r.halted, r.recovered = 0, false, false, true
		r.waiting.hurry()
	}
	r.Failures, r.FailingSince, r.WarnedAt = 0, time.Time{}, time.Time{}
	r.tried(res)
	r.row(res.item, Delivered, time.Time{}, &res.Attempt)
	r.waiting.leave(res.item)
}

// failing reports whether it is the endpoint that fails, and not an event that it does not
// take.
func (r *run) failing(now time.Time) bool {
	return r.resting() || !r.FailingSince.IsZero() && now.Sub(r.FailingSince) >= longestRest
}

// tried counts an attempt.
func (r *run) tried(res result) {
	if res.row.Tries++; res.row.Tries == 1 {
		res.row.Begun = r.now()
	}
}

// failed decides what becomes of an event, and of its endpoint, after an attempt that
// failed.
func (r *run) failed(res result) {
	now := r.now()
	r.tried(res)
	if r.FailingSince.IsZero() {
		r.FailingSince = now
	}
	if res.row.Tries == 1 {
		r.Failures++
	}
	switch {
	case res.Gone():
		r.stop(Gone)
	case now.Sub(r.FailingSince) >= disableAfter:
		r.stop(Failing)
	}
	asked := res.again > 0 && (res.Status == http.StatusTooManyRequests || res.Status == http.StatusServiceUnavailable)
	if r.probing || asked || r.Failures >= failuresToRest {
		r.rest(now, res.again)
	}
	wait := after(res.row.Tries, r.Draw(1000))
	switch {
	case r.failing(now): // that does not cost an event its life
		wait = min(wait, longestRest)
	case res.row.Tries > len(schedule) && now.Sub(res.row.Begun) >= eventLife:
		r.row(res.item, Dead, time.Time{}, &res.Attempt)
		r.waiting.leave(res.item)
		return
	}
	res.next = now.Add(max(wait, res.again))
	r.row(res.item, Pending, res.next, &res.Attempt)
	r.waiting.ready(res.item)
	for _, i := range r.waiting.behind(res.item) {
		if !i.stored {
			r.row(i, Waiting, time.Time{}, nil)
		}
	}
}

// rest lets an endpoint rest.
func (r *run) rest(now time.Time, asked time.Duration) {
	if r.halted {
		return
	}
	r.halted = true
	r.Rests++
	r.until = now.Add(max(rest(r.Rests, r.Draw(1000)), asked))
}

// stop disables an endpoint.
func (r *run) stop(why Reason) {
	if r.disable == "" {
		r.disable, r.ended = why, true
	}
}

// missed goes on behind events that were removed from the log before they were sent: their
// last number is shown as dead, with all that are missing.
func (r *run) missed(last int64) {
	first := r.window.read + 1
	r.window.read = last
	if r.replay || last-first >= events.AfterRestore-1 { // what became of them is there, or they never were
		return
	}
	r.Logger.Warn("webhook endpoint: events were removed before they were sent", "community", r.CommunityID, "endpoint", r.ID, "first", first, "last", last)
	what := fmt.Sprintf("events %d to %d were removed from the log before they were sent", first, last)
	r.row(&item{sequence: last}, Dead, time.Time{}, &Attempt{At: r.now(), Error: failRemoved, Answer: what})
}

// row notes what became of an event, to be written.
func (r *run) row(i *item, status DeliveryStatus, next time.Time, a *Attempt) {
	i.stored = true
	i.row.CommunityID, i.row.EndpointID, i.row.Sequence, i.row.TransactionID = r.CommunityID, r.ID, i.sequence, i.deal
	if i.message != nil {
		i.row.Type = i.message.Type
	}
	i.row.Status, i.row.Next, i.row.At = status, next, r.now()
	row := i.row
	if row.Attempts = nil; a != nil {
		row.Attempts = []Attempt{*a}
	}
	r.rows = append(r.rows, row)
}

// fail ends the work because of the store.
func (r *run) fail(err error) {
	if r.failure == nil {
		r.failure = err
	}
	r.ended = true
}

// flush writes what there is, one commit after the other: what comes back meanwhile is in
// the next one. With the last one the endpoint is anybody's.
func (r *run) flush(ctx context.Context) {
	last := r.flying == 0
	if r.writing || r.released || len(r.rows) == 0 && !last {
		return
	}
	b := r.batch(last)
	r.letters(ctx, &b)
	r.rows, r.recovered = nil, false
	r.writing = true
	if last {
		r.ended, r.released = true, true
	}
	ctx = context.WithoutCancel(ctx)
	go func() {
		standing, err := r.Queue.WriteBatch(ctx, b)
		r.wrote <- written{standing, b, err}
	}()
}

// letters adds the e-mails that a batch gives occasion to. One that cannot be written is missing:
// the event in the log stays.
func (r *run) letters(ctx context.Context, b *Batch) {
	for _, a := range b.Announce {
		more, err := r.Write(ctx, r.as(*b), a.Type)
		if err != nil {
			r.Logger.WarnContext(ctx, "e-mail about a webhook endpoint", "community", r.CommunityID, "endpoint", r.ID, "error", err)
		}
		b.Letters = append(b.Letters, more...)
	}
}

// as is the endpoint as a batch leaves it.
func (r *run) as(b Batch) Endpoint {
	e := r.Endpoint
	e.Place, e.Reason = b.Place, b.Disable
	return e
}

func (r *run) batch(last bool) Batch {
	now := r.now()
	place := &r.Place
	if r.replay {
		place.ReplayAfter = r.window.position()
	} else {
		place.Position = r.window.position()
	}
	place.Loose = r.waiting.count > 0 || len(r.window.open) > 0 || len(r.known) > 0
	place.Due = now // what is being sent has no time: who goes on after a crash looks at once
	b := Batch{
		CommunityID: r.CommunityID, EndpointID: r.ID, Claims: r.Claims, Revision: r.Revision, Until: now.Add(lease), Rows: r.rows, Recovered: r.recovered, Now: now,
	}
	if last {
		place.Due = r.waiting.next(now)
		b.Until = now
		if r.failure != nil { // the store gets a moment to be well again, and others' events are not late by a lease
			b.Until = now.Add(time.Second)
		}
		if r.halted {
			b.Until, place.Due = r.until, r.until
		}
		if b.Disable = r.disable; b.Disable != "" {
			b.Announce = append(b.Announce, r.announce(events.EndpointDisabled, now))
		}
	}
	if b.Disable == "" && r.WarnedAt.IsZero() && !r.FailingSince.IsZero() && now.Sub(r.FailingSince) >= warnAfter {
		r.WarnedAt = now
		b.Announce = append(b.Announce, r.announce(events.EndpointFailing, now))
	}
	b.Place = *place
	return b
}

// announce is an event about the endpoint.
func (r *run) announce(t events.Type, now time.Time) events.Announcement {
	data := map[string]any{"url": r.Address(), "failing_since": r.FailingSince, "waiting": r.waiting.count}
	if t == events.EndpointDisabled {
		data["reason"] = r.disable
	}
	text, err := json.Marshal(data)
	if err != nil { // of texts and times there is none
		text = []byte("{}")
	}
	return events.Announcement{CommunityID: r.CommunityID, Type: t, Object: events.Object{Type: events.Endpoint, Number: r.ID}, Data: text, At: now}
}

// noted goes on after something was written.
func (r *run) noted(ctx context.Context, w written) {
	r.writing = false
	switch {
	case w.err != nil:
		r.released = true // what was not written is sent once more
		r.fail(w.err)
	case !w.Held:
		r.ended, r.released = true, true
	case w.Changed:
		r.ended = true
	default:
		for _, a := range w.batch.Announce {
			r.Told(ctx, r.as(w.batch), a.Type)
		}
	}
}
