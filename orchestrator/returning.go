package orchestrator

import (
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// giveBack returns a payment that no deal owns and that was just looked at: what is
// not taken is made void, and what was taken goes back to the payer as a whole, once
// its deal has another payment or is over. Like every other way out it sends nothing
// in recovery mode or while the community is on hold. It is sent again only after
// another look, and under the same key; where no look shows what came of it, it is sent once,
// and that is noted before.
func (e *Engine) giveBack(ctx context.Context, g Gateway, tx Transaction, s *Stray, seen Snapshot) (verdict, error) {
	c := conditionOf(seen)
	if c != unpaid && !e.isOver(tx) && tx.Funds.Captured == 0 && tx.Funds.Authorized == 0 {
		return verdict{note: strayWaited, list: true, again: strayHour}, nil
	}
	if err := e.communityHeld(tx.CommunityID); err != nil {
		e.config.Observer.Stopped(s.Gateway, fault.ReasonOf(err))
		return verdict{note: err.Error(), list: c == whole, again: strayHour}, nil
	}
	if r, err := e.config.Store.Recovery(ctx); err != nil || r != nil {
		e.config.Observer.Stopped(s.Gateway, codeRecovery)
		return verdict{note: "nothing is sent while the database is compared with its gateways", again: retryTimer}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.config.CallTimeout)
	defer cancel()
	op := returned(g, tx, *s, c)
	once := sendsOnce(g, op.Verb)
	if once {
		s.Note = straySent
		if err := e.config.Store.SettleStray(ctx, *s, s.Due); err != nil {
			return verdict{}, err
		}
	}
	called := e.config.Observer.Calling(s.Gateway, op.Verb)
	out := g.Perform(ctx, op)
	called(out.Status)
	e.hear(ctx, s.Gateway, outcomeHeard(ctx, out))
	return e.gaveBack(g, s, op, out, once)
}

// gaveBack is what is made of the answer. once tells that the gateway cannot show more.
func (e *Engine) gaveBack(g Gateway, s *Stray, op Operation, out Outcome, once bool) (verdict, error) {
	if once && out.Status != process.Unknown {
		s.Note = "" // it is clear
	}
	switch out.Status {
	case process.Succeeded:
		if once {
			return verdict{note: strayReturned, ended: true}, nil
		}
		// The next look shows whether it is so.
		return verdict{note: fmt.Sprintf("%s was accepted by the gateway", op.Verb), again: retryTimer}, nil
	case process.Declined:
		return verdict{note: fmt.Sprintf("the gateway refused to %s it: %s", op.Verb, out.Code), list: true, again: strayDay}, out.Err
	}
	again := lookupDelay(s.Attempts)
	if _, keeps := g.(KeyKeeper); !keeps {
		again = max(again, quiet) // what was sent arrives by then, or never
	}
	return verdict{note: fmt.Sprintf("the outcome of %s is unknown", op.Verb), list: e.now().Sub(s.FoundAt) > longOpen, again: again}, out.Err
}

// returned is the operation that lets a stray go. Gateways that keep states of their
// own give the money back when a payment is cancelled.
func returned(g Gateway, tx Transaction, s Stray, c condition) Operation {
	_, stateful := g.(Stateful)
	tx.PaymentID, tx.Deal.Funds = s.PaymentID, process.Funds{}
	op := Operation{
		IntentID: returnOf(s.PaymentID), Verb: process.Void, Actor: process.Actor{Kind: process.AtGateway},
		Transaction: tx, Amount: s.Amount, Whole: true,
	}
	switch {
	case c == reserved:
		op.Transaction.Funds.Authorized = s.Amount.Minor()
	case c == whole:
		op.Transaction.Funds.Captured, op.Transaction.Funds.Held = s.Amount.Minor(), s.Amount.Minor()
		if !stateful {
			op.Verb = process.Refund
		}
	}
	return op
}
