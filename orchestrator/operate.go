package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
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

// call asks the gateway. Before money leaves, the payment is looked at; seen is what
// a look has just shown, nil if there was none.
func (e *Engine) call(ctx context.Context, tx Transaction, i Intent, seen *Snapshot) Outcome {
	g, err := e.gateway(i.Gateway)
	if err != nil {
		return Outcome{Status: process.NotSent, Code: fault.ReasonOf(err), Err: err}
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
	op := Operation{IntentID: i.ID, Generation: i.Generation, Verb: i.Verb, Actor: i.Actor, Input: i.Input, Transaction: tx, Amount: amount, Whole: whole}
	if leaves(tx, i.Verb) {
		out, stop := e.beforeLeaving(ctx, g, tx, i, seen)
		if stop {
			return out
		}
		op.Seen = out.Snapshot
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

// amount is what the gateway is asked to move: the sum of the movements that the
// operation makes on success, seen from the side that its verb is about. whole
// tells that nothing is held afterwards.
func (e *Engine) amount(tx Transaction, i Intent) (sum money.Amount, whole bool, err error) {
	sum = money.New(0, tx.Price.Currency())
	step, err := e.success(tx, i)
	if err != nil {
		return sum, false, err
	}
	for _, m := range step.Moves {
		var counts bool
		switch i.Verb {
		case process.Refund:
			counts = m.To == process.Payer
		case process.Transfer:
			counts = m.To == process.Payee
		case process.Capture, process.Void:
			counts = m.From == process.Reserved
		default:
			counts = m.From == process.Payer
		}
		if !counts {
			continue
		}
		if sum, err = sum.Add(m.Amount); err != nil {
			return sum, false, err
		}
	}
	return sum, step.Deal.Funds.Held == 0, nil
}

// success is the step that an operation leads to when it succeeds.
func (e *Engine) success(tx Transaction, i Intent) (process.Step, error) {
	p, err := e.processOf(tx)
	if err != nil {
		return process.Step{}, err
	}
	rule, ok := p.Rule(i.Transition, i.From)
	if !ok {
		return process.Step{}, fmt.Errorf("process %s has no %s from %q", p.Ref(), i.Transition, i.From)
	}
	return process.Conclude(p, tx.Deal, rule, i.Input, process.Succeeded, e.now())
}

// paysOut reports whether a verb lets money leave for good. Once it may have been
// carried out nothing else may be believed before it is known.
func paysOut(v process.Verb) bool { return v == process.Refund || v == process.Transfer }

// settle commits what came of an intent. Whoever is second (the call itself,
// recovery, a webhook) finds the intent settled and changes nothing; own tells
// whether it was this commit that settled it.
func (e *Engine) settle(ctx context.Context, i Intent, out Outcome, k *Key) (tx Transaction, own bool, err error) {
	return e.settleFrom(ctx, Transaction{}, i, out, k)
}

// settleFrom is settle for who knows the deal as it was when it was claimed. If it has
// changed since, which its revision tells, or anything but the outcome follows, it is read.
func (e *Engine) settleFrom(ctx context.Context, claimed Transaction, i Intent, out Outcome, k *Key) (tx Transaction, own bool, err error) {
	if out.Status == process.Unknown {
		return Transaction{}, false, e.doubt(ctx, i, out)
	}
	err = retry(func() error {
		var err error
		tx, own, err = e.conclude(ctx, claimed, i, out, k)
		if claimed.ID != 0 && !own && (err == nil || errors.Is(err, errMismatch)) {
			err = ErrRevisionConflict
		}
		claimed = Transaction{}
		return err
	})
	if errors.Is(err, errMismatch) {
		i.Attempt++
		return tx, false, e.doubt(ctx, i, Outcome{Code: "amount_mismatch", Err: err})
	}
	if err != nil {
		return tx, false, unknown(err, i)
	}
	if out.Snapshot.Found {
		if merged, err := e.merge(ctx, tx, out.Snapshot); err == nil {
			tx = merged
		} else {
			e.config.Log.WarnContext(ctx, "merge after operation", "transaction", tx.ID, "error", err)
		}
	}
	if i.Status, i.Code = settled(out.Status), out.Code; !own {
		if i, err = e.config.Store.Intent(ctx, i.ID); err != nil {
			return tx, own, err
		}
	}
	return tx, own, i.refusal()
}

// Faults that the engine itself looks for. They match with any message.
var (
	errUnknown  = fault.New(fault.Unknown, "outcome_unknown", "")
	errMismatch = fault.New(fault.Conflict, "amount_mismatch", "")
)

// unknown is the answer when it cannot be said (yet) what came of an operation:
// recovery will find out, the caller must not assume anything.
func unknown(err error, i Intent) error {
	return fault.Wrap(err, fault.Unknown, "outcome_unknown", "the outcome of %s at gateway %s is not known yet; it is looked up automatically; read the transaction again later", i.Verb, i.Gateway).WithMoney(fault.MoneyUnknown)
}

// lookupDelays is how long recovery waits after each doubtful attempt.
var lookupDelays = []time.Duration{
	5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute,
}

// lookupDelay grows to two minutes, after about two hours to ten, and after a day to
// an hour: by then a person has it on their list.
func lookupDelay(attempt int) time.Duration {
	switch {
	case attempt > 200:
		return time.Hour
	case attempt > 60:
		return 10 * time.Minute
	}
	return lookupDelays[min(max(attempt-1, 0), len(lookupDelays)-1)]
}

// doubt notes when an operation without a clear answer is to be looked up.
func (e *Engine) doubt(ctx context.Context, i Intent, out Outcome) error {
	held := i.Due
	i.Due = e.now().Add(lookupDelay(i.Attempt))
	switch {
	case out.Kept:
		i.Code = codeKept
	case i.Code != codeKept: // that the key is used up stays true
		i.Code = out.Code
	}
	if err := e.config.Store.DeferIntent(ctx, i, held); err != nil {
		e.config.Log.WarnContext(ctx, "note doubtful operation", "intent", i.ID, "error", err)
	}
	return unknown(out.Err, i)
}

// conclude makes one attempt to commit the outcome of an intent. A deal that is not
// given is read.
func (e *Engine) conclude(ctx context.Context, tx Transaction, i Intent, out Outcome, k *Key) (after Transaction, own bool, err error) {
	if tx.ID == 0 {
		tx, err = e.config.Store.Transaction(ctx, i.CommunityID, i.TransactionID)
	}
	if err != nil || tx.IntentID != i.ID {
		return tx, false, err
	}
	p, err := e.processOf(tx)
	if err != nil {
		return tx, false, err
	}
	rule, ok := p.Rule(i.Transition, i.From)
	if !ok {
		return tx, false, fmt.Errorf("process %s has no %s from %q", p.Ref(), i.Transition, i.From)
	}
	if mismatch := amountMismatch(agreed(tx, rule, i.Input), out.Snapshot); mismatch != "" && out.Status != process.Declined {
		tx, err = e.flag(ctx, tx, mismatch)
		return tx, false, err
	}
	done := out.Status == process.Succeeded && paysOut(i.Verb)
	if first, ok := p.Observed(tx.Deal, out.Snapshot.Facts); ok && first.Observe != rule.Observe && !done {
		// Something else happened there before: a payment, say, that was cancelled
		// since. History is merged in its order, which settles the intent too, unless the
		// deal stayed in its state.
		if tx, err = e.merge(ctx, tx, out.Snapshot); err != nil || tx.IntentID != i.ID {
			return tx, false, err
		}
	}
	if out.Status == process.Declined {
		// A payment that was declined is not the one that the next try is about.
		out.Snapshot.PaymentID = tx.PaymentID
	}
	tx = learn(tx, out.Snapshot)
	step, err := process.Conclude(p, tx.Deal, rule, i.Input, out.Status, e.now())
	if err != nil {
		return tx, false, err
	}
	if why := capturedOtherwise(step.Deal, out.Snapshot); why != "" && out.Status == process.Succeeded {
		tx, err = e.flag(ctx, tx, why)
		return tx, false, err
	}
	if out.hold != "" {
		step.Deal.Attention = out.hold
	}
	i.Status, i.Code = settled(out.Status), out.Code
	tx, err = e.commitSettled(ctx, tx, step, i, k, out.Snapshot.Kept)
	return tx, err == nil, err
}

func settled(s process.Status) IntentStatus {
	switch s {
	case process.Declined:
		return IntentDeclined
	case process.NotSent:
		return IntentNotSent
	}
	return IntentSucceeded
}

func (e *Engine) commitSettled(ctx context.Context, tx Transaction, step process.Step, i Intent, k *Key, kept *int64) (Transaction, error) {
	commit, err := e.settlement(tx, step, i, kept)
	if err != nil {
		return tx, err
	}
	switch {
	case i.Status == IntentNotSent:
		commit.Reply = k.free(commit)
	case i.Status == IntentOpen:
	default:
		commit.Reply = k.store(commit, i.refusal())
	}
	if err := e.apply(ctx, commit); err != nil {
		return tx, err
	}
	return commit.Transaction, nil
}

// settlement is the commit of a settled intent's step.
func (e *Engine) settlement(tx Transaction, step process.Step, i Intent, kept *int64) (Commit, error) {
	i.UpdatedAt = e.now()
	c := change{tx: tx, step: step, actor: i.Actor, requestID: i.RequestID, intent: &i, note: i.Code, at: i.UpdatedAt, info: e.entered(tx, step), kept: kept}
	if i.Status == IntentSucceeded {
		c.said = e.saidWith(tx, i)
	}
	return e.commitOf(c)
}
