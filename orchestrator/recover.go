package orchestrator

import (
	"context"
	"errors"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// batch is how many rows recovery and timers take at a time.
const batch = 100

// Recover settles gateway operations that nobody is working on any more: their
// process died, the answer was lost, or it was unclear. It looks first and
// repeats only what certainly did not happen. It returns how many were settled.
func (e *Engine) Recover(ctx context.Context) (settled int, err error) {
	for {
		now := e.now()
		intents, err := e.Store.ClaimIntents(ctx, now, now.Add(e.lease()), batch)
		if err != nil {
			return settled, fmt.Errorf("claim intents: %w", err)
		}
		for _, i := range intents {
			if _, busy := e.calling.Load(i.ID); busy {
				continue
			}
			done, err := e.resolve(ctx, i)
			if err != nil {
				e.Log.WarnContext(ctx, "recover", "intent", i.ID, "transaction", i.TransactionID, "error", err)
			}
			if done {
				settled++
			}
		}
		if len(intents) < batch || ctx.Err() != nil {
			return settled, ctx.Err()
		}
	}
}

// resolve finds out about one intent.
func (e *Engine) resolve(ctx context.Context, i Intent) (done bool, err error) {
	tx, err := e.Store.Transaction(ctx, i.CommunityID, i.TransactionID)
	if err != nil {
		return false, err
	}
	if tx.IntentID != i.ID {
		return true, nil
	}
	s, err := e.lookup(ctx, tx, i)
	if err != nil {
		i.Attempt++
		return false, e.doubt(ctx, i, Outcome{Status: process.Unknown, Code: "lookup_failed", Err: err})
	}
	if e.happened(tx, i, s) {
		_, err := e.settle(ctx, i, Outcome{Status: process.Succeeded, Snapshot: s}, nil)
		return isSettled(err), ignoreRefusal(err)
	}
	if s.Found {
		if tx, err = e.merge(ctx, tx, s); err != nil || tx.IntentID != i.ID {
			return err == nil, err
		}
	}
	return e.resend(ctx, tx, i)
}

func (e *Engine) lookup(ctx context.Context, tx Transaction, i Intent) (Snapshot, error) {
	g, err := e.gateway(i.Gateway)
	if err != nil {
		return Snapshot{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.CallTimeout)
	defer cancel()
	ref := paymentRef(tx)
	ref.Since = i.CreatedAt
	return g.Lookup(ctx, ref)
}

// happened reports whether the gateway shows the fact that the intent works for.
func (e *Engine) happened(tx Transaction, i Intent, s Snapshot) bool {
	p, err := e.processOf(tx)
	if err != nil {
		return false
	}
	rule, ok := p.Rule(i.Transition, i.From)
	if !ok || !s.Found {
		return false
	}
	_, happened := s.Facts[rule.Observe]
	return happened
}

// resend repeats an operation that certainly did not happen: the look-up came
// after its deadline and found no trace. The key stays the same.
func (e *Engine) resend(ctx context.Context, tx Transaction, i Intent) (bool, error) {
	i.Attempt++
	i.UpdatedAt = e.now()
	i.Due = i.UpdatedAt.Add(e.lease())
	if err := e.Store.DeferIntent(ctx, i); err != nil {
		return false, fmt.Errorf("note attempt %d: %w", i.Attempt, err)
	}
	_, err := e.settle(ctx, i, e.call(ctx, tx, i), nil)
	return isSettled(err), ignoreRefusal(err)
}

// isSettled tells whether the intent is closed, with whatever answer.
func isSettled(err error) bool {
	return err == nil || fault.CodeOf(err) != fault.Unknown && fault.CodeOf(err) != fault.Internal
}

// ignoreRefusal drops errors that are an answer: nobody waits for it here.
func ignoreRefusal(err error) error {
	var f *fault.Error
	if errors.As(err, &f) && isSettled(err) {
		return nil
	}
	return err
}
