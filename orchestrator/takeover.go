package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// TakeOver books what the gateway has moved for a deal beyond our books, after staff
// has found out that it was right: a refund or a payout that somebody made there by
// hand. The books then are the gateway's, the hold ends, and the deal goes on with
// what is left, or is over when nothing is. What was taken back from the payee there after
// the end pays what they owe of money that went back. Nothing is asked of the gateway but how the
// payment is. The reason stays in the history. Faults: not_operator, reason_missing, operation_in_progress,
// lookup_failed, nothing_to_take_over, cannot_take_over, nothing_left. Above the
// community's limit it is AwaitsApproval.
func (e *Engine) TakeOver(ctx context.Context, community, id int64, a process.Actor, reason, requestID string) (Transaction, error) {
	result, err := e.takeOver(ctx, onDeal{CommunityID: community, TransactionID: id, Actor: a, Reason: reason, RequestID: requestID})
	return result.Transaction, err
}

func (e *Engine) takeOver(ctx context.Context, in onDeal) (Result, error) {
	if in.Actor.Kind != process.Staff {
		return Result{}, fault.New(fault.Forbidden, "not_operator", "only an operator may take over the gateway's sums")
	}
	if strings.TrimSpace(in.Reason) == "" {
		return Result{}, fault.New(fault.Invalid, process.ReasonMissing, "give a reason that says why the gateway's sums are right").With("field", "reason")
	}
	var after Transaction
	err := retry(func() error {
		tx, s, err := e.differing(ctx, in.CommunityID, in.TransactionID)
		if err != nil {
			return err
		}
		if err := in.sameHold(tx); err != nil {
			return err
		}
		step, err := e.takenOver(tx, *s.Totals)
		if err != nil {
			return err
		}
		step.Deal = step.Deal.With(process.FactTakenOver, e.now())
		step.Deal.Attention, step.Recorded = step.Deal.ToSettle(), process.FactTakenOver
		amount, err := atStake([]process.Step{step}, tx.Price.Currency())
		if err != nil {
			return err
		}
		if rest := tx.rests(); rest.Minor() > amount.Minor() {
			amount = rest
		}
		c := change{tx: tx, step: step, actor: in.Actor, requestID: in.RequestID, note: in.Reason, at: e.now()}
		after, err = e.letGo(ctx, c, in, second{line: Act{Name: "transaction.take_over", Data: map[string]string{"attention": tx.Attention}}, amount: amount, request: asked{TakeOver: in.on(tx.Attention), Actor: in.Actor}})
		if err == nil && step.Deal.Funds.Recovered != tx.Funds.Recovered {
			after = e.wonSince(ctx, after)
		}
		return err
	})
	return e.answer(ctx, in.key, Result{Transaction: after}, err)
}

// differing is a deal whose sums are not the gateway's, with what is there.
func (e *Engine) differing(ctx context.Context, community, id int64) (Transaction, Snapshot, error) {
	tx, err := e.config.Store.Transaction(ctx, community, id)
	if err != nil {
		return tx, Snapshot{}, err
	}
	if tx.Operation != "" {
		return tx, Snapshot{}, fault.New(fault.Conflict, "operation_in_progress", "%s is in progress at the gateway; ask again when it has ended", tx.Operation).With("operation", string(tx.Operation))
	}
	g, err := e.gateway(tx.Gateway)
	if err != nil {
		return tx, Snapshot{}, err
	}
	if tx.PaymentID == "" {
		return tx, Snapshot{}, fault.New(fault.Conflict, "nothing_to_take_over", "the transaction has no payment at a gateway")
	}
	s, err := e.glance(ctx, g, paymentRef(tx))
	if err != nil {
		return tx, s, fault.Wrap(err, fault.Unavailable, codeNoLook, notLookedAtAnswer, tx.Gateway)
	}
	if s.Totals == nil {
		return tx, s, fault.New(fault.Conflict, "cannot_take_over", unableToTell, tx.Gateway)
	}
	// What the rules know to happen there is merged by the rules.
	merged, s, same, err := e.mergeLatest(ctx, tx, s)
	if err != nil && !errors.Is(err, errMismatch) {
		return tx, s, err
	}
	if !same {
		return merged, s, ErrRevisionConflict
	}
	if !merged.SumsDiffer(s.Totals).Needed() {
		return tx, s, fault.New(fault.Conflict, "nothing_to_take_over", "the gateway's sums equal the books; there is nothing to take over")
	}
	return merged, s, nil
}

// takenOver is the step that brings a deal to the gateway's sums: what staff could do by
// the rules and that means just that, or an entry of its own. Where nothing is left at the
// gateway the deal is over, in a state in which staff could have ended it.
func (e *Engine) takenOver(tx Transaction, t process.Totals) (process.Step, error) {
	p, err := e.processOf(tx)
	if err != nil {
		return process.Step{}, err
	}
	t.Released = tx.ReleasedThere(t)
	if info, _ := p.StateInfo(tx.State); info.Terminal && t.Captured == tx.Funds.Captured {
		if step, ok := tx.Repay(byTakeOver, t); ok {
			return step, nil
		}
	}
	ways := endings(p, tx.Deal, t.Refunded, e.now())
	for _, way := range ways {
		f := way.Deal.Funds
		// That a commission alone was to be kept is not seen there, so nothing is read out of it.
		guessed := t.Released == tx.Funds.Released && f.Fees > tx.Funds.Fees
		if !guessed && t.Captured == f.Captured && t.Refunded == f.Refunded && t.Released == f.Released {
			return way, nil
		}
	}
	refunded, released := t.Refunded-tx.Funds.Refunded, t.Released-tx.Funds.Released
	kept := max(refunded-max(tx.Funds.Held-released, 0), 0) // went back out of what was kept as fees
	if t.Captured != tx.Funds.Captured || refunded < 0 || released < 0 || released > tx.Funds.Held || kept > tx.Funds.Fees {
		return process.Step{}, fault.New(fault.Conflict, "cannot_take_over", "%s; only money that left the gateway without an entry in the books can be taken over, up to what is held", tx.SumsDiffer(&t))
	}
	step := process.Step{From: tx.State, To: tx.State, Deal: tx.Deal}
	if left := tx.Funds.Held - released - (refunded - kept); left == 0 {
		if len(ways) == 0 {
			return process.Step{}, fault.New(fault.Conflict, "nothing_left", "nothing is left at the gateway, and staff cannot end a transaction that is %s; take the sums over when it has left that state", p.Word(tx.State))
		}
		step = nearest(ways, refunded > 0, released > 0)
	}
	return byHand(step, tx, refunded-kept, kept, released)
}

// wonSince merges what the payer's bank gave back while the books of a deal differed. What
// fails is left to the next look.
func (e *Engine) wonSince(ctx context.Context, tx Transaction) Transaction {
	after, err := e.Sync(ctx, tx)
	if err != nil {
		e.config.Log.InfoContext(ctx, "look after taking over", "transaction", tx.ID, "error", err)
		return tx
	}
	return after
}

// byHand books in a step what has left by somebody's hand instead of what the rules would
// move: back to the payer, out of what is held and out of fees, and out to the payee.
func byHand(step process.Step, tx Transaction, held, kept, released int64) (process.Step, error) {
	step.Transition, step.Effect, step.Moves = byTakeOver, byTakeOver, nil
	for _, m := range []struct {
		from, to process.Pocket
		minor    int64
	}{{process.EscrowPocket, process.Payer, held}, {process.GatewayFees, process.Payer, kept}, {process.EscrowPocket, process.Payee, released}} {
		if m.minor > 0 {
			step.Moves = append(step.Moves, process.Move{From: m.from, To: m.to, Amount: money.New(m.minor, tx.Price.Currency())})
		}
	}
	f := tx.Funds
	f.Held, f.Fees = f.Held-released-held, f.Fees-kept
	f.Refunded, f.Released = f.Refunded+held+kept, f.Released+released
	if step.Deal.Funds = f; !f.Balanced() {
		return process.Step{}, fmt.Errorf("transaction %d: taking over %d and %d back and %d out leaves %+v", tx.ID, held, kept, released, f)
	}
	return step, nil
}
