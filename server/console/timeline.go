package console

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/cards"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/timeline"
	"github.com/handsel-dev/handsel/webhooks"
)

// sort is what kind of thing happened: a shape and a word, since colour alone says nothing.
type sort struct{ shape, word, tone string }

var (
	aCall     = sort{"→", "Call", "idle"}
	aGateway  = sort{"⇄", "Gateway", "held"}
	aReport   = sort{"↓", "Webhook in", "held"}
	aDelivery = sort{"↑", "Webhook out", "idle"}
	aPosting  = sort{"=", "Posting", "good"}
	aTimer    = sort{"◷", "Timer", "idle"}
	aMail     = sort{"✉", "Mail", "idle"}
	aMessage  = sort{"“", "Message", "idle"}
	aNote     = sort{"✎", "Note", "back"}
	aDecision = sort{"◆", "Decision", "needs"}
	aSecond   = sort{"▲", "Second person", "needs"}
)

// past is a line of the timeline.
type past struct {
	sort
	Key       string // names it on the page
	At        time.Time
	Text      string // one sentence
	Said      map[string]string
	RequestID string
	Link, To  string // where more of it is, and what that is called
	Posted    []posting
	Raw       string // what is stored of it, as JSON, without what nobody is shown
}

// pasts are a page of the timeline.
type pasts struct {
	Lines          []past
	Newest, Before string // addresses; empty: there is no such page
}

// teller makes lines of what happened.
type teller struct {
	face
	v visit
	t told
}

// happened reads the page of the timeline that the query asks for.
func (f face) happened(v visit, t told) (pasts, error) {
	q := timeline.Filter{CommunityID: v.Community, TransactionID: t.Transaction.ID, Limit: perPage}
	var err error
	if text := v.Query("before"); text != "" {
		if q.Before, err = pastPlace(text); err != nil {
			return pasts{}, err
		}
	}
	page, err := f.Timeline.Happened(v.Request.Context(), q)
	if err != nil {
		return pasts{}, err
	}
	shown, tell := pasts{}, teller{f, v, t}
	for _, r := range page.Rows {
		shown.Lines = append(shown.Lines, tell.lines(r)...)
	}
	if !q.Before.At.IsZero() {
		shown.Newest = t.Path + "#happened"
	}
	if !page.Next.At.IsZero() {
		shown.Before = t.Path + "?before=" + cursorOf(page.Next) + "#happened"
	}
	return shown, nil
}

// note keeps what somebody of the staff has written down about a deal.
func (f face) note(v visit) error {
	id, err := f.theDeal(v)
	if err != nil {
		return err
	}
	text := v.PostForm("note")
	if err := web.Paragraphs("note", text, timeline.MaxNote); err != nil {
		return err
	}
	n := timeline.Note{CommunityID: v.Community, TransactionID: id, Author: v.actor().String(), Content: text, At: f.Engine.Now()}
	if err := f.Timeline.AddNote(v.Request.Context(), n, f.by(v, "")); err != nil {
		return err
	}
	v.Redirect(http.StatusSeeOther, f.path(id)+"#happened")
	return nil
}

// cursorOf and pastPlace write a place of the timeline into an address, and read it.
func cursorOf(p timeline.Place) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.At.UnixMicro(), 10) + " " + string(p.Source) + " " + p.ID))
}

func pastPlace(text string) (timeline.Place, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.SplitN(string(raw), " ", 3)
	if err == nil && len(parts) == 3 {
		at, wrong := strconv.ParseInt(parts[0], 10, 64)
		p := timeline.Place{At: time.UnixMicro(at).UTC(), Source: timeline.Source(parts[1]), ID: parts[2]}
		if year := p.At.Year(); wrong == nil && p.Source.Known() && year > 1970 && year < 9999 && web.Text("before", p.ID, web.MaxText) == nil {
			return p, nil
		}
	}
	return timeline.Place{}, web.Invalid("invalid_cursor", "before", "before must be that of an earlier page")
}

// lines are what a row is told in: a step is followed by what it posted, and by timers. The newest stands first.
func (t teller) lines(r timeline.Row) []past {
	p := past{Key: string(r.Source) + "-" + r.ID, At: r.At}
	switch {
	case r.Step != nil:
		return t.step(p, *r.Step, r.Posted)
	case r.Operation != nil:
		t.operation(&p, *r.Operation)
	case r.Report != nil:
		t.report(&p, *r.Report)
	case r.Delivery != nil:
		p.sort, p.Text = aDelivery, t.say("The event %s for an endpoint: %s, %s.", r.Delivery.Type, t.say(r.Delivery.Status), number(t.ctx(), r.Delivery.Tries, "one try", "%d tries"))
		p.Link, p.To = Webhooks+"/endpoints/"+t.IDs.Seal(publicid.Endpoint, r.Delivery.EndpointID), t.say("the endpoint")
		p.Raw = readable(fields{"event": r.Delivery.Type, "event_sequence": r.Delivery.Sequence, "status": r.Delivery.Status, "tries": r.Delivery.Tries, "next": stampOf(r.Delivery.Next), "attempts": t.attempts(r.Delivery.Attempts)})
	case r.Letter != nil:
		t.letter(&p, *r.Letter)
	case r.Message != nil:
		t.message(&p, *r.Message)
	case r.Note != nil:
		p.sort, p.Text = aNote, t.say("%s noted for staff:", t.somebody(r.Note.Author))
		content := r.Note.Content
		if !t.v.reads() {
			content, p.Text = "", p.Text+" "+t.say("The role support reads it.")
		}
		p.say("note", content)
		p.Raw = readable(fields{"author": r.Note.Author, "content": content})
	case r.Act != nil && r.Act.Name == timeline.Noted:
		return nil // the note itself is told
	case r.Act != nil:
		p.sort, p.Text, p.RequestID = aDecision, t.say("%s did this: %s.", t.somebody(r.Act.Actor), r.Act.Name), r.Act.RequestID
		p.say("reason", r.Act.Reason)
		p.Raw = readable(fields{"act": r.Act.Name, "actor": r.Act.Actor, "reason": r.Act.Reason, "request_id": r.Act.RequestID, "data": r.Act.Data})
	case r.Approval != nil:
		t.approval(&p, r)
	}
	return []past{p}
}

// fields are what is stored of a line, by name.
type fields map[string]any

// readable is what people may read of it, as what gateways send is.
func readable(stored fields) string {
	for name, value := range stored {
		if value == "" || value == "–" || value == (time.Time{}) {
			delete(stored, name)
		}
	}
	raw, err := json.Marshal(stored)
	if err != nil {
		return ""
	}
	return webhooks.Delivery{Body: raw}.Readable()
}

// say adds what somebody said.
func (p *past) say(what, text string) {
	if text == "" {
		return
	}
	if p.Said == nil {
		p.Said = map[string]string{}
	}
	p.Said[what] = cards.Masked(text)
}

// say says a text in the language of who reads.
func (t teller) say(text string, args ...any) string { return t.v.say(text, args...) }

func (t teller) ctx() context.Context { return t.v.Request.Context() }

// somebody is who acted, in the words of the log, for people.
func (t teller) somebody(actor string) string {
	kind, id, _ := strings.Cut(actor, ":")
	switch process.ActorKind(kind) {
	case process.User:
		return id
	case process.Staff:
		return t.say("%s (staff)", strings.TrimPrefix(id, process.ByItself))
	case process.Backend:
		return t.say("The marketplace")
	case process.AtGateway:
		return t.say("The gateway")
	case process.OfSchedule:
		return t.say("A timer")
	}
	return actor
}

func (t teller) step(p past, l orchestrator.LogEntry, entries []orchestrator.PostedEntry) []past {
	p.sort, p.RequestID = aCall, l.RequestID
	switch kind, _, _ := strings.Cut(l.Actor, ":"); process.ActorKind(kind) {
	case process.Staff:
		p.sort = aDecision
	case process.AtGateway:
		p.sort = aGateway
	case process.OfSchedule:
		p.sort = aTimer
	}
	p.Text = t.somebody(l.Actor) + ": " + plainReason(stated(t.ctx(), string(l.Transition))) + ". " + went(t.say, string(l.From), string(l.To)) + "."
	said := t.t.process.Shown(l.Transition, l.Said, t.v.actor())
	if p.sort != aDecision && len(said) > 0 && !t.v.reads() { // what staff says stands in the audit log, which everybody reads
		p.Text, said = p.Text+" "+t.say("The role support reads what was said."), nil
	}
	for name, text := range said {
		p.say(name, text)
	}
	p.say("note", l.Note)
	p.Raw = readable(fields{"transition": l.Transition, "from": l.From, "to": l.To, "actor": l.Actor, "revision": l.Revision, "request_id": l.RequestID, "operation": l.IntentID, "note": l.Note, "said": said})
	lines := t.timers(p, l)
	for i, e := range slices.Backward(entries) {
		posted := past{sort: aPosting, Key: p.Key + "-" + strconv.Itoa(i), At: l.At, Text: t.say("Posted: %s.", plainReason(e.Kind)), Posted: postings(t.ctx(), e.Entry)}
		var all []fields
		for _, one := range e.Postings {
			all = append(all, fields{"account": one.Account.String(), "amount": one.Amount.Minor(), "currency": one.Amount.Currency()})
		}
		posted.Raw = readable(fields{"entry": e.Kind, "reverses": e.Reverses, "revision": e.Revision, "postings": all})
		lines = append(lines, posted)
	}
	return append(lines, p)
}

// timers are which ones a step that entered a state has set, and which ones of the state before it ended.
func (t teller) timers(p past, l orchestrator.LogEntry) (lines []past) {
	if !movedOn(l) {
		return nil
	}
	deal := t.t.Transaction.Deal
	for what, alarms := range map[string][]process.Alarm{"set": t.t.process.Starts(deal, l.To, l.At), "dropped": t.left(l)} {
		var words, raw []string
		for _, a := range alarms {
			words = append(words, plainReason(string(a.Name))+" ("+exact(a.Due)+")")
			raw = append(raw, string(a.Name)+" "+stampOf(a.Due))
		}
		if len(words) > 0 {
			lines = append(lines, past{sort: aTimer, Key: p.Key + "-" + what, At: l.At, Text: t.say(plainly(what)) + ": " + strings.Join(words, ", ") + ".", Raw: readable(fields{"timers": raw, "what": what, "revision": l.Revision})})
		}
	}
	slices.SortFunc(lines, func(a, b past) int { return cmp.Compare(b.Key, a.Key) })
	return lines
}

// movedOn tells whether a step entered a state. One that only claims an operation at a gateway waits for its outcome.
func movedOn(l orchestrator.LogEntry) bool { return l.From != l.To && l.Note != "claim" }

// left are the timers of the state that a step left, which were not due yet.
func (t teller) left(l orchestrator.LogEntry) []process.Alarm {
	since := time.Time{}
	for _, h := range t.t.History {
		if h.Revision < l.Revision && h.To == l.From && movedOn(h.LogEntry) {
			since = h.At
		}
	}
	if since.IsZero() {
		return nil
	}
	return slices.DeleteFunc(t.t.process.Starts(t.t.Transaction.Deal, l.From, since), func(a process.Alarm) bool { return !a.Due.After(l.At) })
}

func (t teller) operation(p *past, i orchestrator.Intent) {
	outcome := map[orchestrator.IntentStatus]string{
		orchestrator.IntentOpen: t.say("the outcome is not known yet"), orchestrator.IntentSucceeded: t.say("done"), orchestrator.IntentDeclined: t.say("declined"),
		orchestrator.IntentNotSent: t.say("never sent"), orchestrator.IntentSuperseded: t.say("overtaken by what the gateway reported"),
	}[i.Status]
	if i.Code != "" {
		outcome += " (" + plainReason(string(i.Code)) + ")"
	}
	p.sort, p.RequestID = aGateway, i.RequestID
	p.Text = t.say("%s was asked to %s: %s, sent %d ×.", plainly(i.Gateway), plainReason(string(i.Verb)), outcome, i.Attempt)
	p.Raw = readable(fields{"operation": i.ID, "gateway": i.Gateway, "verb": i.Verb, "transition": i.Transition, "from": i.From, "actor": i.Actor.String(), "request_id": i.RequestID, "status": i.Status, "code": i.Code,
		"attempt": i.Attempt, "generation": i.Generation, "due": stampOf(i.Due), "updated_at": stampOf(i.UpdatedAt)})
}

func (t teller) report(p *past, a timeline.Arrival) {
	m := message{}
	m.Fate, m.Note = webhooks.FateOf(a.Done, a.Note)
	p.sort, p.Text = aReport, t.say("%s reported %s: %s.", plainly(a.Gateway), cards.Masked(a.Code), m.fateWords(t.ctx()))
	p.Link, p.To = inbox+"?gateway="+a.Gateway, t.say("the inbox")
	p.Raw = readable(fields{"gateway": a.Gateway, "code": a.Code, "bytes": a.Size, "tries": a.Attempts})
	switch {
	case len(a.Body) == 0:
	case t.v.reads():
		p.Raw = webhooks.Delivery{Body: a.Body}.Readable()
	default:
		p.Text += " " + t.say("The role support reads it.")
	}
}

// attempts are those of sending an event. What an endpoint answered may be the event.
func (t teller) attempts(all []timeline.Attempt) []timeline.Attempt {
	if t.v.reads() {
		return all
	}
	shown := slices.Clone(all)
	for i := range shown {
		shown[i].Answer = ""
	}
	return shown
}

func (t teller) letter(p *past, m timeline.Mail) {
	outcome := t.say("sent")
	switch {
	case m.EndedAt.IsZero():
		outcome = t.say("waits")
	case m.Note != "":
		outcome = plainReason(m.Note)
	}
	p.sort, p.Text = aMail, t.say("The e-mail %s to %s: %s.", plainReason(m.Kind), m.UserID, outcome)
	p.Raw = readable(fields{"kind": m.Kind, "user_id": m.UserID, "attempts": m.Attempts, "note": m.Note, "at": stampOf(m.At), "ended_at": stampOf(m.EndedAt)})
}

// message tells what was said to those who answer for it, and to others that something was. The chat of an order of the exchange is
// for who has its case: the room of disputes shows it, and notes that.
func (t teller) message(p *past, m orchestrator.Message) {
	stored := fields{"sender_id": m.Sender, "kind": m.Kind}
	p.sort, p.Text = aMessage, t.say("%s wrote a message.", cmp.Or(m.Sender, "Handsel"))
	switch {
	case t.t.process.Exchange:
		p.Text += " " + t.say("Who has the case of this order reads it among the disputes.")
	case t.v.reads():
		p.say("message", m.Content)
		stored["content"] = m.Content
	default:
		p.Text += " " + t.say("The role support reads it.")
	}
	p.Raw = readable(stored)
}

func (t teller) approval(p *past, r timeline.Row) {
	a := *r.Approval
	stored := fields{"act": a.Act, "amount": a.Amount.Minor(), "currency": a.Amount.Currency(), "asked_by": a.AskedBy, "reason": a.Reason, "request_id": a.RequestID}
	p.sort, p.RequestID, p.Link, p.To = aSecond, a.RequestID, second, t.say("the list")
	what := a.Act
	if !a.Amount.IsZero() {
		what = t.say("%s of %s", what, amount(t.v.Request.Context(), a.Amount))
	}
	if r.Source == timeline.Asked {
		p.Text = t.say("%s asked for %s, above the limit.", t.somebody(a.AskedBy), what)
		p.say("reason", a.Reason)
	} else {
		p.Text = t.say("%s decided on %s: %s.", t.somebody(a.DecidedBy), what, t.say(string(a.Status)))
		p.say("reason", a.Decision)
		maps.Copy(stored, fields{"decided_by": a.DecidedBy, "decision": a.Decision, "status": a.Status, "outcome": a.Outcome})
	}
	p.Raw = readable(stored)
}
