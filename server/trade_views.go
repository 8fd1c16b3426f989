package server

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

var errNoAd = fault.New(fault.NotFound, "ad_not_found", "there is no such ad")

var errNoOrder = fault.New(fault.NotFound, "order_not_found", "there is no such order")

// findAd finds the ad of the path. A closed one is gone, for its owner too.
func (r *request) findAd() (listings.Ad, error) {
	id, err := r.pathID(errNoAd)
	if err != nil {
		return listings.Ad{}, err
	}
	a, err := r.kit.Ads.Get(r.Request.Context(), r.user.Community, id)
	if err == nil && a.Status == listings.Closed {
		return a, errNoAd
	}
	return a, err
}

// people are what may be known of users; nobody is missing.
func (r *request) people(users ...string) (map[string]exchange.PublicUser, error) {
	if len(users) == 0 {
		return nil, nil
	}
	known, err := r.kit.Trading.Public(r.Request.Context(), r.user.Community, users...)
	if err != nil {
		return nil, err
	}
	all := make(map[string]exchange.PublicUser, len(users))
	for _, id := range users {
		u := known[id]
		u.ID = id
		all[id] = u
	}
	return all, nil
}

// ratingsOut has the average under two names: one is misspelt in the customer's
// document, and clients know it by that.
type ratingsOut struct {
	Positive int64          `json:"positive_feedback_count"`
	Negative int64          `json:"negative_feedback_count"`
	Average  jsontext.Value `json:"average_rating"`
	Averate  jsontext.Value `json:"averate_rating"`
}

func showRatings(u exchange.PublicUser) ratingsOut {
	average := number(u.Average)
	return ratingsOut{u.Positive, u.Negative, average, average}
}

// number writes a decimal as the shortest JSON number, without a float on the way;
// what is no decimal is 0.
func number(text string) jsontext.Value {
	if _, ok := money.ParseDecimal(text, 2); !ok {
		return jsontext.Value("0")
	}
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	if text = strings.TrimLeft(text, "0"); text == "" || text[0] == '.' {
		text = "0" + text
	}
	return jsontext.Value(text)
}

// cancelIn is the body of a cancellation, which may be left out.
type cancelIn struct {
	NotPaid bool `json:"not_paid"`
}
