package client

// Codes about the deposit, the remainder and the handover.
const (
	// CodeDepositNotPaid: the deposit is not paid.
	CodeDepositNotPaid ErrorCode = "deposit_not_paid"
	// CodeDepositAlreadyPaid: the deposit was paid.
	CodeDepositAlreadyPaid ErrorCode = "deposit_already_paid"
	// CodeDepositPaymentInReview: the payment of the deposit is being checked.
	CodeDepositPaymentInReview ErrorCode = "deposit_payment_in_review"
	// CodeDepositAlreadyAccepted: the seller accepted the deposit before.
	CodeDepositAlreadyAccepted ErrorCode = "deposit_already_accepted"
	// CodeDepositAlreadyCaptured: the deposit was taken already.
	CodeDepositAlreadyCaptured ErrorCode = "deposit_already_captured"
	// CodeDepositAlreadyRefunded: the deposit went back to the buyer.
	CodeDepositAlreadyRefunded ErrorCode = "deposit_already_refunded"
	// CodePriceAlreadySet: the remainder cannot be skipped after the price was set.
	CodePriceAlreadySet ErrorCode = "price_already_set"
	// CodeCurrencyMismatch: the currency is not the transaction's.
	CodeCurrencyMismatch ErrorCode = "currency_mismatch"
	// CodeRemainderTooLow: the total is not above the deposit.
	CodeRemainderTooLow ErrorCode = "remainder_too_low"
	// CodeRemainderAlreadySkipped: the price cannot be set after the remainder was skipped.
	CodeRemainderAlreadySkipped ErrorCode = "remainder_already_skipped"
	// CodeMissingPricing: the price is not set yet.
	CodeMissingPricing ErrorCode = "missing_pricing"
	// CodeRemainderAlreadyPaid: the remainder was paid.
	CodeRemainderAlreadyPaid ErrorCode = "remainder_already_paid"
	// CodeNoClientSecret: there is no open payment; the newer answer for a paid remainder.
	CodeNoClientSecret ErrorCode = "no_client_secret"
	// CodeRemainderRequired: the remainder is neither paid nor skipped.
	CodeRemainderRequired ErrorCode = "remainder_required"
	// CodeRemainderPaymentInReview: the payment of the remainder is being checked.
	CodeRemainderPaymentInReview ErrorCode = "remainder_payment_in_review"
	// CodeFeeMultiplierTooLow: the fee multiplier is below the minimum.
	CodeFeeMultiplierTooLow ErrorCode = "fee_multiplier_too_low"
	// CodeHandoverNotConfirmed: the seller has not confirmed the handover.
	CodeHandoverNotConfirmed ErrorCode = "handover_not_confirmed"
	// CodeHandoverAlreadyConfirmed: the handover was confirmed before.
	CodeHandoverAlreadyConfirmed ErrorCode = "handover_already_confirmed"
	// CodeSellerHandoverAlreadyConfirmed: the seller confirmed the handover before.
	CodeSellerHandoverAlreadyConfirmed ErrorCode = "seller_handover_already_confirmed"
	// CodeBuyerHandoverAlreadyConfirmed: the buyer confirmed the handover before.
	CodeBuyerHandoverAlreadyConfirmed ErrorCode = "buyer_handover_already_confirmed"
	// CodeHandoverConfirmationNotSupported: the marketplace does without handovers.
	CodeHandoverConfirmationNotSupported ErrorCode = "handover_confirmation_not_supported"
	// CodeMissingDescription: no reason given.
	CodeMissingDescription ErrorCode = "missing_description"
	// CodeEmptyDescription: the reason is blank.
	CodeEmptyDescription ErrorCode = "empty_description"
)

// Codes about metadata.
const (
	// CodeTooManyMetadataFields: more than 100 pairs.
	CodeTooManyMetadataFields ErrorCode = "too_many_metadata_fields"
	// CodeFieldNameTooLong: a name is longer than 40 characters.
	CodeFieldNameTooLong ErrorCode = "field_name_too_long"
	// CodeValueTooLong: a value is longer than 100 characters.
	CodeValueTooLong ErrorCode = "value_too_long"
	// CodeEmptyJSON: no pairs given.
	CodeEmptyJSON ErrorCode = "empty_json"
	// CodeJSONTypeNotAllowed: a value is not a string.
	CodeJSONTypeNotAllowed ErrorCode = "json_type_not_allowed"
)
