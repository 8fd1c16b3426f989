package orchestrator

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/labels"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Faults of Commits.Apply. Compare with errors.Is.
var (
	// ErrRevisionConflict: somebody else changed the transaction since it was read.
	ErrRevisionConflict = fault.New(fault.Conflict, "revision_conflict", "the transaction was changed at the same time; read it again and repeat")
	// ErrInsufficientBalance: a guarded account would go below zero.
	ErrInsufficientBalance = fault.New(fault.Conflict, "insufficient_balance", "the available balance is too small")
	// ErrNotAvailable: a reservation takes more than there is.
	ErrNotAvailable = fault.New(fault.Conflict, "not_available", "what was asked for is no longer available")
)

// Stores keep everything that must survive a crash, by role; an engine needs all of them.
// Each may be another value. They are safe for concurrent use, and reads see what was
// committed before they began.
type Stores struct {
	Commits
	Deals
	Books
	Chats
	Schedule
	Intents
	idempotency.Replies
	Daily
	Approvals
	Staff
	Accounts
	SellerLinks
	Logins
	Guard
	Recoveries
	Strays
	BankPayouts
	TaskList
	Differences
	Labels
}

// complete is an error that names the roles which nobody plays.
func (s Stores) complete() error {
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		if v.Field(i).IsNil() {
			return fmt.Errorf("orchestrator: Store.%s is required", v.Type().Field(i).Name)
		}
	}
	return nil
}

// Commits writes.
type Commits interface {
	// Apply writes a commit atomically or answers ErrRevisionConflict, idempotency.ErrTaken,
	// ErrInsufficientBalance or ErrNotAvailable, with nothing written. An error of another kind
	// leaves the outcome open: the commit may or may not have happened.
	Apply(ctx context.Context, c Commit) error
	// NextID returns a new id; ids grow, with gaps, and are never used twice.
	NextID(ctx context.Context) (int64, error)
}

// Deals reads transactions.
type Deals interface {
	// Transaction finds one transaction of a community, or is a NotFound fault.
	Transaction(ctx context.Context, community, id int64) (Transaction, error)
	// FindPayment finds the transaction of a gateway's payment, or is NotFound.
	FindPayment(ctx context.Context, gateway, paymentID string) (Transaction, error)
	// List returns transactions of a community, newest first. Like every list of a store it ends with the one that
	// fills a page: paging.GoesOn.
	List(ctx context.Context, f Filter) ([]Transaction, error)
	// Changes returns transactions of a community that were changed, in the order in which
	// that was written: whoever goes on from Next misses no change.
	Changes(ctx context.Context, f ChangeFilter) (Changes, error)
	// Payouts returns deals of a community of which something was left for the payee, newest
	// first.
	Payouts(ctx context.Context, f PayoutFilter) ([]Transaction, error)
	// GatewayTransactions returns transactions on a gateway, of one community or of
	// all, oldest first.
	GatewayTransactions(ctx context.Context, f GatewayFilter) ([]Transaction, error)
	// Timeline returns a transaction's history, oldest first.
	Timeline(ctx context.Context, id int64) ([]LogEntry, error)
	// Events returns a transaction's events, oldest first.
	Events(ctx context.Context, id int64) ([]Event, error)
}

// SellerLinks keeps whose an account is, as staff says, and how its user stood there last.
type SellerLinks interface {
	// LinkAccount makes an account a user's instead of the one they had, or, with an empty
	// AccountID, takes theirs away, with a line in the audit log. An account of another user,
	// in whatever community, is account_taken; one that is taken away and not there is
	// seller_not_linked.
	LinkAccount(ctx context.Context, l SellerLink, by By) error
	// KeepStanding notes how a user stands with an account, and tells the log of a change, once.
	// An account that is no longer theirs is not noted, nor is SellerUnknown.
	KeepStanding(ctx context.Context, l SellerLink, status SellerStatus, at time.Time) error
}

// Labels keeps what marketplaces note with deals and sellers.
type Labels interface {
	// SaveLabels gives a deal other labels than those that it has had, and reports whether it
	// had those. Nothing else of it changes, and the log is told. Fault: labels.ErrTaken.
	SaveLabels(ctx context.Context, of LabelsOf, had, other labels.Labels) (saved bool, err error)
	// SellerLabels are those of a user; none is the zero value.
	SellerLabels(ctx context.Context, community int64, user string) (labels.Labels, error)
	// SaveSellerLabels is SaveLabels for a user. ID is their place in lists when they had none.
	SaveSellerLabels(ctx context.Context, of LabelsOf, had, other labels.Labels) (saved bool, err error)
	// LabelledSellers returns users with labels, those first that have had some last.
	LabelledSellers(ctx context.Context, f SellerLabelFilter) ([]LabelledSeller, error)
}

// LabelsOf says whose labels change, and when.
type LabelsOf struct {
	CommunityID int64
	ID          int64
	UserID      string // of a seller
	At          time.Time
}

// Logins keeps logins at gateways that have begun.
type Logins interface {
	// PutTicket stores whose login it is, under the hash of its state.
	PutTicket(ctx context.Context, hash string, holder []byte, expires time.Time) error
	// TakeTicket returns and forgets it: of two at the same moment one finds it. What has
	// expired is not found.
	TakeTicket(ctx context.Context, hash string, now time.Time) (holder []byte, found bool, err error)
}

// SellerLink says whose an account at a gateway is.
type SellerLink struct {
	CommunityID int64
	UserID      string
	Gateway     string
	AccountID   string // empty: nobody's
}

// Books reads the ledger and what is left of resources.
type Books interface {
	// Entries returns the ledger entries of transactions, those of each oldest first.
	Entries(ctx context.Context, transactions ...int64) ([]PostedEntry, error)
	// Free tells how much of resources is left; those that nobody has ever reserved
	// are missing in the answer.
	Free(ctx context.Context, community int64, resources []string) (map[string]int64, error)
	// Balance is the balance of a guarded account in minor units; 0 if there is none.
	Balance(ctx context.Context, community int64, account ledger.Account, c money.Currency) (int64, error)
	// Debts is what a user owes the marketplace, in each currency in which it is something.
	Debts(ctx context.Context, community int64, user string) ([]money.Amount, error)
	// SellerEntries returns the entries of deals in which a user is paid, each with the postings
	// on the accounts of what they are paid, are to be paid and owe; oldest first.
	SellerEntries(ctx context.Context, f SellerFilter) ([]PostedEntry, error)
	// FrozenDifferences lists the users, of one community or (0) of all, whose frozen
	// balance is not what their deals on our own ledger have frozen.
	FrozenDifferences(ctx context.Context, community int64) ([]FrozenBalance, error)
}

// Chats keeps what is said beside a deal.
type Chats interface {
	// AddMessage stores a message and, if there is one, the reply that answers its
	// idempotency key; or it is idempotency.ErrTaken and nothing is stored.
	AddMessage(ctx context.Context, m Message, r *idempotency.Reply) error
	// Messages returns messages of a deal's conversation, oldest first.
	Messages(ctx context.Context, f MessageFilter) ([]Message, error)
}

// Schedule keeps timers, which commits set.
type Schedule interface {
	// Timers returns a transaction's timers by due time.
	Timers(ctx context.Context, id int64) ([]Timer, error)
	// ClaimTimers leases timers that are due at now, earliest first, but for those of
	// gateways that are shut: until lease no other caller gets them. Attempts is raised
	// by one.
	ClaimTimers(ctx context.Context, now, lease time.Time, limit int, shut ...Shut) ([]Timer, error)
	// ReleaseTimer ends the lease of a timer that was claimed and not fired, as if it
	// had not been claimed.
	ReleaseTimer(ctx context.Context, t Timer) error
	// RescheduleTimer sets a new due time and ends the lease. Like ReleaseTimer and DropTimer
	// it does nothing when the timer was claimed, or set anew by a commit, after the caller
	// claimed it.
	RescheduleTimer(ctx context.Context, t Timer, due time.Time) error
	// DropTimer removes a timer.
	DropTimer(ctx context.Context, t Timer) error
}

// Intents keeps gateway operations, which commits insert and settle.
type Intents interface {
	// Intent finds an intent, or is a NotFound fault.
	Intent(ctx context.Context, id string) (Intent, error)
	// ClaimIntents leases open intents that are due at now, by moving Due to lease, but
	// for those of gateways that are shut.
	ClaimIntents(ctx context.Context, now, lease time.Time, limit int, shut ...string) ([]Intent, error)
	// WakeIntents makes open intents of a gateway that are due after one time due at
	// another: limit of them, the next ones first, or with 0 all.
	WakeIntents(ctx context.Context, gateway string, after, due time.Time, limit int) error
	// DeferIntent notes what is known of an operation whose outcome is open: Attempt,
	// Generation, Code, Due and UpdatedAt. It answers ErrRevisionConflict, and notes nothing, when
	// the intent is settled or its due time is no longer the one that the caller
	// holds: then another engine has claimed it.
	DeferIntent(ctx context.Context, i Intent, held time.Time) error
}

// Daily has work of once a day done by one replica.
type Daily interface {
	// ClaimDaily notes that the work of a name begins at now, unless it began after
	// since: of all replicas one gets it.
	ClaimDaily(ctx context.Context, name string, now, since time.Time) (claimed bool, err error)
}

// Filter selects transactions for List. Zero fields do not filter.
type Filter struct {
	CommunityID int64  // required
	Party       string // starter, author, buyer or seller
	State       process.State
	Process     string // name without version
	ListingID   int64
	// ExternalReference and Metadata are what is noted with a deal, each name with its value.
	ExternalReference string
	Metadata          map[string]string
	// Attention selects deals that wait for a person: they are on hold, or are in one
	// of the States.
	Attention bool
	States    []process.State // any of them
	// Refused are timers; with Attention, deals whose timer of one of these names was
	// tried three times and more are selected too.
	Refused []process.TimerName
	Before  int64 // only ids below this one; the cursor of the next page
	Limit   int   // at most this many; 1 to 100
}

// ChangeFilter selects transactions by when they were changed.
type ChangeFilter struct {
	Filter            // Before does not filter
	Since   time.Time // changes after this time, by the engine's clock
	Written time.Time // none of which was written before this one, by the clock of this machine
	From    []int64   // Next of an earlier answer; nil: from Written on
}

// Changes are transactions that were changed, as they are now: each once, in the order of its
// last change among those that were looked at.
type Changes struct {
	Transactions []Transaction
	Next         []int64 // where to go on, at once or later
	More         bool    // there is something already
}

// Shut are gateways whose timers stay where they are, but for those of some names.
type Shut struct {
	Gateways []string
	But      []process.TimerName
}

// MessageFilter selects messages of one deal.
type MessageFilter struct {
	TransactionID int64
	ID            int64 // only this one
	After         int64 // only messages that came after this one
	Limit, Offset int   // Limit 0 is as many as fill a page
	Latest        bool  // only the last one
}

// PayoutStatus is how far a seller's payout is.
type PayoutStatus string

// The statuses.
const (
	PayoutDue  PayoutStatus = "due"      // the marketplace has to pay it
	PayoutPaid PayoutStatus = "paid_out" // by the gateway, or by the marketplace, who has said so
)

// PayoutFilter selects payouts of deals whose money moves at a gateway. Zero fields do not
// filter.
type PayoutFilter struct {
	CommunityID int64 // required
	ID          int64 // of the deal
	Seller      string
	Status      PayoutStatus
	Gateways    []string // those in question
	Before      int64    // only deals with ids below this one; the cursor of the next page
	Limit       int      // at most this many; 1 to 100
}

// LabelledSeller is a user with what is noted with them.
type LabelledSeller struct {
	ID          int64 // their place in lists
	CommunityID int64
	UserID      string
	Labels      labels.Labels
}

// SellerLabelFilter selects users with labels. Zero fields do not filter.
type SellerLabelFilter struct {
	CommunityID       int64 // required
	ExternalReference string
	Metadata          map[string]string
	Before            int64 // only places below this one; the cursor of the next page
	Limit             int   // at most this many; 1 to 100
}

// SellerFilter selects the entries of deals in which a user is paid.
type SellerFilter struct {
	CommunityID int64
	Seller      string
	From, To    time.Time // of the entries; To is not included
	Limit       int
}
