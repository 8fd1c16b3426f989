package webhooks

import (
	"context"
	"strings"
	"time"
)

// Fate says the outcome of a message that was verified.
type Fate string

// The fates.
const (
	Applied Fate = "applied"  // its payment was looked up
	Waits   Fate = "waiting"  // it was not applied yet; what fails is tried again
	GaveUp  Fate = "given_up" // it could not be applied for three days
)

// Known reports whether it is one of them.
func (f Fate) Known() bool { return f == Applied || f == Waits || f == GaveUp }

// GivenUp begins the note of a message that was given up; the reason follows.
const GivenUp = "given up: "

// Arrival is a message of a gateway as people look at it.
type Arrival struct {
	Delivery
	Fate Fate
	Note string    // why it was not applied at the last try; empty: it was, or was not tried
	Due  time.Time // when a waiting one is tried next, real time
	Size int       // of the body in bytes, as it is stored
	// TransactionID is the deal that it is about; 0: none that is known here. Of those the body and the
	// payment are left out, since they may be another community's. A body above LongestShown is left out, too.
	TransactionID int64
}

// LongestShown is how many bytes of a stored body people are shown; our choice. Gateways' messages have 1 to 5 kB.
const LongestShown = 32 << 10

// ArrivalFilter selects messages about deals of a community, and those about no deal, the newest first.
type ArrivalFilter struct {
	CommunityID int64
	Gateway     string    // empty: all
	Fate        Fate      // empty: all
	Before      time.Time // when the last one of the page before was received; zero: from the newest
	BeforeID    int64     // and its id
	Limit       int
}

// FateOf tells the outcome of a message from what is stored.
func FateOf(done bool, note string) (Fate, string) {
	switch why, gaveUp := strings.CutPrefix(note, GivenUp); {
	case gaveUp:
		return GaveUp, why
	case done:
		return Applied, ""
	default:
		return Waits, note
	}
}

// TurnedAway are messages to the address of a gateway that were not its own, or that nobody could read. Nothing that
// they had in them is kept: strangers send them.
type TurnedAway struct {
	Gateway string
	Reason  string
	At      time.Time // of the last one, real time
	Count   int64     // of them; at least, since each replica counts its own
}

// Doorkeeper keeps who was turned away: of each gateway and reason, and of each minute of the hour, the last time. So
// there are only so many, however many strangers knock.
type Doorkeeper interface {
	NoteTurnedAway(ctx context.Context, t TurnedAway) error
}
