package client

import "context"

// F2FListingService has the calls that single-use and multi-use listings of the
// face-to-face model share. The official API stopped supporting listings on 28
// February 2025; the customer's document has them in full.
type F2FListingService struct{ listings }

// F2FSingleUseListingService has the calls of face-to-face listings that are sold
// once.
type F2FSingleUseListingService struct{ F2FListingService }

// F2FMultiUseListingService has the calls of face-to-face listings that can be
// sold any number of times.
type F2FMultiUseListingService struct{ F2FListingService }

func newF2FListings(c *Client, kind ListingType) F2FListingService {
	return F2FListingService{listings{client: c, model: "/p2p", kind: kind, id: "{listingId}"}}
}

// F2FListingInput is a new listing.
type F2FListingInput struct {
	// Role is the creator's side.
	Role        Role
	Description string
	// Quote of the deposit is the answer of [F2FService.Quote], unchanged.
	Quote F2FQuote
	// SkipRemainder makes the deposit the whole price.
	SkipRemainder bool
}

// listingDeposit is the part of a quote that listings take.
type listingDeposit struct {
	Currency                string `json:"currency"`
	DepositPrice            int64  `json:"deposit_price"`
	DepositCharge           int64  `json:"deposit_charge"`
	ChargeCalculatorVersion int64  `json:"charge_calculator_version"`
}

func (q *F2FQuote) listing() listingDeposit {
	return listingDeposit{q.Currency, q.Price, q.Charge, q.ChargeCalculatorVersion}
}

// Create offers goods. Codes: [CodeInvalidRole].
//
// Trustap prefers another call: create the transaction with [F2FService.Create].
//
// op: POST /p2p/me/single_use_listings/create
// op: POST /p2p/me/multi_use_listings/create
func (s *F2FListingService) Create(ctx context.Context, in F2FListingInput, opts ...CallOption) (*F2FListing, error) {
	r := post(s.mine("/create"))
	if err := in.Quote.ready(r.op()); err != nil {
		return nil, err
	}
	return do[*F2FListing](ctx, s.client, r.json(struct {
		Role          Role   `json:"role"`
		Description   string `json:"description"`
		SkipRemainder bool   `json:"skip_remainder"`
		ChargeSeller  *int64 `json:"charge_seller,omitempty"`
		listingDeposit
	}{in.Role, in.Description, in.SkipRemainder, in.Quote.ChargeSeller, in.Quote.listing()}), opts)
}

// CreateDefault makes a listing with a deposit that the API chooses and without a
// text.
//
// Trustap prefers another call: use Create of the same service, or [F2FService.Create].
//
// op: POST /p2p/me/single_use_listings
// op: POST /p2p/me/multi_use_listings
func (s *F2FListingService) CreateDefault(ctx context.Context, opts ...CallOption) (*F2FListing, error) {
	return do[*F2FListing](ctx, s.client, post(s.mine("")), opts)
}

// Get reads a listing. Codes: [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [F2FService.Create].
//
// op: GET /p2p/single_use_listings/{listingId}
// op: GET /p2p/multi_use_listings/{listingId}
func (s *F2FListingService) Get(ctx context.Context, id ID, opts ...CallOption) (*F2FListing, error) {
	return do[*F2FListing](ctx, s.client, get(s.one(""), id), opts)
}

// Delete removes a listing; transactions made from it stay. Codes:
// [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [F2FService.Create].
//
// op: DELETE /p2p/single_use_listings/{listingId}
// op: DELETE /p2p/multi_use_listings/{listingId}
func (s *F2FListingService) Delete(ctx context.Context, id ID, opts ...CallOption) error {
	return doEmpty(ctx, s.client, del(s.one(""), id), opts)
}

// F2FListingUpdate changes a listing. Nil leaves a value as it is.
type F2FListingUpdate struct {
	Description *string
	// Quote of the new deposit is the answer of [F2FService.Quote], unchanged.
	Quote         *F2FQuote
	SkipRemainder *bool
}

// Update changes a listing. Codes: [CodeEmptyBody], [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [F2FService.Create].
//
// op: PATCH /p2p/single_use_listings/{listingId}
// op: PATCH /p2p/multi_use_listings/{listingId}
func (s *F2FListingService) Update(ctx context.Context, id ID, in F2FListingUpdate, opts ...CallOption) (*F2FListing, error) {
	r := patch(s.one(""), id)
	body := struct {
		Description   *string `json:"description,omitempty"`
		SkipRemainder *bool   `json:"skip_remainder,omitempty"`
		*listingDeposit
	}{Description: in.Description, SkipRemainder: in.SkipRemainder}
	if in.Quote != nil {
		if err := in.Quote.ready(r.op()); err != nil {
			return nil, err
		}
		price := in.Quote.listing()
		body.listingDeposit = &price
	}
	return do[*F2FListing](ctx, s.client, r.json(body), opts)
}

// SetDescription replaces a listing's text. Codes: [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [F2FService.Create].
//
// op: POST /p2p/single_use_listings/{listingId}/set_description
// op: POST /p2p/multi_use_listings/{listingId}/set_description
func (s *F2FListingService) SetDescription(ctx context.Context, id ID, in Description, opts ...CallOption) (*F2FListing, error) {
	return do[*F2FListing](ctx, s.client, post(s.one("/set_description"), id).json(in), opts)
}

// SetDepositPricing replaces a listing's deposit. Codes: [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [F2FService.Create].
//
// op: POST /p2p/single_use_listings/{listingId}/set_deposit_pricing
// op: POST /p2p/multi_use_listings/{listingId}/set_deposit_pricing
func (s *F2FListingService) SetDepositPricing(ctx context.Context, id ID, q F2FQuote, opts ...CallOption) (*F2FListing, error) {
	r := post(s.one("/set_deposit_pricing"), id)
	if err := q.ready(r.op()); err != nil {
		return nil, err
	}
	return do[*F2FListing](ctx, s.client, r.json(q.listing()), opts)
}

// SetSkipRemainder says whether the deposit is the whole price. Codes:
// [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [F2FService.Create].
//
// op: POST /p2p/multi_use_listings/{listingId}/set_skip_remainder
func (s *F2FMultiUseListingService) SetSkipRemainder(ctx context.Context, id ID, skip bool, opts ...CallOption) (*F2FListing, error) {
	return do[*F2FListing](ctx, s.client, post(s.one("/set_skip_remainder"), id).json(struct {
		SkipRemainder bool `json:"skip_remainder"`
	}{skip}), opts)
}

// CreateTransaction makes the acting user the other party of a new transaction.
// Codes: [CodeListingIsDisabled], [CodeIsListingCreator], [CodeNotFound].
//
// Trustap prefers another call: create the transaction with [F2FService.Create].
//
// op: POST /p2p/single_use_listings/{listingId}/create_transaction
func (s *F2FSingleUseListingService) CreateTransaction(ctx context.Context, id ID, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post(s.one("/create_transaction"), id), opts)
}

// CreateTransaction makes the acting user the other party of a new transaction.
// Codes: [CodeListingIsDisabled], [CodeIsListingCreator], [CodeNotFound].
//
// Trustap prefers another call: create the transaction with [F2FService.Create].
//
// op: POST /p2p/multi_use_listings/{listingId}/create_transaction
func (s *F2FMultiUseListingService) CreateTransaction(ctx context.Context, id ID, in ListingPurchase[F2FQuote], opts ...CallOption) (*F2FTransaction, error) {
	r := post(s.one("/create_transaction"), id)
	if in.Quote == nil {
		return do[*F2FTransaction](ctx, s.client, r.query(purchaseValues(in.Quantity, nil)), opts)
	}
	if err := in.Quote.ready(r.op()); err != nil {
		return nil, err
	}
	return do[*F2FTransaction](ctx, s.client, r.query(purchaseValues(in.Quantity, &in.Quote.Quote)), opts)
}

// Disable stops new transactions; it may be repeated. Codes: [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [F2FService.Create].
//
// op: POST /p2p/single_use_listings/{listingId}/disable
// op: POST /p2p/multi_use_listings/{listingId}/disable
func (s *F2FListingService) Disable(ctx context.Context, id ID, opts ...CallOption) (*F2FListing, error) {
	return do[*F2FListing](ctx, s.client, post(s.one("/disable"), id), opts)
}

// Enable allows new transactions again; it may be repeated. Codes:
// [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [F2FService.Create].
//
// op: POST /p2p/single_use_listings/{listingId}/enable
// op: POST /p2p/multi_use_listings/{listingId}/enable
func (s *F2FListingService) Enable(ctx context.Context, id ID, opts ...CallOption) (*F2FListing, error) {
	return do[*F2FListing](ctx, s.client, post(s.one("/enable"), id), opts)
}
