package money

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// MaxScale is the most decimals that an asset may have.
const MaxScale = 18

// ErrBadAsset is an asset that cannot be: see NewAssets.
var ErrBadAsset = errors.New("not an asset")

// Asset is something that is counted like a currency and has no ISO 4217 code, such
// as USDT. Its amounts are whole numbers of its smallest unit.
type Asset struct {
	Code  Currency // 3 to 10 capitals and digits that begin with a letter, no ISO 4217 code
	Scale int      // decimals of one unit, 0 to MaxScale: 6 means that 1 is 1,000,000 minor units
}

// Assets tells how many decimals currencies have: those of ISO 4217, and assets
// besides. The zero Assets knows ISO 4217 alone. It is never changed, so it may be
// shared.
type Assets struct {
	scales map[Currency]int
}

// NewAssets returns what knows ISO 4217 and these assets. It fails with ErrBadAsset
// for a code that is malformed, taken by ISO 4217 or there twice, and for a scale
// that is out of range.
func NewAssets(all ...Asset) (Assets, error) {
	scales := make(map[Currency]int, len(all))
	for _, a := range all {
		_, iso := a.Code.Exponent()
		_, twice := scales[a.Code]
		switch {
		case !a.Code.WellFormed():
			return Assets{}, fmt.Errorf("%w: %q; use 3 to 10 capitals and digits", ErrBadAsset, a.Code)
		case iso:
			return Assets{}, fmt.Errorf("%w: %s is a currency of ISO 4217, whose decimals are fixed", ErrBadAsset, a.Code)
		case twice:
			return Assets{}, fmt.Errorf("%w: %s is listed twice", ErrBadAsset, a.Code)
		case a.Scale < 0 || a.Scale > MaxScale:
			return Assets{}, fmt.Errorf("%w: %s must have 0 to %d decimals, not %d", ErrBadAsset, a.Code, MaxScale, a.Scale)
		}
		scales[a.Code] = a.Scale
	}
	return Assets{scales}, nil
}

// ParseAssets reads a list such as "USDT:6,BTC:8,EUR": assets with their decimals,
// and currencies of ISO 4217 without. It returns what is listed, in that order, and
// the decimals of it. An empty text lists nothing.
func ParseAssets(text string) (listed []Currency, known Assets, err error) {
	if strings.TrimSpace(text) == "" {
		return nil, Assets{}, nil
	}
	var assets []Asset
	for one := range strings.SplitSeq(text, ",") {
		code, decimals, scaled := strings.Cut(strings.TrimSpace(one), ":")
		c := Currency(code)
		if _, iso := c.Exponent(); iso && !scaled && !slices.Contains(listed, c) {
			listed = append(listed, c)
			continue
		}
		scale, err := strconv.Atoi(decimals)
		if err != nil {
			return nil, Assets{}, fmt.Errorf("%w: %q; use CODE:DECIMALS once each, such as USDT:6", ErrBadAsset, one)
		}
		listed, assets = append(listed, c), append(assets, Asset{c, scale})
	}
	known, err = NewAssets(assets...)
	return listed, known, err
}

// WellFormed reports whether the code could be a currency's or an asset's: 3 to 10
// capitals and digits that begin with a letter.
func (c Currency) WellFormed() bool {
	const letters, most = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 10
	return len(c) >= 3 && len(c) <= most && strings.Trim(string(c), letters+"0123456789") == "" && strings.Contains(letters, string(c[0]))
}

// Scale is the number of decimals of a currency or asset; ok is false if it is unknown.
func (s Assets) Scale(c Currency) (scale int, ok bool) {
	if scale, ok = s.scales[c]; ok {
		return scale, true
	}
	return c.Exponent()
}

// List are the assets besides ISO 4217, by code.
func (s Assets) List() []Asset {
	all := make([]Asset, 0, len(s.scales))
	for _, code := range slices.Sorted(maps.Keys(s.scales)) {
		all = append(all, Asset{code, s.scales[code]})
	}
	return all
}

// Parse returns the currency or asset of a code, which must be in capitals, or
// ErrUnknownCurrency.
func (s Assets) Parse(code string) (Currency, error) {
	if _, ok := s.Scale(Currency(code)); !ok {
		return "", fmt.Errorf("%w, nor an asset: %q", ErrUnknownCurrency, code)
	}
	return Currency(code), nil
}

// Limit is the largest amount that is taken from a caller at once, in minor units: a
// million units, but 10^12 minor units or more and 10^18 at most, so that sums of
// several fit 63 bits.
func (s Assets) Limit(c Currency) int64 {
	const least, most, digits = 12, 18, 6
	scale := least - digits
	if own, ok := s.scales[c]; ok {
		scale = own
	}
	limit := int64(1)
	for range min(max(scale+digits, least), most) {
		limit *= 10
	}
	return limit
}

// MostMinor bounds every amount that a person or a marketplace names in a currency, in
// minor units: Assets.Limit for a currency of ISO 4217, and 10^18 for an asset, whose
// decimals are known elsewhere. The sum of nine such amounts fits 63 bits.
func MostMinor(c Currency) int64 {
	if _, iso := c.Exponent(); iso {
		return Assets{}.Limit(c)
	}
	return HighestLimit
}

// HighestLimit is the largest of all limits of amounts, in minor units.
const HighestLimit = 1_000_000_000_000_000_000

// Decimal writes the number of an amount with all its decimals, such as "10.500000"
// for 10,500,000 units of six decimals. That of an unknown currency has none.
func (s Assets) Decimal(a Amount) string {
	scale, _ := s.Scale(a.currency)
	return Decimal(a.minor, scale)
}

// Format is Decimal with the code behind it: "10.500000 USDT".
func (s Assets) Format(a Amount) string {
	if _, ok := s.Scale(a.currency); !ok {
		return a.String()
	}
	return s.Decimal(a) + " " + string(a.currency)
}

// Decimal writes minor units of so many decimals, 0 or more: Decimal(5, 2) is "0.05".
func Decimal(minor int64, scale int) string {
	sign, digits := "", strconv.FormatInt(minor, 10)
	if minor < 0 {
		sign, digits = "-", digits[1:]
	}
	if scale <= 0 {
		return sign + digits
	}
	if short := scale + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	point := len(digits) - scale
	return sign + digits[:point] + "." + digits[point:]
}

// ParseDecimal reads a decimal that is not negative into minor units of so many
// decimals: digits, and perhaps a point and more digits. Digits beyond the scale
// must be zeros: nothing is rounded.
func ParseDecimal(text string, scale int) (minor int64, ok bool) {
	const longest = 40
	whole, fraction, pointed := strings.Cut(text, ".")
	if len(text) > longest || whole == "" || pointed && fraction == "" || !digitsOnly(whole) || !digitsOnly(fraction) {
		return 0, false
	}
	if short := scale - len(fraction); short > 0 {
		fraction += strings.Repeat("0", short)
	}
	if strings.Trim(fraction[scale:], "0") != "" {
		return 0, false
	}
	minor, err := strconv.ParseInt(whole+fraction[:scale], 10, 64)
	return minor, err == nil
}

func digitsOnly(text string) bool { return strings.Trim(text, "0123456789") == "" }

// RateScale is the number of decimals of a Rate.
const RateScale = 2

// Rate is a price: what one unit of an asset costs in units of another currency, with
// two decimals: 9250 is 92.50 for one, whatever decimals the two have.
type Rate struct {
	Price    int64 // above 0
	From, To int   // decimals of the asset and of the currency that it costs
}

// Cost is what an amount of the asset costs: amount / 10^From × Price / 100 × 10^To,
// computed exactly and rounded once, halves up. ok is false for what is negative or
// beyond 63 bits.
func (r Rate) Cost(amount int64) (minor int64, ok bool) {
	return ratio(amount, big.NewInt(r.Price), r.To, big.NewInt(1), r.From+RateScale)
}

// Buys is the inverse: how much of the asset an amount of the currency buys, rounded
// once, halves up.
func (r Rate) Buys(minor int64) (amount int64, ok bool) {
	return ratio(minor, big.NewInt(1), r.From+RateScale, big.NewInt(r.Price), r.To)
}

// ratio is n × by × 10^up / (over × 10^down), halves up.
func ratio(n int64, by *big.Int, up int, over *big.Int, down int) (int64, bool) {
	if n < 0 || by.Sign() <= 0 || over.Sign() <= 0 || up < 0 || down < 0 {
		return 0, false
	}
	top := new(big.Int).Mul(big.NewInt(n), by)
	top.Mul(top, power(up))
	bottom := new(big.Int).Mul(over, power(down))
	// Halves up: (2 × top + bottom) / (2 × bottom).
	top.Lsh(top, 1).Add(top, bottom)
	top.Quo(top, bottom.Lsh(bottom, 1))
	return top.Int64(), top.IsInt64()
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
