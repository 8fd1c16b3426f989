package orchestrator

import (
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/labels"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// CreateInput opens a transaction.
type CreateInput struct {
	CommunityID int64
	Process     string // a name for its newest version, or "name@version"
	Gateway     string
	Transition  process.Transition // "create" if empty
	Actor       process.Actor
	Starter     string // user ids
	Author      string
	Buyer       string // default: the starter or author, by the process's roles
	Seller      string
	ListingID   int64
	Title       string
	UnitPrice   money.Amount
	Quantity    int64 // default 1
	Shipping    int64 // minor units, part of the price
	// Deposit is paid in advance in a process with deposits, whose UnitPrice is zero.
	Deposit int64 // minor units of UnitPrice's currency
	// Booking is the time that is booked, and BookingEnd the instant after it.
	Booking    *Booking
	BookingEnd time.Time
	// Reserve is taken for the deal with its first commit, or the deal is refused.
	Reserve []Reservation
	// Message is posted into the conversation with the first commit, in the actor's
	// name; empty posts nothing.
	Message    string
	Deadlines  map[process.Deadline]time.Time
	Attributes map[string]string
	// ConfirmAfterDays overrides the process's automatic confirmation, in days.
	ConfirmAfterDays *int
	Labels           labels.Labels
	Input            map[string]string
	RequestID        string
	Key              *Key

	approval *Approval // that allows it; nil: none was needed so far
}

// DoInput asks for a transition of a transaction.
type DoInput struct {
	CommunityID   int64
	TransactionID int64
	Transition    process.Transition
	Actor         process.Actor
	Input         map[string]string
	Reserve       []Reservation // taken with the transition, or it is refused
	Message       string        // posted into the conversation with it, in the actor's name
	RequestID     string
	Key           *Key
	// Only refuses deals that the caller's face does not change; nil refuses none. It is
	// asked about the deal as it was loaded, if the actor may see it.
	Only func(Transaction) error `json:"-"`

	due      time.Time // when the timer that asks was due; zero: somebody asks now
	approval *Approval // that allows it; nil: none was needed so far
}

// admits asks the caller's face whether it changes such a deal.
func (in DoInput) admits(tx Transaction) error {
	if in.Only == nil || !in.Actor.Sees(tx.Deal) {
		return nil
	}
	return in.Only(tx)
}
