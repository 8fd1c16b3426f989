package client

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
)

// PaymentMethod is how the buyer pays. Unknown values survive.
type PaymentMethod string

// Payment methods of the official API.
const (
	PaymentCard         PaymentMethod = "card"
	PaymentBankTransfer PaymentMethod = "bank_transfer"
	PaymentP24          PaymentMethod = "p24"
	PaymentFPX          PaymentMethod = "fpx"
)

// QuoteInput asks for the fee of an online transaction.
type QuoteInput struct {
	// Currency is the ISO 4217 code of all amounts, such as "eur". It is sent in small letters.
	Currency string
	// Price of the goods in minor units of Currency.
	Price int64
	// Quantity multiplies Price; 0 leaves it out, which means 1.
	Quantity int64
	// PaymentMethod and ChargeConfig choose another fee table; zero means the default.
	PaymentMethod PaymentMethod
	ChargeConfig  int64
	// PostageFee in minor units of Currency; nil leaves it out.
	PostageFee *int64
	// UseHRPost quotes with Croatian post.
	UseHRPost bool
}

func (in QuoteInput) values() url.Values {
	values := url.Values{
		"currency": {strings.ToLower(in.Currency)},
		"price":    {strconv.FormatInt(in.Price, 10)},
	}
	setInt(values, "quantity", in.Quantity)
	setInt(values, "charge_config", in.ChargeConfig)
	if in.PaymentMethod != "" {
		values.Set("payment_method", string(in.PaymentMethod))
	}
	if in.PostageFee != nil {
		values.Set("postage_fee", strconv.FormatInt(*in.PostageFee, 10))
	}
	if in.UseHRPost {
		values.Set("use_hr_post", "true")
	}
	return values
}

// Quote is the fee of an online transaction together with everything that the
// fee was computed from. The create calls take it whole, because the API refuses
// a charge that does not belong to its price and calculator version. Amounts are
// in minor units of Currency.
type Quote struct {
	Currency string `json:"currency"`
	// Price is the total of the goods: unit price times quantity.
	Price int64 `json:"price"`
	// Charge is the fee that the buyer pays on top of Price.
	Charge int64 `json:"charge"`
	// ChargeSeller is the fee taken from the seller; nil when not quoted.
	ChargeSeller *int64 `json:"charge_seller,omitempty"`
	// ChargeCalculatorVersion identifies the formula. Never write it by hand.
	ChargeCalculatorVersion int64         `json:"charge_calculator_version"`
	ChargeConfig            int64         `json:"charge_config,omitempty"`
	PaymentMethod           PaymentMethod `json:"payment_method,omitempty"`
	// ChargePostageBuyer and ChargePostageClient are the parts of the postage.
	ChargePostageBuyer  *int64 `json:"charge_postage_buyer,omitempty"`
	ChargePostageClient *int64 `json:"charge_postage_client,omitempty"`
	// ChargeBuyerClient and ChargeSellerClient are the marketplace's commission
	// inside Charge and ChargeSeller.
	ChargeBuyerClient  *int64 `json:"charge_buyer_client,omitempty"`
	ChargeSellerClient *int64 `json:"charge_seller_client,omitempty"`
	// PostageFee repeats the request; the API does not answer it.
	PostageFee *int64 `json:"postage_fee,omitempty"`
}

func (q *Quote) check() error {
	if q.ChargeCalculatorVersion <= 0 {
		return errors.New("quote has no charge_calculator_version")
	}
	return nil
}

// Quote asks what the API charges for a transaction. It needs no acting user.
// Codes: [CodeCurrencyMissing], [CodeUnsupportedCurrency], [CodeInvalidPrice],
// [CodeNegativePrice], [CodePriceTooLow], [CodeInvalidChargeConfig],
// [CodeUnsupportedCombination].
//
// op: GET /charge
func (s *OnlineService) Quote(ctx context.Context, in QuoteInput, opts ...CallOption) (*Quote, error) {
	return requestQuote[*Quote](ctx, s.client, get("/charge").query(in.values()), in, opts)
}

// QuoteFor asks what the API charges for an existing transaction, which it needs
// before the payment method is changed. The transaction fixes the currency:
// Currency, PostageFee and UseHRPost of in are not sent, and a Currency that is
// not empty must be the answer's. Codes: those of [OnlineService.Quote], and
// [CodeInvalidPaymentMethod].
//
// op: GET /transactions/{transaction_id}/charge
func (s *OnlineService) QuoteFor(ctx context.Context, id int64, in QuoteInput, opts ...CallOption) (*Quote, error) {
	values := in.values()
	for _, fixed := range []string{"currency", "postage_fee", "use_hr_post"} {
		values.Del(fixed)
	}
	in.PostageFee = nil
	r := get("/transactions/{transaction_id}/charge", id).query(values)
	return requestQuote[*Quote](ctx, s.client, r, in, opts)
}

// quoted is a quote of either model.
type quoted interface {
	checked
	base() *Quote
}

func (q *Quote) base() *Quote { return q }

// requestQuote asks, and completes the answer from the question.
func requestQuote[Q quoted](ctx context.Context, c *Client, r request, in QuoteInput, opts []CallOption) (Q, error) {
	var none Q
	total, err := in.total()
	if err != nil {
		return none, &Error{Op: r.op(), Outcome: OutcomeNotSent, Err: err}
	}
	answer, err := do[Q](ctx, c, r, opts)
	if err != nil {
		return none, err
	}
	if !answer.base().answers(in) {
		return none, &Error{Op: r.op(), Err: fmt.Errorf("%w: quote is for another price or currency", ErrUnexpectedAnswer)}
	}
	answer.base().fill(in, total)
	return answer, nil
}

// total is the price of all pieces; it fails for what is no question.
func (in QuoteInput) total() (int64, error) {
	quantity := max(in.Quantity, 1)
	if _, err := currencyCode(in.Currency); err != nil {
		return 0, err
	}
	if in.Price > math.MaxInt64/quantity {
		return 0, fmt.Errorf("%w: price times quantity overflows", ErrInvalidInput)
	}
	return in.Price * quantity, nil
}

// answers guards the create call, which takes price and currency from the quote.
// With a quantity the sources do not agree on which price is answered.
func (q *Quote) answers(in QuoteInput) bool {
	samePrice := q.Price == 0 || q.Price == in.Price || in.Quantity > 1
	return samePrice && (q.Currency == "" || in.Currency == "" || strings.EqualFold(q.Currency, in.Currency))
}

// fill adds what the create call must repeat and the customer's document does
// not promise in the answer: there it has the charge, currency and version only.
func (q *Quote) fill(in QuoteInput, total int64) {
	if q.Currency == "" {
		q.Currency = strings.ToLower(in.Currency)
	}
	if q.Price == 0 {
		q.Price = total
	}
	if q.ChargeConfig == 0 {
		q.ChargeConfig = in.ChargeConfig
	}
	if q.PaymentMethod == "" {
		q.PaymentMethod = in.PaymentMethod
	}
	q.PostageFee = in.PostageFee
}

// ready refuses a quote that did not come from a quote call.
func (q *Quote) ready(op string) error {
	if q.check() == nil {
		return nil
	}
	return &Error{Op: op, Outcome: OutcomeNotSent,
		Err: fmt.Errorf("%w: the quote must be the answer of a quote call", ErrInvalidInput)}
}

// pricing is the part of a quote that the create calls repeat.
type pricing struct {
	Currency                string        `json:"currency"`
	Price                   int64         `json:"price"`
	Charge                  int64         `json:"charge"`
	ChargeSeller            *int64        `json:"charge_seller,omitempty"`
	ChargeCalculatorVersion int64         `json:"charge_calculator_version"`
	ChargeConfig            int64         `json:"charge_config,omitempty"`
	PaymentMethod           PaymentMethod `json:"payment_method,omitempty"`
	PostageFee              *int64        `json:"postage_fee,omitempty"`
}

func (q Quote) pricing() pricing {
	return pricing{
		Currency:                q.Currency,
		Price:                   q.Price,
		Charge:                  q.Charge,
		ChargeSeller:            q.ChargeSeller,
		ChargeCalculatorVersion: q.ChargeCalculatorVersion,
		ChargeConfig:            q.ChargeConfig,
		PaymentMethod:           q.PaymentMethod,
		PostageFee:              q.PostageFee,
	}
}
