package notices

import "github.com/handsel-dev/handsel/orchestrator/process"

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

// orderProcess is that of the exchange's orders.
const orderProcess = "p2p_order"

func orderEvents() []Kind {
	step := func(name Event, means string, steps ...process.Transition) Kind {
		return Kind{Name: name, Since: first, Means: means, Source: Stepped, Process: orderProcess, Transitions: steps, Public: true}
	}
	return []Kind{
		step(OrderCreated, "somebody took an ad, and the balance is frozen", "create"),
		step(OrderPaymentIndicated, "the buyer says that they have paid", "confirm_paid"),
		step(OrderCancelledByBuyer, "the buyer has cancelled, or says that they have not paid after all", "cancel", "withdraw_claim"),
		step(OrderCancelledBySeller, "the seller has cancelled, and the buyer may appeal", "cancel_sale"),
		step(OrderCancelledTogether, "both sides have agreed to cancel", "cancel_together"),
		step(OrderCancelProposedByBuyer, "the buyer agrees to cancel", "agree_to_cancel"),
		step(OrderCancelProposedBySeller, "the seller agrees to cancel", "agree_to_cancel_sale"),
		step(OrderExpired, "the order was not paid in time, and the buyer may appeal", "expire"),
		step(OrderClosed, "the time for an appeal is over", "close"),
		step(OrderCompleted, "the seller has released the balance to the buyer", "confirm_received", "release_early"),
		step(DisputeOpened, "a side, or the time, has called an operator", "call_operator"),
		step(DisputeReopened, "the buyer has appealed, and the balance is frozen again", "appeal"),
		step(DisputeResolved, "an operator, or the end of the time for it, has settled the dispute", "resolve_release", "resolve_refund", "resolve_split", "default_release", "default_refund"),
		step(CaseOpened, "the buyer has appealed, and there is nothing left to freeze", "contest"),
		step(CaseClosed, "an operator has closed such a case", "close_case"),
	}
}
