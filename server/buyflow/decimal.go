package buyflow

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

// The buy flow writes amounts as decimals, each field with places of its own, and at
// least those of its currency or asset. They are written from, and read into, whole
// minor units: no float is involved.

// Places of the decimals (customer's document).
const (
	coinPlaces  = 20 // amounts of a coin
	limitPlaces = 10 // limits, and what is left
	fiatPlaces  = 2
)

// decimal writes minor units of so many decimals with at least so many places.
func decimal(n int64, scale, places int) string {
	text := money.Decimal(n, scale)
	if scale == 0 && places > 0 {
		text += "."
	}
	return text + strings.Repeat("0", max(places-scale, 0))
}

// inWords is how many decimals there may be, in the words of the document.
func inWords(scale int) string {
	if scale == fiatPlaces {
		return "two"
	}
	return strconv.Itoa(scale)
}

// rate is the price of an ad.
func (b face) price(a listings.Ad) (money.Rate, error) {
	from, known := b.Assets.Scale(a.Asset)
	to, iso := b.Assets.Scale(a.Fiat)
	if !known || !iso {
		return money.Rate{}, fmt.Errorf("the decimals of %s for %s are not known", a.Asset, a.Fiat)
	}
	return money.Rate{Price: a.Rate, From: from, To: to}, nil
}
