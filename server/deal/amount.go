package deal

import (
	"reflect"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/server/web"
)

// MoneyIn is an amount as callers send it: whole minor units of an ISO 4217 currency.
type MoneyIn struct {
	Amount   *int64  `json:"amount" required:"true"`
	Currency *string `json:"currency" required:"true"`
}

// Alike is how it is described: like what is answered.
func (MoneyIn) Alike() reflect.Type { return reflect.TypeFor[MoneyOut]() }

// Read checks a required amount; zero is left to the process.
func (m *MoneyIn) Read(field string) (money.Amount, error) {
	if m == nil {
		return money.Amount{}, web.Missing(field)
	}
	return m.members(field + ".")
}

// members checks amount and currency, whose names begin with a prefix.
func (m MoneyIn) members(prefix string) (money.Amount, error) { return m.Of(money.Assets{}, prefix) }

// Of is members where assets count like currencies.
func (m MoneyIn) Of(known money.Assets, prefix string) (money.Amount, error) {
	if m.Amount == nil || m.Currency == nil {
		return money.Amount{}, fault.All(web.Required(prefix+"amount", m.Amount != nil), web.Required(prefix+"currency", m.Currency != nil))
	}
	c, err := Unit(known, prefix+"currency", *m.Currency)
	most := int64(web.MaxAssetAmount) // of a unit that is not known
	if err == nil {
		most = known.Limit(c)
	}
	if *m.Amount < 0 || *m.Amount > most {
		err = fault.All(err, web.Invalid("amount_out_of_range", prefix+"amount", "%samount must lie between 0 and %d minor units", prefix, most))
	}
	if err != nil {
		return money.Amount{}, err
	}
	return money.New(*m.Amount, c), nil
}

// Unit is the currency or asset of a code.
func Unit(known money.Assets, field, code string) (money.Currency, error) {
	c, err := known.Parse(code)
	if err == nil {
		return c, nil
	}
	var others string
	for _, a := range known.List() {
		others += ", or " + string(a.Code)
	}
	return "", web.Invalid("invalid_currency", field, "%s must be an ISO 4217 code in capitals, such as EUR%s", field, others)
}

// ReadIn checks a required amount in a currency that is settled already.
func (m *MoneyIn) ReadIn(field string, c money.Currency) (money.Amount, error) {
	a, err := m.Read(field)
	if err == nil && a.Currency() != c {
		return a, web.Invalid("currency_mismatch", field+".currency", "%s must be in %s, the currency of the price", field, c)
	}
	return a, err
}

// Optional checks an amount that may be left out.
func (m *MoneyIn) Optional(field string) (money.Amount, error) {
	if m == nil {
		return money.Amount{}, nil
	}
	return m.Read(field)
}

// OptionalIn is an amount in a currency that is settled already, in minor units; 0
// when it was left out.
func (m *MoneyIn) OptionalIn(field string, c money.Currency) (int64, error) {
	if m == nil {
		return 0, nil
	}
	a, err := m.ReadIn(field, c)
	return a.Minor(), err
}

// MoneyOut is an amount as callers see it.
type MoneyOut struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// ShowMoney is an amount as callers see it.
func ShowMoney(a money.Amount) MoneyOut {
	return MoneyOut{a.Minor(), string(a.Currency())}
}
