package stripe

import (
	"fmt"

	"github.com/handsel-dev/handsel/money"
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

// toStripe converts an amount to the integer that Stripe wants, exactly or not at all.
func toStripe(a money.Amount) (int64, error) {
	scale := centScale(a.Currency())
	if scale > 0 {
		scaled, err := a.Mul(scale)
		return scaled.Minor(), err
	}
	if a.Minor()%-scale != 0 {
		return 0, fmt.Errorf("stripe counts %s in larger units than %s", a.Currency(), a)
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
