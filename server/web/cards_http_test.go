package web_test

import (
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// What carries a card number is refused before it is stored or logged, in whichever
// place of a request it stands.
func TestS5_cardNumbersOutsideBodies(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Open(t)
	for name, send := range map[string]func() facetest.Answer{
		"actor": func() facetest.Answer { return w.Call(t, "GET", "/v1/transactions", nil, facetest.As(facetest.Card)) },
		"operator": func() facetest.Answer {
			return w.Call(t, "GET", "/v1/operator/transactions", nil, facetest.Staff("x"+facetest.Card))
		},
		"idempotency key": func() facetest.Answer {
			return w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("order "+facetest.Card))
		},
		"query": func() facetest.Answer {
			return w.Call(t, "GET", "/v1/transactions?listing_id="+facetest.Spelled(facetest.Card, 4, "%20"), nil)
		},
		"path": func() facetest.Answer {
			return w.Call(t, "PUT", "/v1/users/"+facetest.Spelled(facetest.Card, 4, "-"), facetest.Profile())
		},
		"id as a number": func() facetest.Answer {
			return w.Call(t, "POST", "/v1/transactions", facetest.With(facetest.Sale(), "listing.id", 4111111111111111), facetest.Once("a"))
		},
		"number": func() facetest.Answer {
			return w.Call(t, "POST", facetest.DealsPath+"create", facetest.With(facetest.Deal(), "transaction.listing_id", 4111111111111111))
		},
		"user id": func() facetest.Answer {
			return w.Call(t, "POST", "/v1/transactions", facetest.With(facetest.Sale(), "starter_id", facetest.Card), facetest.Once("b"))
		},
	} {
		a := send()
		a.Refused(400, "card_data_not_accepted")
		if facetest.HoldsCard(a.Body) {
			t.Errorf("%s: the answer repeats the number: %s", name, a.Body)
		}
	}
	if facetest.HoldsCard(w.Log.String()) {
		t.Error("the log holds the card number")
	}
}

// A random id of ours, or of the caller's, may read like a card number.
func TestM39_idsInAddresses(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Open(t)
	w.Call(t, "PUT", "/v1/users/abcd4111-1111-1111-1111-abcdefabcdef", facetest.Profile()).Is(200)
}
