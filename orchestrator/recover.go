package orchestrator

import (
	"context"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// recoverOne settles one of them, or notes when it is looked at again.
func (e *Engine) recoverOne(ctx context.Context, i Intent) error {
	if _, busy := e.calling.Load(i.ID); busy {
		return due.ErrLater
	}
	done, err := e.resolve(ctx, i)
	if err == nil && !done {
		err = due.ErrLater
	}
	return err
}

// resolve finds out about one intent.
func (e *Engine) resolve(ctx context.Context, i Intent) (done bool, err error) {
	tx, err := e.config.Store.Transaction(ctx, i.CommunityID, i.TransactionID)
	if err != nil {
		return false, err
	}
	if tx.IntentID != i.ID {
		return true, nil
	}
	if e.repeatsFirst(tx, i) {
		return e.resend(ctx, tx, i, nil)
	}
	s, err := e.lookup(ctx, tx, i)
	if err == nil && s.Found && tx.PaymentID == "" {
		s, err = e.found(ctx, tx, i, s)
	}
	if err != nil {
		i.Attempt++
		return false, e.doubt(ctx, i, Outcome{Status: process.Unknown, Code: "lookup_failed", Err: err})
	}
	if e.happened(tx, i, s) {
		_, _, err := e.settle(ctx, i, Outcome{Status: process.Succeeded, Snapshot: s}, nil)
		return isSettled(err), ignoreRefusal(err)
	}
	if refusedThere(tx, i, s) {
		_, _, err := e.settle(ctx, i, refusedOutcome(s), nil)
		return isSettled(err), ignoreRefusal(err)
	}
	if s.Found {
		if tx, err = e.merge(ctx, tx, s); err != nil {
			i.Attempt++
			return false, e.doubt(ctx, i, Outcome{Code: fault.ReasonOf(err), Err: err})
		}
		if tx.IntentID != i.ID {
			return true, nil
		}
	}
	if opened(tx, i, s) && (i.Attempt > 1 || !e.keepsKey(i, e.now())) {
		// A repeat would have told more, but it did not, or would not be recognised.
		_, _, err := e.settle(ctx, i, waiting(s), nil)
		return isSettled(err), ignoreRefusal(err)
	}
	if i.Code == codeKept {
		return e.renew(ctx, tx, i, &s)
	}
	return e.resend(ctx, tx, i, &s)
}

func (e *Engine) lookup(ctx context.Context, tx Transaction, i Intent) (Snapshot, error) {
	g, err := e.gateway(i.Gateway)
	if err != nil {
		return Snapshot{}, err
	}
	ref := paymentRef(tx)
	ref.Since, ref.Until = i.CreatedAt, i.UpdatedAt.Add(quiet)
	return e.ask(ctx, g, ref)
}

// found is what was found by the reference of an operation that opens a payment; one that
// is not from and for the people of the deal is a stray, and nothing was found.
func (e *Engine) found(ctx context.Context, tx Transaction, i Intent, s Snapshot) (Snapshot, error) {
	ours, err := e.theirs(ctx, tx, s)
	if err != nil || ours {
		return s, err
	}
	return Snapshot{}, e.noteStray(ctx, tx, i, s, e.now())
}

// repeatsFirst reports whether an operation is sent again before it is looked up: it
// opened a payment whose id is not known, and the gateway recognises the repeat. To
// find the payment by its reference may take long on a busy account. Every third
// time it is looked up all the same, should the answer be one that cannot be read.
func (e *Engine) repeatsFirst(tx Transaction, i Intent) bool {
	return tx.PaymentID == "" && i.Code != codeKept && i.Attempt%3 != 0 && e.keepsKey(i, e.now())
}

// renew sends an operation under a new key. The gateway has ended the one before,
// so that nothing which is still on its way with it takes effect, and a look-up has
// just shown that nothing came of it, long enough after the answer.
func (e *Engine) renew(ctx context.Context, tx Transaction, i Intent, seen *Snapshot) (bool, error) {
	held, now := i.Due, e.now()
	if again := i.UpdatedAt.Add(quiet << min(i.Generation, 5)); now.Before(again) {
		i.Due = again
		return false, e.config.Store.DeferIntent(ctx, i, held)
	}
	if waits, err := e.waits(ctx, i); waits || err != nil {
		return false, err
	}
	i.Generation++
	i.Attempt++
	i.Code, i.UpdatedAt, i.Due = "", now, now.Add(e.lease())
	if err := e.config.Store.DeferIntent(ctx, i, held); err != nil {
		return false, fmt.Errorf("note key %d: %w", i.Generation, err)
	}
	ctx = context.WithoutCancel(ctx) // what is sent ends with its outcome
	_, _, err := e.settle(ctx, i, e.call(ctx, tx, i, seen), nil)
	return isSettled(err), ignoreRefusal(err)
}

// refusedThere reports whether an operation that opens a payment was refused by the payer's bank or the gateway, in an answer that was
// lost. Its caller is told so, as the answer would have: nothing has superseded it.
func refusedThere(tx Transaction, i Intent, s Snapshot) bool {
	return s.Declined != "" && opened(tx, i, s)
}

// refusedOutcome is what the lost answer has said. The payment is not the one that the next try is about.
func refusedOutcome(s Snapshot) Outcome { return Outcome{Status: process.Declined, Code: s.Declined} }

// opened reports whether an operation that opens a payment has opened it, though
// the payer has not paid. It was found by its reference, so the operation arrived;
// sent again without its key it would open another one.
func opened(tx Transaction, i Intent, s Snapshot) bool {
	return s.Found && tx.PaymentID == "" && (i.Verb == process.Authorize || i.Verb == process.Charge)
}

// waiting is the outcome of having opened a payment: it waits for the payer, or it
// was cancelled already because the payer's bank declined.
func waiting(s Snapshot) Outcome {
	if _, voided := s.Facts[process.FactVoided]; voided {
		return Outcome{Status: process.Declined, Code: "payment_canceled", Snapshot: s}
	}
	return Outcome{Status: process.Pending, Snapshot: s}
}

// quiet is how long after it was sent an operation may still arrive at the gateway,
// held up somewhere on the way. Before that it is not sent again.
const quiet = 2 * time.Minute

// resend repeats an operation that left no trace when it should have arrived long
// ago. The key stays the same. Who has lost the claim to another engine sends nothing.
func (e *Engine) resend(ctx context.Context, tx Transaction, i Intent, seen *Snapshot) (bool, error) {
	held, now := i.Due, e.now()
	if sent := i.UpdatedAt.Add(quiet); now.Before(sent) && !e.keepsKey(i, now) {
		i.Due = sent
		return false, e.config.Store.DeferIntent(ctx, i, held)
	}
	if waits, err := e.waits(ctx, i); waits || err != nil {
		return false, err
	}
	before := i.UpdatedAt
	i.Attempt++
	i.UpdatedAt, i.Due = now, now.Add(e.lease())
	if err := e.config.Store.DeferIntent(ctx, i, held); err != nil {
		return false, fmt.Errorf("note attempt %d: %w", i.Attempt, err)
	}
	ctx = context.WithoutCancel(ctx) // what is sent ends with its outcome
	out := e.call(ctx, tx, i, seen)
	if unasked := out.Unasked || out.Status == process.NotSent; unasked && now.Before(before.Add(quiet)) {
		// This attempt did not reach the gateway, but the one before may be on its way.
		i.UpdatedAt = before
		return false, e.doubt(ctx, i, out)
	}
	_, _, err := e.settle(ctx, i, out, nil)
	return isSettled(err), ignoreRefusal(err)
}

// waits puts an operation off that would be sent again while the database is behind
// its gateways.
func (e *Engine) waits(ctx context.Context, i Intent) (bool, error) {
	r, err := e.config.Store.Recovery(ctx)
	if err != nil || r == nil {
		return err != nil, err
	}
	held := i.Due
	i.Due = e.now().Add(retryTimer)
	return true, e.config.Store.DeferIntent(ctx, i, held)
}

// keepsKey reports whether the gateway still knows the operation by its key, so
// that sending it again can do no harm.
func (e *Engine) keepsKey(i Intent, now time.Time) bool {
	keeper, ok := e.gateways[i.Gateway].(KeyKeeper)
	return ok && now.Sub(i.CreatedAt) < keeper.KeepsKeys()
}
