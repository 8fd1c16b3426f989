package events

import (
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// The events of the exchange. Each stands for steps of an order.
const (
	OrderCreated                Type = "order.created"
	OrderPaymentIndicated       Type = "order.payment_indicated"
	OrderCancelledByBuyer       Type = "order.cancelled_by_buyer"
	OrderCancelledBySeller      Type = "order.cancelled_by_seller"
	OrderCancelledTogether      Type = "order.cancelled_together"
	OrderCancelProposedByBuyer  Type = "order.cancel_proposed_by_buyer"
	OrderCancelProposedBySeller Type = "order.cancel_proposed_by_seller"
	OrderExpired                Type = "order.expired"
	OrderClosed                 Type = "order.closed"
	OrderCompleted              Type = "order.completed"
	DisputeOpened               Type = "dispute.opened"
	DisputeReopened             Type = "dispute.reopened"
	DisputeResolved             Type = "dispute.resolved"
	CaseOpened                  Type = "case.opened"
	CaseClosed                  Type = "case.closed"
)

func orderEvents() []Kind {
	step := func(name Type, means string, steps ...process.Transition) Kind {
		return Kind{Name: name, Since: first, Means: means, Source: Stepped, Process: p2porder.Name, Transitions: steps, Public: true}
	}
	return []Kind{
		step(OrderCreated, "somebody took an ad, and the balance is frozen", process.Create),
		step(OrderPaymentIndicated, "the buyer says that they have paid", p2porder.ConfirmPaid),
		step(OrderCancelledByBuyer, "the buyer has cancelled, or says that they have not paid after all", p2porder.Cancel, p2porder.WithdrawClaim),
		step(OrderCancelledBySeller, "the seller has cancelled, and the buyer may appeal", p2porder.CancelSale),
		step(OrderCancelledTogether, "both sides have agreed to cancel", p2porder.CancelTogether),
		step(OrderCancelProposedByBuyer, "the buyer agrees to cancel", p2porder.AgreeToCancel),
		step(OrderCancelProposedBySeller, "the seller agrees to cancel", p2porder.AgreeToCancelSale),
		step(OrderExpired, "the order was not paid in time, and the buyer may appeal", p2porder.Expire),
		step(OrderClosed, "the time for an appeal is over", p2porder.Close),
		step(OrderCompleted, "the seller has released the balance to the buyer", p2porder.ConfirmReceived, p2porder.ReleaseEarly),
		step(DisputeOpened, "a side, or the time, has called an operator", p2porder.CallOperator),
		step(DisputeReopened, "the buyer has appealed, and the balance is frozen again", p2porder.Appeal),
		step(DisputeResolved, "an operator, or the end of the time for it, has settled the dispute", p2porder.ResolveRelease, p2porder.ResolveRefund, p2porder.ResolveSplit, p2porder.DefaultRelease, p2porder.DefaultRefund),
		step(CaseOpened, "the buyer has appealed, and there is nothing left to freeze", p2porder.Contest),
		step(CaseClosed, "an operator has closed such a case", p2porder.CloseCase),
	}
}
