package client

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
)

// F2FQuoteInput asks for the fee of a face-to-face transaction.
type F2FQuoteInput struct {
	// Currency is the ISO 4217 code of all amounts, such as "eur". It is sent in small letters.
	Currency string
	// Price in minor units of Currency: the deposit for a new transaction, the
	// total including the deposit for [F2FService.SetPrice].
	Price int64
	// Quantity multiplies Price; 0 leaves it out, which means 1.
	Quantity int64
	// PaymentMethod and ChargeConfig choose another fee table; zero means the default.
	PaymentMethod PaymentMethod
	ChargeConfig  int64
	// FeeMultiplier multiplies the percentage of the fee, as decimal text such as
	// "1.5"; empty means 1.
	FeeMultiplier json.Number
}

func (in F2FQuoteInput) values() url.Values {
	values := in.plain().values()
	if in.FeeMultiplier != "" {
		values.Set("fee_multiplier", in.FeeMultiplier.String())
	}
	return values
}

func (in F2FQuoteInput) plain() QuoteInput {
	return QuoteInput{
		Currency: in.Currency, Price: in.Price, Quantity: in.Quantity,
		PaymentMethod: in.PaymentMethod, ChargeConfig: in.ChargeConfig,
	}
}

// F2FQuote is the fee of a face-to-face transaction together with everything
// that the fee was computed from. The calls that set a price take it whole. It
// is a type of its own because the two models have different calculators.
type F2FQuote struct {
	Quote
	// FeeMultiplier repeats the request; the API does not answer it.
	FeeMultiplier json.Number `json:"fee_multiplier,omitempty"`
}

// Quote asks what the API charges for a face-to-face transaction. It needs no
// acting user. Codes: [CodeCurrencyMissing], [CodeUnsupportedCurrency],
// [CodeInvalidPrice], [CodeNegativePrice], [CodePriceTooLow],
// [CodeFeeMultiplierTooLow], [CodeInvalidChargeConfig],
// [CodeUnsupportedCombination].
//
// op: GET /p2p/charge
func (s *F2FService) Quote(ctx context.Context, in F2FQuoteInput, opts ...CallOption) (*F2FQuote, error) {
	q, err := requestQuote[*F2FQuote](ctx, s.client, get("/p2p/charge").query(in.values()), in.plain(), opts)
	if err != nil {
		return nil, err
	}
	q.FeeMultiplier = in.FeeMultiplier
	return q, nil
}

// F2FQuoteForInput asks for the fee of an existing face-to-face transaction.
type F2FQuoteForInput struct {
	F2FQuoteInput
	// PriceExtra and PricePostage are parts of the price beside the goods, in
	// minor units of Currency; nil leaves them out.
	PriceExtra   *int64
	PricePostage *int64
}

// QuoteFor asks what the API charges for an existing transaction, which it needs
// before the payment method is changed. Currency may be empty: the transaction
// has one. Codes: those of [F2FService.Quote], and [CodeInvalidPaymentMethod].
//
// op: GET /p2p/transactions/{transaction_id}/charge
func (s *F2FService) QuoteFor(ctx context.Context, id int64, in F2FQuoteForInput, opts ...CallOption) (*F2FQuote, error) {
	values := in.values()
	if in.Currency == "" {
		values.Del("currency")
	}
	for name, amount := range map[string]*int64{"price_extra": in.PriceExtra, "price_postage": in.PricePostage} {
		if amount != nil {
			values.Set(name, strconv.FormatInt(*amount, 10))
		}
	}
	r := get("/p2p/transactions/{transaction_id}/charge", id).query(values)
	q, err := requestQuote[*F2FQuote](ctx, s.client, r, in.plain(), opts)
	if err != nil {
		return nil, err
	}
	q.FeeMultiplier = in.FeeMultiplier
	return q, nil
}

// depositPricing is a quote under the names of the deposit.
type depositPricing struct {
	Currency                string        `json:"currency"`
	DepositPrice            int64         `json:"deposit_price"`
	DepositCharge           int64         `json:"deposit_charge"`
	DepositChargeSeller     *int64        `json:"deposit_charge_seller,omitempty"`
	ChargeCalculatorVersion int64         `json:"charge_calculator_version"`
	DepositChargeConfig     int64         `json:"deposit_charge_config,omitempty"`
	DepositPaymentMethod    PaymentMethod `json:"deposit_payment_method,omitempty"`
	DepositFeeMultiplier    json.Number   `json:"deposit_fee_multiplier,omitempty"`
}

func (q F2FQuote) deposit() depositPricing {
	return depositPricing{
		Currency:                q.Currency,
		DepositPrice:            q.Price,
		DepositCharge:           q.Charge,
		DepositChargeSeller:     q.ChargeSeller,
		ChargeCalculatorVersion: q.ChargeCalculatorVersion,
		DepositChargeConfig:     q.ChargeConfig,
		DepositPaymentMethod:    q.PaymentMethod,
		DepositFeeMultiplier:    q.FeeMultiplier,
	}
}
