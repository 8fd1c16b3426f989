package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Approve lets an act be done that waits for a second person, and does it, once. It may
// be repeated: what was approved and not carried out is carried out then. The act may be
// refused by what happened meanwhile; then the approval has ended, nothing was done, and
// the refusal is returned. Faults: not_operator, unknown_operator, same_person,
// operator_is_party, reason_missing, approval_not_found, approval_expired,
// approval_rejected, approval_refused, approval_sealed, and those of the act.
func (e *Engine) Approve(ctx context.Context, community, id int64, who process.Actor, reason, requestID string) (Approval, error) {
	a, err := e.Decide(ctx, community, id, who, reason, requestID, ApprovalApproved)
	if err != nil || a.Status != ApprovalApproved {
		return a, err
	}
	e.config.Hook("after_approval")
	return e.carryOut(ctx, a)
}

// Decide notes what a second person says, ApprovalApproved or ApprovalRejected, and
// carries nothing out: FireApprovals does, a minute later at most. The faults are those
// of Approve.
func (e *Engine) Decide(ctx context.Context, community, id int64, who process.Actor, reason, requestID string, to ApprovalStatus) (Approval, error) {
	if err := e.maySecond(ctx, community, who, reason); err != nil {
		return Approval{}, err
	}
	for range maxRaces {
		a, err := e.config.Store.Approval(ctx, community, id)
		if err == nil {
			err = e.impartial(ctx, a, who)
		}
		if err != nil {
			return a, err
		}
		if a.Status != ApprovalWaiting {
			return a, decided(a, to)
		}
		if to == ApprovalApproved && len(a.Request) == 0 {
			return a, errSealedRequest
		}
		now := e.now()
		if !now.Before(a.ExpiresAt) {
			return a, errors.Join(e.expire(ctx, a), decided(Approval{Status: ApprovalExpired}, to))
		}
		a.Status, a.DecidedBy, a.Decision, a.DecidedAt = to, who.String(), reason, now
		what := "approve"
		if to == ApprovalRejected {
			what, a.EndedAt = "reject", now
		}
		by := By{Actor: a.DecidedBy, Reason: reason, RequestID: requestID, At: now}
		changed, err := e.config.Store.ChangeApproval(ctx, a, ApprovalWaiting, a.line(by, what))
		if err != nil || changed {
			return a, err
		}
	}
	return Approval{}, ErrRevisionConflict
}

// maySecond refuses who may not be a second person.
func (e *Engine) maySecond(ctx context.Context, community int64, who process.Actor, reason string) error {
	if !who.Person() {
		return fault.New(fault.Forbidden, "not_operator", "a second person has to decide; name that operator in the header Handsel-Operator")
	}
	if err := reasoned(who, reason); err != nil {
		return err
	}
	return e.CheckOperator(ctx, community, who.ID, true)
}

// impartial refuses who asked, and the parties of the deal.
func (e *Engine) impartial(ctx context.Context, a Approval, who process.Actor) error {
	if strings.EqualFold(a.AskedBy, who.String()) {
		return fault.New(fault.Forbidden, "same_person", "you asked for this; another operator has to decide")
	}
	if user, ok := strings.CutPrefix(a.Object, "user:"); ok && strings.EqualFold(user, who.ID) {
		return process.Impartial(who, process.Deal{Buyer: who.ID})
	}
	if a.TransactionID == 0 {
		return nil
	}
	tx, err := e.config.Store.Transaction(ctx, a.CommunityID, a.TransactionID)
	if err != nil {
		return err
	}
	return process.Impartial(who, tx.Deal)
}

// decided is what a second decision is answered; nil if it repeats the first one.
func decided(a Approval, to ApprovalStatus) error {
	switch {
	case a.Status == to, to == ApprovalApproved && a.Status == ApprovalDone:
		return nil
	case a.Status == ApprovalRefused:
		return fault.New(fault.Conflict, "approval_refused", "the act was approved and could no longer be carried out (%s); nothing was done, ask for it again", a.Outcome).With("outcome", a.Outcome)
	case a.Status == ApprovalExpired:
		return fault.New(fault.Conflict, "approval_expired", "nobody decided in time and nothing was done; ask for the act again")
	case a.Status == ApprovalRejected:
		return fault.New(fault.Conflict, "approval_rejected", "the act was rejected and nothing was done; ask for it again if that was wrong")
	}
	return fault.New(fault.Conflict, "approval_decided", "the act was approved already")
}

func (e *Engine) expire(ctx context.Context, a Approval) error {
	a.Status, a.EndedAt = ApprovalExpired, e.now()
	by := By{Actor: "system", Reason: "nobody decided in time", At: a.EndedAt}
	_, err := e.config.Store.ChangeApproval(ctx, a, ApprovalWaiting, a.line(by, "expire"))
	return err
}

// carryOut does what was approved and notes what came of it. Whatever stops it in
// between, it may be repeated: the act has a key of its own.
func (e *Engine) carryOut(ctx context.Context, a Approval) (Approval, error) {
	tx, err := e.act(ctx, a)
	if err != nil && !final(err) {
		return a, err
	}
	e.config.Hook("after_act")
	what := "done"
	a.Status, a.EndedAt = ApprovalDone, e.now()
	if tx != 0 && err == nil { // one that was refused may not be there
		a.TransactionID = tx
	}
	if err != nil {
		what, a.Status, a.Outcome = "refuse", ApprovalRefused, fault.ReasonOf(err)
	}
	by := By{Actor: a.AskedBy, Reason: a.Reason, RequestID: a.RequestID, At: a.EndedAt}
	ctx = context.WithoutCancel(ctx)
	changed, noting := e.config.Store.ChangeApproval(ctx, a, ApprovalApproved, a.line(by, what))
	if noting != nil {
		return a, noting
	}
	if !changed { // somebody else was first
		if a, noting = e.config.Store.Approval(ctx, a.CommunityID, a.ID); noting != nil {
			return a, noting
		}
		return a, decided(a, ApprovalApproved)
	}
	return a, err
}

// errSealedRequest is met where what was asked for cannot be read: nobody approves what
// they cannot see, and what was approved waits for its key.
var errSealedRequest = fault.New(fault.Unavailable, "approval_sealed", "the request is sealed with an unknown key; set HANDSEL_DETAILS_KEYS so that it has that key, and approve it again")

// final reports whether a refusal of an approved act stays one.
func final(err error) bool {
	var f *fault.Error
	if !errors.As(err, &f) {
		return false
	}
	switch f.Code {
	case fault.Invalid, fault.Forbidden, fault.NotFound, fault.Declined:
		return true
	case fault.Conflict:
		return !underWay(err)
	}
	return false
}

// underWay reports whether an approved act, or something before it, is not done yet: it
// has to wait, and nothing is wrong.
func underWay(err error) bool {
	switch fault.ReasonOf(err) {
	case process.ReasonBusy, idempotency.ReasonRunning, ErrRevisionConflict.Reason, idempotency.ErrTaken.Reason, reasonRaces:
		return true
	}
	return false
}

// act does what was approved in the name of who asked, under a key of its own, and
// returns the deal.
func (e *Engine) act(ctx context.Context, a Approval) (transaction int64, err error) {
	if len(a.Request) == 0 {
		return 0, errSealedRequest
	}
	r, err := decodeAsked(a.Request)
	if err != nil {
		return 0, err
	}
	key := a.key()
	var result Result
	switch {
	case r.Create != nil:
		r.Create.Key, r.Create.RequestID, r.Create.approval = key, a.RequestID, &a
		result, err = e.Create(ctx, *r.Create)
	case r.Do != nil:
		r.Do.Key, r.Do.RequestID, r.Do.approval = key, a.RequestID, &a
		result, err = e.Do(ctx, *r.Do)
	case r.Clear != nil:
		r.Clear.key, r.Clear.RequestID, r.Clear.approval = key, a.RequestID, &a
		result, err = e.clear(ctx, *r.Clear)
	case r.TakeOver != nil:
		r.TakeOver.key, r.TakeOver.RequestID, r.TakeOver.approval = key, a.RequestID, &a
		result, err = e.takeOver(ctx, *r.TakeOver)
	case r.Outcome != nil:
		r.Outcome.key, r.Outcome.RequestID, r.Outcome.approval = key, a.RequestID, &a
		result, err = e.tellOutcome(ctx, *r.Outcome)
	default:
		return 0, e.onCommunity(ctx, a, r)
	}
	if result.Replay == nil {
		return result.Transaction.ID, err
	}
	if reason := fault.Reason(result.Replay.Body); result.Replay.Status != carriedOut {
		return 0, fault.New(fault.Conflict, reason, "the act was refused: %s", reason)
	}
	return result.Replay.TransactionID, nil
}

// onCommunity does what was approved and is about no deal. Its line of the audit log is
// written once.
func (e *Engine) onCommunity(ctx context.Context, a Approval, r asked) error {
	by := By{Actor: a.AskedBy, Reason: a.Reason, RequestID: a.RequestID, At: e.now(), approval: &a}
	_, stands, err := e.keys().Find(ctx, a.request())
	switch {
	case err != nil || stands != idempotency.New:
		return err
	case r.EndHold != nil:
		err = e.EndHold(ctx, *r.EndHold, r.Actor, by)
	case r.Limits != nil:
		err = e.setLimits(ctx, a.CommunityID, r, by)
	case r.Operators != nil:
		err = e.setOperators(ctx, a.CommunityID, r, by)
	default:
		return fmt.Errorf("approval %d asks for nothing that is known", a.ID)
	}
	if errors.Is(err, idempotency.ErrTaken) { // by another replica in this moment
		return nil
	}
	return err
}

// setLimits replaces limits as it was approved, unless they are other ones by now than
// those that were to be replaced: who tightened them meanwhile is not overruled unseen.
func (e *Engine) setLimits(ctx context.Context, community int64, r asked, by By) error {
	now, err := e.config.Store.ApprovalLimits(ctx, community)
	if err != nil {
		return err
	}
	if r.LimitsBefore != nil && !maps.Equal(now, *r.LimitsBefore) && !maps.Equal(now, *r.Limits) {
		return outdated("the limits were changed meanwhile")
	}
	return e.config.Store.SaveApprovalLimits(ctx, community, *r.Limits, by)
}

// setOperators is setLimits for the list of operators.
func (e *Engine) setOperators(ctx context.Context, community int64, r asked, by By) error {
	now, err := e.config.Store.Operators(ctx, community)
	if err != nil {
		return err
	}
	same := func(names []string) bool { return within(now, names) && within(names, now) }
	if r.OperatorsBefore != nil && !same(*r.OperatorsBefore) && !same(*r.Operators) {
		return outdated("the list of operators was changed meanwhile")
	}
	return e.config.Store.SaveOperators(ctx, community, *r.Operators, by)
}

// key makes sure that an approved act is done once. Its answer is the code of the
// refusal, if it was refused.
func (a Approval) key() *Key {
	return &Key{
		Key: a.request(),
		Render: func(_ Transaction, err error) (int, []byte) {
			if err != nil {
				return notCarriedOut, []byte(fault.ReasonOf(err))
			}
			return carriedOut, []byte(wasDone)
		},
	}
}

// goOn ends an approval that nobody decided in time, or carries out what was approved.
// What is in progress waits, and nothing is wrong.
func (e *Engine) goOn(ctx context.Context, a Approval) error {
	if a.Status == ApprovalWaiting {
		return e.expire(ctx, a)
	}
	switch _, err := e.carryOut(ctx, a); {
	case final(err):
		return nil
	case underWay(err):
		if err := e.config.Store.RetryApproval(context.WithoutCancel(ctx), a, e.now().Add(unfinished)); err != nil {
			return err
		}
		return due.ErrLater
	default:
		return err
	}
}

// Approvals that are due; our choice.
const (
	fewApprovals = 10
	// unfinished is how old an approval is that somebody else carries out, who has died,
	// and how long one waits whose outcome stays open.
	unfinished = time.Minute
)
