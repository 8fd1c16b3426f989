package exchange

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// Disputes are the orders that wait for an operator, the longest
// waiting first, without payment details.
func (s *Service) Disputes(ctx context.Context, operator User, p listings.Page) ([]Dispute, int64, error) {
	if !operator.Operator {
		return nil, 0, errNothing
	}
	if err := checkPage(p.Limit, p.Offset); err != nil {
		return nil, 0, err
	}
	found, total, err := s.pageOfOrders(ctx, OrderQuery{
		CommunityID: operator.Community, States: caseStates(), Waiting: true, Limit: p.Limit, Offset: p.Offset,
	})
	if err != nil {
		return nil, 0, err
	}
	holders, err := s.Store.Assigned(ctx, idsOf(found))
	if err != nil {
		return nil, 0, err
	}
	all, err := s.disputes(ctx, operator.Community, found...)
	for i := range all {
		all[i].AssignedTo = holders[all[i].Order.ID]
	}
	return all, total, err
}

// caseStates are the states in which an order waits for an operator.
func caseStates() []process.State { return orders().Where(orders().Case) }

// disputes find out who opened the disputes of orders, and why.
func (s *Service) disputes(ctx context.Context, community int64, found ...orchestrator.Transaction) ([]Dispute, error) {
	opened, err := s.Store.LastSteps(ctx, community, idsOf(found), []process.Transition{p2porder.CallOperator, p2porder.Appeal, p2porder.Contest})
	if err != nil {
		return nil, err
	}
	all := make([]Dispute, len(found))
	for i, tx := range found {
		step := opened[tx.ID]
		all[i] = Dispute{Order: order(tx), OpenedAt: step.At}
		if user, ok := strings.CutPrefix(step.Actor, string(process.User)+":"); ok {
			all[i].OpenedBy, all[i].Reason = user, step.Message
		}
	}
	return all, nil
}

// holder is the operator who has an order's case, empty if nobody has.
func (s *Service) holder(ctx context.Context, order int64) (string, error) {
	holders, err := s.Store.Assigned(ctx, []int64{order})
	return holders[order], err
}

// Holders tells who has which case; those that nobody has are missing. Fault: not_found unless an operator asks.
func (s *Service) Holders(ctx context.Context, operator User, orders ...int64) (map[int64]string, error) {
	if !operator.Operator {
		return nil, errNothing
	}
	return s.Store.Assigned(ctx, orders)
}

// handles refuses an operator who does not have the case.
func (s *Service) handles(ctx context.Context, operator User, tx orchestrator.Transaction) error {
	holder, err := s.holder(ctx, tx.ID)
	if err == nil && holder != operator.ID {
		err = errNotAssigned
	}
	return err
}

// Assign gives a case to an operator. The first one gets it; nobody decides in
// their own. Faults: not_found unless an operator asks, order_not_found,
// role_not_allowed for a party, invalid_order_status, already_assigned.
func (s *Service) Assign(ctx context.Context, operator User, id int64) (Order, error) {
	tx, err := s.forOperator(ctx, operator, id)
	if err != nil {
		return Order{}, err
	}
	if !slices.Contains(caseStates(), tx.State) {
		return Order{}, wrongStatus(StatusOf(tx.State))
	}
	holder, err := s.Store.Assign(ctx, tx.CommunityID, tx.ID, operator.ID, s.now())
	switch {
	case err != nil:
		return Order{}, err
	case holder != operator.ID:
		return Order{}, errAssigned
	}
	if err := s.audit(ctx, tx.CommunityID, operator.ID, Assigning, subject(tx.ID), ""); err != nil {
		return Order{}, err
	}
	return s.Order(ctx, operator, id)
}

// TakeFrom gives a case to an operator that another one has, who may have left: whoever takes it says why. Of many
// who take it at once one gets it. Faults: not_found unless an operator asks, order_not_found, role_not_allowed for a party,
// invalid_order_status, already_assigned if from no longer has it, reason_missing.
func (s *Service) TakeFrom(ctx context.Context, operator User, id int64, from, reason string) (Order, error) {
	tx, err := s.forOperator(ctx, operator, id)
	if err != nil {
		return Order{}, err
	}
	switch {
	case !slices.Contains(caseStates(), tx.State):
		return Order{}, wrongStatus(StatusOf(tx.State))
	case strings.TrimSpace(reason) == "":
		return Order{}, fault.New(fault.Invalid, process.ReasonMissing, "say why you take the case over; the audit log keeps it").With("field", "reason")
	}
	done, err := s.Store.Reassign(ctx, tx.CommunityID, tx.ID, from, operator.ID, s.now())
	switch {
	case err != nil:
		return Order{}, err
	case !done:
		return Order{}, errAssigned
	}
	if err := s.audit(ctx, tx.CommunityID, operator.ID, Assigning, subject(tx.ID), "taken over from "+from+": "+reason); err != nil {
		return Order{}, err
	}
	return s.Order(ctx, operator, id)
}

func (s *Service) forOperator(ctx context.Context, operator User, id int64) (orchestrator.Transaction, error) {
	if !operator.Operator {
		return orchestrator.Transaction{}, errNothing
	}
	tx, err := s.load(ctx, operator.Community, id)
	if err == nil && isParty(tx, operator.ID) {
		err = errRole
	}
	return tx, err
}

// Preview tells what a resolution would move and changes nothing.
func (s *Service) Preview(ctx context.Context, operator User, id int64, v Verdict) (orchestrator.Preview, error) {
	tx, in, err := s.ruling(ctx, operator, id, v)
	if err != nil {
		return orchestrator.Preview{}, err
	}
	preview, err := s.Engine.DryRun(ctx, in)
	return preview, refusal(err, tx.State)
}

// Resolve settles a dispute as its operator decides. It is audited before it is tried. Faults:
// not_assigned, validation_error, reason_missing, amounts_do_not_add_up,
// invalid_order_status.
func (s *Service) Resolve(ctx context.Context, operator User, id int64, v Verdict, r Request) (Order, *idempotency.Reply, error) {
	return once(ctx, s, r.Key, func() (Order, *idempotency.Reply, error) { return s.resolve(ctx, operator, id, v, r) })
}

func (s *Service) resolve(ctx context.Context, operator User, id int64, v Verdict, r Request) (Order, *idempotency.Reply, error) {
	if r.DryRun != nil {
		var err error
		*r.DryRun, err = s.Preview(ctx, operator, id, v)
		return Order{}, nil, err
	}
	tx, in, err := s.ruling(ctx, operator, id, v)
	if err != nil {
		return Order{}, nil, err
	}
	if err := s.audit(ctx, tx.CommunityID, operator.ID, Resolving, subject(id), v.String()); err != nil {
		return Order{}, nil, err
	}
	in.RequestID, in.Message, in.Key, in.Only = r.ID, v.Reason, s.rulingKey(r, operator, v), r.Only
	result, err := s.Engine.Do(ctx, in)
	switch {
	case err != nil:
		now, readErr := s.load(ctx, operator.Community, id)
		if readErr != nil {
			return Order{}, nil, readErr
		}
		return Order{}, nil, refusal(err, now.State)
	case result.Replay != nil:
		return Order{}, result.Replay, nil
	}
	o, err := s.full(ctx, result.Transaction, operator.ID)
	return o, nil, err
}

// String is the verdict as it is audited.
func (v Verdict) String() string {
	if v.Outcome != Split {
		return fmt.Sprintf("%s: %s", v.Outcome, v.Reason)
	}
	return fmt.Sprintf("%s %d to the buyer, %d to the seller: %s", v.Outcome, v.BuyerAmount, v.SellerAmount, v.Reason)
}

// rulingKey renders the order with its resolution, which is not in the history yet
// when the answer is stored.
func (s *Service) rulingKey(r Request, operator User, v Verdict) *orchestrator.Key {
	if r.Key == nil {
		return nil
	}
	k := *r.Key
	k.Render = func(tx orchestrator.Transaction, _ error) (int, []byte) {
		o := s.shown(tx, operator.ID)
		if v.Outcome == Close {
			return r.Render(o)
		}
		o.Resolution = &Resolution{
			Outcome: v.Outcome, BuyerAmount: tx.Funds.Released, Reason: v.Reason, OperatorID: operator.ID, At: o.EndedAt,
		}
		o.Resolution.SellerAmount = v.settled(o.Amount)
		return r.Render(o)
	}
	return &k
}

// settled is what the seller gets back of an order's amount.
func (v Verdict) settled(amount int64) int64 {
	switch v.Outcome {
	case Refund:
		return amount
	case Split:
		return v.SellerAmount
	}
	return 0
}

// VerdictOf is the decision that a step of an operator means: the inverse of what ruling does.
func VerdictOf(step process.Transition, input map[string]string) (v Verdict, is bool) {
	v.Reason = input[process.ReasonInput.Name]
	amount := func(name string) int64 {
		n, err := strconv.ParseInt(input[name], 10, 64)
		if err != nil {
			return 0 // which no split has
		}
		return n
	}
	switch step {
	case p2porder.ResolveRelease:
		v.Outcome = Release
	case p2porder.ResolveRefund:
		v.Outcome = Refund
	case p2porder.ResolveSplit:
		v.Outcome, v.BuyerAmount, v.SellerAmount = Split, amount(process.ReleaseInput.Name), amount(process.RefundInput.Name)
	case p2porder.CloseCase:
		v.Outcome = Close
	}
	return v, v.Outcome != ""
}

// ruling is the command that a verdict means.
func (s *Service) ruling(ctx context.Context, operator User, id int64, v Verdict) (orchestrator.Transaction, orchestrator.DoInput, error) {
	tx, err := s.forOperator(ctx, operator, id)
	in := orchestrator.DoInput{
		CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "resolve_" + process.Transition(v.Outcome),
		Actor: process.Actor{Kind: process.Staff, ID: operator.ID}, Input: map[string]string{"reason": v.Reason},
	}
	if v.Outcome == Close {
		in.Transition = p2porder.CloseCase
	}
	if err == nil {
		err = s.handles(ctx, operator, tx)
	}
	switch {
	case err != nil:
		return tx, in, err
	case v.Outcome != Release && v.Outcome != Refund && v.Outcome != Split && v.Outcome != Close:
		return tx, in, invalid("outcome", "outcome must be release, refund, split or close")
	case !plain(v.Reason, maxReason):
		return tx, in, invalid("reason", "a reason must be text of at most %d characters", maxReason)
	case v.Outcome == Split:
		in.Input[process.ReleaseInput.Name] = strconv.FormatInt(v.BuyerAmount, 10)
		in.Input[process.RefundInput.Name] = strconv.FormatInt(v.SellerAmount, 10)
	case v.BuyerAmount != 0 || v.SellerAmount != 0:
		return tx, in, invalid("buyer_amount", "send amounts only with the outcome split")
	}
	return tx, in, nil
}
