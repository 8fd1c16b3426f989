package console

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
)

// told is a deal as its page tells it.
type told struct {
	orchestrator.Explanation
	Path    string
	History []happening // its steps, the oldest first: by which ways it went, and its money
	Past    pasts
	Asked   []asked // what waits for a second person
	Now     time.Time
	process *process.Process
	Case    string // where its dispute stands; empty: it is none
	say     sayer
}

// happening is a step with what was posted by it.
type happening struct {
	orchestrator.LogEntry
	Posted []posting
}

type posting struct {
	Account string
	Amount  money.Amount
	account ledger.Account
}

// theDeal is the one that the path names, by its id or its number.
func (f face) theDeal(v visit) (int64, error) {
	if id, is := f.named(v.Param("id")); is {
		return id, nil
	}
	return 0, process.NotFound()
}

func (f face) deal(v visit) error {
	id, err := f.theDeal(v)
	if err != nil {
		return err
	}
	ctx := v.Request.Context()
	x, err := f.Engine.Explain(ctx, v.Community, id, v.actor())
	if err != nil {
		return err
	}
	log, err := f.Engine.Timeline(ctx, v.Community, id, v.actor())
	if err != nil {
		return err
	}
	entries, err := f.Books.Entries(ctx, id)
	if err != nil {
		return err
	}
	p, err := f.Engine.Processes().Find(x.Transaction.Process)
	if err != nil {
		return err
	}
	t := told{Explanation: x, Path: f.path(id), Now: f.Engine.Now(), process: p, say: v.say}
	if f.disputed(x.Transaction) {
		t.Case = f.disputePath(id)
	}
	for _, l := range log {
		h := happening{LogEntry: l}
		for _, e := range entries {
			if e.Revision == l.Revision {
				h.Posted = append(h.Posted, postings(ctx, e.Entry)...)
			}
		}
		t.History = append(t.History, h)
	}
	if t.Asked, err = f.waiting(v, id); err != nil {
		return err
	}
	if t.Past, err = f.happened(v, t); err != nil {
		return err
	}
	return f.showDeal(v, f.row(x.Transaction).title(), x, dealPage(v, t))
}

// showDeal sends a page about a deal. It begins with what is going on, in the language of who reads.
func (f face) showDeal(v visit, title string, x orchestrator.Explanation, body templ.Component) error {
	spoken, err := f.Engine.TellIn(func(text string) string { return v.say(text) }, x)
	if err != nil {
		return err
	}
	return f.show(v, title, spoken.Summary, body)
}

// waiting is what was asked for about a deal, above the limit, and nobody has decided yet.
func (f face) waiting(v visit, deal int64) ([]asked, error) {
	all, err := f.Approvals.ListApprovals(v.Request.Context(), orchestrator.ApprovalFilter{CommunityID: v.Community, Status: orchestrator.ApprovalWaiting, TransactionID: deal, Limit: perPage})
	shown := make([]asked, len(all))
	for i, a := range all {
		shown[i] = f.asked(v, a)
	}
	return shown, err
}

func postings(ctx context.Context, e ledger.Entry) []posting {
	all := make([]posting, len(e.Postings))
	for i, p := range e.Postings {
		all[i] = posting{inWords(ctx, p.Account), p.Amount, p.Account}
	}
	return all
}

// plainly reads a name of the API as words, with a capital.
func plainly(name string) string {
	text := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):]
}

// foreseen is what a step would do, before anybody confirms it.
type foreseen struct {
	orchestrator.Preview
	Path     string
	Deal     row
	Case     string // where its dispute stands; empty: it is none
	Name     process.Transition
	Inputs   []process.Input
	Given    map[string]string
	Revision int64
	Refusal  *fault.Error // nil: it may be taken
	Posted   []posting
	Now      time.Time
}

// wanted is a step with what somebody gave for it.
func (f face) wanted(v visit) (orchestrator.DoInput, error) {
	id, err := f.theDeal(v)
	in := orchestrator.DoInput{
		CommunityID: v.Community, TransactionID: id, Transition: process.Transition(v.Param("transition")), Actor: v.actor(),
		Input: map[string]string{}, RequestID: web.RequestID(v.Context), Only: f.notTraded,
	}
	if err != nil {
		return in, err
	}
	if err := v.Request.ParseForm(); err != nil {
		return in, web.Invalid("invalid_query", "query", "the query cannot be read")
	}
	for name, values := range v.Request.Form {
		given, is := strings.CutPrefix(name, "input.")
		if !is || values[0] == "" {
			continue
		}
		in.Input[given] = values[0]
	}
	return in, web.StepInput(string(in.Transition), in.Input)
}

// notTraded refuses a deal of the exchange, whose own rules the process does not know.
func (f face) notTraded(t tx) error {
	if p, err := f.Engine.Processes().Find(t.Process); err != nil || p.Exchange {
		return fault.New(fault.Conflict, "opened_by_exchange", "this is an order of the exchange; it is decided through the exchange's routes")
	}
	return nil
}

// preview shows what a step would do, and asks for what it needs.
func (f face) preview(v visit) error {
	in, err := f.wanted(v)
	if err != nil {
		return err
	}
	x, o, err := f.option(v, in)
	if err != nil {
		return err
	}
	p := foreseen{Path: f.path(in.TransactionID), Deal: f.row(x.Transaction), Name: in.Transition, Inputs: o.Input, Given: maps.Clone(in.Input), Revision: x.Transaction.Revision, Now: f.Engine.Now()}
	if f.disputed(x.Transaction) {
		p.Case = f.disputePath(in.TransactionID)
	}
	if asksReason(o) { // it is asked for by the button
		p.Inputs = slices.DeleteFunc(slices.Clone(o.Input), isReason)
		in.Input[theReason] = "shown to staff"
	}
	if p.Preview, err = f.dryRun(v, x.Transaction, in); err != nil {
		if p.Refusal = fault.As(err); p.Refusal.Code == fault.Internal {
			return err
		}
	}
	for _, e := range p.Entries {
		p.Posted = append(p.Posted, postings(v.Request.Context(), e)...)
	}
	return f.show(v, v.say(plainly(string(in.Transition))), p.sentence(v.say), previewPage(v, p))
}

// theReason is the input in which processes ask why.
const theReason = "reason"

func isReason(in process.Input) bool { return in.Name == theReason }

func asksReason(o process.Option) bool { return slices.ContainsFunc(o.Input, isReason) }

// option is a step as the deal offers it now.
func (f face) option(v visit, in orchestrator.DoInput) (x orchestrator.Explanation, o process.Option, err error) {
	if x, err = f.Engine.Explain(v.Request.Context(), v.Community, in.TransactionID, in.Actor); err != nil {
		return x, o, err
	}
	at := slices.IndexFunc(x.Options, func(o process.Option) bool { return o.Transition == in.Transition })
	if at < 0 {
		return x, o, fault.New(fault.Conflict, "illegal_transition", "a deal that is %s has no step %s", x.Label, in.Transition)
	}
	return x, x.Options[at], nil
}

func (p foreseen) sentence(say sayer) string {
	switch {
	case p.Refusal != nil && len(p.Inputs) == 0:
		return say("This cannot be done now: %s.", p.Refusal.Message)
	case p.Refusal != nil:
		return say("Say what is needed, and look at what would happen: %s.", p.Refusal.Message)
	case p.SecondPerson:
		return say("This is above the limit: nothing happens until another operator approves it.")
	}
	return say("Nothing has happened yet. This is what would.")
}

// take does what the page before showed, unless the deal has changed since.
func (f face) take(v visit) error {
	in, err := f.wanted(v)
	if err != nil {
		return err
	}
	reason, err := givenReason(v)
	if err != nil {
		return err
	}
	in.Only = func(t tx) error {
		if strconv.FormatInt(t.Revision, 10) != v.PostForm("revision") {
			return fault.New(fault.Conflict, "revision_conflict", "the deal has changed since you looked at it; look again")
		}
		if _, is := f.verdict(t, in); is {
			return nil
		}
		return f.notTraded(t)
	}
	x, o, err := f.option(v, in)
	if err != nil {
		return err
	}
	if asksReason(o) {
		in.Input[theReason] = reason
	}
	ctx := v.Request.Context()
	preview, err := f.dryRun(v, x.Transaction, in)
	if err != nil {
		return err
	}
	if o.MovesMoney || len(preview.Moves) > 0 {
		if err := f.movesMoney(v); err != nil {
			return err
		}
	}
	if !asksReason(o) { // else the engine's own line has it
		act := f.by(v, reason).Act(v.Community, "console."+string(in.Transition), "transaction:"+strconv.FormatInt(in.TransactionID, 10), nil)
		if err := f.Audit.AddAct(ctx, act); err != nil {
			return err
		}
	}
	if err := f.do(v, x.Transaction, in); err != nil {
		return f.orWaits(v, err)
	}
	v.Redirect(303, f.path(in.TransactionID))
	return nil
}

// verdict is what a step means to the exchange, whose orders are decided by its rules.
func (f face) verdict(t tx, in orchestrator.DoInput) (verdict exchange.Verdict, is bool) {
	if !f.traded(t) {
		return verdict, false
	}
	return exchange.VerdictOf(in.Transition, in.Input)
}

// dryRun tells what a step would do.
func (f face) dryRun(v visit, t tx, in orchestrator.DoInput) (orchestrator.Preview, error) {
	if verdict, is := f.verdict(t, in); is {
		return f.Trading.Preview(v.Request.Context(), v.trader(), t.ID, verdict)
	}
	return f.Engine.DryRun(v.Request.Context(), in)
}

// do takes a step.
func (f face) do(v visit, t tx, in orchestrator.DoInput) error {
	if verdict, is := f.verdict(t, in); is {
		_, _, err := f.Trading.Resolve(v.Request.Context(), v.trader(), t.ID, verdict, exchange.Request{ID: in.RequestID, Only: in.Only})
		return err
	}
	_, err := f.Engine.Do(v.Request.Context(), in)
	return err
}

// givenReason is why somebody does something, as their form says.
func givenReason(v visit) (string, error) {
	reason := v.PostForm("reason")
	if strings.TrimSpace(reason) == "" {
		return "", fault.New(fault.Invalid, process.ReasonMissing, "give a reason; the audit log keeps it").With("field", "reason")
	}
	return reason, web.Text("reason", reason, web.MaxText)
}

// orWaits leads to what waits for a second person now.
func (f face) orWaits(v visit, err error) error {
	if a := (*orchestrator.AwaitsApproval)(nil); !errors.As(err, &a) {
		return err
	}
	v.Redirect(303, second)
	return nil
}

func (f face) sealed(approval int64) string { return f.IDs.Seal(publicid.Approval, approval) }

func roles(ctx context.Context, all []process.Role) string {
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = say(ctx, string(r))
	}
	return strings.Join(names, ", ")
}

// needsInput tells that an option is refused only for want of what a form can ask for.
func needsInput(o process.Option) bool {
	return o.Refusal != nil && slices.ContainsFunc(o.Input, func(in process.Input) bool { return in.Required && in.Reason == o.Refusal.Reason })
}

// next says what a timer does.
func next(ctx context.Context, t orchestrator.ScheduledTimer) string {
	switch {
	case t.Remind:
		return say(ctx, "People get a message (%s)", t.Name)
	case t.Then == "":
		return say(ctx, "The payment is looked up at the gateway (%s)", t.Name)
	}
	return worded(ctx, string(t.Then)) + " (" + string(t.Name) + ")"
}
