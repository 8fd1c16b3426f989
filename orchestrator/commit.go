package orchestrator

import (
	"context"
	"errors"
	"strconv"
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
}

// commit builds the atomic write of a step.
func (c change) commit() (Commit, error) {
	after := c.tx
	after.Deal = c.step.Deal
	after.Revision++
	after.UpdatedAt = c.at
	if c.intent != nil {
		after.IntentID = ""
		if after.Operation != "" {
			after.IntentID = c.intent.ID
		}
	}
	commit := Commit{Log: LogEntry{
		TransactionID: after.ID, Revision: after.Revision, Transition: c.step.Transition,
		From: c.step.From, To: c.step.To, Actor: c.actor.String(), RequestID: c.requestID, Note: c.note, At: c.at,
	}, Intent: c.intent}
	if c.intent != nil {
		commit.Log.IntentID = c.intent.ID
	}
	if c.step.Entered {
		after.LastTransitionAt = c.at
		after.EventSequence++
		commit.Events = []Event{c.event(after)}
		commit.Timers = TimerChange{Clear: after.Revision > 1, Set: timers(after, c.step.Arm)}
	}
	entry, err := entryOf(after, c.step)
	if err != nil {
		return Commit{}, err
	}
	if len(entry.Postings) > 0 {
		commit.Entries = []ledger.Entry{entry}
	}
	commit.Transaction = after
	return commit, nil
}

func (c change) event(after Transaction) Event {
	return Event{
		TransactionID: after.ID, Sequence: after.EventSequence, CommunityID: after.CommunityID,
		Type: "transaction." + string(c.step.To), At: c.at,
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

// entryOf turns the movements of a step into one balanced ledger entry.
func entryOf(tx Transaction, s process.Step) (ledger.Entry, error) {
	entry := ledger.Entry{Kind: string(s.Effect)}
	for _, m := range s.Moves {
		postings, err := ledger.Move(pocket(tx, m.From), pocket(tx, m.To), m.Amount)
		if err != nil {
			return entry, err
		}
		entry.Postings = append(entry.Postings, postings...)
	}
	if len(entry.Postings) == 0 {
		return entry, nil
	}
	return entry, entry.Validate()
}

// pocket maps a place of the rules to an account of the ledger.
func pocket(tx Transaction, p process.Pocket) ledger.Account {
	deal := strconv.FormatInt(tx.ID, 10)
	switch p {
	case process.Reserved:
		return ledger.Account{Kind: ledger.Authorized, Owner: deal}
	case process.EscrowPocket:
		return ledger.Account{Kind: ledger.Escrow, Owner: deal}
	case process.Payee:
		return ledger.Account{Kind: ledger.PaidOut, Owner: tx.Seller}
	case process.GatewayFees:
		return ledger.Account{Kind: ledger.Fees, Owner: tx.Gateway}
	}
	return ledger.Account{Kind: ledger.Outside, Owner: tx.Gateway}
}

// maxRaces bounds how often a lost compare-and-swap is decided again.
const maxRaces = 8

// apply writes a commit and tells the observer.
func (e *Engine) apply(ctx context.Context, c Commit) error {
	if err := e.Store.Apply(ctx, c); err != nil {
		return err
	}
	e.Observer.Committed(c.Transaction.Process, c.Log.Transition, c.Log.To)
	return nil
}

// retry runs decide-and-commit until it is not beaten by another change.
func retry(do func() error) error {
	var err error
	for range maxRaces {
		if err = do(); !errors.Is(err, ErrRevisionConflict) {
			return err
		}
	}
	return fault.New(fault.Conflict, "busy", "the transaction is being changed by many at once; read it and try again")
}
