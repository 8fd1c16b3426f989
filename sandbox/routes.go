package sandbox

import (
	"net/http"
	"slices"
	"sync"
)

// route is one row of the API: its name for faults and effects, its path below /api/v1, the status of success, who has
// to act, and what it does.
type route struct {
	name    string
	method  string
	path    string
	success int
	actor   actor
	handle  handler
}

// routes are all of them, grouped as in the API's reference.
var routes = sync.OnceValue(func() []route {
	return slices.Concat(onlineRoutes(), f2fRoutes(), listingRoutes(), noticeRoutes(), shippingRoutes(), personalRoutes())
})

func onlineRoutes() []route {
	const get, post, put, patch = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch
	return []route{
		{"get_supported_carriers", get, "/supported_carriers", 200, anyone | byKey, getSupportedCarriers},
		{"get_charge", get, "/charge", 200, anyone, getCharge(false)},
		{"get_timelines", get, "/clients/{client_id}/timelines", 200, anyone, getTimelines},
		{"create_guest_user", post, "/guest_users", 201, anyone | byKey, createGuestUser},

		{"create_transaction", post, "/me/transactions", 201, anyUser, create[terms]},
		{"create_and_join", post, "/me/transactions/create_and_join", 201, anyUser, createAndJoin[terms]},
		{"create_with_guest_user", post, "/me/transactions/create_with_guest_user", 201, anyone | byKey, createWithGuestUser[terms]},
		{"list_transactions", get, "/me/transactions", 200, anyUser | byToken, list[*online]},
		{"batch_transactions", get, "/batch/transactions", 200, anyone | byToken, batch[*online]},
		{"get_transaction", get, "/transactions/{id}", 200, anyone, read(anyParty, viewTransaction[*online])},
		{"get_transaction_by_join_code", get, "/transactions", 200, anyone, withCode(queryCode, look[*online])},
		{"join", put, "/transactions", 200, anyUser, withCode(queryCode, join[*online])},
		{"reject", post, "/transactions-by-join-code/{code}/reject", 200, anyUser, withCode(pathCode, reject[*online])},

		{"cancel", post, "/transactions/{id}/cancel", 200, anyUser, change(anyParty, cancel)},
		{"cancel_with_guest_user", post, "/transactions/{id}/cancel_with_guest_user", 200, guestUser | byKey, change(anyParty, cancel)},
		{"stripe_client_secret", get, "/transactions/{id}/stripe_client_secret", 200, anyUser, read(buyer, clientSecret(onlinePayment(), func(t *online) string { return t.Hidden.ClientSecret }))},
		{"stripe_publishable_key", get, "/transactions/{id}/stripe_publishable_key", 200, anyUser | byToken, read(anyParty, viewPublishableKey[*online])},
		{"pay_with_token", post, "/transactions/{id}/pay", 200, anyUser, change(buyer, payWithToken(onlinePayment()))},
		{"accept_payment", post, "/transactions/{id}/accept_payment", 200, anyUser | byKey, change(seller, acceptPayment)},
		{"accept_payment_with_guest_seller", post, "/transactions/{id}/accept_payment_with_guest_seller", 200, guestUser, change(seller, acceptPaymentAsGuest)},

		{"track", post, "/transactions/{id}/track", 200, anyUser, change(seller, track)},
		{"track_with_guest_seller", post, "/transactions/{id}/track_with_guest_seller", 200, guestUser | byKey, change(seller, track)},
		{"extend_tracking_deadline", post, "/transactions/{id}/extend_tracking_deadline", 200, anyUser | byToken, change(buyer, extendTrackingDeadline)},
		{"confirm_delivery", post, "/transactions/{id}/confirm_delivery", 200, anyUser | byToken, step(buyer, onlineDeliver)},
		{"confirm_delivery_with_guest_buyer", post, "/transactions/{id}/confirm_delivery_with_guest_buyer", 200, guestUser | byKey, step(buyer, onlineDeliver)},

		{"complain", post, "/transactions/{id}/complain", 200, anyUser, change(buyer, complain)},
		{"complain_with_description", post, "/transactions/{id}/complain_with_description", 200, anyUser | byToken, change(buyer, complainWithDescription)},
		{"complain_with_guest_buyer", post, "/transactions/{id}/complain_with_guest_buyer", 200, guestUser | byKey, change(buyer, complainWithDescription)},
		{"end_complaint_period", post, "/transactions/{id}/end_complaint_period", 200, anyUser | byToken, change(buyer, endComplaintPeriod)},
		{"accept_complaint", post, "/transactions/{id}/accept_complaint", 200, anyUser, change(seller, acceptComplaint)},

		{"accept_listing_transaction", post, "/transactions/{id}/accept_listing_transaction", 200, anyUser, change(anyParty, acceptListing())},
		{"reject_listing_transaction", post, "/transactions/{id}/reject_listing_transaction", 200, anyUser, change(anyParty, rejectListing())},
		{"update_transaction", patch, "/transactions/{id}", 200, anyUser | byToken, change(anyParty, amend[*online])},
		{"set_payment_method", post, "/transactions/{id}/set_payment_method", 200, anyUser | byToken, change(buyer, setMethod[*online]("already_paid"))},
		{"get_transaction_charge", get, "/transactions/{id}/charge", 200, anyone | byToken, read(anyParty, quoteAgain[*online])},
		{"bank_transfer_details", get, "/transactions/{id}/bank_transfer_details", 200, anyUser | byToken, read(anyParty, bankDetails((*online).due))},
		{"buyer_details", get, "/transactions/{id}/buyer_details", 200, anyone | byToken, read(anyParty, personOf[*online](buyer))},
		{"seller_details", get, "/transactions/{id}/seller_details", 200, anyone | byToken, read(anyParty, personOf[*online](seller))},
		{"billing_details", get, "/transactions/{id}/billing_details", 200, anyone | byToken, read(anyParty, viewBilling[*online])},
		{"submit_order_issue", post, "/transactions/{id}/submit_order_issue", 200, anyUser | byToken, change(buyer, submitOrderIssue)},
		{"claim_for_buyer", post, "/transactions/{id}/claim_for_buyer", 200, anyUser | byKey, claimFor[*online](buyer)},
		{"claim_for_seller", post, "/transactions/{id}/claim_for_seller", 200, anyUser | byKey, claimFor[*online](seller)},
		{"claim_as_buyer", post, "/transactions_by_claim_secret/{secret}/claim_as_buyer", 200, anyUser | byToken, claimAs[*online](buyer)},
		{"claim_as_seller", post, "/transactions_by_claim_secret/{secret}/claim_as_seller", 200, anyUser | byToken, claimAs[*online](seller)},
		{"list_client_transactions", post, "/clients/{client_id}/transactions", 200, anyone, clientPage[*online]},
		{"get_client_transaction", get, "/clients/{client_id}/transactions/{id}", 200, anyone, clientTransaction[*online]},
		{"get_client_user", get, "/users/clients/{client_id}/users/{user_id}", 200, anyone, getClientUser},
		{"get_supported_registration_countries", get, "/client/supported_registration_countries", 200, anyone | byKey, supportedCountries},
	}
}

// RouteNames returns the names of all API routes, for [Fault] and [Effect], in the order of the API.
func RouteNames() []string { return kind().RouteNames() }
