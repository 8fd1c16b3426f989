package listings

import (
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
)

// AdType is the maker's own side of an ad (customer's document).
type AdType string

// The types of an ad.
const (
	Sell AdType = "sell"
	Buy  AdType = "buy"
)

// AdStatus is where an ad stands.
type AdStatus string

// The statuses of an ad. An active ad whose end date has passed is expired at
// once, without anybody noticing.
const (
	Active    AdStatus = "active"
	Paused    AdStatus = "paused"
	Closed    AdStatus = "closed"    // by its owner, for good; or sold out
	Suspended AdStatus = "suspended" // by an operator
	Expired   AdStatus = "expired"
)

// Ad is a standing offer to sell or buy an asset for fiat money. All amounts are
// minor units of Asset, the currency of the users' balances.
type Ad struct {
	ID          int64
	CommunityID int64
	Owner       string // user id
	AdTerms
	// Available is what is left of Total, neither reserved by open orders nor
	// filled. Orders change it without a new Version.
	Available int64
	// MethodKeys are all names that an order may use for one of Methods.
	MethodKeys []string
	// Sealed are the payment details as they are stored; see Ads.Details.
	Sealed []byte
	Status AdStatus
	// Version grows by one with every change of the ad itself.
	Version   int64
	CreatedAt time.Time
	UpdatedAt time.Time
	// Reputation is the owner's, at the moment of reading.
	Reputation Reputation
}

// AdTerms is what an owner says of an ad: all of it when creating and, since an
// update is a full replacement, when changing it.
type AdTerms struct {
	Type  AdType
	Asset money.Currency // currency of the balance that is frozen
	Fiat  money.Currency // ISO 4217
	// Rate is fiat per unit of the asset with two fixed decimals, 1 to 10^9: 100
	// is one for one (customer's document).
	Rate int64
	Min  int64 // per order
	Max  int64 // per order
	// Total is what the ad offers altogether, over all its orders; zero: Max.
	Total   int64
	Methods []string // names or aliases of the catalogue, as the owner writes them
	// Details tell how the owner is paid. They are only given, never read back:
	// see Ads.Details.
	Details      Details
	Instructions string // at most 2,000 characters
	// PayMinutes is how long a buyer has to pay, 5 to 1440; zero: 30.
	PayMinutes int
	// SingleOffer lets an ad have one open order at a time; see SingleOfferResource.
	SingleOffer bool
	EndsAt      time.Time // zero: never
}

// Reputation is what others think of a user, in counts.
type Reputation struct {
	Positive  int64 // ratings of 4 and 5 stars
	Negative  int64 // ratings of 1 and 2 stars
	Votes     int64 // all ratings
	Stars     int64 // their sum
	Completed int64 // completed orders
}

const (
	maxAmount       = money.HighestLimit // the faces have limits of their own, per asset
	maxRate         = 1_000_000_000
	minPayMinutes   = 5
	maxPayMinutes   = 24 * 60
	payMinutes      = 30
	maxInstructions = 2000
)

// clean checks terms at now and fills in what they leave open.
func (t AdTerms) clean(now time.Time) (AdTerms, error) {
	if t.Total == 0 {
		t.Total = t.Max
	}
	if t.PayMinutes == 0 {
		t.PayMinutes = payMinutes
	}
	t.EndsAt = t.EndsAt.UTC().Truncate(time.Microsecond)
	c, err := money.ParseCurrency(string(t.Fiat))
	return t, fault.All(
		unless(t.Type == Sell || t.Type == Buy, "type", "type must be sell or buy"),
		unless(t.Asset.WellFormed(), "asset", "the asset must be the code of a currency or asset in capitals"),
		unless(t.Rate >= 1 && t.Rate <= maxRate, "exchange_rate", "exchange_rate must be 1 to %d", maxRate),
		unless(t.Min >= 1 && t.Min <= maxAmount, "min_amount", "min_amount must be 1 to %d", maxAmount),
		unless(t.Max >= t.Min && t.Max <= maxAmount, "max_amount", "max_amount must be min_amount to %d", maxAmount),
		unless(t.Total >= t.Min && t.Total <= maxAmount, "total_amount", "total_amount must be min_amount to %d", maxAmount),
		unless(t.PayMinutes >= minPayMinutes && t.PayMinutes <= maxPayMinutes, "payment_window_minutes", "the payment window must be %d to %d minutes", minPayMinutes, maxPayMinutes),
		unless(plain(t.Instructions, maxInstructions), "instructions", "instructions must be text of at most %d characters", maxInstructions),
		unless(t.EndsAt.IsZero() || t.EndsAt.After(now), "end_date", "the end date has passed"),
		unless(err == nil && c == t.Fiat, "fiat_currency", "fiat_currency must be an ISO 4217 code"))
}

// at is the ad as it stands at an instant.
func (a Ad) at(now time.Time) Ad {
	if a.Status == Active && a.ended(now) {
		a.Status = Expired
	}
	return a
}

func (a Ad) ended(now time.Time) bool { return !a.EndsAt.IsZero() && !a.EndsAt.After(now) }
