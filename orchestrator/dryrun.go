package orchestrator

import (
	"context"

	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Preview tells what a command would do if gateways agree to what they are asked,
// without doing it. It is made by the same decisions and commits as the real thing.
type Preview struct {
	Transition process.Transition
	From, To   process.State
	// Transaction is the deal as the command would answer it; its ID is 0 when it would
	// be opened.
	Transaction Transaction
	Then        []process.Transition // what happens automatically right after the answer
	Calls       []Call               // what gateways are asked, in order, with those of Then
	Moves       []process.Move       // money movements on success, with those of Then
	Entries     []ledger.Entry       // and how they are posted
	Timers      []Timer              // what waits in the state To
	Events      []Event              // what is told, with those of Then
	// SecondPerson tells that it is above the community's limit: another operator has to
	// approve it before anything of this happens.
	SecondPerson bool
}

// Call is something that is asked of a gateway.
type Call struct {
	Gateway string
	Verb    process.Verb
}

// FeesOpen reports whether the gateway charges fees that are only known once the
// payment is opened there.
func (e *Engine) FeesOpen(tx Transaction) bool {
	_, charging := e.gateways[tx.Gateway].(Charging)
	return charging && tx.PaymentID == ""
}

// DryRun decides a transition like Do and changes nothing. A refusal is that of Do;
// the preview then tells where the deal stands.
func (e *Engine) DryRun(ctx context.Context, in DoInput) (Preview, error) {
	tx, err := e.config.Store.Transaction(ctx, in.CommunityID, in.TransactionID)
	if err == nil {
		err = in.admits(tx)
	}
	if err != nil {
		return Preview{}, err
	}
	return e.DryRunFrom(ctx, tx, in)
}

// DryRunFrom is DryRun for a deal that is assumed to stand as tx says.
func (e *Engine) DryRunFrom(ctx context.Context, tx Transaction, in DoInput) (Preview, error) {
	v := Preview{Transition: in.Transition, From: tx.State, Transaction: tx}
	p, d, err := e.judge(tx, in)
	if err != nil {
		return v, err
	}
	o := newOrder(in.Actor, in.Input, in.RequestID, nil)
	o.reserve = in.Reserve
	err = e.foresee(ctx, &v, p, d, o)
	return v, err
}

// DryRunCreate decides how a transaction would be opened like Create, and changes
// nothing: it takes no id, no idempotency key, and asks no gateway to do anything.
func (e *Engine) DryRunCreate(ctx context.Context, in CreateInput) (Preview, error) {
	v := Preview{Transition: in.Transition}
	if v.Transition == "" {
		v.Transition = process.Create
	}
	tx, p, d, err := e.open(context.WithValue(ctx, dryKey{}, true), in)
	if err != nil {
		return v, err
	}
	v.Transaction = tx
	o := newOrder(in.Actor, in.Input, in.RequestID, nil)
	o.reserve = in.Reserve
	err = e.foresee(ctx, &v, p, d, o)
	return v, err
}

// foresee adds to a preview what a decision does, and what follows it at once.
func (e *Engine) foresee(ctx context.Context, v *Preview, p *process.Process, d process.Decision, o order) error {
	own := e.kind(v.Transaction.Gateway).Own()
	steps, err := process.Foresee(p, d, process.Command{Transition: d.Rule.Name, Actor: o.actor, Input: o.input, AtOnce: own}, e.now())
	if err != nil {
		return err
	}
	commit, err := e.commitOf(e.accepted(v.Transaction, d, o))
	if err == nil {
		err = e.wouldApply(ctx, commit)
	}
	if err != nil {
		return err
	}
	if v.SecondPerson, err = e.wouldWait(ctx, v.Transaction, d.Verb, steps, o.actor); err != nil {
		return err
	}
	v.take(d.Step, commit)
	if d.Verb != "" {
		if err := e.foreseeOutcome(v, d, *commit.Intent, steps[0]); err != nil {
			return err
		}
	}
	after := v.Transaction
	for _, step := range steps[1:] {
		rule, _ := p.Rule(step.Transition, step.From)
		if rule.Verb != "" && !own && !after.PaidBeside(rule.Verb) {
			v.Calls = append(v.Calls, Call{v.Transaction.Gateway, rule.Verb})
		}
		c := change{tx: after, step: step, actor: process.Actor{Kind: process.OfSchedule}, at: e.now()}
		if commit, err = e.commitOf(c); err != nil {
			return err
		}
		after, v.Then = commit.Transaction, append(v.Then, step.Transition)
		v.add(step, commit)
	}
	return nil
}

// foreseeOutcome adds the step that follows when the gateway has done its part.
func (e *Engine) foreseeOutcome(v *Preview, d process.Decision, i Intent, step process.Step) error {
	asked, _, err := e.amount(v.Transaction, i)
	if err != nil {
		return err
	}
	if !v.Transaction.PaidBeside(d.Verb) && (!asked.IsZero() || !d.Verb.PaysOut()) {
		v.Calls = append(v.Calls, Call{i.Gateway, d.Verb})
	}
	i.Status = IntentSucceeded
	commit, err := e.commitOf(e.settlement(v.Transaction, step, i, nil))
	if err != nil {
		return err
	}
	v.take(step, commit)
	return nil
}

// take adds a commit to the preview that is made before the command is answered.
func (v *Preview) take(s process.Step, c Commit) {
	v.To, v.Transaction = s.To, c.Transaction
	if s.Entered {
		v.Timers = c.Timers.Set
	}
	v.add(s, c)
}

// add adds what a commit moves and tells.
func (v *Preview) add(s process.Step, c Commit) {
	v.Moves = append(v.Moves, s.Moves...)
	v.Entries = append(v.Entries, c.Entries...)
	v.Events = append(v.Events, c.Events...)
}
