package orchestrator

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Find returns a transaction to an actor who may see it.
func (e *Engine) Find(ctx context.Context, community, id int64, a process.Actor) (Transaction, error) {
	tx, err := e.config.Store.Transaction(ctx, community, id)
	if err != nil {
		return Transaction{}, err
	}
	if !a.Sees(tx.Deal) {
		return Transaction{}, process.NotFound()
	}
	return tx, nil
}

// PaidBy returns the transaction that a gateway's payment pays, for who has that payment's address.
func (e *Engine) PaidBy(ctx context.Context, gateway, paymentID string) (Transaction, error) {
	return e.config.Store.FindPayment(ctx, gateway, paymentID)
}

// List returns transactions of a community that the actor may see, newest first.
func (e *Engine) List(ctx context.Context, f Filter, a process.Actor) ([]Transaction, error) {
	if a.Kind == process.User {
		f.Party = a.ID
	}
	return e.config.Store.List(ctx, f)
}

// Changed returns transactions of a community that the actor may see and that were changed
// after a time, in the order in which that was written. From is Next of an earlier answer.
func (e *Engine) Changed(ctx context.Context, f Filter, since time.Time, from []int64, a process.Actor) (Changes, error) {
	if a.Kind == process.User {
		f.Party = a.ID
	}
	ahead := e.now().Sub(e.realNow()) // it has never been more
	return e.config.Store.Changes(ctx, ChangeFilter{Filter: f, Since: since, Written: since.Add(-ahead), From: from})
}

// Timeline returns the history of a transaction, oldest first.
func (e *Engine) Timeline(ctx context.Context, community, id int64, a process.Actor) ([]LogEntry, error) {
	tx, err := e.Find(ctx, community, id, a)
	if err != nil {
		return nil, err
	}
	p, err := e.processOf(tx)
	if err != nil {
		return nil, err
	}
	log, err := e.config.Store.Timeline(ctx, id)
	for i := range log {
		log[i].Said = p.Shown(log[i].Transition, log[i].Said, a)
	}
	return log, err
}
