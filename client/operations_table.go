// Code generated from the op: comments by go test ./client -run TestOperations_MatchComments -update; DO NOT EDIT.

package client

var operations = []Operation{
	{Method: "GET", Path: "/supported_carriers", GoName: "Carriers.List"},
	{Method: "POST", Path: "/transactions/{transaction_id}/accept_complaint", GoName: "Online.AcceptComplaint"},
	{Method: "GET", Path: "/batch/transactions", GoName: "Online.Batch"},
	{Method: "POST", Path: "/transactions/{transaction_id}/cancel", GoName: "Online.Cancel"},
	{Method: "POST", Path: "/transactions/{transaction_id}/cancel_with_guest_user", GoName: "Online.CancelWithGuestUser"},
	{Method: "POST", Path: "/transactions/{transaction_id}/complain_with_description", GoName: "Online.ComplainWithDescription"},
	{Method: "POST", Path: "/transactions/{transaction_id}/complain_with_guest_buyer", GoName: "Online.ComplainWithGuestBuyer"},
	{Method: "POST", Path: "/transactions/{transaction_id}/confirm_delivery", GoName: "Online.ConfirmDelivery"},
	{Method: "POST", Path: "/transactions/{transaction_id}/confirm_delivery_with_guest_buyer", GoName: "Online.ConfirmDeliveryWithGuestBuyer"},
	{Method: "POST", Path: "/me/transactions", GoName: "Online.Create"},
	{Method: "POST", Path: "/me/transactions/create_and_join", GoName: "Online.CreateAndJoin"},
	{Method: "POST", Path: "/me/transactions/create_with_guest_user", GoName: "Online.CreateWithGuestUser"},
	{Method: "POST", Path: "/transactions/{transaction_id}/end_complaint_period", GoName: "Online.EndComplaintPeriod"},
	{Method: "GET", Path: "/transactions/{transaction_id}", GoName: "Online.Get"},
	{Method: "GET", Path: "/transactions", GoName: "Online.GetByJoinCode"},
	{Method: "PUT", Path: "/transactions", GoName: "Online.Join"},
	{Method: "GET", Path: "/me/transactions", GoName: "Online.List"},
	{Method: "GET", Path: "/charge", GoName: "Online.Quote"},
	{Method: "POST", Path: "/transactions-by-join-code/{join_code}/reject", GoName: "Online.RejectByJoinCode"},
	{Method: "GET", Path: "/transactions/{transaction_id}/stripe_client_secret", GoName: "Online.StripeClientSecret"},
	{Method: "POST", Path: "/transactions/{transaction_id}/track", GoName: "Online.Track"},
	{Method: "POST", Path: "/transactions/{transaction_id}/track_with_guest_seller", GoName: "Online.TrackWithGuestSeller"},
	{Method: "POST", Path: "/guest_users", GoName: "Users.CreateGuestUser"},
}
