package client

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// UserService has the calls about users of the marketplace.
type UserService struct{ client *Client }

// TOSAcceptance says when and from where a person accepted Trustap's terms.
type TOSAcceptance struct {
	// IP is the person's address, not the marketplace's.
	IP string
	// AcceptedAt must be in the past; it is sent in whole seconds.
	AcceptedAt time.Time
}

// CreateGuestUserInput is a person who trades without a Trustap account.
type CreateGuestUserInput struct {
	Email     string
	FirstName string
	LastName  string
	// CountryCode is ISO 3166-1 alpha-2. A guest who will sell needs it, because
	// it fixes the payout currency.
	CountryCode   string
	TOSAcceptance TOSAcceptance
}

// GuestUser is a guest of the marketplace. Keep its ID: creating the same person
// again gives another guest.
type GuestUser struct {
	// ID begins with "1-".
	ID        string `json:"id"`
	Email     string `json:"email"`
	CreatedAt Time   `json:"created_at,omitzero"`
	DeletedAt Time   `json:"deleted_at,omitzero"`
}

func (u *GuestUser) check() error {
	if u.ID == "" {
		return errors.New("guest user has no id")
	}
	return nil
}

type guestUserBody struct {
	Email         string  `json:"email"`
	FirstName     string  `json:"first_name,omitempty"`
	LastName      string  `json:"last_name,omitempty"`
	CountryCode   string  `json:"country_code,omitempty"`
	TOSAcceptance tosBody `json:"tos_acceptance"`
}

type tosBody struct {
	IP            string `json:"ip"`
	UnixTimestamp int64  `json:"unix_timestamp"`
}

// CreateGuestUser creates a guest. It needs the API key and no acting user.
// Codes: [CodeEmailMissing], [CodeInvalidEmail], [CodeFirstNameMissing],
// [CodeLastNameMissing], [CodeTOSAcceptanceIPMissing],
// [CodeInvalidTOSAcceptanceDate], [CodeInvalidCountryCode].
//
// op: POST /guest_users
func (s *UserService) CreateGuestUser(ctx context.Context, in CreateGuestUserInput, opts ...CallOption) (*GuestUser, error) {
	r := post("/guest_users")
	country, err := countryCode(in.CountryCode)
	if err != nil {
		return nil, &Error{Op: r.op(), Outcome: OutcomeNotSent, Err: err}
	}
	body := guestUserBody{
		Email:       in.Email,
		FirstName:   in.FirstName,
		LastName:    in.LastName,
		CountryCode: country,
		TOSAcceptance: tosBody{
			IP:            in.TOSAcceptance.IP,
			UnixTimestamp: in.TOSAcceptance.AcceptedAt.Unix(),
		},
	}
	return do[*GuestUser](ctx, s.client, r.json(body), opts)
}

// Amount is money in minor units of Currency, a lower-case ISO 4217 code.
type Amount struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

func (a *Amount) check() error {
	if a.Currency == "" {
		return errors.New("amount has no currency")
	}
	return nil
}

// Balances is the money of a user inside the platform, one entry per currency.
type Balances struct {
	Available []Amount `json:"available"`
}

func (b *Balances) check() error {
	if b.Available == nil {
		return errors.New("answer has no balances")
	}
	return nil
}

// Balances reads the acting user's money.
//
// op: GET /me/balances
func (s *UserService) Balances(ctx context.Context, opts ...CallOption) (*Balances, error) {
	return do[*Balances](ctx, s.client, get("/me/balances"), opts)
}

// Payouts reads the acting user's payouts in each currency. It passes the JSON on
// as it comes, because no public source has its shape.
//
// op: GET /me/payouts
func (s *UserService) Payouts(ctx context.Context, opts ...CallOption) (json.RawMessage, error) {
	return do[json.RawMessage](ctx, s.client, get("/me/payouts"), opts)
}

// UserFeatures says what is switched on for a user.
type UserFeatures struct {
	InstantPayoutsEnabled bool `json:"instant_payouts_enabled"`
}

// Features reads what is switched on for the acting user.
//
// op: GET /me/features
func (s *UserService) Features(ctx context.Context, opts ...CallOption) (*UserFeatures, error) {
	return do[*UserFeatures](ctx, s.client, get("/me/features"), opts)
}

// SetInstantPayouts switches instant payouts of the acting user on or off.
//
// op: POST /me/features/instant_payouts
func (s *UserService) SetInstantPayouts(ctx context.Context, enabled bool, opts ...CallOption) (*UserFeatures, error) {
	return do[*UserFeatures](ctx, s.client, post("/me/features/instant_payouts").json(struct {
		Enabled bool `json:"enabled"`
	}{enabled}), opts)
}
