package server

import (
	"math/big"
	"strconv"
	"strings"
)

// The buy flow writes amounts as decimals, each field with places of its own.
// They are written from, and read into, whole hundredths: no float is involved.

// Places of the decimals (customer's document).
const (
	coinPlaces  = 20 // amounts of a coin
	limitPlaces = 10 // limits, and what is left
	fiatPlaces  = 2
	hundredths  = 2
)

// decimal writes hundredths with at least two places.
func decimal(n int64, places int) string {
	sign, digits := "", strconv.FormatInt(n, 10)
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	if missing := hundredths + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - hundredths
	return sign + digits[:point] + "." + digits[point:] + strings.Repeat("0", places-hundredths)
}

// parseDecimal reads a decimal that is not negative into hundredths: digits, and
// perhaps a point and more digits, of which those after the second are zeros.
func parseDecimal(text string) (n int64, ok bool) {
	const longest = 40
	whole, fraction, pointed := strings.Cut(text, ".")
	if len(text) > longest || whole == "" || pointed && fraction == "" || !digitsOnly(whole) || !digitsOnly(fraction) {
		return 0, false
	}
	fraction += "00"
	if strings.Trim(fraction[hundredths:], "0") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+fraction[:hundredths], 10, 64)
	return n, err == nil
}

func digitsOnly(text string) bool { return strings.Trim(text, "0123456789") == "" }

// scaled is n x by / over, halves rounded up; ok is false beyond 64 bits.
func scaled(n, by, over int64) (result int64, ok bool) {
	product := new(big.Int).Mul(big.NewInt(n), big.NewInt(by))
	product.Add(product, big.NewInt(over/2))
	product.Quo(product, big.NewInt(over))
	return product.Int64(), product.IsInt64()
}

// fiatOf is what an amount costs at a rate, both in hundredths; coinsFor is how
// much fiat buys.
func fiatOf(amount, rate int64) (int64, bool) { return scaled(amount, rate, 100) }

func coinsFor(fiat, rate int64) (int64, bool) { return scaled(fiat, 100, rate) }
