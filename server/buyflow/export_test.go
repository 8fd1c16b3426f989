package buyflow

import (
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/server/web"
)

// ReadOffer, ReadAd, ReadOrder and ReadVerdict read and check bodies like the
// routes do.
func ReadOffer(body []byte, rate int64) (amount int64, err error) {
	var in offerIn
	if err := web.Decode(body, web.BesidesDetails, &in); err != nil {
		return 0, err
	}
	return in.amount(money.Rate{Price: rate, From: 2, To: 2})
}

// Decimal is tested on its own.
var Decimal = decimal
