package orchestrator

import (
	"context"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Waiting lists the deals of a community that wait for a person, newest first:
// they are on hold because something is wrong, rest in a state that only an
// operator or the gateway ends, or have a step that is due and refused again and
// again, such as a payout to an account that is closed.
func (e *Engine) Waiting(ctx context.Context, f Filter) ([]Transaction, error) {
	f.Attention, f.States, f.Refused = true, nil, nil
	seen := map[process.State]bool{}
	for _, name := range e.Processes.Names() {
		p, err := e.Processes.Find(name)
		if err != nil {
			return nil, err
		}
		for _, t := range p.Timers {
			if t.Then != "" {
				f.Refused = append(f.Refused, t.Name)
			}
		}
		for _, s := range p.States {
			if s.OpenEnded != "" && !seen[s.Name] {
				seen[s.Name] = true
				f.States = append(f.States, s.Name)
			}
		}
	}
	return e.Store.List(ctx, f)
}

// Clear lets a deal that stands still go on, after staff has looked at it. The
// reason stays in the history. It does not change what the gateway holds: if that
// still differs from what was agreed, the next look stops the deal again.
func (e *Engine) Clear(ctx context.Context, community, id int64, a process.Actor, reason, requestID string) (Transaction, error) {
	if a.Kind != process.Staff {
		return Transaction{}, fault.New(fault.Forbidden, "not_operator", "only an operator may clear a transaction that stands still")
	}
	var after Transaction
	err := retry(func() error {
		tx, err := e.Store.Transaction(ctx, community, id)
		if err != nil {
			return err
		}
		if tx.Attention == "" {
			return fault.New(fault.Conflict, "nothing_to_clear", "the transaction does not stand still")
		}
		if err := lossOpen(tx); err != nil {
			return err
		}
		why := tx.Attention
		tx.Attention = ""
		c := change{tx: tx, step: process.Step{Transition: "clear", From: tx.State, To: tx.State, Deal: tx.Deal}, actor: a, requestID: requestID, note: reason, said: map[string]string{"reason": reason}, at: e.now()}
		commit, err := c.commit()
		if err != nil {
			return err
		}
		commit.Acts = []Act{{
			CommunityID: community, Actor: a.String(), Name: "transaction.clear", Object: ObjectOf(id), Reason: reason,
			RequestID: requestID, Data: map[string]string{"attention": why}, At: commit.Log.At,
		}}
		if err := e.number(ctx, commit.Acts); err != nil {
			return err
		}
		after = commit.Transaction
		return e.apply(ctx, commit)
	})
	return after, err
}
