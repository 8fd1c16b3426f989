package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// accept commits a decision: all of it when no gateway is needed, else the intent
// that is to be performed.
func (e *Engine) accept(ctx context.Context, tx Transaction, d process.Decision, o order) (Transaction, *Intent, error) {
	if err := e.admit(ctx, tx, d); err != nil {
		return tx, nil, err
	}
	c := e.accepted(tx, d, o)
	after, err := e.write(ctx, c, func(ctx context.Context, commit *Commit) error {
		return errors.Join(e.attach(ctx, commit, o), e.audit(ctx, commit, tx, d, o))
	}, func(ctx context.Context, commit *Commit) error {
		return errors.Join(e.checkOwn(ctx, tx, d.Step), e.guarded(ctx, tx, *commit))
	}, func(ctx context.Context, commit *Commit) error {
		if c.intent == nil {
			commit.Reply = o.key.store(*commit, nil)
		} else {
			commit.Reply = o.key.claim(*commit)
		}
		return e.twoOf(ctx, tx, *commit, d, o)
	})
	return after, c.intent, err
}

// accepted is the change that a decision makes.
func (e *Engine) accepted(tx Transaction, d process.Decision, o order) change {
	c := change{tx: tx, step: d.Step, actor: o.actor, requestID: o.requestID, said: d.Rule.Said(o.input), reserve: o.reserve, at: e.moment(o.due, tx)}
	if d.Verb != "" {
		c.at = e.now() // what a gateway is asked is done when it is asked, however late
		intent := e.newIntent(tx, d, o, c.at)
		c.intent, c.note, c.point = &intent, "claim", "claim"
	}
	return c
}

func (e *Engine) newIntent(tx Transaction, d process.Decision, o order, now time.Time) Intent {
	return Intent{
		ID: e.config.References.make(now, e.config.NewID()), CommunityID: tx.CommunityID, TransactionID: tx.ID, Gateway: tx.Gateway,
		Transition: d.Rule.Name, From: tx.State, Verb: d.Verb, Actor: o.actor, Input: o.input, RequestID: o.requestID,
		Status: IntentOpen, Attempt: 1, Due: now.Add(e.lease()), CreatedAt: now, UpdatedAt: now,
	}
}

// finish performs what was accepted, if anything is to be asked of a gateway.
func (e *Engine) finish(ctx context.Context, tx Transaction, i *Intent, err error, o order) (Result, error) {
	if err != nil || i == nil {
		return Result{Transaction: tx}, err
	}
	if time.Since(o.began) > e.config.CallTimeout {
		// Writing the intent took so long that recovery may take it over any moment.
		return Result{Transaction: tx}, e.unknown(nil, *i)
	}
	return e.perform(ctx, tx, *i, o.key)
}

// admit refuses what would send something to a gateway, or pay a balance out, while
// the database is behind its gateways. It also refuses to end a deal that is older than
// recovery without asking its gateway: a deal that has no payment here may have been paid there.
func (e *Engine) admit(ctx context.Context, tx Transaction, d process.Decision) error {
	ends := e.endsUnasked(tx, d)
	if d.Verb == "" && d.Step.Effect != process.Debit && !ends {
		return nil
	}
	r, err := e.config.Store.Recovery(ctx)
	if err != nil {
		return fmt.Errorf("read the mode of recovery: %w", err)
	}
	if r == nil || ends && tx.CreatedAt.After(r.Since) {
		return nil
	}
	e.config.Observer.Stopped("", codeRecovery)
	return fault.New(fault.Unavailable, codeRecovery, "nothing is sent to gateways while the database is compared with them after a restore; try again later")
}

// payableWith refuses a payment that could not be opened with its payment method, before
// anything is written: else a deal that was never begun would stay behind.
func (e *Engine) payableWith(tx Transaction, d process.Decision, input map[string]string) error {
	g, particular := e.gateways[tx.Gateway].(Particular)
	if !particular || d.Verb != process.Authorize && d.Verb != process.Charge {
		return nil
	}
	return g.TakesMethod(d.Verb, strings.TrimSpace(input["payment_method"]))
}

// endsUnasked reports whether a decision ends a deal that a gateway may have money of,
// and asks that gateway nothing.
func (e *Engine) endsUnasked(tx Transaction, d process.Decision) bool {
	return d.Verb == "" && tx.State != "" && e.kind(tx.Gateway).asked() && !e.isOver(tx) && e.entered(tx, d.Step).Terminal
}

// attach puts what the actor says along with a transition into its commit.
func (e *Engine) attach(ctx context.Context, c *Commit, o order) error {
	if o.message == "" {
		return nil
	}
	id, err := e.config.Store.NextID(ctx)
	if err != nil {
		return fmt.Errorf("new message id: %w", err)
	}
	kind := FromParty
	if o.actor.Kind == process.Staff {
		kind = FromOperator
	}
	c.Messages = []Message{{
		ID: id, TransactionID: c.Transaction.ID, CommunityID: c.Transaction.CommunityID,
		Sender: o.actor.ID, Kind: kind, Content: o.message, At: c.Log.At,
	}}
	return nil
}

// audit adds to a commit what the audit log has to say about it.
func (e *Engine) audit(ctx context.Context, c *Commit, tx Transaction, d process.Decision, o order) error {
	if o.actor.Kind != process.Staff {
		return nil
	}
	moves, err := e.would(tx, d, o.input)
	if err != nil {
		return err
	}
	if c.Acts, err = audited(*c, o, moves); err != nil {
		return err
	}
	return e.number(ctx, c.Acts)
}

// audited is the line that a decision of staff writes in its own commit. The moves are those that the decision makes when it succeeds.
func audited(c Commit, o order, moves []process.Move) ([]Act, error) {
	tx := c.Transaction
	act := Act{
		CommunityID: tx.CommunityID, Actor: o.actor.String(), Name: "transaction." + string(c.Log.Transition), Object: ObjectOf(tx.ID),
		Reason: o.input["reason"], RequestID: c.Log.RequestID, At: c.Log.At,
		Data: map[string]string{"from": string(c.Log.From), "to": string(c.Log.To), "process": tx.Process},
	}
	if tx.Revision == 1 {
		act.Name, _, _ = strings.Cut(tx.Process, "@")
		act.Data["user"] = tx.Buyer
	}
	sum, err := moved(moves, tx.Price.Currency())
	if err != nil {
		return nil, err
	}
	if !sum.IsZero() {
		act.Data["amount"] = sum.String()
	}
	o.approval.note(act.Data)
	return []Act{act}, nil
}

// would is what a decision moves when it succeeds.
func (e *Engine) would(tx Transaction, d process.Decision, input map[string]string) ([]process.Move, error) {
	if d.Verb == "" {
		return d.Step.Moves, nil
	}
	p, err := e.processOf(tx)
	if err != nil {
		return nil, err
	}
	step, err := process.Conclude(p, d.Step.Deal, d.Rule, input, process.Succeeded, e.now())
	return step.Moves, err
}

// moved is how much money a decision brings from one owner to another.
func moved(moves []process.Move, c money.Currency) (money.Amount, error) {
	sum := money.New(0, c)
	for _, m := range moves {
		var err error
		if sum, err = sum.Add(m.Amount); err != nil {
			return sum, fmt.Errorf("what is moved: %w", err)
		}
	}
	return sum, nil
}

// number gives lines of the audit log their ids.
func (e *Engine) number(ctx context.Context, acts []Act) error {
	for i := range acts {
		var err error
		if acts[i].ID, err = e.config.Store.NextID(ctx); err != nil {
			return fmt.Errorf("new id of an act: %w", err)
		}
	}
	return nil
}
