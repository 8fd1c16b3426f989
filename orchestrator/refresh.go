package orchestrator

import (
	"context"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Refresh looks a deal up at its gateway now, and returns it: what happened there is
// merged, and an operation without a clear outcome is settled if its outcome shows. It
// sends nothing. A deal that was just looked at is returned as it is, and so is any where
// its community has looked too often.
func (e *Engine) Refresh(ctx context.Context, community, id int64, a process.Actor) (Transaction, error) {
	tx, err := e.Find(ctx, community, id, a)
	if err != nil || !e.looks.take(tx, e.now(), refreshRest) {
		return tx, err
	}
	ctx, cancel := context.WithTimeout(ctx, min(lookBefore, e.config.CallTimeout))
	defer cancel()
	if err := e.look(ctx, tx); err != nil {
		e.config.Log.InfoContext(ctx, "refresh", "transaction", tx.ID, "error", err)
	}
	return e.config.Store.Transaction(context.WithoutCancel(ctx), community, id)
}

// Read is Find, but a deal that is doubtful is looked at first: one that waits for a
// payment which may have been made, or for the outcome of an operation. A look that
// fails or takes long changes nothing.
func (e *Engine) Read(ctx context.Context, community, id int64, a process.Actor) (Transaction, error) {
	tx, err := e.Find(ctx, community, id, a)
	if err != nil || !e.doubtful(tx) || !e.lanes.Ready(tx.Gateway) || !e.looks.take(tx, e.now(), readRest) {
		return tx, err
	}
	short, cancel := context.WithTimeout(ctx, min(lookOnRead, e.config.CallTimeout))
	defer cancel()
	if err := e.look(short, tx); err != nil {
		e.config.Log.InfoContext(ctx, "look on read", "transaction", tx.ID, "error", err)
	}
	if after, err := e.config.Store.Transaction(ctx, community, id); err == nil {
		return after, nil
	}
	return tx, nil
}

// doubtful reports whether the gateway may know more about a deal than we do.
func (e *Engine) doubtful(tx Transaction) bool {
	if e.kind(tx.Gateway).Own() || e.now().Sub(tx.UpdatedAt) < waitsLong {
		return false
	}
	return tx.IntentID != "" || tx.PaymentID != "" && e.awaitsPayment(tx)
}

// look asks the gateway about a deal and merges what happened. It sends nothing, but that a
// gateway may reserve what the payer has approved (PaymentRef.Awaited).
func (e *Engine) look(ctx context.Context, tx Transaction) error {
	if tx.IntentID == "" {
		_, err := e.Sync(ctx, tx)
		return err
	}
	i, err := e.config.Store.Intent(ctx, tx.IntentID)
	if err != nil {
		return err
	}
	now := e.now()
	if _, busy := e.calling.Load(i.ID); busy || i.Status != IntentOpen || now.Before(i.UpdatedAt.Add(e.lease())) {
		return nil // somebody is at it
	}
	s, err := e.lookup(ctx, tx, i)
	if err != nil {
		return err
	}
	if e.happened(tx, i, s) {
		_, _, err := e.settle(ctx, i, Outcome{Status: process.Succeeded, Snapshot: s}, nil)
		return ignoreRefusal(err)
	}
	// Recovery judges what else it may mean, soon.
	held := i.Due
	if i.Due = now; held.After(now) {
		return e.config.Store.DeferIntent(ctx, i, held)
	}
	return nil
}
