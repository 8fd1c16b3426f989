package sandbox

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// maxAmount bounds every amount in minor units, so that fee arithmetic cannot overflow.
const maxAmount = 1_000_000_000_000

// maxDuration bounds the timelines.
const maxDuration = 10 * 365 * 24 * time.Hour

// Config describes one sandbox. The zero value is usable: any API key is accepted, the clock stands at the present, and
// webhooks are recorded but sent nowhere.
type Config struct {
	// Start is where the virtual clock stands after New and Reset, cut to whole seconds; zero means the present of Now.
	Start time.Time
	// Now is the real clock; nil means time.Now.
	Now func() time.Time
	// Follow makes the virtual clock run with Now, plus whatever it was advanced. Steps that fall due are then taken at
	// the next request or Advance (Advance(0) is enough).
	Follow bool
	// OnAdvance is called with the new virtual time after every Advance and Reset, outside of all locks.
	OnAdvance []func(now time.Time)
	// Stops tells when something outside is due next, after one instant and up to another; nil, or false, is never. An
	// Advance of the main world stops there and at its own steps, and calls OnAdvance each time, so that one jump gives
	// the same history as many small ones. It is called outside of all locks.
	Stops func(after, until time.Time) (time.Time, bool)

	// Seed fixes all generated ids, join codes and secrets: the same seed and the same calls give the same bytes.
	Seed uint64
	// ClientID is the client that owns everything created here; empty means "sandbox".
	ClientID string
	// APIKeys are the accepted API keys; empty means that any non-empty key is accepted.
	APIKeys []string
	// SharedWorld puts all keys into one world, where each sees what the others do, as with several keys of one client.
	SharedWorld bool
	// Users are the full users; nil means [DefaultUsers].
	Users []User

	// FirstID is the id of the first online transaction; 0 means 1309, as in the customer's document.
	FirstID int64
	// FirstF2FID is the one of the first face-to-face transaction; 0 means 501309: a program that keeps deals of both models by
	// their ids alone never mixes them up.
	FirstF2FID int64
	// Charges is the fee table; empty means [DefaultCharges].
	Charges []ChargeConfig
	// CalculatorVersion is the version that quotes carry; 0 means 5.
	CalculatorVersion int64
	// F2FCalculatorVersion is the one of face-to-face quotes; 0 means 2, as in the customer's document.
	F2FCalculatorVersion int64
	// Currencies are the offered currencies in lower case; empty means [DefaultCurrencies], and for face-to-face transactions those
	// that came in July 2026 too.
	Currencies []string
	// usualCurrencies are offered where nobody says which.
	usualCurrencies bool
	// MinPrice is the lowest price in minor units; 0 means 100 (our choice, the official one is not published).
	MinPrice int64
	// RefundCharge makes refunds include the Trustap fee. The customer's document keeps the fee.
	RefundCharge bool
	// IncompatibleCountries lists pairs of country codes whose users may not trade with each other.
	IncompatibleCountries [][2]string
	// Profile is one of [Profiles]; empty means [ProfileCurrent].
	Profile string
	// StrictAuth makes each call take only the credentials that the official API lists for it. Without it either credential
	// does wherever the acting user is known.
	StrictAuth bool
	// Timelines are the allowances of both models.
	Timelines Timelines

	// WebhookURL, WebhookUsername and WebhookPassword are where webhooks go; an empty URL only records them.
	WebhookURL      string
	WebhookUsername string
	WebhookPassword string
	// HTTPClient sends webhooks; nil means a client with a timeout of ten seconds.
	HTTPClient *http.Client

	// PublicURL is the origin under which this handler is reachable, for links to payment pages.
	PublicURL string
	// FaultTimeout bounds how long a timeout fault holds a request in real time; 0 means 30 seconds.
	FaultTimeout time.Duration
	// SlowDelay is how long a slow fault holds an answer in real time; 0 means one second.
	SlowDelay time.Duration
	// Logger gets requests at debug level and failed webhooks at warning level; nil means silence.
	Logger *slog.Logger
}

// Timelines are the clocks of both models, in whole seconds. Zero tracking and complaint periods mean the documented 96 and 24 hours;
// zero delays mean at once (but still after the answer of the call that caused them).
type Timelines struct {
	TrackingAllowance time.Duration
	ComplaintPeriod   time.Duration
	RefundDelay       time.Duration
	ReleaseDelay      time.Duration
	// SkipDelay is how long after the acceptance of a deposit the remainder of a transaction with skip_remainder is skipped.
	SkipDelay time.Duration
}

// User is a full user, one who has an account at Trustap.
type User struct {
	ID      string `json:"id"`
	Email   string `json:"email,omitempty"`
	Country string `json:"country_code,omitempty"`
	// NoConsent marks a user who has not allowed this client to act for them.
	NoConsent bool `json:"no_consent,omitempty"`
	// Unfinished marks a user who has not accepted Trustap's terms or named a country yet: nobody acts as them.
	Unfinished bool `json:"unfinished,omitempty"`
	// Company marks a company, whose representatives show no papers here (user_is_company).
	Company bool `json:"company,omitempty"`
	// Unidentifiable marks a user of a country whose papers cannot be read (stripe_identity_not_available).
	Unidentifiable bool `json:"unidentifiable,omitempty"`
	// Payout is how far Trustap is with paying the user: due, verifying, complete, or failed when their papers were not accepted.
	// Empty: due until there is an account to pay to, and complete then.
	Payout string `json:"payout,omitempty"`
}

// DefaultUsers returns the two full users that the customer's document uses in its examples: a seller and a buyer.
func DefaultUsers() []User {
	return []User{
		{ID: "ad5bb99f-85bf-47e1-be0d-15e7541c6ad7", Email: "seller@example.com", Country: "IE"},
		{ID: "feb33a87-3917-4538-9260-127c8a6b5232", Email: "buyer@example.com", Country: "IE"},
	}
}

// DefaultCurrencies returns the currencies of the official API.
func DefaultCurrencies() []string {
	return []string{"aud", "eur", "gbp", "huf", "myr", "pln", "sek", "usd"}
}

// DefaultCharges returns the fee table that fits the examples of the customer's document: cards cost 3 % rounded up plus
// 40 minor units, bank transfers 1 % rounded up; the seller pays nothing. p24 pays
// zloty and fpx ringgit; what they cost is not published: as much as cards.
func DefaultCharges() []ChargeConfig {
	return []ChargeConfig{
		{ID: 1, PaymentMethod: "card", BasisPoints: 300, Flat: 40},
		{ID: 1, PaymentMethod: "bank_transfer", BasisPoints: 100},
		{ID: 1, Currency: "pln", PaymentMethod: "p24", BasisPoints: 300, Flat: 40},
		{ID: 1, Currency: "myr", PaymentMethod: "fpx", BasisPoints: 300, Flat: 40},
	}
}

func (c Config) withDefaults() Config {
	c.Now = stage.Or(c.Now == nil, time.Now, c.Now)
	c.ClientID = stage.Or(c.ClientID == "", "sandbox", c.ClientID)
	c.Users = stage.Or(c.Users == nil, DefaultUsers(), c.Users)
	c.Charges = stage.Or(len(c.Charges) == 0, DefaultCharges(), c.Charges)
	c.CalculatorVersion = stage.Or(c.CalculatorVersion == 0, 5, c.CalculatorVersion)
	c.F2FCalculatorVersion = stage.Or(c.F2FCalculatorVersion == 0, 2, c.F2FCalculatorVersion)
	c.Profile = stage.Or(c.Profile == "", ProfileCurrent, c.Profile)
	c.usualCurrencies = len(c.Currencies) == 0 || slices.Equal(c.Currencies, DefaultCurrencies())
	c.Currencies = stage.Or(len(c.Currencies) == 0, DefaultCurrencies(), c.Currencies)
	c.FirstID = stage.Or(c.FirstID == 0, 1309, c.FirstID)
	c.FirstF2FID = stage.Or(c.FirstF2FID == 0, 501309, c.FirstF2FID)
	c.MinPrice = stage.Or(c.MinPrice == 0, 100, c.MinPrice)
	c.Timelines.TrackingAllowance = stage.Or(c.Timelines.TrackingAllowance == 0, 96*time.Hour, c.Timelines.TrackingAllowance)
	c.Timelines.ComplaintPeriod = stage.Or(c.Timelines.ComplaintPeriod == 0, 24*time.Hour, c.Timelines.ComplaintPeriod)
	return c
}

// stage is the part of the settings that no gateway matters to.
func (c Config) stage() stage.Config {
	return stage.Config{
		Now: c.Now, Start: c.Start, Follow: c.Follow, OnAdvance: c.OnAdvance, Stops: c.Stops,
		APIKeys: c.APIKeys, SharedWorld: c.SharedWorld, PublicURL: c.PublicURL, HTTPClient: c.HTTPClient,
		Endpoint:     stage.Endpoint{URL: c.WebhookURL, Username: c.WebhookUsername, Password: c.WebhookPassword},
		Sign:         sign,
		FaultTimeout: c.FaultTimeout, SlowDelay: c.SlowDelay, Logger: c.Logger,
	}
}

func (c Config) validate() error {
	l := c.Timelines
	for _, d := range []time.Duration{l.TrackingAllowance, l.ComplaintPeriod, l.RefundDelay, l.ReleaseDelay, l.SkipDelay} {
		if d < 0 || d > maxDuration || d%time.Second != 0 {
			return fmt.Errorf("sandbox: %s in the timelines is not a duration of whole seconds below ten years", d)
		}
	}
	if c.MinPrice < 0 || c.MinPrice > maxAmount {
		return errors.New("sandbox: minimum price out of range")
	}
	if c.FirstID < 1 || c.FirstF2FID < 1 || c.FirstID > maxAmount || c.FirstF2FID > maxAmount {
		return errors.New("sandbox: first id out of range")
	}
	if c.CalculatorVersion < 1 || c.F2FCalculatorVersion < 1 {
		return errors.New("sandbox: calculator version must be positive")
	}
	if !slices.Contains(Profiles(), c.Profile) {
		return fmt.Errorf("sandbox: there is no profile %q; use one of %s", c.Profile, strings.Join(Profiles(), ", "))
	}
	for _, charge := range c.Charges {
		if err := charge.validate(); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for _, u := range c.Users {
		if err := u.validate(); err != nil {
			return err
		}
		if seen[u.ID] {
			return fmt.Errorf("sandbox: user %q is configured twice", u.ID)
		}
		seen[u.ID] = true
	}
	return nil
}
