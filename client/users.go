package client

import (
	"context"
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
	body := guestUserBody{
		Email:       in.Email,
		FirstName:   in.FirstName,
		LastName:    in.LastName,
		CountryCode: in.CountryCode,
		TOSAcceptance: tosBody{
			IP:            in.TOSAcceptance.IP,
			UnixTimestamp: in.TOSAcceptance.AcceptedAt.Unix(),
		},
	}
	return do[*GuestUser](ctx, s.client, post("/guest_users").json(body), opts)
}
