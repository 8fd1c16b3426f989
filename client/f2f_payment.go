package client

import "context"

// DepositStripeClientSecret returns the secret with which the buyer's browser
// pays the deposit through Stripe. Codes: [CodeDepositAlreadyPaid],
// [CodeNotBuyer], [CodeNotFound].
//
// op: GET /p2p/transactions/{transaction_id}/deposit_stripe_client_secret
func (s *F2FService) DepositStripeClientSecret(ctx context.Context, id int64, opts ...CallOption) (Secret, error) {
	answer, err := do[clientSecret](ctx, s.client, get("/p2p/transactions/{transaction_id}/deposit_stripe_client_secret", id), opts)
	return answer.ClientSecret, err
}

// SetDepositPaymentMethod changes how the buyer will pay the deposit; the quote
// must be one of [F2FService.QuoteFor] with that method.
// Codes: [CodeInvalidPaymentMethod], [CodeDepositAlreadyPaid],
// [CodePaymentMethodAlreadySet], [CodeInvalidChargeConfig],
// [CodeUnsupportedCurrency], [CodeUnsupportedCombination],
// [CodeCurrencyMissing], [CodeIncorrectCharge], [CodeIncorrectChargeSeller],
// [CodeIncorrectPrice], [CodeIncorrectCurrency].
//
// op: POST /p2p/transactions/{transaction_id}/set_deposit_payment_method
func (s *F2FService) SetDepositPaymentMethod(ctx context.Context, id int64, q F2FQuote, opts ...CallOption) (*F2FTransaction, error) {
	r := post("/p2p/transactions/{transaction_id}/set_deposit_payment_method", id)
	if err := q.ready(r.op()); err != nil {
		return nil, err
	}
	body := struct {
		PaymentMethod       PaymentMethod `json:"payment_method"`
		Currency            string        `json:"currency"`
		DepositPrice        int64         `json:"deposit_price"`
		DepositCharge       int64         `json:"deposit_charge"`
		DepositChargeSeller int64         `json:"deposit_charge_seller"`
		ChargeConfig        int64         `json:"charge_config,omitempty"`
	}{
		PaymentMethod: q.PaymentMethod, Currency: q.Currency, DepositPrice: q.Price,
		DepositCharge: q.Charge, ChargeConfig: q.ChargeConfig,
	}
	if q.ChargeSeller != nil {
		body.DepositChargeSeller = *q.ChargeSeller
	}
	return do[*F2FTransaction](ctx, s.client, r.json(body), opts)
}

// AcceptDeposit accepts the buyer's deposit; the seller does it. With
// SkipRemainder the status goes on to [F2FStatusRemainderSkipped] a moment
// later: wait for it with [F2FService.WaitUntil] before the handover.
// Codes: [CodeDepositNotPaid], [CodeDepositPaymentInReview],
// [CodeDepositAlreadyAccepted], [CodeDepositAlreadyCaptured],
// [CodeAlreadyCancelled], [CodeNotSeller], [CodeNotFound].
//
// op: POST /p2p/transactions/{transaction_id}/accept_deposit
func (s *F2FService) AcceptDeposit(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/accept_deposit", id), opts)
}

// AcceptDepositWithGuestSeller is [F2FService.AcceptDeposit] for a guest, named
// by [AsUser]. The API answers the same codes with other statuses here, and
// [CodeSubjectIsNotGuestUser] for a full user.
//
// op: POST /p2p/transactions/{transaction_id}/accept_deposit_with_guest_seller
func (s *F2FService) AcceptDepositWithGuestSeller(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transaction_id}/accept_deposit_with_guest_seller", id), opts)
}

// SkipRemainder makes the accepted deposit the whole price; the seller does it
// instead of [F2FService.SetPrice]. Codes: [CodePriceAlreadySet],
// [CodeNotSeller], [CodeNotFound].
//
// op: POST /p2p/transactions/{transactionId}/skip_remainder
func (s *F2FService) SkipRemainder(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return do[*F2FTransaction](ctx, s.client, post("/p2p/transactions/{transactionId}/skip_remainder", id), opts)
}

// SetPrice sets the total price; the seller does it after the deposit was
// accepted. The quote is of the total, which includes the deposit: the buyer
// pays the difference. Codes: [CodeCurrencyMismatch],
// [CodeRemainderAlreadySkipped], [CodeRemainderTooLow], [CodeNotSeller],
// [CodeNotFound].
//
// op: POST /p2p/transactions/{transactionId}/set_price
func (s *F2FService) SetPrice(ctx context.Context, id int64, total F2FQuote, opts ...CallOption) (*F2FTransaction, error) {
	r := post("/p2p/transactions/{transactionId}/set_price", id)
	if err := total.ready(r.op()); err != nil {
		return nil, err
	}
	return do[*F2FTransaction](ctx, s.client, r.json(struct {
		Currency                string `json:"currency"`
		Price                   int64  `json:"price"`
		Charge                  int64  `json:"charge"`
		ChargeCalculatorVersion int64  `json:"charge_calculator_version"`
	}{total.Currency, total.Price, total.Charge, total.ChargeCalculatorVersion}), opts)
}

// RemainderStripeClientSecret returns the secret with which the buyer's browser
// pays the remainder through Stripe. Codes: [CodeMissingPricing];
// [CodeRemainderAlreadyPaid] or, newer, [CodeNoClientSecret]; [CodeNotBuyer],
// [CodeNotFound].
//
// op: GET /p2p/transactions/{transaction_id}/remainder_stripe_client_secret
func (s *F2FService) RemainderStripeClientSecret(ctx context.Context, id int64, opts ...CallOption) (Secret, error) {
	answer, err := do[clientSecret](ctx, s.client, get("/p2p/transactions/{transaction_id}/remainder_stripe_client_secret", id), opts)
	return answer.ClientSecret, err
}

// PayDeposit pays the deposit with a card token of Stripe.
// Codes: [CodeCardDeclined], [CodeDepositAlreadyPaid], [CodeExpiredCard],
// [CodeIncorrectCVC], [CodeInsufficientFunds], [CodeNotBuyer], [CodeNotFound].
//
// Trustap prefers another call: pay in the browser with [F2FService.DepositStripeClientSecret] or
// [PayPage.F2FDeposit].
//
// op: POST /p2p/transactions/{transaction_id}/pay_deposit
func (s *F2FService) PayDeposit(ctx context.Context, id int64, stripeToken string, opts ...CallOption) (*F2FTransaction, error) {
	r := post("/p2p/transactions/{transaction_id}/pay_deposit", id).json(cardToken{stripeToken})
	return do[*F2FTransaction](ctx, s.client, r, opts)
}

// PayRemainder pays the remainder with a card token of Stripe.
// Codes: [CodeCardDeclined], [CodeExpiredCard], [CodeIncorrectCVC],
// [CodeInsufficientFunds], [CodeInvalidID], [CodeMissingPricing],
// [CodeRemainderAlreadyPaid], [CodeNotBuyer].
//
// Trustap prefers another call: pay in the browser with [F2FService.RemainderStripeClientSecret].
//
// op: POST /p2p/transactions/{transaction_id}/pay_remainder
func (s *F2FService) PayRemainder(ctx context.Context, id int64, stripeToken string, opts ...CallOption) (*F2FTransaction, error) {
	r := post("/p2p/transactions/{transaction_id}/pay_remainder", id).json(cardToken{stripeToken})
	return do[*F2FTransaction](ctx, s.client, r, opts)
}

// cardToken has the name of the examples; the customer's document calls it
// stripe_charge_token in one schema.
type cardToken struct {
	StripeToken string `json:"stripe_token"`
}

// BankTransferDetails returns where to send the money when the deposit is paid
// by bank transfer. Codes: [CodePaymentMethodNotBankTransfer],
// [CodePaidWithBalance].
//
// op: GET /p2p/transactions/{transaction_id}/bank_transfer_details
func (s *F2FService) BankTransferDetails(ctx context.Context, id int64, opts ...CallOption) (*BankTransferDetails, error) {
	return do[*BankTransferDetails](ctx, s.client, get("/p2p/transactions/{transaction_id}/bank_transfer_details", id), opts)
}

// StripePublishableKey returns the key with which the browser loads Stripe for
// this transaction. Codes: [CodeInvalidID], [CodeNotBuyer], [CodeNotSeller],
// [CodeNotFound].
//
// op: GET /p2p/transactions/{transaction_id}/stripe_publishable_key
func (s *F2FService) StripePublishableKey(ctx context.Context, id int64, opts ...CallOption) (string, error) {
	answer, err := do[publishableKey](ctx, s.client, get("/p2p/transactions/{transaction_id}/stripe_publishable_key", id), opts)
	return answer.PublishableKey, err
}
