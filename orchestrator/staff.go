package orchestrator

import (
	"context"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Waiting lists the deals of a community that wait for a person, newest first:
// they are on hold because something is wrong, rest in a state that only an
// operator or the gateway ends, or have a step that is due and refused again and
// again, such as a payout to an account that is closed.
func (e *Engine) Waiting(ctx context.Context, f Filter) ([]Transaction, error) {
	f.Attention, f.States, f.Refused = true, nil, nil
	seen := map[process.State]bool{}
	for _, name := range e.config.Processes.Names() {
		p, err := e.config.Processes.Find(name)
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
	return e.config.Store.List(ctx, f)
}

// Clear lets a deal that is on hold go on, after staff has looked at it. The
// reason stays in the history. It does not change what the gateway holds: if that
// still differs from what was agreed, the next look stops the deal again. Above the
// community's limit it is AwaitsApproval.
func (e *Engine) Clear(ctx context.Context, community, id int64, a process.Actor, reason, requestID string) (Transaction, error) {
	result, err := e.clear(ctx, onDeal{CommunityID: community, TransactionID: id, Actor: a, Reason: reason, RequestID: requestID})
	return result.Transaction, err
}

func (e *Engine) clear(ctx context.Context, in onDeal) (Result, error) {
	if in.Actor.Kind != process.Staff {
		return Result{}, fault.New(fault.Forbidden, "not_operator", "only an operator may clear a transaction that is on hold")
	}
	if err := reasoned(in.Actor, in.Reason); err != nil {
		return Result{}, err
	}
	var after Transaction
	err := retry(func() error {
		tx, err := e.config.Store.Transaction(ctx, in.CommunityID, in.TransactionID)
		if err != nil {
			return err
		}
		if tx.Attention == "" {
			return fault.New(fault.Conflict, "nothing_to_clear", "the transaction is not on hold, so there is nothing to clear")
		}
		if err := unsettled(tx); err != nil {
			return err
		}
		if err := in.sameHold(tx); err != nil {
			return err
		}
		why := tx.Attention
		tx.Attention = ""
		c := change{tx: tx, step: process.Step{Transition: "clear", From: tx.State, To: tx.State, Deal: tx.Deal}, actor: in.Actor, requestID: in.RequestID, note: in.Reason, said: map[string]string{"reason": in.Reason}, at: e.now()}
		after, err = e.letGo(ctx, c, in, second{line: Act{Name: "transaction.clear", Data: map[string]string{"attention": why}}, amount: tx.rests(), request: asked{Clear: in.on(why), Actor: in.Actor}})
		return err
	})
	return e.answer(ctx, in.key, Result{Transaction: after}, err)
}

// on is the request as it is kept, with why the deal is on hold.
func (in onDeal) on(why string) *onDeal {
	in.Attention = why
	return &in
}

// sameHold refuses an approved act on a deal that is on hold for another reason by now
// than when it was approved.
func (in onDeal) sameHold(tx Transaction) error {
	if in.approval == nil || in.Attention == "" || in.Attention == tx.Attention {
		return nil
	}
	return outdated("the transaction is on hold for another reason (%s)", tx.Attention)
}

// letGo writes how staff ends a deal's hold, with its line of the audit log, unless
// that needs a second person first.
func (e *Engine) letGo(ctx context.Context, c change, in onDeal, s second) (Transaction, error) {
	in.approval.note(s.line.Data)
	s.line.CommunityID, s.line.Actor, s.line.Object = in.CommunityID, in.Actor.String(), ObjectOf(in.TransactionID)
	s.line.Reason, s.line.RequestID, s.line.At = in.Reason, in.RequestID, c.at
	s.community, s.deal, s.approval = in.CommunityID, in.TransactionID, in.approval
	return e.write(ctx, c, func(ctx context.Context, commit *Commit) error {
		if err := e.secondPerson(ctx, s); err != nil {
			return err
		}
		commit.Acts, commit.Reply = []Act{s.line}, in.key.store(*commit, nil)
		return e.number(ctx, commit.Acts)
	})
}

// unsettled refuses to take away the sign of money that went back and that nobody has
// settled, or of what the payee is to get back.
func unsettled(tx Transaction) error {
	switch {
	case !tx.Unsettled():
		return nil
	case !tx.LossOpen():
		return fault.New(fault.Conflict, "payee_not_repaid", "the payee is owed %s; pay it to them, then take the transition repay_payee", money.New(tx.Funds.PayeeDue, tx.Price.Currency()))
	}
	return fault.New(fault.Conflict, "loss_not_settled", "money went back to the payer after the deal was over; take the transition settle_loss, which says who bears it")
}
