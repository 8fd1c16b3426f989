package client

import "context"

// UpdateInput changes a transaction that nobody has joined. Nil leaves a value as
// it is.
type UpdateInput struct {
	Description *string
	// Quote of the new price is the answer of [OnlineService.Quote], unchanged.
	Quote *Quote
}

// Update changes a transaction before the other party joins; the creator does it.
// Codes: [CodeInvalidID], [CodeSecondPartyAlreadyJoined], [CodeValuesNotChanged],
// [CodeForbidden], [CodeNotFound].
//
// op: PATCH /transactions/{transaction_id}
func (s *OnlineService) Update(ctx context.Context, id int64, in UpdateInput, opts ...CallOption) (*Transaction, error) {
	r := patch("/transactions/{transaction_id}", id)
	body := struct {
		Description  *string `json:"description,omitempty"`
		Currency     string  `json:"currency,omitempty"`
		Price        *int64  `json:"price,omitempty"`
		Charge       *int64  `json:"charge,omitempty"`
		ChargeSeller *int64  `json:"charge_seller,omitempty"`
	}{Description: in.Description}
	if in.Quote != nil {
		if err := in.Quote.ready(r.op()); err != nil {
			return nil, err
		}
		body.Currency, body.Price = in.Quote.Currency, &in.Quote.Price
		body.Charge, body.ChargeSeller = &in.Quote.Charge, in.Quote.ChargeSeller
	}
	return do[*Transaction](ctx, s.client, r.json(body), opts)
}

// SetPaymentMethod changes how the buyer will pay; the buyer does it, and the
// quote must be one of [OnlineService.QuoteFor] with that method.
// Codes: [CodeInvalidPaymentMethod], [CodeUnsupportedCurrency],
// [CodeCurrencyMissing], [CodeIncorrectCharge], [CodeIncorrectChargeSeller],
// [CodeIncorrectPrice], [CodeIncorrectCurrency], [CodeInvalidChargeConfig],
// [CodeUnsupportedCombination], [CodePaymentMethodAlreadySet], [CodeNotBuyer],
// [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/set_payment_method
func (s *OnlineService) SetPaymentMethod(ctx context.Context, id int64, q Quote, opts ...CallOption) (*Transaction, error) {
	r := post("/transactions/{transaction_id}/set_payment_method", id)
	if err := q.ready(r.op()); err != nil {
		return nil, err
	}
	return do[*Transaction](ctx, s.client, r.json(struct {
		PaymentMethod PaymentMethod `json:"payment_method,omitempty"`
		Currency      string        `json:"currency"`
		Price         int64         `json:"price"`
		Charge        int64         `json:"charge"`
		ChargeSeller  *int64        `json:"charge_seller,omitempty"`
		ChargeConfig  int64         `json:"charge_config,omitempty"`
	}{q.PaymentMethod, q.Currency, q.Price, q.Charge, q.ChargeSeller, q.ChargeConfig}), opts)
}

// AcceptPayment accepts the buyer's payment; the seller does it, in a transaction
// with [FeatureRequireSellerAcceptance]. Codes: [CodeMissingRequiredFeature],
// [CodePaymentAlreadyAccepted], [CodeTransactionNotPaidYet], [CodeNotFound].
//
// op: POST /transactions/{transaction_id}/accept_payment
func (s *OnlineService) AcceptPayment(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/accept_payment", id), opts)
}

// AcceptPaymentWithGuestSeller is [OnlineService.AcceptPayment] for a guest, named
// by [AsUser]; also [CodeMissingShippoShippingRateID].
//
// op: POST /transactions/{transaction_id}/accept_payment_with_guest_seller
func (s *OnlineService) AcceptPaymentWithGuestSeller(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return do[*Transaction](ctx, s.client, post("/transactions/{transaction_id}/accept_payment_with_guest_seller", id), opts)
}

// Pay pays with a card token of Stripe. Codes: [CodeAlreadyPaid],
// [CodeCardDeclined], [CodeExpiredCard], [CodeIncorrectCVC],
// [CodeInsufficientFunds], [CodeInvalidID], [CodeNotAccepted], [CodeNotBuyer],
// [CodeNotFound].
//
// Trustap prefers another call: pay in the browser with [OnlineService.StripeClientSecret] or
// [PayPage.Online].
//
// op: POST /transactions/{transaction_id}/pay
func (s *OnlineService) Pay(ctx context.Context, id int64, stripeToken string, opts ...CallOption) (*Transaction, error) {
	r := post("/transactions/{transaction_id}/pay", id).json(cardToken{stripeToken})
	return do[*Transaction](ctx, s.client, r, opts)
}

// BankTransferDetails returns where to send the money when the buyer pays by bank
// transfer. Codes: [CodePaymentMethodNotBankTransfer], [CodePaidWithBalance].
//
// op: GET /transactions/{transaction_id}/bank_transfer_details
func (s *OnlineService) BankTransferDetails(ctx context.Context, id int64, opts ...CallOption) (*BankTransferDetails, error) {
	return do[*BankTransferDetails](ctx, s.client, get("/transactions/{transaction_id}/bank_transfer_details", id), opts)
}

// StripePublishableKey returns the key with which the browser loads Stripe for
// this transaction. Codes: [CodeInvalidID], [CodeNotBuyer], [CodeNotSeller],
// [CodeNotFound].
//
// op: GET /transactions/{transaction_id}/stripe_publishable_key
func (s *OnlineService) StripePublishableKey(ctx context.Context, id int64, opts ...CallOption) (string, error) {
	answer, err := do[publishableKey](ctx, s.client, get("/transactions/{transaction_id}/stripe_publishable_key", id), opts)
	return answer.PublishableKey, err
}

// BuyerDetails reads how the buyer can be reached; the parties may.
// Codes: [CodeNotFound].
//
// op: GET /transactions/{transaction_id}/buyer_details
func (s *OnlineService) BuyerDetails(ctx context.Context, id int64, opts ...CallOption) (*UserDetails, error) {
	return do[*UserDetails](ctx, s.client, get("/transactions/{transaction_id}/buyer_details", id), opts)
}

// SellerDetails reads how the seller can be reached; the parties may.
// Codes: [CodeNotFound].
//
// op: GET /transactions/{transaction_id}/seller_details
func (s *OnlineService) SellerDetails(ctx context.Context, id int64, opts ...CallOption) (*UserDetails, error) {
	return do[*UserDetails](ctx, s.client, get("/transactions/{transaction_id}/seller_details", id), opts)
}

// BillingDetails reads what the buyer gave when paying. Codes: [CodeNotFound].
//
// op: GET /transactions/{transaction_id}/billing_details
func (s *OnlineService) BillingDetails(ctx context.Context, id int64, opts ...CallOption) (*BillingDetails, error) {
	return do[*BillingDetails](ctx, s.client, get("/transactions/{transaction_id}/billing_details", id), opts)
}
