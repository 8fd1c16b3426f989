package server

import (
	"cmp"

	"github.com/handsel-dev/handsel/money"
)

// moneyIn is an amount as callers send it: whole minor units of an ISO 4217 currency.
type moneyIn struct {
	Amount   *int64  `json:"amount" required:"true"`
	Currency *string `json:"currency" required:"true"`
}

// amount checks a required amount; zero is left to the process.
func (m *moneyIn) amount(field string) (money.Amount, error) {
	if m == nil {
		return money.Amount{}, missing(field)
	}
	return m.members(field + ".")
}

// members checks amount and currency, whose names begin with a prefix.
func (m moneyIn) members(prefix string) (money.Amount, error) { return m.of(money.Assets{}, prefix) }

// of is members where assets count like currencies.
func (m moneyIn) of(known money.Assets, prefix string) (money.Amount, error) {
	if m.Amount == nil || m.Currency == nil {
		return money.Amount{}, cmp.Or(required(prefix+"amount", m.Amount != nil), missing(prefix+"currency"))
	}
	c, err := unit(known, prefix+"currency", *m.Currency)
	if err != nil {
		return money.Amount{}, err
	}
	if most := known.Limit(c); *m.Amount < 0 || *m.Amount > most {
		return money.Amount{}, invalid("amount_out_of_range", prefix+"amount", "%samount must lie between 0 and %d minor units", prefix, most)
	}
	return money.New(*m.Amount, c), nil
}

// unit is the currency or asset of a code.
func unit(known money.Assets, field, code string) (money.Currency, error) {
	c, err := known.Parse(code)
	if err == nil {
		return c, nil
	}
	var others string
	for _, a := range known.List() {
		others += ", or " + string(a.Code)
	}
	return "", invalid("invalid_currency", field, "%s must be an ISO 4217 code in capitals, such as EUR%s", field, others)
}

// amountIn checks a required amount in a currency that is settled already.
func (m *moneyIn) amountIn(field string, c money.Currency) (money.Amount, error) {
	a, err := m.amount(field)
	if err == nil && a.Currency() != c {
		return a, invalid("currency_mismatch", field+".currency", "%s must be in %s, the currency of the price", field, c)
	}
	return a, err
}

// optionalIn is an amount in a currency that is settled already, in minor units; 0
// when it was left out.
func (m *moneyIn) optionalIn(field string, c money.Currency) (int64, error) {
	if m == nil {
		return 0, nil
	}
	a, err := m.amountIn(field, c)
	return a.Minor(), err
}

// moneyOut is an amount as callers see it.
type moneyOut struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

func showMoney(a money.Amount) moneyOut {
	return moneyOut{a.Minor(), string(a.Currency())}
}
