package client

import (
	"context"
	"iter"
	"net/url"
)

// OnlineService has the calls of the online model. Where the API has one call
// for full users and another for guests, both are here under the API's names;
// [OnlineService.For] picks the right one.
type OnlineService struct{ client *Client }

// CreateInput is a new transaction that waits for its other party.
type CreateInput struct {
	// Role is the creator's side.
	Role        Role
	Description string
	// Quote is the answer of [OnlineService.Quote], unchanged.
	Quote    Quote
	Features []Feature
	// ClientID names another marketplace; empty means the caller's own.
	ClientID string
}

// CreateAndJoinInput is a new transaction between the acting user and another
// full user, who must have granted the scope basic_tx:offline_create_join.
type CreateAndJoinInput struct {
	CreatorRole Role
	JoinUserID  string
	Description string
	Quote       Quote
	Features    []Feature
	ClientID    string
}

// CreateWithGuestUserInput is a new transaction where at least one party is a
// guest user of the marketplace.
type CreateWithGuestUserInput struct {
	// CreatorRole is the side of the acting user.
	CreatorRole Role
	BuyerID     string
	SellerID    string
	Description string
	Quote       Quote
	Features    []Feature
	ClientID    string
	// ImageURL is absolute, at most 2047 characters.
	ImageURL string
}

type createBody struct {
	Role        Role      `json:"role,omitempty"`
	CreatorRole Role      `json:"creator_role,omitempty"`
	JoinUserID  string    `json:"join_user_id,omitempty"`
	BuyerID     string    `json:"buyer_id,omitempty"`
	SellerID    string    `json:"seller_id,omitempty"`
	Description string    `json:"description"`
	Features    []Feature `json:"features,omitempty"`
	ClientID    string    `json:"client_id,omitempty"`
	ImageURL    string    `json:"image_url,omitempty"`
	pricing
}

// Create opens a transaction. The answer's JoinCode lets the other party join.
// There is no idempotency key: after [OutcomeUnknown] look for it with
// [OnlineService.All] before creating again.
// Codes: [CodeIncorrectCalcVersion], [CodeIncorrectCharge],
// [CodeInvalidCalcVersion], [CodeNegativePrice], [CodePriceTooLow],
// [CodeIncorrectChargeSeller], [CodeInvalidChargeConfig].
//
// op: POST /me/transactions
func (s *OnlineService) Create(ctx context.Context, in CreateInput, opts ...CallOption) (*Transaction, error) {
	return s.create(ctx, post("/me/transactions"), in.Quote, createBody{
		Role: in.Role, Description: in.Description, Features: in.Features, ClientID: in.ClientID,
	}, opts)
}

// CreateAndJoin opens a transaction that both parties have joined. Codes: those
// of [OnlineService.Create], and [CodeInvalidJoinUserID], [CodeDuplicateUserID],
// [CodeUnsupportedCurrency], [CodeUserNotOwnedByClient], [CodeUserAlreadyJoined],
// [CodeAlreadyCancelled], [CodeFeatureNotFound], [CodeUnsupportedCombination].
//
// op: POST /me/transactions/create_and_join
func (s *OnlineService) CreateAndJoin(ctx context.Context, in CreateAndJoinInput, opts ...CallOption) (*Transaction, error) {
	return s.create(ctx, post("/me/transactions/create_and_join"), in.Quote, createBody{
		CreatorRole: in.CreatorRole, JoinUserID: in.JoinUserID,
		Description: in.Description, Features: in.Features, ClientID: in.ClientID,
	}, opts)
}

// CreateWithGuestUser opens a transaction that both parties have joined; the
// acting user ([AsUser]) is the party of CreatorRole. Codes: those of
// [OnlineService.Create], and [CodeNoGuestUser], [CodeInvalidRole],
// [CodeIncompatibleCountries], [CodeUnsupportedCurrency],
// [CodeUnsupportedCombination], [CodeInvalidImageURL], [CodeImageURLTooLong],
// [CodeGuestUserNotFound].
//
// op: POST /me/transactions/create_with_guest_user
func (s *OnlineService) CreateWithGuestUser(ctx context.Context, in CreateWithGuestUserInput, opts ...CallOption) (*Transaction, error) {
	return s.create(ctx, post("/me/transactions/create_with_guest_user"), in.Quote, createBody{
		CreatorRole: in.CreatorRole, BuyerID: in.BuyerID, SellerID: in.SellerID,
		Description: in.Description, Features: in.Features, ClientID: in.ClientID, ImageURL: in.ImageURL,
	}, opts)
}

func (s *OnlineService) create(ctx context.Context, r request, q Quote, body createBody, opts []CallOption) (*Transaction, error) {
	if err := q.ready(r.op()); err != nil {
		return nil, err
	}
	body.pricing = q.pricing()
	return do[*Transaction](ctx, s.client, r.json(body), opts)
}

// Get reads a transaction. Only its parties and its marketplace may.
// Codes: [CodeInvalidID], [CodeNotFound].
//
// op: GET /transactions/{transaction_id}
func (s *OnlineService) Get(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, get("/transactions/{transaction_id}", id), opts)
}

// Batch reads many transactions, in requests of 50. The answer has the order and
// the length of ids, with nil for each that was not found. The first failed
// request fails the whole. Codes: [CodeInvalidID]; never [CodeIDsMissing] or
// [CodeTooManyIDs], because of how the requests are made.
//
// op: GET /batch/transactions
func (s *OnlineService) Batch(ctx context.Context, ids []int64, opts ...CallOption) ([]*Transaction, error) {
	return readBatch[*Transaction](ctx, s.client, "/batch/transactions", ids, opts)
}

// List reads one page of the acting user's transactions, newest first.
// Codes: [CodeInvalidAfterID], [CodeInvalidBeforeID], [CodeInvalidLimit].
//
// op: GET /me/transactions
func (s *OnlineService) List(ctx context.Context, page PageOptions, opts ...CallOption) ([]*Transaction, error) {
	return do[records[*Transaction]](ctx, s.client, get("/me/transactions").query(page.values()), opts)
}

// All walks the acting user's transactions from the newest, or from
// page.AfterID, to the oldest. The first error ends it.
func (s *OnlineService) All(ctx context.Context, page PageOptions, opts ...CallOption) iter.Seq2[*Transaction, error] {
	list := func(p PageOptions) ([]*Transaction, error) { return s.List(ctx, p, opts...) }
	return pages("GET /me/transactions", page, list)
}

// GetByJoinCode reads a transaction that waits for its other party.
// Codes: [CodeJoinCodeMissing]; [CodeNotFound] for a code that is unknown or used.
//
// op: GET /transactions
func (s *OnlineService) GetByJoinCode(ctx context.Context, joinCode string, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, get("/transactions").query(url.Values{"join_code": {joinCode}}), opts)
}

// Join makes the acting user the other party of a transaction. Codes: those of
// [OnlineService.GetByJoinCode], and [CodeCannotJoinOwnTransaction].
//
// op: PUT /transactions
func (s *OnlineService) Join(ctx context.Context, joinCode string, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, put("/transactions").query(url.Values{"join_code": {joinCode}}), opts)
}

// RejectByJoinCode declines a transaction for good. Codes: [CodeNotFound].
//
// op: POST /transactions-by-join-code/{join_code}/reject
func (s *OnlineService) RejectByJoinCode(ctx context.Context, joinCode string, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions-by-join-code/{join_code}/reject", joinCode), opts)
}
