package exchange

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Stores keep what an exchange has besides deals, by role. They are safe for concurrent use.
type Stores struct {
	RuleBook
	Standing
	Blocks
	Trades
	Records
	Cases
}

func (s Stores) complete() bool {
	return s.RuleBook != nil && s.Standing != nil && s.Blocks != nil && s.Trades != nil && s.Records != nil && s.Cases != nil
}

// Standing keeps traders, and who of them is banned.
type Standing interface {
	// SaveTrader notes a user at first sight, at t.Since, and afterwards their name.
	SaveTrader(ctx context.Context, community int64, t Trader) error
	// Traders finds users; those who were never seen are missing.
	Traders(ctx context.Context, community int64, users []string) (map[string]Trader, error)
	// BanTrader notes since when a user is banned; an earlier ban stays. found is
	// false for a user who was never seen.
	BanTrader(ctx context.Context, community int64, user string, at time.Time) (found bool, err error)
	// UnbanTrader forgets a ban. found is false for a user who is not banned.
	UnbanTrader(ctx context.Context, community int64, user string) (found bool, err error)
}

// Blocks keep who does not want to trade with whom.
type Blocks interface {
	// SetBlock notes or forgets that a user does not want to trade with another one.
	SetBlock(ctx context.Context, community int64, user, other string, blocked bool, at time.Time) error
	// Blocked reports whether one of the two blocks the other.
	Blocked(ctx context.Context, community int64, a, b string) (bool, error)
}

// Trades reads orders.
type Trades interface {
	// Orders returns a page of orders and how many there are.
	Orders(ctx context.Context, q OrderQuery) ([]orchestrator.Transaction, int64, error)
	// OpenOrders counts the orders of an ad that are pending, paid or disputed.
	OpenOrders(ctx context.Context, community, ad int64) (int, error)
	// TradeTimes is when the first order of an ad was opened, and when one moved last;
	// zero without orders.
	TradeTimes(ctx context.Context, community, ad int64) (first, last time.Time, err error)
	// MessageCount is how many messages an order's conversation has.
	MessageCount(ctx context.Context, transaction int64) (int64, error)
	// LastSteps finds, of each of these orders, the last step that was one of some
	// transitions; orders without one are missing.
	LastSteps(ctx context.Context, community int64, orders []int64, of []process.Transition) (map[int64]PastStep, error)
}

// Records tells what a trader has done in their orders.
type Records interface {
	// Faults returns what went wrong after since with the orders that a user took, by
	// the taker's own fault, the latest first.
	Faults(ctx context.Context, community int64, taker string, since time.Time, limit int) ([]Fault, error)
	// Deposited is the sum of a user's deposits in minor units.
	Deposited(ctx context.Context, community int64, user string, c money.Currency) (int64, error)
	// Traded is the sum of the completed orders of a user, on either side, in minor units.
	Traded(ctx context.Context, community int64, user string, c money.Currency) (int64, error)
	// AddCompleted counts a completed order for its parties, once per order.
	AddCompleted(ctx context.Context, community, transaction int64, users ...string) error
}

// Cases keep which operator decides an order, and what operators did.
type Cases interface {
	// Assign gives an order to an operator unless it has one, and returns who has it.
	Assign(ctx context.Context, community, transaction int64, operator string, at time.Time) (holder string, err error)
	// Reassign gives an order to another operator, if from has it still.
	Reassign(ctx context.Context, community, transaction int64, from, to string, at time.Time) (done bool, err error)
	// Assigned tells who has which order; those that nobody has are missing.
	Assigned(ctx context.Context, transactions []int64) (map[int64]string, error)
	// AddAudit appends to what operators did. It is never changed or deleted.
	AddAudit(ctx context.Context, a Audit) error
	// AuditTrail returns what was done to a subject, oldest first.
	AuditTrail(ctx context.Context, community int64, subject string) ([]Audit, error)
}

// Conversations is what is needed of package conversations; *conversations.Service is one.
type Conversations interface {
	Review(ctx context.Context, ref conversations.Ref, rating int64, content string) (conversations.Review, error)
	Ratings(ctx context.Context, community int64, users ...string) (map[string]conversations.Rating, error)
	Chats(ctx context.Context, f conversations.ChatFilter) ([]conversations.Chat, int64, error)
	MarkRead(ctx context.Context, community, transaction int64, user string, message int64) error
}

// Trader is a user as the exchange knows them.
type Trader struct {
	ID       string
	Name     string
	Since    time.Time // first seen
	BannedAt time.Time // zero: not banned
}

// Fault is an order that failed by its taker's own fault.
type Fault struct {
	Kind FaultKind
	At   time.Time
}

// FaultKind is how it failed.
type FaultKind string

// The kinds of faults.
const (
	TakerCancelled FaultKind = "cancelled"
	TakerExpired   FaultKind = "expired" // unpaid, with the taker as the buyer, and not called back
	TakerLost      FaultKind = "lost"    // a dispute, an appeal or a case of the taker as the buyer
)

// PastStep is a line of an order's history with what was said along with it.
type PastStep struct {
	orchestrator.LogEntry
	Message string // of who took the step, at its moment; empty: nothing was said
}

// OrderQuery selects orders. Zero fields do not filter.
type OrderQuery struct {
	CommunityID int64 // required
	Buyer       string
	Seller      string
	Party       string // buyer or seller
	States      []process.State
	// Waiting puts those first that have been longest in their state; else the newest.
	Waiting bool
	Limit   int
	Offset  int64
}

// Audit is one line of what an operator did or looked at.
type Audit struct {
	CommunityID int64
	Actor       string // user id
	Action      Action
	Subject     string // "order:15", "user:…", "ad:7"
	Detail      string
	At          time.Time
}

// Action is what is audited.
type Action string

// The actions.
const (
	ReadOrder    Action = "read_order" // with the payment details
	ReadChat     Action = "read_chat"
	ReadEvidence Action = "read_evidence"
	Assigning    Action = "assign"
	Resolving    Action = "resolve" // written before it is tried
	Banning      Action = "ban"
	Unbanning    Action = "unban"
	// ChangingRules is written before it is tried, like all that staff decides.
	ChangingRules Action = "change_rules"
	RaisingAd     Action = "raise_ad" // by the system, for an order that is called back
)
