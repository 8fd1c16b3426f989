package paypal

import (
	"errors"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/money"
)

// amount is money as orders and payments have it; payouts name the currency otherwise.
type amount struct {
	CurrencyCode string `json:"currency_code,omitempty"`
	Currency     string `json:"currency,omitempty"`
	Value        string `json:"value"`
}

var errAmount = errors.New("an amount of paypal's cannot be read")

// toPayPal prints an amount with the decimals that PayPal takes; Takes has refused others.
func toPayPal(a money.Amount) *amount {
	scale, _ := a.Currency().Exponent()
	text := money.Decimal(a.Minor(), scale)
	if slices.Contains(whole, a.Currency()) {
		text, _, _ = strings.Cut(text, ".")
	}
	return &amount{CurrencyCode: string(a.Currency()), Value: text}
}

// paidOut prints an amount for a payout.
func paidOut(a money.Amount) *amount {
	m := toPayPal(a)
	return &amount{Currency: m.CurrencyCode, Value: m.Value}
}

// fromPayPal reads an amount.
func (m *amount) fromPayPal() (money.Amount, error) {
	if m == nil {
		return money.Amount{}, errAmount
	}
	c := money.Currency(m.CurrencyCode)
	if c == "" {
		c = money.Currency(m.Currency)
	}
	scale, known := c.Exponent()
	minor, ok := money.ParseDecimal(m.Value, scale)
	if !known || !ok {
		return money.Amount{}, errAmount
	}
	return money.New(minor, c), nil
}
