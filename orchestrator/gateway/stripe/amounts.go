package stripe

import (
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// centScale lists the currencies whose amounts Stripe counts in another unit than
// ISO 4217 (official API: two places for ISK and UGX though they have no minor
// unit in use, none for MGA): how many of Stripe's units are one of ours, or the
// other way round below zero.
func centScale(c money.Currency) int64 {
	switch c {
	case "ISK", "UGX":
		return 100
	case "MGA":
		return -100
	}
	return 1
}

// granule is the smallest step of an amount at Stripe, in our minor units: amounts with
// three decimals end in 0, and Malagasy ariary are whole (official API).
func granule(c money.Currency) int64 {
	switch c {
	case "BHD", "JOD", "KWD", "OMR", "TND":
		return 10
	case "MGA":
		return 100
	}
	return 1
}

// least is the smallest payment in Stripe's units (official API), for settlement in the
// same currency; 1 where Stripe names none.
func least(c money.Currency) int64 {
	switch c {
	case "USD", "AUD", "BRL", "CAD", "CHF", "EUR", "INR", "JPY", "NZD", "SGD":
		return 50
	case "GBP":
		return 30
	case "BGN":
		return 100
	case "AED", "MYR", "PLN", "RON":
		return 200
	case "DKK":
		return 250
	case "NOK", "SEK":
		return 300
	case "HKD":
		return 400
	case "MXN", "THB":
		return 1000
	case "CZK":
		return 1500
	case "HUF":
		return 17500
	}
	return 1
}

// Takes refuses what Stripe does not take: a payment below its least amount, and one that
// is no whole number of its units.
func (g *Gateway) Takes(v process.Verb, a money.Amount) error {
	units, err := toStripe(a)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, codeAmount, "%s cannot be paid through stripe: amounts in %s are multiples of %s there", a, a.Currency(), money.New(granule(a.Currency()), a.Currency()))
	}
	if (v == process.Charge || v == process.Authorize) && units < least(a.Currency()) {
		smallest, _ := fromStripe(least(a.Currency()), a.Currency().Lower()) // the table's amounts are exact
		return fault.New(fault.Invalid, codeAmount, "%s is too small for stripe: the least is %s", a, smallest)
	}
	return nil
}

// toStripe converts an amount to the integer that Stripe wants, exactly or not at all.
func toStripe(a money.Amount) (int64, error) {
	if a.Minor()%granule(a.Currency()) != 0 {
		return 0, fmt.Errorf("stripe counts %s in larger steps than %s", a.Currency(), a)
	}
	scale := centScale(a.Currency())
	if scale > 0 {
		scaled, err := a.Mul(scale)
		return scaled.Minor(), err
	}
	return a.Minor() / -scale, nil
}

// fromStripe converts Stripe's integer to an amount.
func fromStripe(units int64, code string) (money.Amount, error) {
	currency, err := money.ParseCurrency(code)
	if err != nil {
		return money.Amount{}, err
	}
	scale := centScale(currency)
	if scale < 0 {
		return money.New(units, currency).Mul(-scale)
	}
	if units%scale != 0 {
		return money.Amount{}, fmt.Errorf("%d units of stripe are not an exact amount of %s", units, currency)
	}
	return money.New(units/scale, currency), nil
}
