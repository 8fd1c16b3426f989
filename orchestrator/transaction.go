package orchestrator

import (
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/labels"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Transaction is one deal of a community. The embedded Deal is what rules see;
// the rest is identity and snapshot data. Times are UTC.
type Transaction struct {
	ID             int64 // unique in the database
	CommunityID    int64 // the marketplace it belongs to
	ConversationID int64
	Process        string // "escrow_online@1"; kept for the transaction's life
	Gateway        string
	Revision       int64 // 1 when inserted, plus one with every commit
	EventSequence  int64 // number of the last event
	SellerPays     bool  // as the process has it
	// FeesBy is who charges the fees: the gateway, or the marketplace.
	FeesBy string

	process.Deal

	ListingID    int64        // 0 when the deal has no listing
	ListingTitle string       // snapshot of what is sold
	UnitPrice    money.Amount // snapshot; Price is UnitPrice times Quantity
	Quantity     int64

	// Lines are how the price came about; they add up to what the payer pays and to
	// what the payee gets.
	Lines []pricing.Line
	// Booking is the time that is booked, nil without one.
	Booking *Booking
	// Attributes are what else was agreed when the deal was opened. They never change.
	Attributes map[string]string
	// Labels are what the marketplace notes with the deal. The first commit stores them; later
	// ones leave them as they are (Engine.Label).
	Labels labels.Labels
	// Reserved is what is taken for the deal at present.
	Reserved []Reservation

	// GatewayFees is what the gateway kept for its services, out of the platform's own
	// account, in minor units of the price's currency.
	GatewayFees int64

	PaymentID string // the gateway's id of the payment; empty until known
	// PayerAccount and PayeeAccount are the accounts at the gateway that the payment is from and
	// for, as it told last: other accounts of the two change nothing about it. Empty: it has not.
	PayerAccount, PayeeAccount string

	Note string // the gateway's last remark, e.g. why a capture is pending
	// RedirectURL and ClientSecret are how the buyer pays, while that is open.
	RedirectURL  string
	ClientSecret string
	IntentID     string // the gateway operation in progress, empty if none

	CreatedAt        time.Time
	UpdatedAt        time.Time
	LastTransitionAt time.Time
	HeldAt           time.Time // since when it is on hold; zero: it is not
}

// InState is since when a deal is in its state, as far as it is known.
func (tx Transaction) InState() time.Time {
	for _, at := range []time.Time{tx.EnteredAt, tx.LastTransitionAt} {
		if !at.IsZero() {
			return at
		}
	}
	return tx.UpdatedAt
}

// Booking is booked time in days of the listing's time zone.
type Booking struct {
	StartOn string `json:"start_on"` // first day, YYYY-MM-DD
	EndOn   string `json:"end_on"`   // last day, which is part of it
	// Zone is the listing's, by its IANA name; empty is UTC.
	Zone string `json:"zone,omitzero"`
}

// Reservation takes an amount of something that there is only so much of: stock,
// a day, what an ad has left. It is never overdrawn and never taken twice.
type Reservation struct {
	Resource string `json:"resource"` // unique in the community: "stock:12", "date:12:2030-12-31"
	Amount   int64  `json:"amount"`   // below zero gives back
	// Capacity is how much there is when nobody has ever reserved any.
	Capacity int64 `json:"capacity,omitzero"`
	// Lock gives it back when the deal ends, however it ends.
	Lock bool `json:"lock,omitzero"`
	// Spent is never given back, and not noted with the deal: a counter that somebody
	// empties to say that it is too late stays empty.
	Spent bool `json:"-"`
	// Reason is the refusal when there is not enough; default not_available.
	Reason fault.Reason `json:"-"`
}

// Message is one message of a deal's conversation.
type Message struct {
	ID            int64
	TransactionID int64
	CommunityID   int64
	Sender        string // user id; empty for the system
	Kind          MessageKind
	Content       string
	At            time.Time
}

// MessageKind is who speaks.
type MessageKind string

// The kinds of messages.
const (
	FromParty    MessageKind = "text"
	FromOperator MessageKind = "operator"
	FromSystem   MessageKind = "system"
	OfFile       MessageKind = "file" // names a piece of evidence
)

// LogEntry is one line of a transaction's history: who did what, when and why.
type LogEntry struct {
	TransactionID int64
	Revision      int64 // the revision that this change made
	Transition    process.Transition
	From, To      process.State
	Actor         string // "user:bea", "gateway", "timer"
	RequestID     string
	IntentID      string
	Note          string // why: a decline code, a reason, "claim"
	// Said is what the actor said along with it, by input: a reason, a complaint, a
	// tracking code. process.Shown tells who may read it.
	Said map[string]string
	At   time.Time
}

// PostedEntry is a ledger entry as stored. Its id is "transaction.revision".
type PostedEntry struct {
	TransactionID int64
	Revision      int64
	CommunityID   int64
	ledger.Entry
	At time.Time
}

// Timer is a row that fires a transition, or a lookup, when it is due.
type Timer struct {
	TransactionID int64
	CommunityID   int64
	Name          process.TimerName
	State         process.State // the state it waits in; elsewhere it is stale
	Due           time.Time
	Attempts      int    // how often it was claimed
	Gateway       string // of the deal, when it was claimed
}

// Intent is a gateway operation that was decided and committed before the
// gateway is asked. Its id is the idempotency key at the gateway.
type Intent struct {
	ID            string
	CommunityID   int64
	TransactionID int64
	Gateway       string
	Transition    process.Transition
	From          process.State // state whose rule is applied; empty when it creates
	Verb          process.Verb
	Actor         process.Actor
	Input         map[string]string
	RequestID     string
	Status        IntentStatus
	Code          fault.Reason // the gateway's reason when it was declined or is unknown
	Attempt       int          // times sent, 1 at first
	// Generation counts the keys that the operation was sent under. A new one is only
	// made once the gateway has ended the one before without effect.
	Generation int
	// Due is when recovery may look after it: past the deadline of the call.
	Due       time.Time
	CreatedAt time.Time
	UpdatedAt time.Time // when it was sent last, or settled
}

// operation is what the rules know of an intent.
func (i Intent) operation() *process.Operation {
	return &process.Operation{Transition: i.Transition, From: i.From, Verb: i.Verb, Input: i.Input, Open: i.Status == IntentOpen}
}

// IntentStatus is open until the outcome is known and committed.
type IntentStatus string

// The statuses of an intent. All but IntentOpen are final.
const (
	IntentOpen       IntentStatus = "open"
	IntentSucceeded  IntentStatus = "succeeded"
	IntentDeclined   IntentStatus = "declined"
	IntentNotSent    IntentStatus = "not_sent"
	IntentSuperseded IntentStatus = "superseded" // the gateway reported that the deal went another way
)

// Event is an outbox row: what happened to a transaction, in order.
type Event struct {
	TransactionID int64
	Sequence      int64 // 1, 2, 3 … per transaction without gaps
	CommunityID   int64
	Type          string // "transaction.paid"
	Data          map[string]string
	At            time.Time
}

// Commit is one atomic change. Everything in it happens, or nothing does.
type Commit struct {
	Transaction Transaction // inserted at revision 1, else compared and swapped on the revision before
	Log         LogEntry
	Entries     []ledger.Entry
	Reserve     []Reservation // taken, or given back, with the change
	Messages    []Message
	Timers      TimerChange
	Intent      *Intent // inserted when it is the transaction's first claim of that id, else updated while open
	Events      []Event
	Reply       *idempotency.Change
	Acts        []Act // lines of the audit log
}

// TimerChange drops a transaction's timers and sets new ones.
type TimerChange struct {
	Clear bool
	Set   []Timer
}
