package trade

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

// ErrNoAd says that an ad does not exist, or is not to be seen.
var ErrNoAd = fault.New(fault.NotFound, "ad_not_found", "there is no such ad")

// ErrNoOrder says that an order does not exist, or is not the caller's.
var ErrNoOrder = fault.New(fault.NotFound, "order_not_found", "there is no such order")

// FindAd finds the ad of the path. A closed one is gone, for its owner too.
func (r *Request) FindAd() (listings.Ad, error) {
	id, err := r.PathID(ErrNoAd)
	if err != nil {
		return listings.Ad{}, err
	}
	a, err := r.kit.Ads.Get(r.Request.Context(), r.User.Community, id)
	if err == nil && a.Status == listings.Closed {
		return a, ErrNoAd
	}
	return a, err
}

// People are what may be known of users; nobody is missing.
func (r *Request) People(users ...string) (map[string]exchange.PublicUser, error) {
	if len(users) == 0 {
		return nil, nil
	}
	known, err := r.kit.Trading.Public(r.Request.Context(), r.User.Community, users...)
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

// RatingsOut has the average under two names: one is misspelt in the customer's
// document, and clients know it by that.
type RatingsOut struct {
	Positive int64          `json:"positive_feedback_count"`
	Negative int64          `json:"negative_feedback_count"`
	Average  jsontext.Value `json:"average_rating" is:"number"`
	Averate  jsontext.Value `json:"averate_rating" is:"number"`
}

// ShowRatings is what others said of a user.
func ShowRatings(u exchange.PublicUser) RatingsOut {
	average := number(u.Average)
	return RatingsOut{u.Positive, u.Negative, average, average}
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

// CancelIn is the body of a cancellation, which may be left out.
type CancelIn struct {
	NotPaid bool `json:"not_paid"`
}
