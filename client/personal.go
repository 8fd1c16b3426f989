package client

import "context"

// PersonalService has the calls about the acting user's identity, verification
// and bank account. Nearly everything here is personal data.
type PersonalService struct{ client *Client }

// Details reads what the acting user told about themselves, with the state of
// each value.
//
// op: GET /me/personal/details
func (s *PersonalService) Details(ctx context.Context, opts ...CallOption) (*PersonalDetails, error) {
	return do[*PersonalDetails](ctx, s.client, get("/me/personal/details"), opts)
}

// SetDetails changes the values of in that are not nil.
//
// op: PATCH /me/personal/details
func (s *PersonalService) SetDetails(ctx context.Context, in PersonalUpdate, opts ...CallOption) (*PersonalDetails, error) {
	return do[*PersonalDetails](ctx, s.client, patch("/me/personal/details").json(in), opts)
}

// IdentityDocument reads how the front of the first identity document is being
// checked.
//
// op: GET /me/personal/identity_document/verification_status
func (s *PersonalService) IdentityDocument(ctx context.Context, opts ...CallOption) (*DocumentVerification, error) {
	return do[*DocumentVerification](ctx, s.client, get("/me/personal/identity_document/verification_status"), opts)
}

// IdentityDocumentBack is [PersonalService.IdentityDocument] for the back.
//
// op: GET /me/personal/identity_document_back/verification_status
func (s *PersonalService) IdentityDocumentBack(ctx context.Context, opts ...CallOption) (*DocumentVerification, error) {
	return do[*DocumentVerification](ctx, s.client, get("/me/personal/identity_document_back/verification_status"), opts)
}

// AdditionalDocument is [PersonalService.IdentityDocument] for the front of the
// second document.
//
// op: GET /me/personal/additional_identity_document/verification_status
func (s *PersonalService) AdditionalDocument(ctx context.Context, opts ...CallOption) (*DocumentVerification, error) {
	return do[*DocumentVerification](ctx, s.client, get("/me/personal/additional_identity_document/verification_status"), opts)
}

// AdditionalDocumentBack is [PersonalService.IdentityDocument] for the back of the
// second document.
//
// op: GET /me/personal/additional_identity_document_back/verification_status
func (s *PersonalService) AdditionalDocumentBack(ctx context.Context, opts ...CallOption) (*DocumentVerification, error) {
	return do[*DocumentVerification](ctx, s.client, get("/me/personal/additional_identity_document_back/verification_status"), opts)
}

// StripePublishableKey returns the key with which the browser loads Stripe for
// the acting user.
//
// op: GET /me/personal/stripe_publishable_key
func (s *PersonalService) StripePublishableKey(ctx context.Context, opts ...CallOption) (string, error) {
	answer, err := do[publishableKey](ctx, s.client, get("/me/personal/stripe_publishable_key"), opts)
	return answer.PublishableKey, err
}

// AccountSession opens a session of Stripe's embedded components and returns its
// secret. It is not repeated by itself.
//
// op: GET /me/account_session
func (s *PersonalService) AccountSession(ctx context.Context, opts ...CallOption) (Secret, error) {
	answer, err := do[clientSecret](ctx, s.client, get("/me/account_session").once(), opts)
	return answer.ClientSecret, err
}

// PayoutStatus reads whether the acting user can be paid out; the scope profile
// is needed for a full user.
//
// op: GET /me/profile/payout_status
func (s *PersonalService) PayoutStatus(ctx context.Context, opts ...CallOption) (PayoutStatus, error) {
	answer, err := do[payoutStatus](ctx, s.client, get("/me/profile/payout_status"), opts)
	return answer.Status, err
}

// VerificationMethod reads how the acting user's identity can be checked. It makes
// the method when there is none, so it is not repeated by itself. Codes:
// [CodeUserIsCompany].
//
// op: GET /me/verification_method
func (s *PersonalService) VerificationMethod(ctx context.Context, opts ...CallOption) (*VerificationMethod, error) {
	return do[*VerificationMethod](ctx, s.client, get("/me/verification_method").once(), opts)
}

// VerificationSession opens a check of the acting user's identity in the browser
// and returns its secret. It is not repeated by itself. Codes:
// [CodeStripeIdentityNotAvailable], [CodeUserIsCompany].
//
// op: GET /me/verification_session
func (s *PersonalService) VerificationSession(ctx context.Context, opts ...CallOption) (Secret, error) {
	answer, err := do[verificationSecret](ctx, s.client, get("/me/verification_session").once(), opts)
	return answer.Secret, err
}

// VerificationSessionNative is [PersonalService.VerificationSession] for an app.
//
// op: GET /me/verification_session_native
func (s *PersonalService) VerificationSessionNative(ctx context.Context, opts ...CallOption) (*NativeSession, error) {
	return do[*NativeSession](ctx, s.client, get("/me/verification_session_native").once(), opts)
}

// VerificationStatus reads how far the check of the acting user's identity is.
//
// op: GET /me/verification_status
func (s *PersonalService) VerificationStatus(ctx context.Context, opts ...CallOption) (*VerificationState, error) {
	return do[*VerificationState](ctx, s.client, get("/me/verification_status"), opts)
}
