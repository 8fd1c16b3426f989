package orchestrator

import (
	"context"
	"errors"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// perform asks the gateway and commits the outcome. The call outlives a caller
// who hangs up: money that may have moved must be accounted for.
func (e *Engine) perform(ctx context.Context, tx Transaction, i Intent, k *Key) (Result, error) {
	ctx = context.WithoutCancel(ctx)
	e.calling.Store(i.ID, nil)
	defer e.calling.Delete(i.ID)
	out := e.call(ctx, tx, i, nil)
	e.config.Hook("after_effect")
	after, own, err := e.settleFrom(ctx, tx, i, out, k)
	e.config.Hook("after_commit")
	if after.ID == 0 {
		after = tx
	}
	if k != nil && !own && !errors.Is(err, errUnknown) {
		return e.settledElsewhere(ctx, k, Result{Transaction: after}, err)
	}
	return Result{Transaction: after}, err
}

// sentOnce keeps an operation from being sent again of which no look shows whether it was carried out. One that
// takes no money is given up after a while, unless the database is a restored one: what is forgotten may
// be that it was carried out, and more after it, so a person has to look.
func (e *Engine) sentOnce(ctx context.Context, g Gateway, i Intent) (out Outcome, stop bool) {
	if i.Attempt <= 1 || !sendsOnce(g, i.Verb) {
		return out, false
	}
	unknown := Outcome{Status: process.Unknown, Code: i.Code, Unasked: true}
	if g, gives := g.(GivingUp); !gives || g.GivesUp(i.Verb) == 0 || e.now().Sub(i.CreatedAt) < g.GivesUp(i.Verb) {
		return unknown, true
	}
	restored, err := e.config.Store.RecoveryEnded(ctx)
	if err != nil || !restored.Before(i.CreatedAt) {
		unknown.Err = err
		return unknown, true
	}
	return Outcome{Status: process.Declined, Code: codeNotShown}, true
}

// call asks the gateway. Before money leaves, the payment is looked at; seen is what
// a look has just shown, nil if there was none.
func (e *Engine) call(ctx context.Context, tx Transaction, i Intent, seen *Snapshot) Outcome {
	g, err := e.gateway(i.Gateway)
	if err != nil {
		return Outcome{Status: process.NotSent, Code: fault.ReasonOf(err), Err: err}
	}
	if out, stop := e.sentOnce(ctx, g, i); stop {
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, e.config.CallTimeout)
	defer cancel()
	amount, whole, err := e.amount(tx, i)
	if err != nil {
		return Outcome{Status: process.NotSent, Code: fault.ReasonOf(err), Err: err}
	}
	if amount.IsZero() && (i.Verb == process.Transfer || i.Verb == process.Refund) {
		// Fees took all of it: there is nothing to move, and gateways refuse to move nothing.
		return Outcome{Status: process.Succeeded}
	}
	op := Operation{IntentID: i.ID, Generation: i.Generation, Attempt: i.Attempt, Age: max(0, e.now().Sub(i.CreatedAt)), Verb: i.Verb, Actor: i.Actor, Input: i.Input, Transaction: tx, Amount: amount, Whole: whole}
	if op.Rows, err = e.rows(ctx, g, tx); err != nil {
		return Outcome{Status: process.NotSent, Code: "gateway_unreachable", Err: err}
	}
	if tx.LetsOut(i.Verb) {
		out, stop := e.beforeLeaving(ctx, g, tx, i, seen)
		if stop {
			return out
		}
		op.Seen = out.Snapshot
	}
	if tx.PaidBeside(i.Verb) {
		return Outcome{Status: process.Succeeded}
	}
	called := e.config.Observer.Calling(i.Gateway, i.Verb)
	out := g.Perform(ctx, op)
	called(out.Status)
	e.hear(ctx, i.Gateway, outcomeHeard(ctx, out))
	if out.Err != nil {
		e.config.Log.WarnContext(ctx, "gateway call", "gateway", i.Gateway, "verb", i.Verb, "intent", i.ID, "status", out.Status, "error", out.Err)
	}
	return out
}
