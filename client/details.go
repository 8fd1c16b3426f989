package client

import "errors"

// UserDetails is how a party of a transaction can be reached. It is personal
// data.
type UserDetails struct {
	Email string     `json:"email"`
	Name  PersonName `json:"name,omitzero"`
	Phone string     `json:"phone,omitempty"`
}

// PersonName is a name in two parts.
type PersonName struct {
	First string `json:"first"`
	Last  string `json:"last"`
}

// BillingDetails is what the buyer gave when paying. It is personal data.
type BillingDetails struct {
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// BankTransferDetails says where a bank transfer must go.
type BankTransferDetails struct {
	// Amount to transfer in minor units of Currency: price plus charge.
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	// Reference must stand in the transfer.
	Reference string `json:"reference"`
	// FinancialAddress has one account in the forms that its country uses.
	FinancialAddress      FinancialAddress `json:"financial_address"`
	HostedInstructionsURL string           `json:"hosted_instructions_url"`
}

func (d *BankTransferDetails) check() error {
	if d.Currency == "" || d.Amount <= 0 {
		return errors.New("bank transfer details have no amount or currency")
	}
	return nil
}

// FinancialAddress is a bank account; nil forms do not exist for it.
type FinancialAddress struct {
	IBAN     *IBANAddress     `json:"iban,omitempty"`
	ABA      *ABAAddress      `json:"aba,omitempty"`
	SortCode *SortCodeAddress `json:"sort_code,omitempty"`
	SWIFT    *SWIFTAddress    `json:"swift,omitempty"`
}

// IBANAddress is an account of the euro area.
type IBANAddress struct {
	AccountHolderName string `json:"account_holder_name"`
	BIC               string `json:"bic"`
	Country           string `json:"country"`
	IBAN              string `json:"iban"`
}

// ABAAddress is an account of the United States.
type ABAAddress struct {
	AccountNumber string `json:"account_number"`
	BankName      string `json:"bank_name"`
	RoutingNumber string `json:"routing_number"`
}

// SortCodeAddress is an account of the United Kingdom.
type SortCodeAddress struct {
	AccountHolderName string `json:"account_holder_name"`
	AccountNumber     string `json:"account_number"`
	SortCode          string `json:"sort_code"`
}

// SWIFTAddress is an account for international transfers.
type SWIFTAddress struct {
	AccountNumber string `json:"account_number"`
	BankName      string `json:"bank_name"`
	SWIFTCode     string `json:"swift_code"`
}

type publishableKey struct {
	PublishableKey string `json:"publishable_key"`
}

func (k publishableKey) check() error {
	if k.PublishableKey == "" {
		return errors.New("answer has no publishable_key")
	}
	return nil
}
