package orchestrator

import (
	"context"
	"errors"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

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
		return tx, false, e.unknown(err, i)
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
	return tx, own, i.refusal(tx)
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
	return e.unknown(out.Err, i)
}

// amount is what the gateway is asked to move; whole tells that nothing is held afterwards.
func (e *Engine) amount(tx Transaction, i Intent) (sum money.Amount, whole bool, err error) {
	p, err := e.processOf(tx)
	if err != nil {
		return sum, false, err
	}
	return p.Asked(tx.Deal, *i.operation(), e.now())
}

// happened reports whether the gateway shows what the intent works for.
func (e *Engine) happened(tx Transaction, i Intent, s Snapshot) bool {
	p, err := e.processOf(tx)
	return err == nil && p.Happened(tx.Deal, *i.operation(), s.Payment, e.now())
}

// concluded is the deal as it is once the operation has succeeded.
func (e *Engine) concluded(tx Transaction, i Intent) (process.Deal, error) {
	p, err := e.processOf(tx)
	if err != nil {
		return tx.Deal, err
	}
	step, err := p.Success(tx.Deal, *i.operation(), e.now())
	return step.Deal, err
}
