package client

import "context"

// ConfirmHandover says that the goods changed hands. Both parties should do it;
// the seller's confirmation starts the complaint period. Codes:
// [CodeRemainderRequired], [CodeAlreadyComplained],
// [CodeSellerHandoverAlreadyConfirmed], [CodeBuyerHandoverAlreadyConfirmed],
// [CodeRemainderPaymentInReview], [CodeAlreadyCancelled],
// [CodeHandoverConfirmationNotSupported], [CodeNotFound].
//
// op: POST /p2p/transactions/{transaction_id}/confirm_handover
func (s *F2FService) ConfirmHandover(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/confirm_handover", id), opts)
}

// ConfirmHandoverWithGuestUser is [F2FService.ConfirmHandover] for a guest, named
// by [AsUser].
//
// op: POST /p2p/transactions/{transaction_id}/confirm_handover_with_guest_user
func (s *F2FService) ConfirmHandoverWithGuestUser(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/confirm_handover_with_guest_user", id), opts)
}

// ConfirmDelivery says that posted goods arrived; the buyer does it.
// Codes: [CodeDeliveryAlreadySet], [CodeInvalidID], [CodeNotBuyer],
// [CodeNotFound].
//
// op: POST /p2p/transactions/{transaction_id}/confirm_delivery
func (s *F2FService) ConfirmDelivery(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/confirm_delivery", id), opts)
}

// ConfirmDeliveryWithGuestBuyer is [F2FService.ConfirmDelivery] for a guest,
// named by [AsUser]; also [CodeTrackingNotAdded].
//
// op: POST /p2p/transactions/{transaction_id}/confirm_delivery_with_guest_buyer
func (s *F2FService) ConfirmDeliveryWithGuestBuyer(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/confirm_delivery_with_guest_buyer", id), opts)
}

// Complain stops the release of the money; the buyer does it within the
// complaint period. Codes: [CodeRemainderRequired], [CodeAlreadyComplained],
// [CodeFundsAlreadyReleased], [CodeComplaintPeriodExpired], [CodeNotFound].
//
// op: POST /p2p/transactions/{transaction_id}/complain
func (s *F2FService) Complain(ctx context.Context, id int64, in F2FComplaint, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/complain", id).json(in), opts)
}

// ComplainWithGuestBuyer is [F2FService.Complain] for a guest, named by [AsUser].
//
// op: POST /p2p/transactions/{transaction_id}/complain_with_guest_buyer
func (s *F2FService) ComplainWithGuestBuyer(ctx context.Context, id int64, in F2FComplaint, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/complain_with_guest_buyer", id).json(in), opts)
}

// AcceptComplaint gives the money back to the buyer; the seller does it.
// Codes: [CodeFundsAlreadyReleased], [CodeDepositNotPaid],
// [CodeDepositAlreadyRefunded], [CodeNotComplained], [CodeComplaintCancelled],
// [CodeNotFound].
//
// op: POST /p2p/transactions/{transaction_id}/accept_complaint
func (s *F2FService) AcceptComplaint(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/accept_complaint", id), opts)
}

// EndComplaintPeriod releases the money early; the buyer does it. Codes:
// [CodeComplaintPeriodExpired], [CodeHandoverNotConfirmed],
// [CodeFundsAlreadyReleased], [CodeNotFound].
//
// op: POST /p2p/transactions/{transaction_id}/end_complaint_period
func (s *F2FService) EndComplaintPeriod(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/end_complaint_period", id), opts)
}

// EndComplaintPeriodWithGuestBuyer is [F2FService.EndComplaintPeriod] for a
// guest, named by [AsUser]; also [CodeAlreadyComplained].
//
// op: POST /p2p/transactions/{transaction_id}/end_complaint_period_with_guest_buyer
func (s *F2FService) EndComplaintPeriodWithGuestBuyer(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/end_complaint_period_with_guest_buyer", id), opts)
}

// CancelWithDescription ends a transaction until the remainder is settled; a paid
// deposit goes back without the fee. Codes: [CodeSecondPartyNotJoined],
// [CodeAlreadyCancelled], [CodeRemainderAlreadyPaid],
// [CodeHandoverAlreadyConfirmed], [CodeNotFound].
//
// op: POST /p2p/transactions/{transaction_id}/cancel_with_description
func (s *F2FService) CancelWithDescription(ctx context.Context, id int64, in Description, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/cancel_with_description", id).json(in), opts)
}

// CancelWithDescriptionWithGuestUser is [F2FService.CancelWithDescription] for a
// guest, named by [AsUser]; also [CodeMissingDescription],
// [CodeEmptyDescription].
//
// op: POST /p2p/transactions/{transaction_id}/cancel_with_description_with_guest_user
func (s *F2FService) CancelWithDescriptionWithGuestUser(ctx context.Context, id int64, in Description, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/cancel_with_description_with_guest_user", id).json(in), opts)
}

// Cancel ends a transaction without a reason. Codes: [CodeNotFound].
//
// Trustap prefers another call: use [F2FService.CancelWithDescription].
//
// op: POST /p2p/transactions/{transaction_id}/cancel
func (s *F2FService) Cancel(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/cancel", id), opts)
}

// Metadata reads the pairs stored with a transaction. Codes: [CodeNotFound].
//
// op: GET /p2p/transactions/{transaction_id}/metadata
func (s *F2FService) Metadata(ctx context.Context, id int64, opts ...CallOption) (Metadata, error) {
	return do[Metadata](ctx, s.client, get("/p2p/transactions/{transaction_id}/metadata", id), opts)
}

// SetMetadata adds pairs to those stored before, and replaces those of the same
// name; a name cannot be removed. Codes: [CodeTooManyMetadataFields],
// [CodeFieldNameTooLong], [CodeValueTooLong], [CodeEmptyJSON],
// [CodeJSONTypeNotAllowed].
//
// op: POST /p2p/transactions/{transaction_id}/metadata
func (s *F2FService) SetMetadata(ctx context.Context, id int64, in Metadata, opts ...CallOption) (Metadata, error) {
	return do[Metadata](ctx, s.client, post("/p2p/transactions/{transaction_id}/metadata", id).json(in), opts)
}

// BuyerDetails reads how the buyer can be reached; the parties may.
// Codes: [CodeNotFound].
//
// op: GET /p2p/transactions/{transactionId}/buyer_details
func (s *F2FService) BuyerDetails(ctx context.Context, id int64, opts ...CallOption) (*UserDetails, error) {
	return do[*UserDetails](ctx, s.client, get("/p2p/transactions/{transactionId}/buyer_details", id), opts)
}

// SellerDetails reads how the seller can be reached; the parties may.
// Codes: [CodeNotFound].
//
// op: GET /p2p/transactions/{transactionId}/seller_details
func (s *F2FService) SellerDetails(ctx context.Context, id int64, opts ...CallOption) (*UserDetails, error) {
	return do[*UserDetails](ctx, s.client, get("/p2p/transactions/{transactionId}/seller_details", id), opts)
}

// BillingDetails reads what the buyer gave when paying. Codes: [CodeNotFound].
//
// op: GET /p2p/transactions/{transaction_id}/billing_details
func (s *F2FService) BillingDetails(ctx context.Context, id int64, opts ...CallOption) (*BillingDetails, error) {
	return do[*BillingDetails](ctx, s.client, get("/p2p/transactions/{transaction_id}/billing_details", id), opts)
}
