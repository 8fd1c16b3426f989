package orchestrator

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// change is a step of the rules on its way to become a commit.
type change struct {
	tx        Transaction // before the step
	step      process.Step
	actor     process.Actor
	requestID string
	intent    *Intent
	note      string
	at        time.Time
	said      map[string]string // by the actor, along with the step
	reserve   []Reservation     // taken in addition
	kept      *int64            // what the gateway keeps for the payment altogether; nil if nothing was learned
	point     string            // names the hooks before and after the write; empty: there are none
}

// addition adds to a commit what belongs to it beside the step, or refuses it.
type addition func(ctx context.Context, c *Commit) error

// write commits a change and answers with the transaction as it is stored then. Additions
// are made in their order; nothing is written when one of them refuses.
func (e *Engine) write(ctx context.Context, c change, additions ...addition) (Transaction, error) {
	commit, err := e.commitOf(c)
	if err != nil {
		return c.tx, err
	}
	for _, add := range additions {
		if err := add(ctx, &commit); err != nil {
			return c.tx, err
		}
	}
	if c.point != "" {
		e.config.Hook("before_" + c.point)
	}
	if err := e.apply(ctx, commit); err != nil {
		return c.tx, e.why(ctx, commit, err)
	}
	if c.point != "" {
		e.config.Hook("after_" + c.point)
	}
	return commit.Transaction, nil
}

// apply writes a commit and tells the observer.
func (e *Engine) apply(ctx context.Context, c Commit) error {
	e.soon(c.Transaction, c.Timers.Set)
	if err := e.config.Store.Apply(ctx, c); err != nil {
		return err
	}
	e.config.Observer.Committed(c.Transaction.Process, c.Log.Transition, c.Log.To)
	if len(c.Events) > 0 {
		e.config.Kick()
	}
	return nil
}

// why names the reservation that could not be made, or the payer's balance.
func (e *Engine) why(ctx context.Context, c Commit, err error) error {
	switch {
	case errors.Is(err, ErrInsufficientBalance):
		return fault.New(fault.Declined, "insufficient_balance", "the available balance is too small for this")
	case !errors.Is(err, ErrNotAvailable):
		return e.contradicted(ctx, c, err)
	}
	names := make([]string, len(c.Reserve))
	for i, r := range c.Reserve {
		names[i] = r.Resource
	}
	free, readErr := e.config.Store.Free(ctx, c.Transaction.CommunityID, names)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	for _, r := range c.Reserve {
		left, known := free[r.Resource]
		if !known {
			left = r.Capacity
		}
		if r.Amount > left && r.Reason != "" {
			return fault.New(fault.Conflict, r.Reason, "%s is no longer available", r.Resource).With("resource", r.Resource)
		}
	}
	return err
}

// maxRaces bounds how often a lost compare-and-swap is decided again; reasonRaces is why a
// change is refused then.
const (
	maxRaces                 = 8
	reasonRaces fault.Reason = "busy"
)

// retry runs decide-and-commit until it is not beaten by another change.
func retry(do func() error) error {
	var err error
	for range maxRaces {
		if err = do(); !errors.Is(err, ErrRevisionConflict) {
			return err
		}
	}
	return fault.New(fault.Conflict, reasonRaces, "many requests are changing the transaction at once; read it and try again")
}

// commitOf builds the atomic write of a step.
func (e *Engine) commitOf(c change) (Commit, error) {
	after := c.tx
	after.Deal = c.step.Deal
	after.Revision++
	after.UpdatedAt = c.at
	switch {
	case after.Attention == "":
		after.HeldAt = time.Time{}
	case after.Attention != c.tx.Attention || after.HeldAt.IsZero():
		after.HeldAt = c.at
	}
	if c.intent != nil {
		after.IntentID = ""
		if after.Operation != "" {
			after.IntentID = c.intent.ID
		}
	}
	commit := Commit{Log: LogEntry{
		TransactionID: after.ID, Revision: after.Revision, Transition: c.step.Transition,
		From: c.step.From, To: c.step.To, Actor: c.actor.String(), RequestID: c.requestID, Note: c.note, Said: c.said, At: c.at,
	}, Intent: c.intent}
	if c.intent != nil {
		commit.Log.IntentID = c.intent.ID
	}
	if c.step.Forget {
		after.PaymentID, after.RedirectURL, after.ClientSecret = "", "", ""
		after.PayerAccount, after.PayeeAccount = "", ""
	}
	after.Reserved, commit.Reserve = c.reservations(e.entered(c.tx, c.step))
	if c.step.Entered || c.step.Recorded != "" {
		after.EventSequence++
		commit.Events = []Event{c.event(after)}
	}
	if c.step.Entered {
		after.LastTransitionAt = c.at
		commit.Timers = TimerChange{Clear: after.Revision > 1, Set: timers(after, c.step.Arm)}
	}
	entries, kept, err := e.entriesOf(c, after)
	if err != nil {
		return Commit{}, err
	}
	commit.Entries, after.GatewayFees = entries, kept
	if after.Lines, err = linesOf(after); err != nil {
		return Commit{}, err
	}
	commit.Transaction = after
	if after.Attention != "" && after.Attention != c.tx.Attention {
		commit.alarm()
	}
	return commit, nil
}

// entriesOf are what a change books: what the step moves, and what the gateway was learned
// to keep for the payment. It also answers what the gateway keeps altogether then.
func (e *Engine) entriesOf(c change, after Transaction) (entries []ledger.Entry, kept int64, err error) {
	kind, err := e.config.Kinds.Find(after.Gateway)
	if err != nil && len(c.step.Moves) > 0 {
		return nil, 0, err // whose ledger the money lies in is not known
	}
	entry, err := entryOf(after, kind.Own(), c.step)
	if err != nil {
		return nil, 0, err
	}
	if len(entry.Postings) > 0 {
		entries = append(entries, entry)
	}
	if c.kept == nil || *c.kept == after.GatewayFees {
		return entries, after.GatewayFees, nil
	}
	fee, err := feeEntry(after, *c.kept-after.GatewayFees)
	return append(entries, fee), *c.kept, err
}

// reservations are what the deal holds after the change, and what is to be taken
// and given back for it, with the state that is entered.
func (c change) reservations(entered process.StateInfo) (held, moved []Reservation) {
	moved = slices.Clone(c.reserve)
	held = slices.DeleteFunc(slices.Concat(c.tx.Reserved, c.reserve), func(r Reservation) bool { return r.Spent })
	if !entered.Frees && !entered.Terminal {
		return held, moved
	}
	for _, r := range held {
		if entered.Frees || r.Lock {
			r.Amount = -r.Amount
			moved = append(moved, r)
		}
	}
	return nil, moved
}

func (c change) event(after Transaction) Event {
	what := string(c.step.To)
	if !c.step.Entered {
		what = string(c.step.Recorded)
	}
	return Event{
		TransactionID: after.ID, Sequence: after.EventSequence, CommunityID: after.CommunityID,
		Type: "transaction." + what, At: c.at,
		Data: map[string]string{"from": string(c.step.From), "to": string(c.step.To), "transition": string(c.step.Transition), "actor": c.actor.String()},
	}
}

func timers(tx Transaction, alarms []process.Alarm) []Timer {
	var set []Timer
	for _, a := range alarms {
		set = append(set, Timer{TransactionID: tx.ID, CommunityID: tx.CommunityID, Name: a.Name, State: tx.State, Due: a.Due.UTC().Truncate(time.Microsecond)})
	}
	return set
}

// soon makes the first look at a payment that the payer may pay any moment a matter of
// a minute, whatever the process says about the looks that follow.
func (e *Engine) soon(tx Transaction, set []Timer) {
	for i, t := range set {
		p, err := e.processOf(tx)
		if err != nil {
			return
		}
		first := tx.EnteredAt.Add(firstPoll)
		if rule, ok := p.Timer(t.Name, t.State); ok && rule.Then == "" && !rule.Remind && first.Before(t.Due) && e.awaitsPayment(tx) {
			set[i].Due = first
		}
	}
}

// firstPoll is how soon a payment is looked up after its page was opened: its message
// may be lost.
const firstPoll = time.Minute

// alarm tells operators that a deal is on hold from this commit on, and why. Every change
// that puts one on hold calls it (commitOf).
func (c *Commit) alarm() {
	tx := c.Transaction
	c.announce("alert.on_hold", map[string]string{"for": ForOperators, "state": string(tx.State), "urgency": "high", "reason": tx.Attention})
}

// announce adds an event to a commit.
func (c *Commit) announce(kind string, data map[string]string) {
	c.Transaction.EventSequence++
	c.Events = append(c.Events, Event{
		TransactionID: c.Transaction.ID, Sequence: c.Transaction.EventSequence, CommunityID: c.Transaction.CommunityID,
		Type: kind, Data: data, At: c.Log.At,
	})
}

// ForOperators is the audience of a reminder or an alert that a community's operators get, in the
// "for" of its event.
const ForOperators = "operators"
