package sandbox

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// ChargeConfig is one row of the fee table, keyed by ID, Currency and PaymentMethod. Percentages are in basis points
// (0 to 10,000) and rounded up to a whole minor unit; flat parts are minor units of the transaction's currency.
type ChargeConfig struct {
	// ID is the number that callers name as charge_config; the default config is 1.
	ID int64 `json:"id"`
	// Currency limits the row to one currency in lower case; empty means every offered currency without a row of its own.
	Currency string `json:"currency,omitempty"`
	// PaymentMethod is "card", "bank_transfer" or another method of the official API.
	PaymentMethod string `json:"payment_method"`
	// BasisPoints and Flat make up the buyer's charge.
	BasisPoints int64 `json:"basis_points"`
	Flat        int64 `json:"flat"`
	// SellerBasisPoints and SellerFlat make up the seller's charge.
	SellerBasisPoints int64 `json:"seller_basis_points"`
	SellerFlat        int64 `json:"seller_flat"`
}

func (c ChargeConfig) validate() error {
	for _, bp := range []int64{c.BasisPoints, c.SellerBasisPoints} {
		if bp < 0 || bp > 10_000 {
			return fmt.Errorf("sandbox: charge config %d: basis points %d out of range", c.ID, bp)
		}
	}
	for _, flat := range []int64{c.Flat, c.SellerFlat} {
		if flat < 0 || flat > maxAmount {
			return fmt.Errorf("sandbox: charge config %d: flat charge %d out of range", c.ID, flat)
		}
	}
	if c.ID < 1 || c.PaymentMethod == "" {
		return fmt.Errorf("sandbox: charge config %d needs a positive id and a payment method", c.ID)
	}
	return nil
}

// Charge is the answer to a quote. All amounts are minor units of Currency. The first three fields are the customer's
// document, the rest is the official API.
type Charge struct {
	Currency           string `json:"currency"`
	Charge             int64  `json:"charge"`
	CalculatorVersion  int64  `json:"charge_calculator_version"`
	Price              int64  `json:"price"`
	ChargeSeller       int64  `json:"charge_seller"`
	ChargeBuyerClient  int64  `json:"charge_buyer_client"`
	ChargeSellerClient int64  `json:"charge_seller_client"`
	ChargeConfig       int64  `json:"charge_config"`
	ChargePostageBuyer int64  `json:"charge_postage_buyer,omitempty"`
	PaymentMethod      string `json:"payment_method"`
	// PriceExtra is only in quotes of face-to-face transactions, since July 2026.
	PriceExtra *int64 `json:"price_extra,omitempty"`
	extra      int64
}

func (c Charge) pricing() Pricing {
	p := Pricing{Price: c.Price, Charge: c.Charge, ChargeSeller: c.ChargeSeller}
	if c.extra != 0 {
		p.PriceExtra = &c.extra
	}
	return p
}

// show has the fields of a profile: three in the customer's document, and the client's part of a charge since February 2026.
func (c Charge) show(profile string, f2f bool) stage.Value {
	type old struct {
		Currency          string `json:"currency"`
		Charge            int64  `json:"charge"`
		CalculatorVersion int64  `json:"charge_calculator_version"`
	}
	if profile == ProfileSeed {
		return old{c.Currency, c.Charge, c.CalculatorVersion}
	}
	if f2f && since(profile, Profile202607) {
		c.PriceExtra = &c.extra
	}
	if since(profile, Profile202602) {
		return c
	}
	return struct {
		old
		Price              int64  `json:"price"`
		ChargeSeller       int64  `json:"charge_seller"`
		ChargeConfig       int64  `json:"charge_config"`
		ChargePostageBuyer int64  `json:"charge_postage_buyer,omitempty"`
		PaymentMethod      string `json:"payment_method"`
	}{old{c.Currency, c.Charge, c.CalculatorVersion}, c.Price, c.ChargeSeller, c.ChargeConfig, c.ChargePostageBuyer, c.PaymentMethod}
}

// deal is what a charge is asked for. A config of 0 and an empty method mean the defaults; a multiplier of 0 means 1.
type deal struct {
	f2f        bool
	currency   string
	price      int64
	config     int64
	method     string
	postage    int64
	extra      int64 // what the buyer pays beside the price
	multiplier int64 // of the percentage, in units of 1/10,000
}

// oneMultiplier is a fee multiplier of 1, the lowest; maxMultiplier keeps the arithmetic in range.
const (
	oneMultiplier = 10_000
	maxMultiplier = 100 * oneMultiplier
)

// number is a decimal of a JSON body, kept as text: money knows no floating point.
type number json.RawMessage

func (n *number) UnmarshalJSON(b []byte) error {
	*n = append((*n)[:0], b...)
	return nil
}

// multiplier reads a decimal number, bare or within {"fee_multiplier": …}. Without one it is 1.
func (n number) multiplier() (int64, *Error) {
	text := string(n)
	var nested struct {
		FeeMultiplier json.Number `json:"fee_multiplier"`
	}
	if json.Unmarshal(n, &nested) == nil && nested.FeeMultiplier != "" {
		text = nested.FeeMultiplier.String()
	}
	return parseMultiplier(text)
}

func parseMultiplier(text string) (int64, *Error) {
	if text == "" || text == "null" || text == "{}" {
		return 0, nil
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > 4 {
		fraction = fraction[:4]
	}
	units, err := strconv.ParseInt(whole+(fraction + "0000")[:4], 10, 64)
	if err != nil || units > maxMultiplier {
		return 0, refuse("malformed_json")
	}
	if units < oneMultiplier {
		return 0, refuse("fee_multiplier_too_low")
	}
	return units, nil
}

func (w *state) quote(d deal) (Charge, *Error) {
	switch {
	case d.currency == "":
		return Charge{}, refuse("currency_missing")
	case !w.offers(d.f2f, d.currency):
		return Charge{}, refuse("unsupported_currency")
	case d.price < 0, d.postage < 0, d.extra < 0:
		return Charge{}, refuse("negative_price")
	case d.price < w.cfg.MinPrice:
		return Charge{}, refuse("price_too_low")
	case d.price > maxAmount, d.postage > maxAmount, d.extra > maxAmount:
		return Charge{}, refuse("invalid_price")
	}
	if d.config == 0 {
		d.config = 1
	}
	if d.method == "" {
		d.method = "card"
	}
	if !slices.ContainsFunc(w.cfg.Charges, func(c ChargeConfig) bool { return c.ID == d.config }) {
		return Charge{}, refuse("invalid_charge_config")
	}
	row, ok := w.chargeConfig(d)
	if !ok {
		return Charge{}, refuse("unsupported_combination")
	}
	points, version := row.BasisPoints, w.cfg.CalculatorVersion
	if d.multiplier > 0 {
		points = (points*d.multiplier + oneMultiplier - 1) / oneMultiplier
	}
	if d.f2f {
		version = w.cfg.F2FCalculatorVersion
	}
	return Charge{
		Currency:           d.currency,
		Charge:             fee(d.price, points, row.Flat),
		CalculatorVersion:  version,
		Price:              d.price,
		ChargeSeller:       fee(d.price, row.SellerBasisPoints, row.SellerFlat),
		ChargeConfig:       d.config,
		ChargePostageBuyer: d.postage,
		extra:              d.extra,
		PaymentMethod:      d.method,
	}, nil
}

// chargeConfig prefers a row for the deal's own currency over one for every currency.
func (w *state) chargeConfig(d deal) (ChargeConfig, bool) {
	for _, currency := range []string{d.currency, ""} {
		for _, c := range w.cfg.Charges {
			if c.ID == d.config && c.Currency == currency && c.PaymentMethod == d.method {
				return c, true
			}
		}
	}
	return ChargeConfig{}, false
}

func fee(price, basisPoints, flat int64) int64 {
	return (price*basisPoints+9_999)/10_000 + flat
}

// getCharge makes the handler of a model's quote.
func getCharge(f2f bool) handler {
	return func(c *call) (stage.Value, *Error) {
		d, err := queryDeal(c, deal{f2f: f2f, currency: c.request.URL.Query().Get("currency")})
		if err != nil {
			return nil, err
		}
		return c.quoteFor(d)
	}
}

func (c *call) quoteFor(d deal) (stage.Value, *Error) {
	quote, err := c.world.quote(d)
	if err != nil {
		return nil, err
	}
	return quote.show(c.world.cfg.Profile, d.f2f), nil
}

// queryDeal reads what the query says about a deal over what is known of it.
func queryDeal(c *call, d deal) (deal, *Error) {
	q := c.request.URL.Query()
	if d.currency == "" {
		return d, refuse("currency_missing")
	}
	price, ok := quotedPrice(q)
	if !ok {
		return d, refuse("invalid_price")
	}
	postage, ok := intParam(q, "postage_fee", 0)
	if !ok {
		return d, refuse("invalid_price")
	}
	extra, ok := intParam(q, "price_extra", 0)
	if !ok {
		return d, refuse("invalid_price")
	}
	config, ok := intParam(q, "charge_config", 1)
	if !ok || config == 0 {
		return d, refuse("invalid_charge_config")
	}
	multiplier, err := parseMultiplier(q.Get("fee_multiplier"))
	if err != nil {
		return d, err
	}
	d.price, d.postage, d.extra, d.config, d.method, d.multiplier = price, postage, extra, config, q.Get("payment_method"), multiplier
	return d, nil
}

// quotedPrice is the unit price times the quantity, which is 1 unless given.
func quotedPrice(q url.Values) (int64, bool) {
	price, err := strconv.ParseInt(q.Get("price"), 10, 64)
	if err != nil {
		return 0, false
	}
	quantity, ok := intParam(q, "quantity", 1)
	if !ok || quantity < 1 || price > math.MaxInt64/quantity || price < math.MinInt64/quantity {
		return 0, false
	}
	return price * quantity, true
}

func intParam(q url.Values, name string, fallback int64) (int64, bool) {
	if q.Get(name) == "" {
		return fallback, true
	}
	n, err := strconv.ParseInt(q.Get(name), 10, 64)
	return n, err == nil
}
