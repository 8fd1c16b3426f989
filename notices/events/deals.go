package events

// The events of deals but those of the exchange. Each is called after the state that is
// entered, or the fact that is recorded.
const (
	TransactionAbandoned               Type = "transaction.abandoned"
	TransactionAccepted                Type = "transaction.accepted"
	TransactionActionRequired          Type = "transaction.action_required"
	TransactionBooked                  Type = "transaction.booked"
	TransactionBuyerHandoverConfirmed  Type = "transaction.buyer_handover_confirmed"
	TransactionCanceled                Type = "transaction.canceled"
	TransactionCancelled               Type = "transaction.cancelled"
	TransactionCancelledWithDeposit    Type = "transaction.cancelled_with_deposit"
	TransactionCancelledWithPayment    Type = "transaction.cancelled_with_payment"
	TransactionCaptureFailed           Type = "transaction.capture_failed"
	TransactionComplained              Type = "transaction.complained"
	TransactionComplaintPeriodEnded    Type = "transaction.complaint_period_ended"
	TransactionConfirmed               Type = "transaction.confirmed"
	TransactionCreated                 Type = "transaction.created"
	TransactionDelivered               Type = "transaction.delivered"
	TransactionDepositAccepted         Type = "transaction.deposit_accepted"
	TransactionDepositPaid             Type = "transaction.deposit_paid"
	TransactionDepositRefunded         Type = "transaction.deposit_refunded"
	TransactionDismissed               Type = "transaction.dismissed"
	TransactionDisputed                Type = "transaction.disputed"
	TransactionErrored                 Type = "transaction.errored"
	TransactionFree                    Type = "transaction.free"
	TransactionFundsReleased           Type = "transaction.funds_released"
	TransactionInitiated               Type = "transaction.initiated"
	TransactionJoined                  Type = "transaction.joined"
	TransactionLapsed                  Type = "transaction.lapsed"
	TransactionLossSettled             Type = "transaction.loss_settled"
	TransactionPayeeRepaid             Type = "transaction.payee_repaid"
	TransactionPaid                    Type = "transaction.paid"
	TransactionPaidUndue               Type = "transaction.paid_undue"
	TransactionPaying                  Type = "transaction.paying"
	TransactionPending                 Type = "transaction.pending"
	TransactionPendingExt              Type = "transaction.pending_ext"
	TransactionPreauthorized           Type = "transaction.preauthorized"
	TransactionPriced                  Type = "transaction.priced"
	TransactionPayoutSettled           Type = "transaction.payout_settled"
	TransactionRefundedInPart          Type = "transaction.refunded_in_part"
	TransactionReturning               Type = "transaction.returning"
	TransactionRefunded                Type = "transaction.refunded"
	TransactionRejected                Type = "transaction.rejected"
	TransactionRemainderPaid           Type = "transaction.remainder_paid"
	TransactionRemainderSkipped        Type = "transaction.remainder_skipped"
	TransactionRequested               Type = "transaction.requested"
	TransactionSellerHandoverConfirmed Type = "transaction.seller_handover_confirmed"
	TransactionSettled                 Type = "transaction.settled"
	TransactionSettling                Type = "transaction.settling"
	TransactionTakenBack               Type = "transaction.taken_back"
	TransactionTracked                 Type = "transaction.tracked"
	TransactionUnpaid                  Type = "transaction.unpaid"
	TransactionWonBack                 Type = "transaction.won_back"
)

func dealEvents() []Kind {
	step := func(name Type, means string) Kind {
		return Kind{Name: name, Since: first, Means: means, Source: Stepped, Public: true}
	}
	return []Kind{
		step(TransactionAbandoned, "nobody paid in time, or the buyer gave up before paying"),
		step(TransactionAccepted, "the author accepts, and the buyer is to pay"),
		step(TransactionActionRequired, "the payer has to approve the payment at their bank"),
		step(TransactionBooked, "an entry of staff in a user's balance is booked"),
		step(TransactionBuyerHandoverConfirmed, "the buyer says that they have the goods"),
		step(TransactionCanceled, "the deal is cancelled, and money that was taken waits to go back"),
		step(TransactionCancelled, "the deal is cancelled, and nothing is held for it"),
		step(TransactionCancelledWithDeposit, "the deal is cancelled, and its deposit waits to go back"),
		step(TransactionCancelledWithPayment, "the deal is cancelled, and its payment waits to go back"),
		step(TransactionCaptureFailed, "the gateway could not take the money that was reserved"),
		step(TransactionComplained, "the buyer objects to what they got"),
		step(TransactionComplaintPeriodEnded, "the time for a complaint is over"),
		step(TransactionConfirmed, "the buyer has what they paid for, and the seller may be paid"),
		step(TransactionCreated, "the deal is made at the gateway, and its other side may join"),
		step(TransactionDelivered, "the goods have arrived"),
		step(TransactionDepositAccepted, "the seller has taken the deposit"),
		step(TransactionDepositPaid, "the buyer has paid the deposit"),
		step(TransactionDepositRefunded, "the deposit has gone back to the buyer"),
		step(TransactionDismissed, "a dispute ended for the seller"),
		step(TransactionDisputed, "the sides, or the payer's bank, disagree about the money"),
		step(TransactionErrored, "the deal could not be carried out"),
		step(TransactionFree, "the deal is made, and costs nothing"),
		step(TransactionFundsReleased, "the seller's money is released"),
		step(TransactionInitiated, "the deal is made, and the payment was begun"),
		step(TransactionJoined, "both sides have joined"),
		step(TransactionLapsed, "nobody answered in time"),
		step(TransactionLossSettled, "a loss of the marketplace is settled"),
		step(TransactionPayeeRepaid, "the payee got back what they had paid for a loss that was won back"),
		step(TransactionPayoutSettled, "the marketplace has paid the seller, whom the gateway does not pay"),
		step(TransactionRefundedInPart, "a part of the payment has gone back to the buyer"),
		step(TransactionReturning, "the payout was taken back, and goes back to the buyer"),
		step(TransactionPaid, "the buyer has paid"),
		step(TransactionPaidUndue, "the marketplace had paid the seller when the money went back to the buyer"),
		step(TransactionPaying, "the buyer has begun to pay"),
		step(TransactionPending, "the deal is made, and the author is to answer"),
		step(TransactionPendingExt, "the gateway has the money and decides later"),
		step(TransactionPreauthorized, "the buyer's money is reserved, and the author is to decide"),
		step(TransactionPriced, "the seller has named the whole price"),
		step(TransactionRefunded, "the buyer's money has gone back"),
		step(TransactionRejected, "the author has declined"),
		step(TransactionRemainderPaid, "the buyer has paid the rest of the price"),
		step(TransactionRemainderSkipped, "the seller is content with the deposit"),
		step(TransactionRequested, "the deal is asked for, and is being made at the gateway"),
		step(TransactionSellerHandoverConfirmed, "the seller says that they have handed the goods over"),
		step(TransactionSettled, "a dispute has ended, and its money is shared out"),
		step(TransactionSettling, "a dispute is decided, and its money is being shared out"),
		step(TransactionTakenBack, "the payer's bank has taken money back after the end of the deal"),
		step(TransactionTracked, "the goods are on their way"),
		step(TransactionUnpaid, "the deal was cancelled before the buyer had paid"),
		step(TransactionWonBack, "money that a bank had taken has come back"),
	}
}
