package server_test

import (
	"strings"
	"testing"
)

// What carries a card number is refused before it is stored or logged, in whichever
// place of a request it stands.
func TestS5_cardNumbersOutsideBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t)
	for name, send := range map[string]func() answer{
		"actor":           func() answer { return w.call(t, "GET", "/v1/transactions", nil, as(card)) },
		"operator":        func() answer { return w.call(t, "GET", "/v1/operator/transactions", nil, staff("x"+card)) },
		"idempotency key": func() answer { return w.call(t, "POST", "/v1/transactions", sale(), once("order "+card)) },
		"query":           func() answer { return w.call(t, "GET", "/v1/transactions?listing_id="+spelled(card, 4, "%20"), nil) },
		"path":            func() answer { return w.call(t, "PUT", "/v1/users/"+spelled(card, 4, "-"), profile()) },
		"id as a number": func() answer {
			return w.call(t, "POST", "/v1/transactions", with(sale(), "listing.id", 4111111111111111), once("a"))
		},
		"number": func() answer {
			return w.call(t, "POST", dealsPath+"create", with(deal(), "transaction.listing_id", 4111111111111111))
		},
		"user id": func() answer {
			return w.call(t, "POST", "/v1/transactions", with(sale(), "starter_id", card), once("b"))
		},
	} {
		a := send()
		a.refused(400, "card_data_not_accepted")
		if strings.Contains(a.body, "4111") {
			t.Errorf("%s: the answer repeats the number: %s", name, a.body)
		}
	}
	if strings.Contains(w.log.String(), "4111") {
		t.Error("the log holds the card number")
	}
}
