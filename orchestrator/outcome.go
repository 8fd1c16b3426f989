package orchestrator

import (
	"context"
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// What staff says of a refund (TellOutcome).
const (
	OutcomeArrived    = "arrived"     // the payer has the money
	OutcomeNotArrived = "not_arrived" // it did not go back, and never will
)

// codeRefundFailed is the code of a refund that did not come about.
const codeRefundFailed fault.Reason = "refund_failed"

// TellOutcome says what came of a refund that its gateway cannot show (SendingOnce), after staff has looked at
// the gateway's own pages: its message was lost, and nothing else would ever tell. One that arrived is booked as it was
// asked for, and the deal goes on; of one that did not, the deal is as before and can be refunded anew. It is taken an
// hour after the refund began at the earliest: until then the message may come. Of a hold that is not given up, because the database was
// restored, staff may say that it did not come about. The reason stays in the history. Faults:
// not_operator, reason_missing, invalid_outcome, no_open_refund, outcome_shows, operation_in_progress. Above the community's limit it is AwaitsApproval.
func (e *Engine) TellOutcome(ctx context.Context, community, id int64, a process.Actor, outcome, reason, requestID string) (Transaction, error) {
	result, err := e.tellOutcome(ctx, onDeal{CommunityID: community, TransactionID: id, Actor: a, Outcome: outcome, Reason: reason, RequestID: requestID})
	return result.Transaction, err
}

// CheckOutcome refuses what is no outcome of a refund: invalid_outcome.
func CheckOutcome(outcome string) error {
	if outcome != OutcomeArrived && outcome != OutcomeNotArrived {
		return fault.New(fault.Invalid, "invalid_outcome", "outcome must be %s or %s", OutcomeArrived, OutcomeNotArrived).With("field", "outcome")
	}
	return nil
}

func (e *Engine) tellOutcome(ctx context.Context, in onDeal) (Result, error) {
	if in.Actor.Kind != process.Staff {
		return Result{}, fault.New(fault.Forbidden, "not_operator", "only an operator may tell the outcome of a refund")
	}
	switch err := CheckOutcome(in.Outcome); {
	case err != nil:
		return Result{}, err
	case strings.TrimSpace(in.Reason) == "":
		return Result{}, fault.New(fault.Invalid, process.ReasonMissing, "give a reason that says how the outcome of the refund is known").With("field", "reason")
	}
	var after Transaction
	err := retry(func() error {
		tx, err := e.config.Store.Transaction(ctx, in.CommunityID, in.TransactionID)
		if err != nil {
			return err
		}
		i, err := e.unshown(ctx, tx, in)
		if err != nil {
			return err
		}
		sum, _, err := e.amount(tx, i)
		if err != nil {
			return err
		}
		all, err := sum.Add(money.New(tx.Funds.Refunded, sum.Currency())) // parts add up, as in the refund's own approval
		if err != nil {
			return err
		}
		c, err := e.told(tx, i, in)
		if err != nil {
			return err
		}
		after, err = e.letGo(ctx, c, in, second{
			line:   Act{Name: "transaction.tell_outcome", Data: map[string]string{"outcome": in.Outcome, "operation": string(i.Transition), "amount": sum.String()}},
			amount: all, request: asked{Outcome: in.of(i.ID), Actor: in.Actor},
		})
		return err
	})
	return e.answer(ctx, in.key, Result{Transaction: after}, err)
}

// of is the request as it is kept, with the operation that it is about.
func (in onDeal) of(operation string) *onDeal {
	in.Operation = operation
	return &in
}

// unshown is the refund of a deal that staff may speak for: one that is open, that the gateway cannot show, and whose
// message is late.
func (e *Engine) unshown(ctx context.Context, tx Transaction, in onDeal) (Intent, error) {
	if tx.IntentID == "" {
		return Intent{}, fault.New(fault.Conflict, "no_open_refund", "no refund of the transaction is open; read it again")
	}
	i, err := e.config.Store.Intent(ctx, tx.IntentID)
	if err != nil {
		return i, fmt.Errorf("intent of busy transaction: %w", err)
	}
	if in.approval != nil && in.Operation != "" && in.Operation != i.ID {
		return i, outdated("another operation is open")
	}
	if i.Verb != process.Refund && (i.Verb != process.Authorize || in.Outcome != OutcomeNotArrived) {
		return i, fault.New(fault.Conflict, "no_open_refund", "%s is in progress, which is not a refund; it is looked up automatically", i.Transition)
	}
	g, err := e.gateway(i.Gateway)
	if err != nil {
		return i, err
	}
	if !sendsOnce(g, i.Verb) {
		return i, fault.New(fault.Conflict, "outcome_shows", "gateway %s shows the outcome of a refund, which is looked up automatically; refresh the transaction to look it up now", i.Gateway)
	}
	_, calling := e.calling.Load(i.ID)
	if late := i.CreatedAt.Add(longOpen); calling || e.now().Before(late) {
		return i, fault.New(fault.Conflict, process.ReasonBusy, "the gateway's message about the refund may still come; tell its outcome from %s on", late.UTC().Format("15:04 UTC")).With("operation", string(i.Transition))
	}
	return i, nil
}

// told is the change that settles a refund as staff says.
func (e *Engine) told(tx Transaction, i Intent, in onDeal) (change, error) {
	p, err := e.processOf(tx)
	if err != nil {
		return change{}, err
	}
	rule, ok := p.Rule(i.Transition, i.From)
	if !ok {
		return change{}, fmt.Errorf("process %s has no %s from %q", p.Ref(), i.Transition, i.From)
	}
	status := process.Succeeded
	i.Status, i.Code, i.UpdatedAt = IntentSucceeded, "", e.now()
	if in.Outcome == OutcomeNotArrived {
		status, i.Status, i.Code = process.Declined, IntentDeclined, codeRefundFailed
	}
	step, err := process.Conclude(p, tx.Deal, rule, i.Input, status, i.UpdatedAt)
	c := change{tx: tx, step: step, actor: in.Actor, requestID: in.RequestID, intent: &i, note: in.Outcome + ": " + in.Reason, at: i.UpdatedAt}
	if status == process.Succeeded {
		c.said = e.saidWith(tx, i)
	}
	return c, err
}
