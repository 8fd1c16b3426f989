package paypal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// money is an amount in minor units.
type money struct {
	Minor    int64
	Currency string
}

// amountIn is an amount as callers send it: payouts call the currency by another name.
type amountIn struct {
	CurrencyCode string `json:"currency_code"`
	Currency     string `json:"currency"`
	Value        string `json:"value"`
}

// currencies are those that PayPal takes; some have no decimals (official API: currency codes).
var (
	currencies = []string{
		"AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN",
		"SEK", "SGD", "THB", "TWD", "USD",
	}
	whole = []string{"HUF", "JPY", "TWD"}
)

// read checks an amount; field names it in a refusal.
func (in *amountIn) read(field string) (money, error) {
	if in == nil {
		return money{}, invalid(field, "MISSING_REQUIRED_PARAMETER")
	}
	code := stage.Or(in.CurrencyCode == "", in.Currency, in.CurrencyCode)
	units, cents, point := strings.Cut(in.Value, ".")
	switch {
	case code == "" || in.Value == "":
		return money{}, invalid(field, "MISSING_REQUIRED_PARAMETER")
	case !slices.Contains(currencies, code):
		return money{}, &refusal{status: 422, field: field, issue: "INVALID_CURRENCY_CODE"}
	case point && cents == "" || !digits(units) || !digits(cents) || len(units) > 12:
		return money{}, invalid(field, "INVALID_PARAMETER_SYNTAX")
	case point && (slices.Contains(whole, code) || len(cents) > 2):
		return money{}, &refusal{status: 422, field: field, issue: "DECIMAL_PRECISION"}
	}
	text := units
	if !slices.Contains(whole, code) {
		text += (cents + "00")[:2]
	}
	minor, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return money{}, invalid(field, "INVALID_PARAMETER_SYNTAX")
	}
	if minor == 0 {
		return money{}, &refusal{status: 422, field: field, issue: "CANNOT_BE_ZERO_OR_NEGATIVE"}
	}
	return money{minor, code}, nil
}

func digits(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// value prints the amount with the decimals of its currency.
func (m money) value() string {
	if slices.Contains(whole, m.Currency) {
		return strconv.FormatInt(m.Minor, 10)
	}
	return fmt.Sprintf("%d.%02d", m.Minor/100, m.Minor%100)
}

// view is the amount as orders and payments show it.
func (m money) view() stage.Members {
	return stage.Members{"currency_code": m.Currency, "value": m.value()}
}

// paidOut is the amount as payouts show it.
func (m money) paidOut() stage.Members {
	return stage.Members{"currency": m.Currency, "value": m.value()}
}

// of is another amount of the currency.
func (m money) of(minor int64) money { return money{minor, m.Currency} }
