package sandbox

import (
	"slices"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// methods are the payment methods of the official API.
func methods() []string { return []string{"card", "bank_transfer", "p24", "fpx"} }

// amendment is a change to what an unpaid transaction costs; absent fields stay as they are. The two models spell price and
// charge in their own ways. Amounts are minor units.
type amendment struct {
	Currency     *string `json:"currency"`
	Description  *string `json:"description"`
	Price        *int64  `json:"price"`
	Charge       *int64  `json:"charge"`
	ChargeSeller *int64  `json:"charge_seller"`

	DepositPrice        *int64 `json:"deposit_price"`
	DepositCharge       *int64 `json:"deposit_charge"`
	DepositChargeSeller *int64 `json:"deposit_charge_seller"`

	Method string `json:"payment_method"`
	Config *int64 `json:"charge_config"`
}

// terms of an escrow that can be amended, by reference.
type termsRef struct {
	f2f                         bool
	currency, description       *string
	price, charge, chargeSeller *int64
}

func (t *online) terms() termsRef {
	return termsRef{false, &t.Currency, &t.Description, &t.Price, &t.Charge, &t.ChargeSeller}
}

func (t *f2f) terms() termsRef {
	p := &t.DepositPricing
	return termsRef{true, &t.Currency, &t.Description, &p.Price, &p.Charge, &p.ChargeSeller}
}

// prices are the price and charges of the amendment in the spelling of the model.
func (a amendment) prices(f2f bool) (price, charge, chargeSeller *int64) {
	if f2f {
		return a.DepositPrice, a.DepositCharge, a.DepositChargeSeller
	}
	return a.Price, a.Charge, a.ChargeSeller
}

func pick[T any](given *T, fallback T) T {
	if given == nil {
		return fallback
	}
	return *given
}

// amendable is an escrow with terms.
type amendable[T any] interface {
	escrow[T]
	terms() termsRef
}

// amend changes a transaction that nobody has joined.
func amend[T amendable[T]](c *call, t T, in amendment) *Error {
	if *t.facts().status != created {
		return refuse("second_party_already_joined")
	}
	now, h := t.terms(), t.inside()
	price, charge, chargeSeller := in.prices(now.f2f)
	d := deal{f2f: now.f2f, currency: pick(in.Currency, *now.currency), price: pick(price, *now.price), method: h.Method, config: h.Config,
		multiplier: h.Multiplier}
	description := pick(in.Description, *now.description)
	if d.currency == *now.currency && d.price == *now.price && description == *now.description && pick(charge, *now.charge) == *now.charge {
		return refuse("values_not_changed")
	}
	quote, err := c.world.agree(offer{deal: d, charge: pick(charge, *now.charge), seller: chargeSeller, unversioned: true})
	if err != nil {
		return err
	}
	*now.currency, *now.description, *now.price = d.currency, description, d.price
	*now.charge, *now.chargeSeller = quote.Charge, quote.ChargeSeller
	c.world.record(c.by, *t.facts().id)
	return nil
}

// setMethod makes the action that changes how the buyer pays. The caller repeats the terms as a check; paid is the code for
// coming too late.
func setMethod[T amendable[T]](paid string) func(*call, T, amendment) *Error {
	return func(c *call, t T, in amendment) *Error {
		now, h := t.terms(), t.inside()
		price, charge, chargeSeller := in.prices(now.f2f)
		config, err := configOf(in.Config)
		if err != nil {
			return err
		}
		switch {
		case !slices.Contains(methods(), in.Method):
			return refuse("invalid_payment_method")
		case pick(in.Currency, "") == "":
			return refuse("currency_missing")
		case *in.Currency != *now.currency:
			return refuse("incorrect_currency")
		case pick(price, 0) != *now.price:
			return refuse("incorrect_price")
		case *t.facts().status != created && *t.facts().status != joined:
			return refuse(paid)
		case in.Method == methodOf(h) && config == h.Config:
			return refuse("payment_method_already_set")
		}
		d := deal{f2f: now.f2f, currency: *now.currency, price: *now.price, method: in.Method, config: config, multiplier: h.Multiplier}
		quote, err := c.world.agree(offer{deal: d, charge: pick(charge, 0), seller: chargeSeller, unversioned: true})
		if err != nil {
			return err
		}
		h.Method, h.Config = in.Method, config
		*now.charge, *now.chargeSeller = quote.Charge, quote.ChargeSeller
		c.world.record(c.by, *t.facts().id)
		return nil
	}
}

func methodOf(h *hidden) string {
	if h.Method == "" {
		return "card"
	}
	return h.Method
}

// quoteAgain quotes for an existing transaction, whose currency it takes.
func quoteAgain[T amendable[T]](c *call, t T) (stage.Value, *Error) {
	method := c.request.URL.Query().Get("payment_method")
	if method != "" && !slices.Contains(methods(), method) {
		return nil, refuse("invalid_payment_method")
	}
	d, err := queryDeal(c, deal{f2f: t.terms().f2f, currency: *t.terms().currency})
	if err != nil {
		return nil, err
	}
	return c.quoteFor(d)
}

// bankDetails makes a view of where to send the money that is due by bank transfer. The account is the usual example of a
// valid number that belongs to nobody.
func bankDetails[T escrow[T]](due func(T) int64) func(*call, T) (stage.Value, *Error) {
	type iban struct {
		Holder  string `json:"account_holder_name"`
		BIC     string `json:"bic"`
		Country string `json:"country"`
		IBAN    string `json:"iban"`
	}
	type address struct {
		IBAN iban `json:"iban"`
	}
	return func(c *call, t T) (stage.Value, *Error) {
		if methodOf(t.inside()) != "bank_transfer" {
			return nil, refuse("payment_method_not_bank_transfer")
		}
		f := t.facts()
		return struct {
			Amount       int64   `json:"amount"`
			Currency     string  `json:"currency"`
			Address      address `json:"financial_address"`
			Instructions string  `json:"hosted_instructions_url"`
			Reference    string  `json:"reference"`
		}{due(t), *f.currency, address{iban{"Sandbox", "AIBKIE2D", "IE", "IE64IRCE92050112345678"}},
			c.world.cfg.PublicURL + "/openapi.yaml", t.inside().reference()}, nil
	}
}

// reference is what a bank transfer has to name; it derives from the payment's secret, so that nobody guesses it.
func (h *hidden) reference() string { return "HS" + h.ClientSecret[3:11] }
