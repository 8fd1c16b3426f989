package client

// Codes about identity, roles and existence.
const (
	// CodeInvalidID: an id is not an integer.
	CodeInvalidID ErrorCode = "invalid_id"
	// CodeNotFound: nothing under that id or code, or the caller may not see it.
	CodeNotFound ErrorCode = "not_found"
	// CodeForbidden: no access to the resource, or no acting user: see [AsUser].
	CodeForbidden ErrorCode = "forbidden"
	// CodeUnauthorized: missing or wrong credential.
	CodeUnauthorized ErrorCode = "unauthorized"
	// CodeMalformedJSON: the body does not fit the types.
	CodeMalformedJSON ErrorCode = "malformed_json"
	// CodeNotBuyer: only the buyer may do this.
	CodeNotBuyer ErrorCode = "not_buyer"
	// CodeNotSeller: only the seller may do this.
	CodeNotSeller ErrorCode = "not_seller"
	// CodeNotCreator: only the creator of the listing may do this.
	CodeNotCreator ErrorCode = "not_creator"
	// CodeSubjectIsNotGuestUser: a call for guests was made for a full user.
	CodeSubjectIsNotGuestUser ErrorCode = "subject_is_not_guest_user"
	// CodeInvalidRole: the role is neither buyer nor seller.
	CodeInvalidRole ErrorCode = "invalid_role"
	// CodeInvalidJoinUserID: the user to join does not exist.
	CodeInvalidJoinUserID ErrorCode = "invalid_join_user_id"
	// CodeInvalidUserID: the user does not exist.
	CodeInvalidUserID ErrorCode = "invalid_user_id"
	// CodeDuplicateUserID: buyer and seller are the same user.
	CodeDuplicateUserID ErrorCode = "duplicate_user_id"
	// CodeUserNotOwnedByClient: the user is not of this marketplace and gave it no consent.
	CodeUserNotOwnedByClient ErrorCode = "user_not_owned_by_client"
	// CodeNoGuestUser: neither party is a guest.
	CodeNoGuestUser ErrorCode = "no_guest_user"
	// CodeGuestUserNotFound: the guest does not exist.
	CodeGuestUserNotFound ErrorCode = "guest_user_not_found"
	// CodeIncompatibleCountries: the countries of the parties may not trade.
	CodeIncompatibleCountries ErrorCode = "incompatible_countries"
	// CodeIncompatibleUsers: the parties may not trade.
	CodeIncompatibleUsers ErrorCode = "incompatible_users"
	// CodeIncompatiblePlatforms: the parties are on different payment platforms.
	CodeIncompatiblePlatforms ErrorCode = "incompatible_platforms"
	// CodeInvalidUserPlatform: the claimer is on another payment platform.
	CodeInvalidUserPlatform ErrorCode = "invalid_user_platform"
	// CodeSellerCountryCodeNotSet: the guest seller was created without a country.
	CodeSellerCountryCodeNotSet ErrorCode = "seller_country_code_not_set"
	// CodeUnsupportedSellerClientConfiguration: the marketplace is not set up for this seller.
	CodeUnsupportedSellerClientConfiguration ErrorCode = "unsupported_seller_client_configuration"
)

// Codes about quotes and prices.
const (
	// CodeCurrencyMissing: no currency given.
	CodeCurrencyMissing ErrorCode = "currency_missing"
	// CodeUnsupportedCurrency: the currency is not offered.
	CodeUnsupportedCurrency ErrorCode = "unsupported_currency"
	// CodeInvalidPrice: the price is not an integer.
	CodeInvalidPrice ErrorCode = "invalid_price"
	// CodeNegativePrice: the price is below zero.
	CodeNegativePrice ErrorCode = "negative_price"
	// CodePriceTooLow: the price is below the minimum.
	CodePriceTooLow ErrorCode = "price_too_low"
	// CodeIncorrectCharge: the charge is not the one that was quoted.
	CodeIncorrectCharge ErrorCode = "incorrect_charge"
	// CodeIncorrectChargeSeller: the seller's charge is not the one that was quoted.
	CodeIncorrectChargeSeller ErrorCode = "incorrect_charge_seller"
	// CodeIncorrectCalcVersion: the quote is out of date: ask for a new one.
	CodeIncorrectCalcVersion ErrorCode = "incorrect_calc_version"
	// CodeInvalidCalcVersion: the calculator version is unusable.
	CodeInvalidCalcVersion ErrorCode = "invalid_calc_version"
	// CodeInvalidChargeConfig: the charge configuration does not exist.
	CodeInvalidChargeConfig ErrorCode = "invalid_charge_config"
	// CodeUnsupportedCombination: method, configuration and currency do not go together.
	CodeUnsupportedCombination ErrorCode = "unsupported_combination"
	// CodeInvalidPaymentMethod: the payment method does not exist.
	CodeInvalidPaymentMethod ErrorCode = "invalid_payment_method"
	// CodePaymentMethodAlreadySet: the method is the same as before.
	CodePaymentMethodAlreadySet ErrorCode = "payment_method_already_set"
	// CodeIncorrectPrice: the repeated price differs.
	CodeIncorrectPrice ErrorCode = "incorrect_price"
	// CodeIncorrectCurrency: the repeated currency differs.
	CodeIncorrectCurrency ErrorCode = "incorrect_currency"
	// CodeValuesNotChanged: the update changes nothing.
	CodeValuesNotChanged ErrorCode = "values_not_changed"
	// CodeFeatureNotFound: the feature flag does not exist.
	CodeFeatureNotFound ErrorCode = "feature_not_found"
	// CodeMissingRequiredFeature: the transaction lacks the seller acceptance feature.
	CodeMissingRequiredFeature ErrorCode = "missing_required_feature"
	// CodeMissingTxFeature: the transaction lacks the shipping feature.
	CodeMissingTxFeature ErrorCode = "missing_tx_feature"
)

// Codes about joining, rejecting, cancelling and claiming.
const (
	// CodeJoinCodeMissing: no join code given.
	CodeJoinCodeMissing ErrorCode = "join_code_missing"
	// CodeCannotJoinOwnTransaction: the creator cannot be the other party.
	CodeCannotJoinOwnTransaction ErrorCode = "cannot_join_own_transaction"
	// CodeCannotRejectOwnTransaction: the creator cannot reject.
	CodeCannotRejectOwnTransaction ErrorCode = "cannot_reject_own_transaction"
	// CodeUserAlreadyJoined: the user is a party already.
	CodeUserAlreadyJoined ErrorCode = "user_already_joined"
	// CodeSecondPartyAlreadyJoined: both parties are there.
	CodeSecondPartyAlreadyJoined ErrorCode = "second_party_already_joined"
	// CodeSecondPartyNotJoined: the other party is not there yet.
	CodeSecondPartyNotJoined ErrorCode = "second_party_not_joined"
	// CodeAlreadyCancelled: the transaction is cancelled.
	CodeAlreadyCancelled ErrorCode = "already_cancelled"
	// CodeAlreadyClaimed: the guest's side was claimed before.
	CodeAlreadyClaimed ErrorCode = "already_claimed"
	// CodeCannotClaimOwnTransaction: the claimer is the other party.
	CodeCannotClaimOwnTransaction ErrorCode = "cannot_claim_own_transaction"
	// CodeMissingSecret: no claim secret given.
	CodeMissingSecret ErrorCode = "missing_secret"
)

// Codes about payment.
const (
	// CodeAlreadyPaid: the payment was made.
	CodeAlreadyPaid ErrorCode = "already_paid"
	// CodeNotPaid: the transaction is not paid.
	CodeNotPaid ErrorCode = "not_paid"
	// CodeTransactionNotPaidYet: the transaction is not paid.
	CodeTransactionNotPaidYet ErrorCode = "transaction_not_paid_yet"
	// CodePaymentDetailsNotAdded: the transaction is not paid.
	CodePaymentDetailsNotAdded ErrorCode = "payment_details_not_added"
	// CodeNotAccepted: the listing's creator has not accepted the transaction.
	CodeNotAccepted ErrorCode = "not_accepted"
	// CodePaymentAlreadyAccepted: the seller accepted before.
	CodePaymentAlreadyAccepted ErrorCode = "payment_already_accepted"
	// CodeCardDeclined: the card was refused.
	CodeCardDeclined ErrorCode = "card_declined"
	// CodeExpiredCard: the card has expired.
	CodeExpiredCard ErrorCode = "expired_card"
	// CodeIncorrectCVC: the card's check number is wrong.
	CodeIncorrectCVC ErrorCode = "incorrect_cvc"
	// CodeInsufficientFunds: the card has no cover.
	CodeInsufficientFunds ErrorCode = "insufficient_funds"
	// CodePaymentMethodNotBankTransfer: there are no bank details to show.
	CodePaymentMethodNotBankTransfer ErrorCode = "payment_method_not_bank_transfer"
	// CodePaidWithBalance: there are no bank details to show.
	CodePaidWithBalance ErrorCode = "paid_with_balance"
)

// Codes about tracking, delivery and complaints.
const (
	// CodeEmptyCarrier: no carrier given.
	CodeEmptyCarrier ErrorCode = "empty_carrier"
	// CodeEmptyTrackingCode: no tracking code given.
	CodeEmptyTrackingCode ErrorCode = "empty_tracking_code"
	// CodeTrackingAlreadyAdded: tracking was given before.
	CodeTrackingAlreadyAdded ErrorCode = "tracking_already_added"
	// CodeTrackingNotAdded: tracking was not given yet.
	CodeTrackingNotAdded ErrorCode = "tracking_not_added"
	// CodeTrackingDetailsDeadlineExpired: the time for tracking details is over.
	CodeTrackingDetailsDeadlineExpired ErrorCode = "tracking_details_deadline_expired"
	// CodeTrackingSubmissionWindowNotStarted: the time for tracking details has not begun.
	CodeTrackingSubmissionWindowNotStarted ErrorCode = "tracking_submission_window_not_started"
	// CodeDeliveryAlreadySet: the delivery was confirmed before.
	CodeDeliveryAlreadySet ErrorCode = "delivery_already_set"
	// CodeMissingShippoShippingRateID: no shipping rate was chosen.
	CodeMissingShippoShippingRateID ErrorCode = "missing_shippo_shipping_rate_id"
	// CodeUnconfirmedDelivery: the complaint period has not begun.
	CodeUnconfirmedDelivery ErrorCode = "unconfirmed_delivery"
	// CodeComplaintPeriodEndedPrematurely: the buyer ended the complaint period.
	CodeComplaintPeriodEndedPrematurely ErrorCode = "complaint_period_ended_prematurely"
	// CodeComplaintPeriodExpired: the complaint period is over.
	CodeComplaintPeriodExpired ErrorCode = "complaint_period_expired"
	// CodeEmptyComplaintDescription: no complaint text given.
	CodeEmptyComplaintDescription ErrorCode = "empty_complaint_description"
	// CodeAlreadyComplained: a complaint was made before.
	CodeAlreadyComplained ErrorCode = "already_complained"
	// CodeNotComplained: there is no complaint.
	CodeNotComplained ErrorCode = "not_complained"
	// CodeComplaintCancelled: the complaint was withdrawn.
	CodeComplaintCancelled ErrorCode = "complaint_cancelled"
	// CodeFundsAlreadyReleased: the money has left escrow.
	CodeFundsAlreadyReleased ErrorCode = "funds_already_released"
)

// Codes about listings.
const (
	// CodeNoListing: the transaction is not from a listing.
	CodeNoListing ErrorCode = "no_listing"
	// CodeAlreadyAccepted: accepted before.
	CodeAlreadyAccepted ErrorCode = "already_accepted"
	// CodeAlreadyRejected: rejected before.
	CodeAlreadyRejected ErrorCode = "already_rejected"
	// CodeListingIsDisabled: the listing is disabled.
	CodeListingIsDisabled ErrorCode = "listing_is_disabled"
	// CodeIsListingCreator: the creator cannot be the other party.
	CodeIsListingCreator ErrorCode = "is_listing_creator"
	// CodeNoListingCurrency: the listing has no currency.
	CodeNoListingCurrency ErrorCode = "no_listing_currency"
	// CodeNoListingPrice: the listing has no price.
	CodeNoListingPrice ErrorCode = "no_listing_price"
	// CodeNoListingDescr: the listing has no text.
	CodeNoListingDescr ErrorCode = "no_listing_descr"
	// CodeEmptyBody: nothing to change given.
	CodeEmptyBody ErrorCode = "empty_body"
	// CodePartialPricing: currency, price and charge must come together.
	CodePartialPricing ErrorCode = "partial_pricing"
)

// Codes about lists and batches.
const (
	// CodeIDsMissing: no ids given.
	CodeIDsMissing ErrorCode = "ids_missing"
	// CodeTooManyIDs: more than 50 ids.
	CodeTooManyIDs ErrorCode = "too_many_ids"
	// CodeInvalidAfterID: after_id is not usable.
	CodeInvalidAfterID ErrorCode = "invalid_after_id"
	// CodeInvalidBeforeID: before_id is not usable.
	CodeInvalidBeforeID ErrorCode = "invalid_before_id"
	// CodeInvalidLimit: the limit is not 1 to 50.
	CodeInvalidLimit ErrorCode = "invalid_limit"
	// CodeExcessiveLimit: the limit is above 50.
	CodeExcessiveLimit ErrorCode = "excessive_limit"
	// CodeInvalidPage: the page is not a number.
	CodeInvalidPage ErrorCode = "invalid_page"
	// CodePageValueTooLow: the page is below 1.
	CodePageValueTooLow ErrorCode = "page_value_too_low"
	// CodeInvalidPageSize: the page size is not a number.
	CodeInvalidPageSize ErrorCode = "invalid_page_size"
	// CodePageSizeValueTooLow: the page size is below 1.
	CodePageSizeValueTooLow ErrorCode = "page_size_value_too_low"
	// CodeExcessivePageSize: the page size is above the maximum.
	CodeExcessivePageSize ErrorCode = "excessive_page_size"
	// CodeSortByIncorrectFormat: the sorting is not usable.
	CodeSortByIncorrectFormat ErrorCode = "sort_by_incorrect_format"
)

// Codes about guest users and images.
const (
	// CodeEmailMissing: no e-mail address given.
	CodeEmailMissing ErrorCode = "email_missing"
	// CodeInvalidEmail: the e-mail address is not usable.
	CodeInvalidEmail ErrorCode = "invalid_email"
	// CodeFirstNameMissing: no first name given.
	CodeFirstNameMissing ErrorCode = "first_name_missing"
	// CodeLastNameMissing: no last name given.
	CodeLastNameMissing ErrorCode = "last_name_missing"
	// CodeTOSAcceptanceIPMissing: no IP address of the acceptance given.
	CodeTOSAcceptanceIPMissing ErrorCode = "tos_acceptance_ip_missing"
	// CodeInvalidTOSAcceptanceDate: the acceptance is not in the past.
	CodeInvalidTOSAcceptanceDate ErrorCode = "invalid_tos_acceptance_date"
	// CodeInvalidCountryCode: the country is not offered.
	CodeInvalidCountryCode ErrorCode = "invalid_country_code"
	// CodeInvalidImageURL: the image address is not usable.
	CodeInvalidImageURL ErrorCode = "invalid_image_url"
	// CodeImageURLTooLong: the image address is longer than 2047 characters.
	CodeImageURLTooLong ErrorCode = "image_url_too_long"
)
