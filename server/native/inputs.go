package native

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// typedInput is a value of a transition's input: a text, a whole number, true or
// false, or an amount with its currency. The rules see all of them as text.
type typedInput struct {
	text     string
	currency money.Currency // of an amount that names it
}

// UnmarshalJSON reads a value by its JSON type.
func (i *typedInput) UnmarshalJSON(value []byte) error {
	switch kind := jsontext.Value(value).Kind(); kind {
	case '"':
		return json.Unmarshal(value, &i.text)
	case 't', 'f':
		i.text = string(value)
		return nil
	case '0':
		n, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil {
			return web.Invalid("invalid_type", "input", "a number in input must be whole, without fraction or exponent, in the range of 64 bits")
		}
		i.text = strconv.FormatInt(n, 10)
		return nil
	case '{':
		var m deal.MoneyIn
		if err := json.Unmarshal(value, &m, json.RejectUnknownMembers(true)); err != nil {
			return err
		}
		amount, err := m.Of(asNamed(m.Currency), "input.")
		i.text, i.currency = strconv.FormatInt(amount.Minor(), 10), amount.Currency()
		return err
	}
	return web.Invalid("invalid_type", "input", `a value in input must be a text, a whole number, true or false, or {"amount", "currency"}`)
}

// Kinds are those of JSON that it is read from.
func (typedInput) Kinds() (plain []string, object any) {
	return []string{"string", "integer", "boolean"}, deal.MoneyIn{}
}

// asNamed takes a code that no currency has for that of an asset: which one a deal is
// in, and so which may be named, is checked when the deal is known.
func asNamed(code *string) money.Assets {
	if code == nil {
		return money.Assets{}
	}
	known, err := money.NewAssets(money.Asset{Code: money.Currency(*code), Scale: money.MaxScale})
	if err != nil {
		return money.Assets{}
	}
	return known
}

// typedInputs are the inputs of a transition, by name.
type typedInputs map[string]typedInput

// texts are the values as the rules see them; nil if there are none.
func (all typedInputs) texts() map[string]string {
	if len(all) == 0 {
		return nil
	}
	texts := make(map[string]string, len(all))
	for name, value := range all {
		texts[name] = value.text
	}
	return texts
}

// in checks that amounts are in the deal's currency.
func (all typedInputs) in(c money.Currency) error {
	for name, value := range all {
		if value.currency != "" && value.currency != c {
			return web.Invalid("currency_mismatch", "input."+name+".currency", "%s must be in %s, the currency of the deal", name, c)
		}
	}
	return nil
}

// priced reports whether an amount names its currency.
func (all typedInputs) priced() bool {
	for _, value := range all {
		if value.currency != "" {
			return true
		}
	}
	return false
}
