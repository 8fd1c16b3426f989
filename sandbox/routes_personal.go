package sandbox

import "net/http"

func shippingRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	const one = "/transactions/{id}"
	return []route{
		{"get_shipping_details", get, one + "/shipping_details", 200, anyone, read(anyParty, viewShipping)},
		{"set_shipping_details", post, one + "/shipping_details", 200, anyUser | byToken, answer(anyParty, setShipping)},
		{"set_delivery_point", post, one + "/delivery_point", 200, anyUser, answer(anyParty, setDeliveryPoint())},
		{"set_pick_up_point", post, one + "/pick_up_point", 200, anyUser, answer(anyParty, setPickUpPoint())},
		{"generate_shipment_label", post, one + "/generate_shipment_label", 200, anyUser, answer(seller, generateLabel)},
		{"get_carrier_facilities", get, "/me/carriers/{carrier_id}/facilities", 200, anyUser, getFacilities},
		{"set_shippo_address", post, one + "/shippo_address", 200, anyUser | byKey, answer(anyParty, withShippo(setShippoAddress))},
		{"set_shippo_parcel_details", post, one + "/shippo_parcel_details", 200, anyUser | byKey, answer(anyParty, withShippo(setShippoParcel))},
		{"set_shippo_customs_declaration", post, one + "/shippo_customs_declaration", 204, anyUser | byKey, answer(anyParty, withShippo(declareCustoms))},
		{"set_shippo_shipping_rate", post, one + "/shippo_shipping_rate", 204, anyUser | byKey, answer(anyParty, withShippo(chooseShippoRate))},
		{"get_shippo_shipping_rates", get, one + "/shippo_shipping_rates", 200, anyUser | byKey, answer(anyParty, withShippo(viewShippoRates))},
		{"get_shippo_shipping_label", get, one + "/shippo_shipping_label", 200, anyUser | byKey, read(anyParty, viewShippoLabel)},
		{"quote_shippo_shipping_rates", post, "/shippo_shipping_rates", 200, anyone, quoteShippoRates},
	}
}

func personalRoutes() []route {
	const get, post, patch = http.MethodGet, http.MethodPost, http.MethodPatch
	const papers = "/me/personal/"
	return []route{
		{"get_personal_details", get, papers + "details", 200, anyUser | byToken, getDetails},
		{"set_personal_details", patch, papers + "details", 200, anyUser | byToken, setDetails},
		{"get_identity_document_status", get, papers + "identity_document/verification_status", 200, anyUser | byToken, document()},
		{"get_identity_document_back_status", get, papers + "identity_document_back/verification_status", 200, anyUser, document()},
		{"get_additional_document_status", get, papers + "additional_identity_document/verification_status", 200, anyUser, document()},
		{"get_additional_document_back_status", get, papers + "additional_identity_document_back/verification_status", 200, anyUser, document()},
		{"get_user_publishable_key", get, papers + "stripe_publishable_key", 200, anyUser | byToken, always(publishableKey())},
		{"get_payout_status", get, "/me/profile/payout_status", 200, anyUser | byKey, getPayoutStatus},
		{"get_debit_account", get, "/me/debit_account", 200, anyUser | byToken, getDebitAccount},
		{"set_debit_account", post, "/me/debit_account", 200, anyUser, setDebitAccount},
		{"prepare_linked_account", post, "/me/stripe_financial_connections/prepare_account", 200, anyUser | byToken, prepareLinkedAccount},
		{"add_linked_account", post, "/me/stripe_financial_connections/add_account", 200, anyUser | byToken, addLinkedAccount},
		{"get_linked_account_ownership", get, "/me/stripe_financial_connections/ownership", 200, anyUser | byToken, getOwnership},
		{"get_account_session", get, "/me/account_session", 201, anyUser, always(map[string]string{"client_secret": "accs_sandbox_secret"})},
		{"get_verification_method", get, "/me/verification_method", 200, anyUser | byToken,
			identity(map[string]string{"message": "", "verification_method": "stripe_identity"})},
		{"get_verification_session", get, "/me/verification_session", 201, anyUser,
			identity(map[string]string{"verification_session_client_secret": "vs_sandbox_secret"})},
		{"get_verification_session_native", get, "/me/verification_session_native", 201, anyUser | byToken,
			identity(map[string]string{"ephemeral_key": "ek_sandbox", "verification_session_id": "vs_sandbox"})},
		{"get_verification_status", get, "/me/verification_status", 200, anyUser | byToken, verificationStatus()},
		{"get_balances", get, "/me/balances", 200, anyUser, getBalances},
		{"get_instant_payout_balance", get, "/me/instant_payout_balance", 200, anyUser | byToken, getInstantBalance},
		{"get_payouts", get, "/me/payouts", 200, anyUser | byKey, getPayouts},
		{"get_payout_attempts", get, "/me/payout_attempts", 200, anyUser | byToken, always([]noBody{})},
		{"get_features", get, "/me/features", 200, anyUser | byKey, getFeatures},
		{"set_instant_payouts", post, "/me/features/instant_payouts", 200, anyUser | byKey, setInstantPayouts},
	}
}
