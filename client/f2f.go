package client

import (
	"context"
	"iter"
)

// F2FService has the calls of the face-to-face model: the buyer pays a deposit,
// the parties meet, and the money is released after the handover and the
// complaint period. Where the API has one call for full users and another for
// guests, both are here under the API's names; [F2FService.For] picks the right
// one.
type F2FService struct{ client *Client }

// F2FCreateInput is a new transaction that waits for its other party.
type F2FCreateInput struct {
	// Role is the creator's side.
	Role        Role
	Description string
	// Quote of the deposit is the answer of [F2FService.Quote], unchanged.
	Quote F2FQuote
	// SkipRemainder makes the deposit the whole price.
	SkipRemainder bool
	// ClientID names another marketplace; empty means the caller's own.
	ClientID string
}

// F2FCreateAndJoinInput is a new transaction between the acting user and another
// full user, who must have granted the scope p2p_tx:offline_create_join.
type F2FCreateAndJoinInput struct {
	CreatorRole   Role
	JoinUserID    string
	Description   string
	Quote         F2FQuote
	SkipRemainder bool
}

// F2FCreateWithGuestUserInput is a new transaction where at least one party is a
// guest user of the marketplace.
type F2FCreateWithGuestUserInput struct {
	// CreatorRole is the side of the acting user.
	CreatorRole   Role
	BuyerID       string
	SellerID      string
	Description   string
	Quote         F2FQuote
	SkipRemainder bool
	// ImageURL is absolute, at most 2047 characters.
	ImageURL string
}

type f2fCreateBody struct {
	Role          Role   `json:"role,omitempty"`
	CreatorRole   Role   `json:"creator_role,omitempty"`
	JoinUserID    string `json:"join_user_id,omitempty"`
	BuyerID       string `json:"buyer_id,omitempty"`
	SellerID      string `json:"seller_id,omitempty"`
	Description   string `json:"description"`
	SkipRemainder bool   `json:"skip_remainder"`
	ClientID      string `json:"client_id,omitempty"`
	ImageURL      string `json:"image_url,omitempty"`
	depositPricing
}

// Create opens a transaction. The answer's JoinCode lets the other party join.
// There is no idempotency key: after [OutcomeUnknown] look for it with
// [F2FService.All] before creating again.
// Codes: [CodeIncorrectCalcVersion], [CodeIncorrectCharge],
// [CodeInvalidCalcVersion], [CodeNegativePrice], [CodePriceTooLow],
// [CodeIncorrectChargeSeller], [CodeInvalidChargeConfig].
//
// op: POST /p2p/me/transactions
func (s *F2FService) Create(ctx context.Context, in F2FCreateInput, opts ...CallOption) (*F2FTransaction, error) {
	return s.create(ctx, post("/p2p/me/transactions"), in.Quote, f2fCreateBody{
		Role: in.Role, Description: in.Description, SkipRemainder: in.SkipRemainder, ClientID: in.ClientID,
	}, opts)
}

// CreateAndJoin opens a transaction that both parties have joined. Codes: those
// of [F2FService.Create], and [CodeInvalidJoinUserID], [CodeDuplicateUserID],
// [CodeUnsupportedCurrency], [CodeUserNotOwnedByClient],
// [CodeSecondPartyAlreadyJoined], [CodeIncompatibleCountries],
// [CodeIncompatibleUsers], [CodeUnsupportedCombination],
// [CodeUnsupportedSellerClientConfiguration].
//
// op: POST /p2p/me/transactions/create_and_join
func (s *F2FService) CreateAndJoin(ctx context.Context, in F2FCreateAndJoinInput, opts ...CallOption) (*F2FTransaction, error) {
	return s.create(ctx, post("/p2p/me/transactions/create_and_join"), in.Quote, f2fCreateBody{
		CreatorRole: in.CreatorRole, JoinUserID: in.JoinUserID,
		Description: in.Description, SkipRemainder: in.SkipRemainder,
	}, opts)
}

// CreateWithGuestUser opens a transaction that both parties have joined; the
// acting user ([AsUser]) is the party of CreatorRole. Codes: those of
// [F2FService.Create], and [CodeNoGuestUser], [CodeInvalidRole],
// [CodeIncompatiblePlatforms], [CodeUnsupportedCurrency],
// [CodeFeeMultiplierTooLow], [CodeUnsupportedCombination],
// [CodeInvalidImageURL], [CodeImageURLTooLong], [CodeGuestUserNotFound],
// [CodeSellerCountryCodeNotSet], [CodeUnsupportedSellerClientConfiguration].
//
// op: POST /p2p/me/transactions/create_with_guest_user
func (s *F2FService) CreateWithGuestUser(ctx context.Context, in F2FCreateWithGuestUserInput, opts ...CallOption) (*F2FTransaction, error) {
	return s.create(ctx, post("/p2p/me/transactions/create_with_guest_user"), in.Quote, f2fCreateBody{
		CreatorRole: in.CreatorRole, BuyerID: in.BuyerID, SellerID: in.SellerID,
		Description: in.Description, SkipRemainder: in.SkipRemainder, ImageURL: in.ImageURL,
	}, opts)
}

func (s *F2FService) create(ctx context.Context, r request, q F2FQuote, body f2fCreateBody, opts []CallOption) (*F2FTransaction, error) {
	if err := q.ready(r.op()); err != nil {
		return nil, err
	}
	body.depositPricing = q.deposit()
	return do[*F2FTransaction](ctx, s.client, r.json(body), opts)
}

// F2FUpdateInput changes a transaction that nobody has joined. Nil leaves a value
// as it is.
type F2FUpdateInput struct {
	Description *string
	// Quote of the new deposit is the answer of [F2FService.Quote], unchanged.
	Quote *F2FQuote
}

// Update changes a transaction before the other party joins; the creator does it.
// Codes: [CodeInvalidID], [CodeSecondPartyAlreadyJoined], [CodeValuesNotChanged],
// [CodeForbidden], [CodeNotFound].
//
// op: PATCH /p2p/transactions/{transaction_id}
func (s *F2FService) Update(ctx context.Context, id int64, in F2FUpdateInput, opts ...CallOption) (*F2FTransaction, error) {
	r := patch("/p2p/transactions/{transaction_id}", id)
	body := struct {
		Description   *string `json:"description,omitempty"`
		Currency      string  `json:"currency,omitempty"`
		DepositPrice  *int64  `json:"deposit_price,omitempty"`
		DepositCharge *int64  `json:"deposit_charge,omitempty"`
	}{Description: in.Description}
	if in.Quote != nil {
		if err := in.Quote.ready(r.op()); err != nil {
			return nil, err
		}
		body.Currency, body.DepositPrice, body.DepositCharge = in.Quote.Currency, &in.Quote.Price, &in.Quote.Charge
	}
	return do[*F2FTransaction](ctx, s.client, r.json(body), opts)
}

// Get reads a transaction. Only its parties and its marketplace may.
// Codes: [CodeInvalidID], [CodeNotFound].
//
// op: GET /p2p/transactions/{transaction_id}
func (s *F2FService) Get(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, get("/p2p/transactions/{transaction_id}", id), opts)
}

// Batch reads many transactions, in requests of 50. The answer has the order and
// the length of ids, with nil for each that was not found. The first failed
// request fails the whole. Codes: [CodeInvalidID]; never [CodeIDsMissing] or
// [CodeTooManyIDs], because of how the requests are made.
//
// op: GET /p2p/batch/transactions
func (s *F2FService) Batch(ctx context.Context, ids []int64, opts ...CallOption) ([]*F2FTransaction, error) {
	return readBatch[*F2FTransaction](ctx, s.client, "/p2p/batch/transactions", ids, opts)
}

// List reads one page of the acting user's transactions, newest first.
// Codes: [CodeInvalidAfterID], [CodeInvalidBeforeID], [CodeInvalidLimit],
// [CodeExcessiveLimit].
//
// op: GET /p2p/me/transactions
func (s *F2FService) List(ctx context.Context, page PageOptions, opts ...CallOption) ([]*F2FTransaction, error) {
	return do[records[*F2FTransaction]](ctx, s.client, get("/p2p/me/transactions").query(page.values()), opts)
}

// All walks the acting user's transactions from the newest, or from
// page.AfterID, to the oldest. The first error ends it.
func (s *F2FService) All(ctx context.Context, page PageOptions, opts ...CallOption) iter.Seq2[*F2FTransaction, error] {
	list := func(p PageOptions) ([]*F2FTransaction, error) { return s.List(ctx, p, opts...) }
	return pages("GET /p2p/me/transactions", page, list)
}

// GetByJoinCode reads a transaction that waits for its other party.
// Codes: [CodeNotFound] for a code that is unknown or used.
//
// op: GET /p2p/transactions_by_join_code/{joinCode}
func (s *F2FService) GetByJoinCode(ctx context.Context, joinCode string, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, get("/p2p/transactions_by_join_code/{joinCode}", joinCode), opts)
}

// Join makes the acting user the other party of a transaction.
// Codes: [CodeCannotJoinOwnTransaction], [CodeAlreadyCancelled],
// [CodeUnsupportedCurrency], [CodeInvalidPaymentMethod], [CodeInvalidUserID],
// [CodeIncompatibleUsers], [CodeUnsupportedSellerClientConfiguration],
// [CodeNotFound].
//
// op: POST /p2p/transactions_by_join_code/{join_code}/join
func (s *F2FService) Join(ctx context.Context, joinCode string, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions_by_join_code/{join_code}/join", joinCode), opts)
}

// JoinWithGuest makes a guest, named by [AsUser], the other party of a
// transaction. Codes: [CodeCannotJoinOwnTransaction], [CodeAlreadyCancelled],
// [CodeUnsupportedSellerClientConfiguration], [CodeNotFound].
//
// op: POST /p2p/transactions/{transaction_id}/join_with_guest
func (s *F2FService) JoinWithGuest(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/join_with_guest", id), opts)
}

// RejectByJoinCode declines a transaction for good.
// Codes: [CodeCannotRejectOwnTransaction], [CodeNotFound].
//
// op: POST /p2p/transactions_by_join_code/{join_code}/reject
func (s *F2FService) RejectByJoinCode(ctx context.Context, joinCode string, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions_by_join_code/{join_code}/reject", joinCode), opts)
}
