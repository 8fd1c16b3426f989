package sandbox

import "slices"

// mayUse tells whether the official API lists the kind of credential for an operation. Operations in neither list take both
// kinds; listings and other calls that the newest description lacks are among them.
func mayUse(operation string, who credentials) bool {
	if who.bearer != "" {
		return !slices.Contains(keyOnly(), operation)
	}
	return !slices.Contains(tokenOnly(), operation)
}

// keyOnly are the operations for API keys.
func keyOnly() []string {
	return []string{
		"get_supported_carriers", "create_guest_user", "create_with_guest_user", "cancel_with_guest_user", "accept_payment",
		"track_with_guest_seller", "confirm_delivery_with_guest_buyer", "complain_with_guest_buyer", "claim_for_buyer",
		"claim_for_seller", "get_supported_registration_countries", "p2p_create_with_guest_user", "p2p_create_with_seller",
		"p2p_get_transaction_by_join_code", "p2p_join_with_guest", "p2p_cancel_with_description_with_guest_user",
		"p2p_accept_deposit_with_guest_seller", "p2p_bank_transfer_details", "p2p_confirm_handover_with_guest_user",
		"p2p_confirm_delivery_with_guest_buyer", "p2p_complain_with_guest_buyer", "p2p_end_complaint_period",
		"p2p_end_complaint_period_with_guest_buyer", "p2p_claim_for_buyer", "p2p_claim_for_seller", "set_shippo_address",
		"set_shippo_parcel_details", "set_shippo_customs_declaration", "set_shippo_shipping_rate",
		"get_shippo_shipping_rates", "get_shippo_shipping_label", "get_payout_status", "get_payouts", "get_features",
		"set_instant_payouts",
	}
}

// tokenOnly are the operations for users' tokens.
func tokenOnly() []string {
	return []string{
		"list_transactions", "batch_transactions", "stripe_publishable_key", "extend_tracking_deadline", "confirm_delivery",
		"complain_with_description", "end_complaint_period", "update_transaction", "set_payment_method",
		"get_transaction_charge", "bank_transfer_details", "buyer_details", "seller_details", "billing_details",
		"submit_order_issue", "claim_as_buyer", "claim_as_seller", "p2p_list_transactions", "p2p_stripe_publishable_key",
		"p2p_get_transaction_charge", "p2p_confirm_delivery", "p2p_buyer_details", "p2p_billing_details", "p2p_get_metadata",
		"p2p_set_metadata", "p2p_claim_as_seller", "set_shipping_details", "get_personal_details", "set_personal_details",
		"get_identity_document_status", "get_user_publishable_key", "get_debit_account", "prepare_linked_account",
		"add_linked_account", "get_linked_account_ownership", "get_verification_method", "get_verification_session_native",
		"get_verification_status", "get_instant_payout_balance", "get_payout_attempts", "list_notifications",
		"get_notification", "mark_notification_as_read",
	}
}
