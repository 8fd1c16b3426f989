// Package money holds exact amounts. An Amount is a count of the smallest
// ledger unit of its currency: cents for EUR, whole yen for JPY, thousandths
// for BHD. There is no float anywhere, every sum checks overflow, and a value
// that cannot be held exactly is refused and never rounded.
package money

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"

	"github.com/bojanz/currency"
)

// Errors of this package. Callers compare with errors.Is.
var (
	ErrOverflow         = errors.New("amount is out of range")
	ErrCurrencyMismatch = errors.New("amounts are in different currencies")
	ErrUnknownCurrency  = errors.New("currency is not a known ISO 4217 code")
	ErrBadWeights       = errors.New("weights must not be negative and need a positive sum")
)

// Currency is an upper-case ISO 4217 code such as "EUR".
type Currency string

// ParseCurrency returns the currency of an ISO 4217 code in any letter case.
func ParseCurrency(code string) (Currency, error) {
	upper := strings.ToUpper(code)
	if len(code) != 3 || !currency.IsValid(upper) {
		return "", fmt.Errorf("%w: %q", ErrUnknownCurrency, code)
	}
	return Currency(upper), nil
}

// Exponent is the number of decimal places of the currency's minor unit as in
// ISO 4217: 2 for EUR, 0 for JPY, 3 for BHD. Unknown currencies have none.
func (c Currency) Exponent() (int, bool) {
	digits, ok := currency.GetDigits(string(c))
	return int(digits), ok
}

// Lower returns the code in lower case, as some gateways want it.
func (c Currency) Lower() string { return strings.ToLower(string(c)) }

// Amount is an exact quantity of one currency, in minor units. The zero Amount
// has no currency and may be added to any other.
type Amount struct {
	minor    int64
	currency Currency
}

// New returns an amount of minor units, e.g. New(1234, "EUR") for 12.34 euro.
func New(minor int64, c Currency) Amount { return Amount{minor, c} }

// Minor is the amount in minor units of its currency.
func (a Amount) Minor() int64 { return a.minor }

// Currency is the currency of the amount; empty for the zero Amount.
func (a Amount) Currency() Currency { return a.currency }

// IsZero reports whether the amount is nothing, whatever its currency.
func (a Amount) IsZero() bool { return a.minor == 0 }

// IsNegative reports whether the amount is below zero.
func (a Amount) IsNegative() bool { return a.minor < 0 }

// Add returns a + b, ErrCurrencyMismatch or ErrOverflow.
func (a Amount) Add(b Amount) (Amount, error) {
	c, err := common(a, b)
	if err != nil {
		return Amount{}, err
	}
	sum, err := AddMinor(a.minor, b.minor)
	return Amount{sum, c}, err
}

// Sub returns a - b, ErrCurrencyMismatch or ErrOverflow.
func (a Amount) Sub(b Amount) (Amount, error) {
	neg, err := b.Neg()
	if err != nil {
		return Amount{}, err
	}
	return a.Add(neg)
}

// Neg returns -a. The smallest int64 has no counterpart and is ErrOverflow.
func (a Amount) Neg() (Amount, error) {
	if a.minor == minInt64 {
		return Amount{}, ErrOverflow
	}
	return Amount{-a.minor, a.currency}, nil
}

// Mul returns a × n, e.g. a unit price times a quantity, or ErrOverflow.
func (a Amount) Mul(n int64) (Amount, error) {
	if a.minor == 0 || n == 0 {
		return Amount{0, a.currency}, nil
	}
	product := a.minor * n
	if product/n != a.minor || (a.minor == minInt64 && n == -1) || (n == minInt64 && a.minor == -1) {
		return Amount{}, ErrOverflow
	}
	return Amount{product, a.currency}, nil
}

// Cmp compares two amounts of one currency: -1, 0 or 1.
func (a Amount) Cmp(b Amount) (int, error) {
	if _, err := common(a, b); err != nil {
		return 0, err
	}
	switch {
	case a.minor < b.minor:
		return -1, nil
	case a.minor > b.minor:
		return 1, nil
	}
	return 0, nil
}

// BasisPoints returns a × bp / 10,000, rounded half to even (banker's rounding,
// as the customer's predecessor did). bp must lie in 0..1,000,000 (10,000 %).
func (a Amount) BasisPoints(bp int64) (Amount, error) {
	if bp < 0 || bp > 1_000_000 {
		return Amount{}, fmt.Errorf("%w: %d basis points", ErrOverflow, bp)
	}
	if a.minor == minInt64 {
		return Amount{}, ErrOverflow
	}
	negative, abs := a.minor < 0, uint64(max(a.minor, -a.minor))
	hi, lo := bits.Mul64(abs, uint64(bp))
	if hi >= 10_000 {
		return Amount{}, ErrOverflow
	}
	quotient, rest := bits.Div64(hi, lo, 10_000)
	if rest > 5_000 || (rest == 5_000 && quotient%2 == 1) {
		quotient++
	}
	if quotient > uint64(maxInt64) {
		return Amount{}, ErrOverflow
	}
	if negative {
		return Amount{-int64(quotient), a.currency}, nil
	}
	return Amount{int64(quotient), a.currency}, nil
}

// Allocate splits the amount in proportion to weights. The parts always add up
// to the whole: what integer division leaves over goes, a unit at a time, to
// the parts with the largest remainder, earlier parts first. A part whose
// weight is zero gets nothing.
func (a Amount) Allocate(weights ...int64) ([]Amount, error) {
	if a.minor == minInt64 {
		return nil, ErrOverflow
	}
	total, err := sumWeights(weights)
	if err != nil {
		return nil, err
	}
	abs := uint64(max(a.minor, -a.minor))
	shares := make([]uint64, len(weights))
	rests := make([]uint64, len(weights))
	left := abs
	for i, w := range weights {
		hi, lo := bits.Mul64(abs, uint64(w))
		shares[i], rests[i] = bits.Div64(hi, lo, uint64(total))
		left -= shares[i]
	}
	for ; left > 0; left-- {
		i := largest(rests)
		shares[i]++
		rests[i] = 0
	}
	parts := make([]Amount, len(weights))
	for i, s := range shares {
		parts[i] = Amount{int64(s), a.currency}
		if a.minor < 0 {
			parts[i].minor = -parts[i].minor
		}
	}
	return parts, nil
}

// String formats the amount for people and logs, e.g. "12.34 EUR". An asset whose
// decimals are known to Assets alone is counted: "5 minor units of USDT".
func (a Amount) String() string {
	exponent, ok := a.currency.Exponent()
	if !ok && a.currency != "" {
		return fmt.Sprintf("%d minor units of %s", a.minor, a.currency)
	}
	return strings.TrimSpace(Decimal(a.minor, exponent) + " " + string(a.currency))
}

// AddMinor adds two counts of minor units and refuses an overflow.
func AddMinor(a, b int64) (int64, error) {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		return 0, ErrOverflow
	}
	return sum, nil
}

const (
	maxInt64 = int64(^uint64(0) >> 1)
	minInt64 = -maxInt64 - 1
)

func common(a, b Amount) (Currency, error) {
	switch {
	case a.currency == b.currency, b.currency == "" && b.minor == 0:
		return a.currency, nil
	case a.currency == "" && a.minor == 0:
		return b.currency, nil
	}
	return "", fmt.Errorf("%w: %s and %s", ErrCurrencyMismatch, a.currency, b.currency)
}

func sumWeights(weights []int64) (int64, error) {
	var total int64
	for _, w := range weights {
		if w < 0 {
			return 0, ErrBadWeights
		}
		var err error
		if total, err = AddMinor(total, w); err != nil {
			return 0, ErrBadWeights
		}
	}
	if total == 0 {
		return 0, ErrBadWeights
	}
	return total, nil
}

func largest(rests []uint64) int {
	best := 0
	for i, r := range rests {
		if r > rests[best] {
			best = i
		}
	}
	return best
}
