package client

import (
	"context"
	"errors"
	"net/url"
)

// DebitAccount is where the acting user is paid out; the other kind is nil.
type DebitAccount struct {
	BankAccount *BankAccount `json:"bank_account"`
	Card        *DebitCard   `json:"card"`
}

// BankAccount is a bank account without its number.
type BankAccount struct {
	BankName string `json:"bank_name"`
	// Country is ISO 3166-1 alpha-2.
	Country string `json:"country"`
	// Currency is the name that the API gives it.
	Currency string `json:"currency_alpha_2"`
	Last4    string `json:"last4"`
	Routing  string `json:"routing,omitempty"`
}

// DebitCard is a card without its number.
type DebitCard struct {
	Last4 string `json:"last4"`
	Month int64  `json:"month"`
	Year  int64  `json:"year"`
}

// DebitAccount reads where the acting user is paid out.
//
// op: GET /me/debit_account
func (s *PersonalService) DebitAccount(ctx context.Context, opts ...CallOption) (*DebitAccount, error) {
	return do[*DebitAccount](ctx, s.client, get("/me/debit_account"), opts)
}

// DebitAccountType says which field of [DebitAccountInput] counts.
type DebitAccountType string

// Types of accounts (official API).
const (
	DebitAccountBank      DebitAccountType = "bank"
	DebitAccountBankToken DebitAccountType = "bank_token"
	DebitAccountCard      DebitAccountType = "card"
)

// DebitAccountInput is a new place for payouts; one of the fields after Type is
// set.
type DebitAccountInput struct {
	Type        DebitAccountType `json:"type"`
	BankDetails *BankDetails     `json:"bank_details,omitempty"`
	// BankToken and CardDetails are tokens of Stripe.
	BankToken   string `json:"bank_token,omitempty"`
	CardDetails string `json:"card_details,omitempty"`
}

// BankDetails is a bank account with its number.
type BankDetails struct {
	AccountNumber string `json:"account_number"`
	RoutingNumber string `json:"routing_number,omitempty"`
	// CountryCode is ISO 3166-1 alpha-2, Currency lower-case ISO 4217.
	CountryCode string `json:"country_code"`
	Currency    string `json:"currency"`
}

// SetDebitAccount replaces the place for payouts. Codes:
// [CodeRoutingNumberInvalid], [CodeAccountNumberInvalid],
// [CodeParameterMissing], [CodeInvalidAccountType], [CodeBankAccountUnusable],
// [CodeBankDetailsMissing], [CodeBankTokenMissing], [CodeCardDetailsMissing].
//
// op: POST /me/debit_account
func (s *PersonalService) SetDebitAccount(ctx context.Context, in DebitAccountInput, opts ...CallOption) (*DebitAccount, error) {
	return do[*DebitAccount](ctx, s.client, post("/me/debit_account").json(in), opts)
}

// InstantPayoutBalance reads the money that an instant payout would move.
//
// op: GET /me/instant_payout_balance
func (s *PersonalService) InstantPayoutBalance(ctx context.Context, opts ...CallOption) (*Amount, error) {
	return do[*Amount](ctx, s.client, get("/me/instant_payout_balance"), opts)
}

// PayoutAttemptStatus is the state of a payout. Unknown values survive.
type PayoutAttemptStatus string

// States of payouts (official API).
const (
	PayoutAttemptPending   PayoutAttemptStatus = "pending"
	PayoutAttemptInTransit PayoutAttemptStatus = "in_transit"
	PayoutAttemptPaid      PayoutAttemptStatus = "paid"
	PayoutAttemptCanceled  PayoutAttemptStatus = "canceled"
	PayoutAttemptFailed    PayoutAttemptStatus = "failed"
)

// PayoutAttempt is one payout. The API gives no currency with it.
type PayoutAttempt struct {
	// Amount is in minor units.
	Amount int64               `json:"amount"`
	Status PayoutAttemptStatus `json:"status"`
	// FailureCode is a word of Stripe, such as "account_closed".
	FailureCode string `json:"failure_code,omitempty"`
	// CreatedDate and ArrivalDate are numbers of the API; Stripe's are Unix
	// seconds.
	CreatedDate int64 `json:"created_date"`
	ArrivalDate int64 `json:"arrival_date"`
}

// PayoutAttempts reads the payouts that were tried.
//
// op: GET /me/payout_attempts
func (s *PersonalService) PayoutAttempts(ctx context.Context, opts ...CallOption) ([]PayoutAttempt, error) {
	return do[[]PayoutAttempt](ctx, s.client, get("/me/payout_attempts"), opts)
}

// BankLink is a connection to a bank that the browser finishes.
type BankLink struct {
	SetupIntentID string `json:"setup_intent_id"`
	ClientSecret  Secret `json:"setup_intent_client_secret"`
}

func (l *BankLink) check() error {
	if l.SetupIntentID == "" || l.ClientSecret == "" {
		return errors.New("answer has no setup intent")
	}
	return nil
}

// PrepareBankLink opens a connection to a bank through Stripe.
//
// op: POST /me/stripe_financial_connections/prepare_account
func (s *PersonalService) PrepareBankLink(ctx context.Context, opts ...CallOption) (*BankLink, error) {
	return do[*BankLink](ctx, s.client, post("/me/stripe_financial_connections/prepare_account"), opts)
}

// BankOwner is whose account a connection is.
type BankOwner struct {
	Name       string `json:"name"`
	Email      string `json:"email"`
	RawAddress string `json:"raw_address"`
	RawPhone   string `json:"raw_phone"`
}

// BankLinkOwner reads whose account a connection is. Codes:
// [CodeUnconfirmedSetupIntent].
//
// op: GET /me/stripe_financial_connections/ownership
func (s *PersonalService) BankLinkOwner(ctx context.Context, setupIntentID string, opts ...CallOption) (*BankOwner, error) {
	r := get("/me/stripe_financial_connections/ownership").query(url.Values{"setup_intent_id": {setupIntentID}})
	return do[*BankOwner](ctx, s.client, r, opts)
}

// AddBankLink makes a connected account the place for payouts.
//
// op: POST /me/stripe_financial_connections/add_account
func (s *PersonalService) AddBankLink(ctx context.Context, paymentMethodID string, opts ...CallOption) (*DebitAccount, error) {
	return do[*DebitAccount](ctx, s.client, post("/me/stripe_financial_connections/add_account").json(struct {
		PaymentMethodID string `json:"payment_method_id"`
	}{paymentMethodID}), opts)
}
