package client

import (
	"context"
	"errors"
)

// LiteService has the call of Trustap Lite: a page where a stranger pays the
// deposit of a face-to-face transaction.
type LiteService struct{ client *Client }

// LiteInput is goods of a seller who needs no account.
type LiteInput struct {
	// AdID comes back in the metadata of webhooks.
	AdID        string `json:"ad_id"`
	Description string `json:"description"`
	// Currency is the ISO 4217 code of Value. It is sent in small letters.
	Currency string `json:"currency"`
	// Value is the price in minor units of Currency.
	Value int64 `json:"value"`
	// SellerCountryCode is ISO 3166-1 alpha-2; the official text says currency,
	// which we take for a mistake.
	SellerCountryCode string `json:"seller_country_code"`
	SellerEmail       string `json:"seller_email"`
	SellerPhoneNumber string `json:"seller_phone_number,omitempty"`
	// ImageURL is absolute, at most 2047 characters.
	ImageURL string `json:"image_url,omitempty"`
}

type actionsURL struct {
	ActionsURL string `json:"actions_url"`
}

func (a actionsURL) check() error {
	if a.ActionsURL == "" {
		return errors.New("answer has no actions_url")
	}
	return nil
}

// CreateWithSeller offers goods and returns the address of the page where they
// are paid. Codes: [CodeInvalidRole], [CodeInvalidImageURL],
// [CodeImageURLTooLong].
//
// op: POST /p2p/listings/create_with_seller
func (s *LiteService) CreateWithSeller(ctx context.Context, in LiteInput, opts ...CallOption) (string, error) {
	r := post("/p2p/listings/create_with_seller")
	var wrongCurrency, wrongCountry error
	in.Currency, wrongCurrency = currencyCode(in.Currency)
	in.SellerCountryCode, wrongCountry = countryCode(in.SellerCountryCode)
	if err := errors.Join(wrongCurrency, wrongCountry); err != nil {
		return "", &Error{Op: r.op(), Outcome: OutcomeNotSent, Err: err}
	}
	answer, err := do[actionsURL](ctx, s.client, r.json(in), opts)
	return answer.ActionsURL, err
}
