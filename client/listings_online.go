package client

import "context"

// OnlineListingService has the calls that single-use and multi-use listings of
// the online model share. The official API stopped supporting listings on 28
// February 2025; the customer's document has them in full.
type OnlineListingService struct{ listings }

// OnlineSingleUseListingService has the calls of online listings that are sold
// once.
type OnlineSingleUseListingService struct{ OnlineListingService }

// OnlineMultiUseListingService has the calls of online listings that can be sold
// any number of times.
type OnlineMultiUseListingService struct{ OnlineListingService }

func newOnlineListings(c *Client, kind ListingType) OnlineListingService {
	return OnlineListingService{listings{client: c, kind: kind, id: "{listing_id}"}}
}

// OnlineListingInput is a new listing.
type OnlineListingInput struct {
	// Role is the creator's side.
	Role        Role
	Description string
	// Quote is the answer of [OnlineService.Quote], unchanged.
	Quote Quote
}

// listingPricing is the part of a quote that listings take.
type listingPricing struct {
	Currency                string `json:"currency"`
	Price                   int64  `json:"price"`
	Charge                  int64  `json:"charge"`
	ChargeSeller            *int64 `json:"charge_seller,omitempty"`
	ChargeCalculatorVersion int64  `json:"charge_calculator_version"`
}

func (q *Quote) listing() listingPricing {
	return listingPricing{q.Currency, q.Price, q.Charge, q.ChargeSeller, q.ChargeCalculatorVersion}
}

// Create offers goods. Codes: [CodeInvalidRole], [CodeIncorrectCharge],
// [CodeIncorrectChargeSeller].
//
// Trustap prefers another call: create the transaction with [OnlineService.Create].
//
// op: POST /me/single_use_listings/create
// op: POST /me/multi_use_listings/create
func (s *OnlineListingService) Create(ctx context.Context, in OnlineListingInput, opts ...CallOption) (*OnlineListing, error) {
	r := post(s.mine("/create"))
	if err := in.Quote.ready(r.op()); err != nil {
		return nil, err
	}
	return do[*OnlineListing](ctx, s.client, r.json(struct {
		Role        Role   `json:"role"`
		Description string `json:"description"`
		listingPricing
	}{in.Role, in.Description, in.Quote.listing()}), opts)
}

// CreateEmpty makes a listing without a role, a text or a price.
//
// Trustap prefers another call: use Create of the same service, or [OnlineService.Create].
//
// op: POST /me/single_use_listings
func (s *OnlineSingleUseListingService) CreateEmpty(ctx context.Context, opts ...CallOption) (*OnlineListing, error) {
	return do[*OnlineListing](ctx, s.client, post(s.mine("")), opts)
}

// Get reads a listing. Codes: [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [OnlineService.Create].
//
// op: GET /single_use_listings/{listing_id}
// op: GET /multi_use_listings/{listing_id}
func (s *OnlineListingService) Get(ctx context.Context, id ID, opts ...CallOption) (*OnlineListing, error) {
	return do[*OnlineListing](ctx, s.client, get(s.one(""), id), opts)
}

// Delete removes a listing; transactions made from it stay. Codes:
// [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [OnlineService.Create].
//
// op: DELETE /single_use_listings/{listing_id}
// op: DELETE /multi_use_listings/{listing_id}
func (s *OnlineListingService) Delete(ctx context.Context, id ID, opts ...CallOption) error {
	return doEmpty(ctx, s.client, del(s.one(""), id), opts)
}

// OnlineListingUpdate changes a listing. Nil leaves a value as it is.
type OnlineListingUpdate struct {
	Description *string
	// Quote of the new price is the answer of [OnlineService.Quote], unchanged.
	Quote *Quote
}

// Update changes a listing. Codes: [CodeEmptyBody], [CodePartialPricing],
// [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [OnlineService.Create].
//
// op: PATCH /single_use_listings/{listing_id}
// op: PATCH /multi_use_listings/{listing_id}
func (s *OnlineListingService) Update(ctx context.Context, id ID, in OnlineListingUpdate, opts ...CallOption) (*OnlineListing, error) {
	r := patch(s.one(""), id)
	body := struct {
		Description *string `json:"description,omitempty"`
		*listingPricing
	}{Description: in.Description}
	if in.Quote != nil {
		if err := in.Quote.ready(r.op()); err != nil {
			return nil, err
		}
		price := in.Quote.listing()
		body.listingPricing = &price
	}
	return do[*OnlineListing](ctx, s.client, r.json(body), opts)
}

// SetDescription replaces a listing's text. Codes: [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [OnlineService.Create].
//
// op: POST /single_use_listings/{listing_id}/set_description
// op: POST /multi_use_listings/{listing_id}/set_description
func (s *OnlineListingService) SetDescription(ctx context.Context, id ID, in Description, opts ...CallOption) (*OnlineListing, error) {
	return do[*OnlineListing](ctx, s.client, post(s.one("/set_description"), id).json(in), opts)
}

// SetPricing replaces a listing's price. Codes: [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [OnlineService.Create].
//
// op: POST /single_use_listings/{listing_id}/set_pricing
// op: POST /multi_use_listings/{listing_id}/set_pricing
func (s *OnlineListingService) SetPricing(ctx context.Context, id ID, q Quote, opts ...CallOption) (*OnlineListing, error) {
	r := post(s.one("/set_pricing"), id)
	if err := q.ready(r.op()); err != nil {
		return nil, err
	}
	return do[*OnlineListing](ctx, s.client, r.json(q.listing()), opts)
}

// CreateTransaction makes the acting user the other party of a new transaction,
// which waits for [OnlineService.AcceptListingTransaction]. Codes:
// [CodeListingIsDisabled], [CodeNoListingCurrency], [CodeNoListingPrice],
// [CodeNoListingDescr], [CodeIsListingCreator], [CodeNotFound].
//
// Trustap prefers another call: create the transaction with [OnlineService.Create].
//
// op: POST /single_use_listings/{listing_id}/create_transaction
func (s *OnlineSingleUseListingService) CreateTransaction(ctx context.Context, id ID, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post(s.one("/create_transaction"), id), opts)
}

// CreateTransaction makes the acting user the other party of a new transaction,
// which waits for [OnlineService.AcceptListingTransaction]. Codes:
// [CodeListingIsDisabled], [CodeNoListingCurrency], [CodeNoListingPrice],
// [CodeNoListingDescr], [CodeIsListingCreator], [CodeInvalidChargeConfig],
// [CodeNotFound].
//
// Trustap prefers another call: create the transaction with [OnlineService.Create].
//
// op: POST /multi_use_listings/{listing_id}/create_transaction
func (s *OnlineMultiUseListingService) CreateTransaction(ctx context.Context, id ID, in ListingPurchase[Quote], opts ...CallOption) (*Transaction, error) {
	r := post(s.one("/create_transaction"), id)
	values := purchaseValues(in.Quantity, in.Quote)
	if in.Quote != nil {
		if err := in.Quote.ready(r.op()); err != nil {
			return nil, err
		}
		setInt(values, "charge_config", in.Quote.ChargeConfig)
		if in.Quote.PaymentMethod != "" {
			values.Set("payment_method", string(in.Quote.PaymentMethod))
		}
	}
	return do[*Transaction](ctx, s.client, r.query(values), opts)
}

// CreateTransactionWithGuestBuyer makes a guest, named by [AsUser], the buyer of
// a new transaction. Codes: those of CreateTransaction.
//
// Trustap prefers another call: create the transaction with [OnlineService.CreateWithGuestUser].
//
// op: POST /single_use_listings/{listing_id}/create_transaction_with_guest_buyer
// op: POST /multi_use_listings/{listing_id}/create_transaction_with_guest_buyer
func (s *OnlineListingService) CreateTransactionWithGuestBuyer(ctx context.Context, id ID, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post(s.one("/create_transaction_with_guest_buyer"), id), opts)
}

// Disable stops new transactions; it may be repeated. Codes: [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [OnlineService.Create].
//
// op: POST /single_use_listings/{listing_id}/disable
// op: POST /multi_use_listings/{listing_id}/disable
func (s *OnlineListingService) Disable(ctx context.Context, id ID, opts ...CallOption) (*OnlineListing, error) {
	return do[*OnlineListing](ctx, s.client, post(s.one("/disable"), id), opts)
}

// Enable allows new transactions again; it may be repeated. Codes:
// [CodeNotFound].
//
// Trustap prefers another call: make the transaction without a listing, see [OnlineService.Create].
//
// op: POST /single_use_listings/{listing_id}/enable
// op: POST /multi_use_listings/{listing_id}/enable
func (s *OnlineListingService) Enable(ctx context.Context, id ID, opts ...CallOption) (*OnlineListing, error) {
	return do[*OnlineListing](ctx, s.client, post(s.one("/enable"), id), opts)
}
