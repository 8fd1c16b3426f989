package notices

import (
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// The events of the exchange. Each stands for steps of an order.
const (
	OrderCreated                Event = "order.created"
	OrderPaymentIndicated       Event = "order.payment_indicated"
	OrderCancelledByBuyer       Event = "order.cancelled_by_buyer"
	OrderCancelledBySeller      Event = "order.cancelled_by_seller"
	OrderCancelledTogether      Event = "order.cancelled_together"
	OrderCancelProposedByBuyer  Event = "order.cancel_proposed_by_buyer"
	OrderCancelProposedBySeller Event = "order.cancel_proposed_by_seller"
	OrderExpired                Event = "order.expired"
	OrderClosed                 Event = "order.closed"
	OrderCompleted              Event = "order.completed"
	DisputeOpened               Event = "dispute.opened"
	DisputeReopened             Event = "dispute.reopened"
	DisputeResolved             Event = "dispute.resolved"
	CaseOpened                  Event = "case.opened"
	CaseClosed                  Event = "case.closed"
)

func orderEvents() []Kind {
	step := func(name Event, means string, steps ...process.Transition) Kind {
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
