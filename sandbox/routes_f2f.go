package sandbox

import "net/http"

func f2fRoutes() []route {
	const get, post, patch = http.MethodGet, http.MethodPost, http.MethodPatch
	const one = "/p2p/transactions/{id}"
	secret := func(t *f2f) string { return t.Hidden.ClientSecret }
	return []route{
		{"p2p_get_charge", get, "/p2p/charge", 200, anyone, getCharge(true)},
		{"p2p_get_timelines", get, "/p2p/clients/{client_id}/timelines", 200, anyone, getF2FTimelines},
		{"p2p_create_transaction", post, "/p2p/me/transactions", 201, anyUser, create[f2fTerms]},
		{"p2p_create_and_join", post, "/p2p/me/transactions/create_and_join", 201, anyUser, createAndJoin[f2fTerms]},
		{"p2p_create_with_guest_user", post, "/p2p/me/transactions/create_with_guest_user", 201, anyone | byKey, createWithGuestUser[f2fTerms]},
		{"p2p_create_with_seller", post, "/p2p/listings/create_with_seller", 201, anyone | byKey, createWithSeller},
		{"p2p_list_transactions", get, "/p2p/me/transactions", 200, anyUser | byToken, list[*f2f]},
		{"p2p_batch_transactions", get, "/p2p/batch/transactions", 200, anyone, batch[*f2f]},
		{"p2p_get_transaction", get, one, 200, anyone, read(anyParty, viewTransaction[*f2f])},
		{"p2p_update_transaction", patch, one, 200, anyUser, change(anyParty, amend[*f2f])},
		{"p2p_get_transaction_by_join_code", get, "/p2p/transactions_by_join_code/{code}", 200, anyone | byKey, withCode(pathCode, look[*f2f])},
		{"p2p_join", post, "/p2p/transactions_by_join_code/{code}/join", 200, anyUser, withCode(pathCode, join[*f2f])},
		{"p2p_reject", post, "/p2p/transactions_by_join_code/{code}/reject", 200, anyUser, withCode(pathCode, reject[*f2f])},
		{"p2p_join_with_guest", post, one + "/join_with_guest", 200, guestUser | byKey, joinWithGuest},

		{"p2p_cancel", post, one + "/cancel", 200, anyUser, change(anyParty, cancelWithoutReason)},
		{"p2p_cancel_with_description", post, one + "/cancel_with_description", 200, anyUser, change(anyParty, cancelWithDescription)},
		{"p2p_cancel_with_description_with_guest_user", post, one + "/cancel_with_description_with_guest_user", 200, guestUser | byKey, change(anyParty, cancelAsGuest)},
		{"p2p_deposit_stripe_client_secret", get, one + "/deposit_stripe_client_secret", 200, anyUser, read(buyer, clientSecret(f2fDeposit(), secret))},
		{"p2p_remainder_stripe_client_secret", get, one + "/remainder_stripe_client_secret", 200, anyUser, read(buyer, viewRemainderSecret)},
		{"p2p_stripe_publishable_key", get, one + "/stripe_publishable_key", 200, anyUser | byToken, read(anyParty, viewPublishableKey[*f2f])},
		{"p2p_pay_deposit_with_token", post, one + "/pay_deposit", 200, anyUser, change(buyer, payWithToken(f2fDeposit()))},
		{"p2p_pay_remainder_with_token", post, one + "/pay_remainder", 200, anyUser, change(buyer, payWithToken(f2fRemainder()))},
		{"p2p_accept_deposit", post, one + "/accept_deposit", 200, anyUser, change(seller, acceptDeposit)},
		{"p2p_accept_deposit_with_guest_seller", post, one + "/accept_deposit_with_guest_seller", 200, guestUser | byKey, change(seller, acceptDepositAsGuest)},
		{"p2p_skip_remainder", post, one + "/skip_remainder", 200, anyUser, step(seller, f2fSkip)},
		{"p2p_set_price", post, one + "/set_price", 200, anyUser, change(seller, setPrice)},
		{"p2p_set_deposit_payment_method", post, one + "/set_deposit_payment_method", 200, anyUser, change(buyer, setMethod[*f2f]("deposit_already_paid"))},
		{"p2p_get_transaction_charge", get, one + "/charge", 200, anyone | byToken, read(anyParty, quoteAgain[*f2f])},
		{"p2p_bank_transfer_details", get, one + "/bank_transfer_details", 200, anyUser | byKey, read(anyParty, bankDetails((*f2f).due))},

		{"p2p_confirm_handover", post, one + "/confirm_handover", 200, anyUser, change(anyParty, confirmHandover)},
		{"p2p_confirm_handover_with_guest_user", post, one + "/confirm_handover_with_guest_user", 200, guestUser | byKey, change(anyParty, confirmHandover)},
		{"p2p_confirm_delivery", post, one + "/confirm_delivery", 200, anyUser | byToken, change(buyer, confirmF2FDelivery)},
		{"p2p_confirm_delivery_with_guest_buyer", post, one + "/confirm_delivery_with_guest_buyer", 200, guestUser | byKey, change(buyer, confirmF2FDelivery)},
		{"p2p_complain", post, one + "/complain", 200, anyUser, change(buyer, complainF2F)},
		{"p2p_complain_with_guest_buyer", post, one + "/complain_with_guest_buyer", 200, guestUser | byKey, change(buyer, complainF2F)},
		{"p2p_end_complaint_period", post, one + "/end_complaint_period", 200, anyUser | byKey, change(buyer, endF2FPeriod)},
		{"p2p_end_complaint_period_with_guest_buyer", post, one + "/end_complaint_period_with_guest_buyer", 200, guestUser | byKey, change(buyer, endF2FPeriod)},
		{"p2p_accept_complaint", post, one + "/accept_complaint", 200, anyUser, change(seller, acceptF2FComplaint)},

		{"p2p_buyer_details", get, one + "/buyer_details", 200, anyone | byToken, read(anyParty, personOf[*f2f](buyer))},
		{"p2p_seller_details", get, one + "/seller_details", 200, anyone, read(anyParty, personOf[*f2f](seller))},
		{"p2p_billing_details", get, one + "/billing_details", 200, anyone | byToken, read(anyParty, viewBilling[*f2f])},
		{"p2p_get_metadata", get, one + "/metadata", 200, anyone | byToken, read(anyParty, viewMetadata)},
		{"p2p_set_metadata", post, one + "/metadata", 200, anyone | byToken, answer(anyParty, setMetadata)},
		{"p2p_claim_for_buyer", post, one + "/claim_for_buyer", 200, anyUser | byKey, claimFor[*f2f](buyer)},
		{"p2p_claim_for_seller", post, one + "/claim_for_seller", 200, anyUser | byKey, claimFor[*f2f](seller)},
		{"p2p_claim_as_buyer", post, "/p2p/transactions_by_claim_secret/{secret}/claim_as_buyer", 200, anyUser, claimAs[*f2f](buyer)},
		{"p2p_claim_as_seller", post, "/p2p/transactions_by_claim_secret/{secret}/claim_as_seller", 200, anyUser | byToken, claimAs[*f2f](seller)},
		{"p2p_list_client_transactions", post, "/p2p/clients/{client_id}/transactions", 200, anyone, clientPage[*f2f]},
		{"p2p_get_client_transaction", get, "/p2p/clients/{client_id}/transactions/{id}", 200, anyone, clientTransaction[*f2f]},
	}
}
