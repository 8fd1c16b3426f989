package sandbox

import (
	"net/http"
)

// operation is one row of the API: its name for faults and effects, its route below /api/v1, the status of success, who has
// to act, and what it does.
type operation struct {
	name    string
	method  string
	path    string
	success int
	actor   actor
	handle  handler
}

func operations() []operation {
	const get, post, put = http.MethodGet, http.MethodPost, http.MethodPut
	return []operation{
		{"get_supported_carriers", get, "/supported_carriers", 200, anyone, getSupportedCarriers},
		{"get_charge", get, "/charge", 200, anyone, getCharge},
		{"get_timelines", get, "/clients/{client_id}/timelines", 200, anyone, getTimelines},
		{"create_guest_user", post, "/guest_users", 201, anyone, createGuestUser},

		{"create_transaction", post, "/me/transactions", 201, anyUser, createTransaction},
		{"create_and_join", post, "/me/transactions/create_and_join", 201, anyUser, createAndJoin},
		{"create_with_guest_user", post, "/me/transactions/create_with_guest_user", 201, anyUser, createWithGuestUser},
		{"list_transactions", get, "/me/transactions", 200, anyUser, listTransactions},
		{"batch_transactions", get, "/batch/transactions", 200, anyone, batchTransactions},
		{"get_transaction", get, "/transactions/{id}", 200, anyone, read(anyParty, viewTransaction)},
		{"get_transaction_by_join_code", get, "/transactions", 200, anyone, getByJoinCode},
		{"join", put, "/transactions", 200, anyUser, join},
		{"reject", post, "/transactions-by-join-code/{code}/reject", 200, anyUser, reject},

		{"cancel", post, "/transactions/{id}/cancel", 200, anyUser, change(anyParty, cancel)},
		{"cancel_with_guest_user", post, "/transactions/{id}/cancel_with_guest_user", 200, guestUser, change(anyParty, cancel)},
		{"stripe_client_secret", get, "/transactions/{id}/stripe_client_secret", 200, anyUser, read(buyer, viewClientSecret)},
		{"stripe_publishable_key", get, "/transactions/{id}/stripe_publishable_key", 200, anyUser, read(anyParty, viewPublishableKey)},
		{"pay_with_token", post, "/transactions/{id}/pay", 200, anyUser, change(buyer, payWithToken)},
		{"accept_payment", post, "/transactions/{id}/accept_payment", 200, anyUser, change(seller, acceptPayment)},
		{"accept_payment_with_guest_seller", post, "/transactions/{id}/accept_payment_with_guest_seller", 200, guestUser, change(seller, acceptPayment)},

		{"track", post, "/transactions/{id}/track", 200, anyUser, change(seller, track)},
		{"track_with_guest_seller", post, "/transactions/{id}/track_with_guest_seller", 200, guestUser, change(seller, track)},
		{"extend_tracking_deadline", post, "/transactions/{id}/extend_tracking_deadline", 200, anyUser, change(buyer, extendTrackingDeadline)},
		{"confirm_delivery", post, "/transactions/{id}/confirm_delivery", 200, anyUser, step(buyer, onlineDeliver)},
		{"confirm_delivery_with_guest_buyer", post, "/transactions/{id}/confirm_delivery_with_guest_buyer", 200, guestUser, step(buyer, onlineDeliver)},

		{"complain", post, "/transactions/{id}/complain", 200, anyUser, change(buyer, complain)},
		{"complain_with_description", post, "/transactions/{id}/complain_with_description", 200, anyUser, change(buyer, complainWithDescription)},
		{"complain_with_guest_buyer", post, "/transactions/{id}/complain_with_guest_buyer", 200, guestUser, change(buyer, complainWithDescription)},
		{"end_complaint_period", post, "/transactions/{id}/end_complaint_period", 200, anyUser, change(buyer, endComplaintPeriod)},
		{"accept_complaint", post, "/transactions/{id}/accept_complaint", 200, anyUser, change(seller, acceptComplaint)},
	}
}

// OperationNames returns the names of all API operations, for [Fault] and [Effect], in the order of the API.
func OperationNames() []string {
	ops := operations()
	names := make([]string, len(ops))
	for i, op := range ops {
		names[i] = op.name
	}
	return names
}
