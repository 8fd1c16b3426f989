package orchestrator

import (
	"context"
	"errors"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// SyncPayment is Sync for a payment that a gateway reported something about. A
// payment that is not known here (yet) is a NotFound fault, unless it came to nothing or
// another program made it.
//
// What is told of a payout to a seller's bank makes that be looked up, beside the payment
// if there is one. What is told of a seller's account is stored.
func (e *Engine) SyncPayment(ctx context.Context, gateway, paymentID string) (Transaction, error) {
	if told, err := e.sellerTold(ctx, gateway, paymentID); told {
		return Transaction{}, err
	}
	look, alone := e.bankTold(gateway, paymentID)
	if alone {
		return Transaction{}, look(ctx)
	}
	tx, err := e.syncPayment(ctx, gateway, paymentID)
	if err == nil && look != nil {
		err = look(ctx)
	}
	return tx, err
}

func (e *Engine) syncPayment(ctx context.Context, gateway, paymentID string) (Transaction, error) {
	tx, err := e.config.Store.FindPayment(ctx, gateway, paymentID)
	if err == nil {
		return e.Sync(ctx, tx)
	}
	if fault.CodeOf(err) == fault.NotFound && e.cared(ctx, gateway, paymentID) {
		return Transaction{}, nil
	}
	return Transaction{}, err
}

// cared reports whether a payment that no deal owns needs nothing more: it took no
// money and never will, such as one that was declined when it was opened, or the
// operation that it names, or a person, is told of it.
func (e *Engine) cared(ctx context.Context, gateway, paymentID string) bool {
	g, err := e.gateway(gateway)
	if err != nil {
		return false
	}
	s, err := e.ask(ctx, g, PaymentRef{PaymentID: paymentID, Booked: &process.Funds{}})
	if err != nil || !s.Found {
		return false
	}
	if s.Ended != nil {
		_, err := e.ended(ctx, gateway, s)
		return err == nil
	}
	e.notice(ctx, gateway, s)
	_, voided := s.Facts[process.FactVoided]
	over := voided && conditionOf(s) == worthless
	if over && s.Declined == "" {
		return true
	}
	tx, known, err := e.unowned(ctx, gateway, s)
	if err != nil {
		e.config.Log.WarnContext(ctx, "what the gateway reports of a payment could not be merged", "gateway", gateway, "payment", paymentID, "transaction", tx.ID, "error", err)
		return false
	}
	if _, named, err := e.opener(ctx, gateway, s.References); named || err != nil {
		return known // an operation of this database, whatever its reference looks like
	}
	if over {
		return true
	}
	if !known && e.foreign(s) {
		e.config.Log.DebugContext(ctx, "the message is about a payment of another program", "gateway", gateway, "payment", paymentID)
		return true
	}
	return known
}

// unowned looks after a payment that no deal owns, by the operations that it names. An
// operation whose outcome is open gets it as its own; else it becomes a stray. known is
// false if it does not come from here, or too early to tell.
func (e *Engine) unowned(ctx context.Context, gateway string, s Snapshot) (tx Transaction, known bool, err error) {
	i, found, err := e.opener(ctx, gateway, s.References)
	if err != nil || !found {
		return tx, false, err
	}
	if tx, err = e.config.Store.Transaction(ctx, i.CommunityID, i.TransactionID); err != nil {
		return tx, false, err
	}
	switch {
	case tx.PaymentID == s.PaymentID:
		tx, err = e.merge(ctx, tx, s)
		return tx, true, err
	case tx.IntentID == i.ID:
		// The call itself, or recovery, is about to know it.
		if _, busy := e.calling.Load(i.ID); busy || e.now().Before(i.UpdatedAt.Add(e.lease())) {
			return tx, false, nil
		}
		if refusedThere(tx, i, s) {
			return e.refusedAttempt(ctx, tx, i, s)
		}
		if !e.happened(tx, i, s) {
			return tx, false, nil
		}
		if tx, err = e.adopt(ctx, tx, i, s); err != nil || tx.PaymentID == s.PaymentID {
			return tx, true, err
		}
	case conditionOf(s) == worthless:
		return tx, true, nil
	case notSentAfterAll(tx, i):
		if tx, err = e.adopt(ctx, tx, i, s); err != nil || tx.PaymentID == s.PaymentID {
			return tx, err == nil, err
		}
	}
	return tx, true, e.noteStray(ctx, tx, i, s, e.now())
}

// refusedAttempt settles an operation as refused of which a refused payment is told. Another attempt of it may have been taken: where
// its reference leads to another payment, or nobody can tell, recovery finds out.
func (e *Engine) refusedAttempt(ctx context.Context, tx Transaction, i Intent, s Snapshot) (Transaction, bool, error) {
	if ours, err := e.theirs(ctx, tx, s); err != nil || !ours {
		return tx, false, err
	}
	other, err := e.lookup(ctx, tx, i)
	if err != nil || other.Found && other.PaymentID != s.PaymentID {
		return tx, false, err
	}
	tx, _, err = e.settle(ctx, i, refusedOutcome(s), nil)
	return tx, true, ignoreRefusal(err)
}

// notSentAfterAll reports whether a deal still is where it was when an operation that
// opens its payment was believed not to have been sent.
func notSentAfterAll(tx Transaction, i Intent) bool {
	return i.Status == IntentNotSent && tx.PaymentID == "" && tx.State == i.From && tx.Operation == ""
}

// opener is the operation that opened a payment.
func (e *Engine) opener(ctx context.Context, gateway string, references []Reference) (Intent, bool, error) {
	for _, reference := range references {
		if reference.Text == "" {
			continue
		}
		i, err := e.config.Store.Intent(ctx, reference.Text)
		switch {
		case fault.CodeOf(err) == fault.NotFound:
			continue
		case err != nil:
			return i, false, err
		case i.Gateway == gateway && (i.Verb == process.Authorize || i.Verb == process.Charge):
			return i, true, nil
		}
	}
	return Intent{}, false, nil
}

func (e *Engine) settleStray(ctx context.Context, s Stray) error {
	v, err := e.judgeStray(ctx, &s)
	if err != nil && ctx.Err() != nil {
		return err // it is handed back
	}
	held, now := s.Due, e.now()
	if v.again == 0 {
		v.again = lookupDelay(s.Attempts)
	}
	s.Due = now.Add(v.again)
	if v.note != "" && (s.Note != straySent || v.ended) { // what was sent must not be forgotten
		s.Note = v.note
	}
	if v.list && s.ListedAt.IsZero() {
		s.ListedAt = now
		e.config.Log.ErrorContext(ctx, "a paid payment belongs to no deal and needs a person", "gateway", s.Gateway, "payment", s.PaymentID, "transaction", s.TransactionID, "why", s.Note)
	}
	if v.ended {
		s.EndedAt = now
		e.config.Log.WarnContext(ctx, "stray payment ended", "gateway", s.Gateway, "payment", s.PaymentID, "transaction", s.TransactionID, "how", s.Note)
	}
	if err = errors.Join(err, e.config.Store.SettleStray(context.WithoutCancel(ctx), s, held)); err == nil && !v.ended {
		err = due.ErrLater
	}
	return err
}

func (e *Engine) judgeStray(ctx context.Context, s *Stray) (verdict, error) {
	if owner, err := e.config.Store.FindPayment(ctx, s.Gateway, s.PaymentID); err == nil {
		_, err = e.Sync(ctx, owner)
		return verdict{note: strayOwned, ended: true}, err
	} else if fault.CodeOf(err) != fault.NotFound {
		return verdict{}, err
	}
	g, err := e.gateway(s.Gateway)
	if err != nil {
		return verdict{}, err
	}
	tx, err := e.config.Store.Transaction(ctx, s.CommunityID, s.TransactionID)
	if err != nil {
		return verdict{}, err
	}
	i, err := e.config.Store.Intent(ctx, s.IntentID)
	if err != nil {
		return verdict{}, err
	}
	seen, err := e.glance(ctx, g, s.ref())
	if err != nil {
		return verdict{note: fmt.Sprintf(notLookedAt, s.Gateway)}, err
	}
	if !seen.Found {
		return verdict{note: unknownPayment, list: true, again: strayDay}, nil
	}
	s.Amount = worth(seen)
	if v, judged := judgeByItself(*s, seen); judged {
		return v, nil
	}
	if ours, err := e.theirs(ctx, tx, seen); err != nil {
		return verdict{}, err
	} else if !ours {
		return verdict{note: strayOthers, list: conditionOf(seen) != unpaid, again: strayHour}, nil
	}
	if tx.IntentID != "" {
		return verdict{note: "its deal is busy", list: e.now().Sub(s.FoundAt) > longOpen}, nil
	}
	if adopted, err := e.adoptStray(ctx, tx, i, seen); adopted || err != nil {
		return verdict{note: strayAdopted, ended: adopted}, err
	}
	return e.giveBack(ctx, g, tx, s, seen)
}

// judgeByItself judges a payment by what the gateway says of it, whatever its deal is.
func judgeByItself(s Stray, seen Snapshot) (v verdict, judged bool) {
	switch conditionOf(seen) {
	case worthless:
		if seen.Totals != nil && seen.Totals.Refunded > 0 {
			return verdict{note: strayReturned, ended: true}, true
		}
		return verdict{note: strayGone, ended: true}, true
	case returning:
		return verdict{note: "the gateway is returning the money", list: s.Attempts > 24, again: strayHour}, true
	case touched:
		return verdict{note: strayTouched, list: true, again: strayDay}, true
	}
	if s.Note == straySent {
		return verdict{list: true, again: strayDay}, true
	}
	return verdict{}, false
}

// adoptStray gives a deal the payment that it waits for: the one that the payer has
// paid, of several that one operation opened.
func (e *Engine) adoptStray(ctx context.Context, tx Transaction, i Intent, s Snapshot) (adopted bool, err error) {
	p, err := e.processOf(tx)
	if err != nil {
		return false, err
	}
	rule, ahead := p.Observed(tx.Deal, s.Facts)
	if tx.Attention != "" || !ahead || rule.Effect != process.Collect && rule.Effect != process.Hold || tx.Agreed(rule, nil).PriceDiffers(s.Payment).Needed() {
		return false, nil
	}
	if tx.PaymentID != "" {
		own, err := e.own(ctx, tx, i)
		if err != nil || own.PaymentID == "" {
			return false, err
		}
		// It is of no use any more, and must not be paid too.
		if err := e.noteStray(ctx, tx, i, own, e.now().Add(retryTimer)); err != nil {
			return false, err
		}
	}
	after, how, err := e.mergeOne(ctx, tx, s, false)
	if errors.Is(err, ErrRevisionConflict) {
		return false, nil // somebody was faster: it is judged again
	}
	if err != nil || how != mergeGoesOn {
		return false, err
	}
	_, err = e.merge(ctx, after, s)
	return true, err
}

// own is the payment that a deal has, if the same operation opened it and nobody has
// paid it; the zero Snapshot otherwise.
func (e *Engine) own(ctx context.Context, tx Transaction, i Intent) (Snapshot, error) {
	g, err := e.gateway(tx.Gateway)
	if err != nil {
		return Snapshot{}, err
	}
	own, err := e.glance(ctx, g, paymentRef(tx))
	if err != nil {
		return Snapshot{}, err
	}
	opened, found, err := e.opener(ctx, tx.Gateway, own.References)
	if c := conditionOf(own); err != nil || !own.Found || !found || opened.ID != i.ID || c != unpaid && c != worthless {
		return Snapshot{}, err
	}
	return own, nil
}

// adopt brings a payment that was lost sight of into its deal, unless it is somebody
// else's.
func (e *Engine) adopt(ctx context.Context, tx Transaction, i Intent, s Snapshot) (Transaction, error) {
	if ours, err := e.theirs(ctx, tx, s); !ours || err != nil {
		return tx, err
	}
	switch happened := e.happened(tx, i, s); {
	case happened && tx.IntentID == i.ID:
		after, _, err := e.settle(ctx, i, Outcome{Status: process.Succeeded, Snapshot: s}, nil)
		return after, err
	case happened && i.Status == IntentNotSent && tx.State == i.From && tx.Operation == "":
		return e.sentAfterAll(ctx, tx, i, s)
	}
	return e.merge(ctx, tx, s)
}

// sentAfterAll takes a transition whose operation was believed not to have been
// sent, if the deal still is where it was.
func (e *Engine) sentAfterAll(ctx context.Context, tx Transaction, i Intent, s Snapshot) (Transaction, error) {
	p, err := e.processOf(tx)
	if err != nil {
		return tx, err
	}
	rule, ok := p.Rule(i.Transition, i.From)
	if !ok || rule.Seats {
		return tx, nil
	}
	if differs := tx.Agreed(rule, i.Input).PriceDiffers(s.Payment); differs.Needed() {
		return e.flag(ctx, tx, differs)
	}
	learned := learn(tx, s)
	step, err := process.Conclude(p, learned.Deal, rule, i.Input, process.Succeeded, e.now())
	if err != nil {
		return tx, err
	}
	c := change{tx: learned, step: step, actor: i.Actor, requestID: i.RequestID, note: "adopted", at: e.now(), kept: s.Kept}
	after, err := e.write(ctx, c, func(_ context.Context, commit *Commit) error {
		commit.Log.IntentID = i.ID // which is settled, so that it is not part of the change
		return nil
	})
	if err != nil {
		return tx, err
	}
	return e.merge(ctx, after, s)
}
