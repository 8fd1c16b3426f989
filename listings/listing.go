// Package listings holds what is on offer: a marketplace's listings (single use
// and multi use, online and face to face) and the ads of a P2P exchange. It
// checks who may change what, keeps the counters that deals reserve from, and
// mirrors listings to a gateway that wants to know them.
package listings

import (
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/labels"
)

// Kind is how often a listing can be bought.
type Kind string

// The kinds, as in the customer's document.
const (
	SingleUse Kind = "single_use" // exactly one deal
	MultiUse  Kind = "multi_use"  // as many as there is stock, or without end
)

// Model is how the goods change hands.
type Model string

// The models, as in the customer's document.
const (
	Online     Model = "online"
	FaceToFace Model = "face_to_face"
)

// Unit is what a booking of a listing is counted in; empty: it is not booked.
type Unit string

// The booking units.
const (
	NoUnit Unit = ""
	PerDay Unit = "day"
	Night  Unit = "night"
)

// State selects listings by whether they can be bought.
type State string

// The states of a listing.
const (
	AnyState State = ""
	Enabled  State = "enabled"
	Disabled State = "disabled"
)

// Pricing is what a listing costs, in one currency. An amount of zero is not
// set yet. Face to face, Price may stay open until the parties agree on it in
// the deal; Deposit is for face to face only.
type Pricing struct {
	Price   money.Amount
	Deposit money.Amount
}

// Currency is the currency of both amounts; empty if neither has one.
func (p Pricing) Currency() money.Currency {
	if p.Price.Currency() != "" {
		return p.Price.Currency()
	}
	return p.Deposit.Currency()
}

// uniform gives both amounts the currency, so that equal prices compare equal.
func (p Pricing) uniform() Pricing {
	c := p.Currency()
	return Pricing{Price: money.New(p.Price.Minor(), c), Deposit: money.New(p.Deposit.Minor(), c)}
}

// Listing is goods or services on offer in a community.
type Listing struct {
	ID          int64
	CommunityID int64
	Author      string // user id
	Kind        Kind
	Model       Model
	Title       string
	Description string
	Pricing
	SkipRemainder bool // face to face: nothing is to be paid after the deposit
	Unit          Unit
	Zone          string // IANA time zone in which the days of a booking are counted
	// Stock is how many may still be bought: 1 or 0 for a single-use listing, nil
	// for a multi-use listing without a limit. Deals change it without a new Revision.
	Stock      *int64
	RemoteID   string // id at the gateway that mirrors the listing
	Revision   int64  // grows by one with every change of the listing itself
	CreatedAt  time.Time
	UpdatedAt  time.Time
	DisabledAt time.Time // zero: enabled
	DeletedAt  time.Time
	// Labels are what the marketplace notes with the listing; its author is not shown them.
	Labels labels.Labels
	// MirrorDue is when the listing is to be pushed to its mirror; zero: it is
	// there already, or it has none.
	MirrorDue time.Time
}

// Size is about how many bytes its texts have.
func (l Listing) Size() int { return l.Labels.Size() + len(l.Title) + len(l.Description) }

// Enabled reports whether the author wants the listing to be bought.
func (l Listing) Enabled() bool { return l.DisabledAt.IsZero() }

// Takes is how much of StockResource a deal over a quantity has to reserve.
// Zero: the listing has no limit and the resource does not exist.
func (l Listing) Takes(quantity int64) int64 {
	switch {
	case l.Stock == nil:
		return 0
	case l.Kind == SingleUse:
		return 1
	}
	return quantity
}

// offer says why the listing cannot be bought now, with the reasons of the
// customer's document where it has one.
func (l Listing) offer(quantity int64) error {
	if !l.Enabled() {
		return errDisabled
	}
	if l.Model == Online {
		if err := l.complete(); err != nil {
			return err
		}
	}
	if quantity < 1 {
		return invalid("quantity", "quantity must be at least 1")
	}
	if l.Takes(quantity) == 0 || l.Takes(quantity) <= *l.Stock {
		return nil
	}
	if l.Kind == SingleUse {
		return errDisabled // bought: the customer's document counts it as disabled from then on
	}
	return errOutOfStock.With("available", *l.Stock)
}

func (l Listing) complete() error {
	switch {
	case l.Currency() == "":
		return errNoCurrency
	case l.Price.IsZero():
		return errNoPrice
	case strings.TrimSpace(l.Description) == "" && strings.TrimSpace(l.Title) == "":
		return errNoDescription
	}
	return nil
}

// Draft is what an author says when creating a listing.
type Draft struct {
	CommunityID int64
	Author      string // user id; required
	Kind        Kind
	Model       Model
	Title       string // at most 200 characters
	Description string // at most 5,000 characters
	Pricing
	SkipRemainder bool
	Unit          Unit
	Zone          string // IANA; empty: UTC
	Stock         *int64 // multi use only; nil: no limit
	Disabled      bool   // not to be bought yet
	Labels        labels.Labels
	// MirrorLater leaves it to Sync to tell the mirror, at once: Create then calls
	// nobody outside and may be part of a caller's transaction.
	MirrorLater bool
}

const (
	maxTitle       = 200
	maxDescription = 5000
)

// Check refuses what no listing may be, all of it at once. Faults: those of Create, but that a reference is taken.
func (d Draft) Check() error {
	_, zone := time.LoadLocation(d.Zone)
	return fault.All(
		unless(d.CommunityID > 0, "community_id", "a listing needs a community"),
		unless(d.Author != "" && plain(d.Author, maxTitle), "author_id", "a listing needs an author"),
		unless(d.Kind == SingleUse || d.Kind == MultiUse, "kind", "kind must be single_use or multi_use"),
		unless(d.Model == Online || d.Model == FaceToFace, "model", "model must be online or face_to_face"),
		unless(d.Unit == NoUnit || d.Unit == PerDay || d.Unit == Night, "unit", "unit must be day, night or empty"),
		unless(!d.SkipRemainder || d.Model == FaceToFace, "skip_remainder", "only a face-to-face listing has a remainder"),
		unless(d.Stock == nil || d.Kind == MultiUse && d.Unit == NoUnit, "stock", "only a multi-use listing that is not booked has a stock"),
		unless(d.Stock == nil || *d.Stock >= 0, "stock", "stock must not be negative"),
		unless(zone == nil && d.Zone != "Local", "zone", "zone must be an IANA time zone such as Europe/Dublin"),
		checkTitle(d.Title), CheckDescription(d.Description), d.Pricing.check(d.Model), d.Labels.Check())
}

func checkTitle(text string) error {
	return unless(plain(text, maxTitle), "title", "title must be text of at most %d characters", maxTitle)
}

// CheckDescription refuses what no listing may say of itself.
func CheckDescription(text string) error {
	return unless(plain(text, maxDescription), "description", "description must be text of at most %d characters", maxDescription)
}

func (p Pricing) check(m Model) error {
	if p.Price.IsNegative() || p.Deposit.IsNegative() {
		return errNegativePrice
	}
	if m == Online && !p.Deposit.IsZero() {
		return invalid("deposit", "only a face-to-face listing has a deposit")
	}
	for _, a := range []money.Amount{p.Price, p.Deposit} {
		if a == (money.Amount{}) {
			continue
		}
		if c, err := money.ParseCurrency(string(a.Currency())); err != nil || c != p.Currency() {
			return invalid("currency", "all amounts must be in one ISO 4217 currency")
		}
	}
	return nil
}
