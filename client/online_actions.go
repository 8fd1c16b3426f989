package client

import (
	"context"
	"errors"
)

// Cancel ends a transaction of a full user. A paid one can be cancelled only
// with [FeatureRequireSellerAcceptance] and until it is tracked.
// Codes: [CodeInvalidID], [CodeAlreadyPaid], [CodeAlreadyCancelled],
// [CodeTrackingAlreadyAdded], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/cancel
func (s *OnlineService) Cancel(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/cancel", id), opts)
}

// CancelWithGuestUser is [OnlineService.Cancel] for a guest, named by [AsUser].
//
// op: POST /transactions/{transaction_id}/cancel_with_guest_user
func (s *OnlineService) CancelWithGuestUser(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/cancel_with_guest_user", id), opts)
}

// Track gives the parcel's tracking details; the seller does it. The delivery is
// then noticed by the API. Codes: [CodeInvalidID], [CodeEmptyCarrier],
// [CodeEmptyTrackingCode], [CodeTrackingAlreadyAdded],
// [CodePaymentDetailsNotAdded], [CodeTrackingDetailsDeadlineExpired],
// [CodeAlreadyCancelled], [CodeNotSeller], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/track
func (s *OnlineService) Track(ctx context.Context, id int64, in Tracking, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/track", id).json(in), opts)
}

// TrackWithGuestSeller is [OnlineService.Track] for a guest, named by [AsUser].
//
// op: POST /transactions/{transaction_id}/track_with_guest_seller
func (s *OnlineService) TrackWithGuestSeller(ctx context.Context, id int64, in Tracking, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/track_with_guest_seller", id).json(in), opts)
}

// ConfirmDelivery says that the goods arrived, which starts the complaint period;
// the buyer does it. Codes: [CodeInvalidID], [CodeTrackingNotAdded],
// [CodeDeliveryAlreadySet], [CodeNotBuyer], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/confirm_delivery
func (s *OnlineService) ConfirmDelivery(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/confirm_delivery", id), opts)
}

// ConfirmDeliveryWithGuestBuyer is [OnlineService.ConfirmDelivery] for a guest,
// named by [AsUser].
//
// op: POST /transactions/{transaction_id}/confirm_delivery_with_guest_buyer
func (s *OnlineService) ConfirmDeliveryWithGuestBuyer(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/confirm_delivery_with_guest_buyer", id), opts)
}

// ComplainWithDescription stops the release of the money; the buyer does it
// within the complaint period. Codes: [CodeInvalidID], [CodeUnconfirmedDelivery],
// [CodeComplaintPeriodEndedPrematurely], [CodeComplaintPeriodExpired],
// [CodeEmptyComplaintDescription], [CodeAlreadyComplained],
// [CodeFundsAlreadyReleased], [CodeNotBuyer], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/complain_with_description
func (s *OnlineService) ComplainWithDescription(ctx context.Context, id int64, in Description, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/complain_with_description", id).json(in), opts)
}

// ComplainWithGuestBuyer is [OnlineService.ComplainWithDescription] for a guest,
// named by [AsUser].
//
// op: POST /transactions/{transaction_id}/complain_with_guest_buyer
func (s *OnlineService) ComplainWithGuestBuyer(ctx context.Context, id int64, in Description, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/complain_with_guest_buyer", id).json(in), opts)
}

// EndComplaintPeriod releases the money early; the buyer does it.
// Codes: [CodeInvalidID], [CodeUnconfirmedDelivery], [CodeAlreadyComplained],
// [CodeComplaintPeriodEndedPrematurely], [CodeComplaintPeriodExpired],
// [CodeNotBuyer], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/end_complaint_period
func (s *OnlineService) EndComplaintPeriod(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/end_complaint_period", id), opts)
}

// AcceptComplaint gives the money back to the buyer; the seller does it.
// Codes: [CodeNotPaid], [CodeNotComplained], [CodeFundsAlreadyReleased],
// [CodeNotSeller], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/accept_complaint
func (s *OnlineService) AcceptComplaint(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/accept_complaint", id), opts)
}

// Complain flags a complaint without a text. Codes: those of
// [OnlineService.ComplainWithDescription].
//
// Trustap prefers another call: use [OnlineService.ComplainWithDescription].
//
// op: POST /transactions/{transaction_id}/complain
func (s *OnlineService) Complain(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/complain", id), opts)
}

// SubmitOrderIssue reports a problem with a tracked parcel; the buyer does it
// before the delivery. Codes: [CodeTrackingNotAdded], [CodeDeliveryAlreadySet],
// [CodeAlreadyDelivered], [CodeNotBuyer], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/submit_order_issue
func (s *OnlineService) SubmitOrderIssue(ctx context.Context, id int64, in Description, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/submit_order_issue", id).json(in), opts)
}

// ExtendTrackingDeadline gives the seller more time for the tracking details; the
// buyer does it. Codes: [CodeInvalidID], [CodeTrackingAlreadyAdded],
// [CodePaymentDetailsNotAdded], [CodeTrackingSubmissionWindowNotStarted],
// [CodeNotBuyer], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/extend_tracking_deadline
func (s *OnlineService) ExtendTrackingDeadline(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/extend_tracking_deadline", id), opts)
}

// AcceptListingTransaction lets a transaction from a listing go on to the payment;
// the listing's creator does it. Codes: [CodeNoListing], [CodeAlreadyAccepted],
// [CodeAlreadyRejected], [CodeNotCreator], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/accept_listing_transaction
func (s *OnlineService) AcceptListingTransaction(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/accept_listing_transaction", id), opts)
}

// RejectListingTransaction declines a transaction from a listing; the listing's
// creator does it. Codes: those of [OnlineService.AcceptListingTransaction], and
// [CodeSecondPartyNotJoined].
//
// op: POST /transactions/{transaction_id}/reject_listing_transaction
func (s *OnlineService) RejectListingTransaction(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/reject_listing_transaction", id), opts)
}

// StripeClientSecret returns the secret with which the buyer's browser pays
// through Stripe. Codes: [CodeAlreadyPaid], [CodeInvalidID], [CodeNotAccepted],
// [CodeNotBuyer], [CodeNotFound].
//
// op: GET /transactions/{transaction_id}/stripe_client_secret
func (s *OnlineService) StripeClientSecret(ctx context.Context, id int64, opts ...CallOption) (Secret, error) {
	answer, err := do[clientSecret](ctx, s.client, get("/transactions/{transaction_id}/stripe_client_secret", id), opts)
	return answer.ClientSecret, err
}

type clientSecret struct {
	ClientSecret Secret `json:"client_secret"`
}

func (c clientSecret) check() error {
	if c.ClientSecret == "" {
		return errors.New("answer has no client_secret")
	}
	return nil
}
