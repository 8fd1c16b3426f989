package orchestrator

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// merge takes, one by one, the transitions that the gateway reports to have
// happened. It only goes forward: what is recorded already is not repeated.
func (e *Engine) merge(ctx context.Context, tx Transaction, s Snapshot) (Transaction, error) {
	after, _, _, err := e.mergeLatest(ctx, tx, s)
	return after, err
}

// mergeLatest is merge, and tells which look it ended with, and whether nobody else has
// changed the deal since that.
func (e *Engine) mergeLatest(ctx context.Context, tx Transaction, s Snapshot) (_ Transaction, _ Snapshot, same bool, _ error) {
	// Sums are only compared with the deal that was there when the gateway was asked. Where
	// somebody else was faster, it is asked once more if what it told leaves them open.
	asked := false
	same = s.of == tx.version()
	for range maxMerges {
		next, how, err := e.mergeOne(ctx, tx, s, same)
		switch {
		case err == nil && how == mergeLost:
			same = false
		case errors.Is(err, ErrRevisionConflict):
			same = false
			if next, err = e.config.Store.Transaction(ctx, tx.CommunityID, tx.ID); err != nil {
				return tx, s, false, err
			}
		case err != nil || how == mergeEnds || how == mergeIsLate && asked:
			return next, s, same, err
		case how == mergeIsLate:
			if s, same = e.askAgain(ctx, next); !same {
				return next, s, false, nil
			}
			asked = true
		}
		tx = next
	}
	return tx, s, same, fmt.Errorf("transaction %d: the gateway's report could not be merged in %d steps", tx.ID, maxMerges)
}

// askAgain looks the payment of a deal up that was changed since the last look. Where that
// fails, the sums are left to the next one.
func (e *Engine) askAgain(ctx context.Context, tx Transaction) (s Snapshot, found bool) {
	g, err := e.gateway(tx.Gateway)
	if err == nil && tx.PaymentID != "" {
		s, err = e.ask(ctx, g, paymentRef(tx))
	}
	if err != nil {
		e.config.Log.InfoContext(ctx, "look again after a lost race", "transaction", tx.ID, "error", err)
	}
	return s, err == nil && s.Found
}

// maxMerges is more than any process has states, with room for lost races.
const maxMerges = 64

// progress is how a merge goes on.
type progress int

const (
	mergeEnds   progress = iota // nothing is left to do
	mergeGoesOn                 // there may be more to do
	mergeIsLate                 // the gateway has to be asked again
	mergeLost                   // somebody else was faster, and there may be more to do
)

// mergeOne carries out what the table of package process says of a deal and what its
// gateway shows. same tells that the deal is the one that was there when it was asked.
func (e *Engine) mergeOne(ctx context.Context, tx Transaction, s Snapshot, same bool) (Transaction, progress, error) {
	p, err := e.processOf(tx)
	if err != nil {
		return tx, mergeEnds, err
	}
	look := process.Look{Deal: tx.Deal, Payment: s.Payment, Kept: tx.GatewayFees, Late: !same, Now: e.now()}
	i, err := e.underWay(ctx, p, tx, s)
	if err != nil {
		return tx, mergeEnds, err
	}
	if i != nil {
		look.Operation = i.operation()
	}
	next, err := process.Merge(p, look)
	if err != nil {
		return tx, mergeEnds, err
	}
	switch next.Act {
	case process.Rest, process.Await:
		return tx, mergeEnds, nil
	case process.LookAgain:
		return tx, mergeIsLate, nil
	case process.Finish:
		after, own, err := e.conclude(ctx, Transaction{}, *i, Outcome{Status: process.Succeeded, Snapshot: s}, nil)
		if !own {
			// Who waited for the operation has concluded it. What else happened there is not
			// theirs to merge: nobody may look at the payment again for long.
			return after, mergeLost, err
		}
		return after, mergeGoesOn, err
	case process.PutOnHold:
		if next.Suspect {
			e.notice(ctx, tx.Gateway, s)
		}
		after, err := e.flag(ctx, tx, next.Attention)
		return after, mergeEnds, err
	case process.LetGo:
		after, err := e.follow(ctx, tx, s, next, nil)
		return after, mergeEnds, err
	}
	after, err := e.follow(ctx, tx, s, next, i)
	return after, mergeGoesOn, err
}

// underWay is the operation of a busy deal, nil if it has none. It is only read where
// the gateway shows something new: elsewhere it does not matter which one it is.
func (e *Engine) underWay(ctx context.Context, p *process.Process, tx Transaction, s Snapshot) (*Intent, error) {
	if tx.IntentID == "" {
		return nil, nil
	}
	if _, news := p.Observed(tx.Deal, s.Facts); !news {
		return &Intent{ID: tx.IntentID, Transition: tx.Operation}, nil
	}
	i, err := e.config.Store.Intent(ctx, tx.IntentID)
	if err != nil {
		return nil, fmt.Errorf("intent of busy transaction: %w", err)
	}
	return &i, nil
}

// follow commits the step of a merge.
func (e *Engine) follow(ctx context.Context, tx Transaction, s Snapshot, next process.Next, i *Intent) (Transaction, error) {
	c := change{tx: tx, step: next.Step, actor: process.Actor{Kind: process.AtGateway}, note: next.Note, at: e.now()}
	switch next.Act {
	case process.Take:
		c.tx, c.kept, c.point = learn(tx, s), s.Kept, "merge"
	case process.LetGo:
		c.tx = learn(tx, s)
		c.tx.Attention = next.Step.Deal.Attention
	default:
		c.kept = s.Kept
	}
	if next.Ends {
		i.Status, i.UpdatedAt = IntentSucceeded, c.at
		if next.Overtaken {
			i.Status = IntentSuperseded
		}
		c.intent = i
	}
	return e.write(ctx, c)
}

// learnFee books what the gateway keeps for its services, and nothing else of what it shows.
func (e *Engine) learnFee(ctx context.Context, tx Transaction, s Snapshot) (Transaction, error) {
	look := process.Look{Deal: tx.Deal, Payment: s.Payment, Kept: tx.GatewayFees}
	if tx.IntentID != "" {
		look.Operation = &process.Operation{Transition: tx.Operation}
	}
	next, differs := process.Fee(look)
	if !differs {
		return tx, nil
	}
	return e.follow(ctx, tx, s, next, nil)
}

// learn takes over what the gateway announced about a payment.
func learn(tx Transaction, s Snapshot) Transaction {
	if !s.Found {
		return tx
	}
	if s.PaymentID != "" {
		tx.PaymentID = s.PaymentID
	}
	if tx.PaymentID != "" {
		tx.PayerAccount, tx.PayeeAccount = cmp.Or(s.Payer, tx.PayerAccount), cmp.Or(s.Payee, tx.PayeeAccount)
	}
	tx.RedirectURL, tx.ClientSecret, tx.Note = s.RedirectURL, s.ClientSecret, s.Note
	tx.Deal = tx.Deal.Learn(s.Payment)
	return tx
}

// flag marks a transaction for the operator and moves nothing.
func (e *Engine) flag(ctx context.Context, tx Transaction, why process.Attention) (Transaction, error) {
	return e.hold(ctx, tx, why, fault.New(fault.Conflict, errMismatch.Reason, "%s; an operator has to look at it", why))
}

// hold puts a transaction on the operator's list and answers with the refusal.
func (e *Engine) hold(ctx context.Context, tx Transaction, why process.Attention, refusal error) (Transaction, error) {
	if tx.Attention == why.String() {
		return tx, refusal
	}
	after, err := e.write(ctx, change{tx: tx, step: process.OnHold(tx.Deal, why), actor: process.Actor{Kind: process.AtGateway}, note: why.String(), at: e.now()})
	if err != nil {
		return tx, err
	}
	return after, refusal
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
	if differs := tx.Agreed(rule, i.Input).PriceDiffers(out.Snapshot.Payment); differs.Needed() && out.Status != process.Declined {
		tx, err = e.flag(ctx, tx, differs)
		return tx, false, err
	}
	done := out.Status == process.Succeeded && i.Verb.PaysOut()
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
	if differs := step.Deal.CapturedOtherwise(out.Snapshot.Payment); differs.Needed() && out.Status == process.Succeeded {
		tx, err = e.flag(ctx, tx, differs)
		return tx, false, err
	}
	if out.hold.Needed() {
		step.Deal.Attention = out.hold.String()
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
	return e.write(ctx, e.settlement(tx, step, i, kept), func(_ context.Context, commit *Commit) error {
		switch {
		case i.Status == IntentNotSent:
			commit.Reply = k.free(*commit)
		case i.Status == IntentOpen:
		default:
			commit.Reply = k.store(*commit, i.refusal(tx))
		}
		return nil
	})
}

// settlement is the change that a settled intent's step makes.
func (e *Engine) settlement(tx Transaction, step process.Step, i Intent, kept *int64) change {
	i.UpdatedAt = e.now()
	c := change{tx: tx, step: step, actor: i.Actor, requestID: i.RequestID, intent: &i, note: string(i.Code), at: i.UpdatedAt, kept: kept}
	if i.Status == IntentSucceeded {
		c.said = e.saidWith(tx, i)
	}
	return c
}

// saidWith is what was said with an operation.
func (e *Engine) saidWith(tx Transaction, i Intent) map[string]string {
	p, err := e.processOf(tx)
	if err != nil {
		return nil
	}
	rule, _ := p.Rule(i.Transition, i.From)
	return rule.Said(i.Input)
}
