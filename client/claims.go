package client

import "context"

// ClaimForBuyer gives the guest buyer's side of a transaction to the full user
// named by [AsUser]. A wrong user cannot be taken out again. It answers 401 when
// the user has not consented to this marketplace. Codes: [CodeAlreadyClaimed],
// [CodeCannotClaimOwnTransaction], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/claim_for_buyer
func (s *OnlineService) ClaimForBuyer(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/claim_for_buyer", id), opts)
}

// ClaimForSeller is [OnlineService.ClaimForBuyer] for the guest seller's side.
//
// op: POST /transactions/{transaction_id}/claim_for_seller
func (s *OnlineService) ClaimForSeller(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/claim_for_seller", id), opts)
}

// ClaimAsBuyer gives the guest buyer's side to the acting full user, who got the
// secret by e-mail. Codes: [CodeAlreadyClaimed], [CodeCannotClaimOwnTransaction],
// [CodeMissingSecret], [CodeNotFound].
//
// op: POST /transactions_by_claim_secret/{secret}/claim_as_buyer
func (s *OnlineService) ClaimAsBuyer(ctx context.Context, secret string, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions_by_claim_secret/{secret}/claim_as_buyer", secret), opts)
}

// ClaimAsSeller is [OnlineService.ClaimAsBuyer] for the guest seller's side; also
// [CodeInvalidUserPlatform].
//
// op: POST /transactions_by_claim_secret/{secret}/claim_as_seller
func (s *OnlineService) ClaimAsSeller(ctx context.Context, secret string, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions_by_claim_secret/{secret}/claim_as_seller", secret), opts)
}

// ClaimForBuyer gives the guest buyer's side of a transaction to the full user
// named by [AsUser]. A wrong user cannot be taken out again. It answers 401 when
// the user has not consented to this marketplace. Codes: [CodeAlreadyClaimed],
// [CodeCannotClaimOwnTransaction], [CodeForbidden], [CodeNotFound].
//
// op: POST /p2p/transactions/{transaction_id}/claim_for_buyer
func (s *F2FService) ClaimForBuyer(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/claim_for_buyer", id), opts)
}

// ClaimForSeller is [F2FService.ClaimForBuyer] for the guest seller's side; also
// [CodeInvalidUserPlatform].
//
// op: POST /p2p/transactions/{transaction_id}/claim_for_seller
func (s *F2FService) ClaimForSeller(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/claim_for_seller", id), opts)
}

// ClaimAsBuyer gives the guest buyer's side to the acting full user, who got the
// secret by e-mail. Codes: [CodeAlreadyClaimed], [CodeCannotClaimOwnTransaction],
// [CodeMissingSecret], [CodeInvalidUserPlatform], [CodeNotFound].
//
// op: POST /p2p/transactions_by_claim_secret/{secret}/claim_as_buyer
func (s *F2FService) ClaimAsBuyer(ctx context.Context, secret string, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions_by_claim_secret/{secret}/claim_as_buyer", secret), opts)
}

// ClaimAsSeller is [F2FService.ClaimAsBuyer] for the guest seller's side.
//
// op: POST /p2p/transactions_by_claim_secret/{secret}/claim_as_seller
func (s *F2FService) ClaimAsSeller(ctx context.Context, secret string, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions_by_claim_secret/{secret}/claim_as_seller", secret), opts)
}
