package client

import "errors"

// PersonalDetails is what a user told, with the state of each value.
type PersonalDetails struct {
	NameFirst         VerifiableText  `json:"name_first"`
	NameLast          VerifiableText  `json:"name_last"`
	DateOfBirth       VerifiableDate  `json:"dob"`
	Phone             VerifiablePhone `json:"phone"`
	IDNumber          VerifiableID    `json:"id_number"`
	AddressLine1      VerifiableText  `json:"address_line1"`
	AddressLine2      VerifiableText  `json:"address_line2"`
	AddressCity       VerifiableText  `json:"address_city"`
	AddressPostalCode VerifiableText  `json:"address_postal_code"`
	AddressState      VerifiableText  `json:"address_state"`
	AddressCountry    VerifiableText  `json:"address_country"`
}

// VerificationStatus is the state of one value. Unknown values survive.
type VerificationStatus string

// States of a value (official API).
const (
	VerificationUnset                VerificationStatus = "unset"
	VerificationSet                  VerificationStatus = "set"
	VerificationInvalid              VerificationStatus = "invalid"
	VerificationVerifying            VerificationStatus = "verifying"
	VerificationVerifiedAndVerifying VerificationStatus = "verified_and_verifying"
	VerificationVerified             VerificationStatus = "verified"
)

// Verifiable is what is the same for every value of [PersonalDetails].
type Verifiable struct {
	Status VerificationStatus `json:"status"`
	// Type is "string", "date", "phone" or "id_number".
	Type string `json:"type"`
	// RequiredNow is true when payouts wait for this value.
	RequiredNow   bool           `json:"required_now"`
	InvalidReason *InvalidReason `json:"invalid_reason,omitempty"`
}

// InvalidReason is why a value was refused.
type InvalidReason struct {
	Code        string `json:"code"`
	Description string `json:"description"`
}

// VerifiableText is a text with its state.
type VerifiableText struct {
	Verifiable
	Value      string         `json:"value"`
	Validation TextValidation `json:"validation"`
}

// TextValidation limits a text; nil does not.
type TextValidation struct {
	CannotUnset  *bool  `json:"cannot_unset,omitempty"`
	CannotUpdate *bool  `json:"cannot_update,omitempty"`
	MinLength    *int64 `json:"min_length,omitempty"`
	MaxLength    *int64 `json:"max_length,omitempty"`
}

// VerifiableDate is a date with its state.
type VerifiableDate struct {
	Verifiable
	Value      *Date          `json:"value"`
	Validation DateValidation `json:"validation"`
}

// Date is a day of the calendar without a time zone.
type Date struct {
	Year  int64 `json:"year"`
	Month int64 `json:"month"`
	Day   int64 `json:"day"`
}

// DateValidation limits a date; nil does not.
type DateValidation struct {
	MinDay   *int64 `json:"min_day,omitempty"`
	MinMonth *int64 `json:"min_month,omitempty"`
	MinYear  *int64 `json:"min_year,omitempty"`
	MaxDate  *int64 `json:"max_date,omitempty"`
	MaxDay   *int64 `json:"max_day,omitempty"`
	MaxMonth *int64 `json:"max_month,omitempty"`
	MaxYear  *int64 `json:"max_year,omitempty"`
}

// VerifiablePhone is a telephone number with its state.
type VerifiablePhone struct {
	Verifiable
	Value      *PhoneNumber `json:"value"`
	Validation struct {
		NumberMinLength *int64 `json:"number_min_length,omitempty"`
	} `json:"validation"`
}

// PhoneNumber is a telephone number in parts.
type PhoneNumber struct {
	DialCode        string `json:"dial_code"`
	DialCodeCountry string `json:"dial_code_country"`
	Number          string `json:"number"`
}

// VerifiableID says whether an identity number was given; the API does not show
// it.
type VerifiableID struct {
	Verifiable
	Value struct {
		Provided bool `json:"provided"`
	} `json:"value"`
	Validation TextValidation `json:"validation"`
}

// PersonalUpdate changes personal details. Nil leaves a value as it is.
type PersonalUpdate struct {
	NameFirst         *string      `json:"name_first,omitempty"`
	NameLast          *string      `json:"name_last,omitempty"`
	DateOfBirth       *Date        `json:"dob,omitempty"`
	Phone             *PhoneNumber `json:"phone,omitempty"`
	IDNumber          *string      `json:"id_number,omitempty"`
	AddressLine1      *string      `json:"address_line1,omitempty"`
	AddressLine2      *string      `json:"address_line2,omitempty"`
	AddressCity       *string      `json:"address_city,omitempty"`
	AddressPostalCode *string      `json:"address_postal_code,omitempty"`
	AddressState      *string      `json:"address_state,omitempty"`
}

// DocumentStatus is how a document is being checked. Unknown values survive.
type DocumentStatus string

// Document states (official API).
const (
	DocumentDue       DocumentStatus = "due"
	DocumentNotDue    DocumentStatus = "not_due"
	DocumentVerifying DocumentStatus = "verifying"
	DocumentVerified  DocumentStatus = "verified"
)

// DocumentVerification is one side of an identity document.
type DocumentVerification struct {
	Status              DocumentStatus `json:"status"`
	PreviouslySubmitted bool           `json:"previously_submitted"`
}

func (d *DocumentVerification) check() error {
	if d.Status == "" {
		return errors.New("answer has no status")
	}
	return nil
}

// PayoutStatus is whether a user can be paid out. Unknown values survive.
type PayoutStatus string

// Payout states (official API).
const (
	PayoutDue       PayoutStatus = "due"
	PayoutVerifying PayoutStatus = "verifying"
	PayoutComplete  PayoutStatus = "complete"
)

type payoutStatus struct {
	Status PayoutStatus `json:"status"`
}

func (p payoutStatus) check() error {
	if p.Status == "" {
		return errors.New("answer has no status")
	}
	return nil
}

// VerificationMethod is how an identity can be checked.
type VerificationMethod struct {
	Method  string `json:"verification_method"`
	Message string `json:"message"`
}

type verificationSecret struct {
	Secret Secret `json:"verification_session_client_secret"`
}

func (v verificationSecret) check() error {
	if v.Secret == "" {
		return errors.New("answer has no verification_session_client_secret")
	}
	return nil
}

// NativeSession is a check of an identity in an app.
type NativeSession struct {
	SessionID    string `json:"verification_session_id"`
	EphemeralKey Secret `json:"ephemeral_key"`
}

func (n *NativeSession) check() error {
	if n.SessionID == "" || n.EphemeralKey == "" {
		return errors.New("answer has no session")
	}
	return nil
}

// VerificationState is how far the check of an identity is.
type VerificationState struct {
	SessionID string `json:"verification_session_id"`
	// Status is a word of Stripe Identity.
	Status    string             `json:"verification_session_status"`
	LastError *VerificationError `json:"verification_session_last_error,omitempty"`
}

// VerificationError is why a check failed; Code is a word of Stripe Identity,
// such as "document_expired".
type VerificationError struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
}
