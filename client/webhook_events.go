package client

import "strings"

// EventCode names what happened in a webhook. Unknown values survive.
type EventCode string

// Events of online transactions; the whole list of the official API.
const (
	EventOnlineJoined                     EventCode = "basic_tx.joined"
	EventOnlineRejected                   EventCode = "basic_tx.rejected"
	EventOnlineCancelled                  EventCode = "basic_tx.cancelled"
	EventOnlineClaimed                    EventCode = "basic_tx.claimed"
	EventOnlineListingTransactionAccepted EventCode = "basic_tx.listing_transaction_accepted"
	EventOnlineListingTransactionRejected EventCode = "basic_tx.listing_transaction_rejected"
	EventOnlinePaymentFailed              EventCode = "basic_tx.payment_failed"
	EventOnlinePaid                       EventCode = "basic_tx.paid"
	EventOnlinePaymentRefunded            EventCode = "basic_tx.payment_refunded"
	EventOnlinePaymentReviewFlagged       EventCode = "basic_tx.payment_review_flagged"
	EventOnlinePaymentReviewFinished      EventCode = "basic_tx.payment_review_finished"
	EventOnlineTrackingDeadlineExtended   EventCode = "basic_tx.tracking_details_submission_deadline_extended"
	EventOnlineTracked                    EventCode = "basic_tx.tracked"
	EventOnlineDelivered                  EventCode = "basic_tx.delivered"
	EventOnlineComplained                 EventCode = "basic_tx.complained"
	EventOnlineComplaintPeriodEnded       EventCode = "basic_tx.complaint_period_ended"
	EventOnlineFundsReleased              EventCode = "basic_tx.funds_released"
	EventOnlineFundsRefunded              EventCode = "basic_tx.funds_refunded"
)

// Events of face-to-face transactions; the whole list of the official API.
const (
	EventF2FJoined                  EventCode = "p2p_tx.joined"
	EventF2FRejected                EventCode = "p2p_tx.rejected"
	EventF2FCancelled               EventCode = "p2p_tx.cancelled"
	EventF2FClaimed                 EventCode = "p2p_tx.claimed"
	EventF2FDepositPaymentFailed    EventCode = "p2p_tx.deposit_payment_failed"
	EventF2FDepositPaid             EventCode = "p2p_tx.deposit_paid"
	EventF2FDepositReviewFlagged    EventCode = "p2p_tx.deposit_review_flagged"
	EventF2FDepositReviewFinished   EventCode = "p2p_tx.deposit_review_finished"
	EventF2FDepositRefunded         EventCode = "p2p_tx.deposit_refunded"
	EventF2FDepositAccepted         EventCode = "p2p_tx.deposit_accepted"
	EventF2FPriced                  EventCode = "p2p_tx.priced"
	EventF2FRemainderSkipped        EventCode = "p2p_tx.remainder_skipped"
	EventF2FRemainderPaid           EventCode = "p2p_tx.remainder_paid"
	EventF2FRemainderReviewFlagged  EventCode = "p2p_tx.remainder_review_flagged"
	EventF2FRemainderReviewFinished EventCode = "p2p_tx.remainder_review_finished"
	EventF2FBuyerHandoverConfirmed  EventCode = "p2p_tx.buyer_handover_confirmed"
	EventF2FSellerHandoverConfirmed EventCode = "p2p_tx.seller_handover_confirmed"
	EventF2FComplained              EventCode = "p2p_tx.complained"
	EventF2FFundsReleased           EventCode = "p2p_tx.funds_released"
	EventF2FFundsRefunded           EventCode = "p2p_tx.funds_refunded"
)

// Online reports whether the event is about an online transaction.
func (c EventCode) Online() bool { return strings.HasPrefix(string(c), "basic_tx.") }

// F2F reports whether the event is about a face-to-face transaction.
func (c EventCode) F2F() bool { return strings.HasPrefix(string(c), "p2p_tx.") }

// Known reports whether the code is one of the constants.
func (c EventCode) Known() bool {
	switch c {
	case EventOnlineJoined, EventOnlineRejected, EventOnlineCancelled, EventOnlineClaimed,
		EventOnlineListingTransactionAccepted, EventOnlineListingTransactionRejected,
		EventOnlinePaymentFailed, EventOnlinePaid, EventOnlinePaymentRefunded,
		EventOnlinePaymentReviewFlagged, EventOnlinePaymentReviewFinished,
		EventOnlineTrackingDeadlineExtended, EventOnlineTracked, EventOnlineDelivered,
		EventOnlineComplained, EventOnlineComplaintPeriodEnded,
		EventOnlineFundsReleased, EventOnlineFundsRefunded,
		EventF2FJoined, EventF2FRejected, EventF2FCancelled, EventF2FClaimed,
		EventF2FDepositPaymentFailed, EventF2FDepositPaid, EventF2FDepositReviewFlagged,
		EventF2FDepositReviewFinished, EventF2FDepositRefunded, EventF2FDepositAccepted,
		EventF2FPriced, EventF2FRemainderSkipped, EventF2FRemainderPaid,
		EventF2FRemainderReviewFlagged, EventF2FRemainderReviewFinished,
		EventF2FBuyerHandoverConfirmed, EventF2FSellerHandoverConfirmed,
		EventF2FComplained, EventF2FFundsReleased, EventF2FFundsRefunded:
		return true
	}
	return false
}
