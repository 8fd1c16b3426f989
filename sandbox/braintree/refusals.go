package braintree

import (
	"net/http"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// Codes of refusals, which both APIs have alike (official SDK, 3.40).
const (
	amountRequired     = "81502"
	amountFormat       = "81503"
	amountNegative     = "81501"
	amountTooLarge     = "81528"
	amountZero         = "81531"
	numberInvalid      = "81715"
	orderTooLong       = "91501"
	cannotVoid         = "91504"
	cannotRefundCredit = "91505"
	notSettled         = "91506"
	cannotSubmit       = "91507"
	cardRequired       = "91508"
	refunded           = "91512"
	accountInvalid     = "91513"
	refundTooLarge     = "91521"
	captureTooLarge    = "91522"
	cannotHold         = "91560"
	cannotRelease      = "91561"
	escrowedPartly     = "91563"
	nonceConsumed      = "91564"
	nonceUnknown       = "91565"
	refundsSettling    = "91574"
	cannotSimulate     = "91575"
	partsNotSupported  = "915102"
	cannotSubmitPart   = "915103"
	cannotCancelHold   = "91562"

	accountSuspended    = "91514"
	refundSuspended     = "91538"
	captureBelowFee     = "91551"
	feeRequired         = "91553"
	feeNegative         = "91554"
	feeFormat           = "91555"
	feeTooLarge         = "91556"
	feeNotForMaster     = "91557"
	refundPendingSeller = "91559"
	feeNotForPayPal     = "91578"
)

var messages = map[string]string{
	amountRequired: "Amount is required.", amountFormat: "Amount is an invalid format.", amountNegative: "Amount cannot be negative.",
	amountTooLarge: "Amount is too large.", amountZero: "Amount must be greater than zero.", numberInvalid: "Credit card number is invalid.",
	orderTooLong: "Order ID is too long.", cannotVoid: "Transaction can only be voided if status is authorized, submitted_for_settlement, or - for PayPal - settlement_pending.",
	cannotRefundCredit: "Cannot refund a credit.", notSettled: "Cannot refund transaction unless it is settled.",
	cannotSubmit: "Cannot submit for settlement unless status is authorized.", cardRequired: "Cannot determine payment method.",
	refunded: "Transaction has already been completely refunded.", accountInvalid: "Merchant account ID is invalid.",
	refundTooLarge: "Refund amount is too large.", captureTooLarge: "Settlement amount is too large.",
	cannotHold: "Transaction could not be held in escrow.", cannotRelease: "Cannot release a transaction that is not escrowed.",
	escrowedPartly: "Cannot partially refund transaction while transaction is escrowed.", cannotCancelHold: "Release can only be cancelled if the transaction is submitted for release.",
	nonceConsumed: "Cannot use a payment_method_nonce more than once.", nonceUnknown: "Unknown or expired payment_method_nonce.",
	refundsSettling: "Cannot refund a settling PayPal transaction.", cannotSimulate: "Cannot simulate settlement of this transaction.",
	accountSuspended: "Merchant account is suspended.", refundSuspended: "Cannot refund a transaction with a suspended merchant account.",
	refundPendingSeller: "Cannot refund a transaction with a pending merchant account.", captureBelowFee: "Settlement amount is less than the service fee amount.",
	feeRequired: "Sub merchant accounts require a service fee amount.", feeNegative: "Service fee amount cannot be negative.", feeFormat: "Service fee amount is an invalid format.",
	feeTooLarge: "Service fee amount is larger than the transaction amount.", feeNotForMaster: "Service fee amount is not allowed on a master merchant account.",
	feeNotForPayPal:   "Service fee is not accepted for PayPal transactions.",
	partsNotSupported: "Processor does not support partial settlement.", cannotSubmitPart: "Cannot submit for partial settlement.",
}

// refusal is an answer that is no success, in whichever API. class is GraphQL's errorClass; at is the field that is wrong.
type refusal struct {
	status        int
	code, message string
	class, at     string
	scope         []string // where the field stands in the classic API; nil: in the transaction
}

// inside is where the field stands.
func (r *refusal) inside() []string {
	if r.scope == nil {
		return []string{"transaction"}
	}
	return r.scope
}

func (r *refusal) Error() string { return r.message }

// Refusal implements what the controls say of it.
func (r *refusal) Refusal() *stage.Refusal {
	return &stage.Refusal{Status: r.status, Code: r.code, Message: r.message}
}

// refuse says with a code what is wrong with a request.
func refuse(code, at string) error {
	return &refusal{status: http.StatusUnprocessableEntity, code: code, message: messages[code], class: "VALIDATION", at: at}
}

// missing says that there is no such object.
func missing(at string) error {
	return &refusal{status: http.StatusNotFound, code: "not_found", message: "An object with this ID was not found.", class: "NOT_FOUND", at: at}
}
