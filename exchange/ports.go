package exchange

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// Books is what the exchange reads of orders and balances.
type Books interface {
	Transaction(ctx context.Context, community, id int64) (orchestrator.Transaction, error)
	Timeline(ctx context.Context, id int64) ([]orchestrator.LogEntry, error)
	Entries(ctx context.Context, id int64) ([]orchestrator.PostedEntry, error)
	Balance(ctx context.Context, community int64, account ledger.Account, c money.Currency) (int64, error)
	// Free tells how much of resources is left, of those that were ever reserved.
	Free(ctx context.Context, community int64, resources []string) (map[string]int64, error)
}

// Trading is all that the faces ask of an exchange; Service is it. Refusals are
// faults whose reasons are the customer's codes in lower case: ad_not_active,
// own_ad, active_deposit_order_exists, active_withdraw_order_exists,
// min_deposit_required, wagering_requirement_not_met, amount_too_low,
// amount_too_high, amount_exceeds_available, amount_too_small,
// invalid_payment_method, seller_insufficient_balance (checked in this order),
// order_not_found (also for strangers), invalid_order_status (detail
// current_status), order_expired, role_not_allowed, rating_not_allowed,
// already_rated, chat_closed, ad_changed, banned, too_many_expired_orders (also
// cancelled and lost ones; detail retry_after, in seconds), appeal_window_over, not_assigned, already_assigned,
// user_not_found, not_found (an operator's call by somebody else).
type Trading interface {
	// Seen notes a user at first sight and refuses a banned one.
	Seen(ctx context.Context, u User) error
	// Take opens an order. k is the idempotency key, nil for none: a repeat is
	// answered by its Replay.
	Take(ctx context.Context, u User, in Take, r Request) (Order, *orchestrator.Reply, error)
	Order(ctx context.Context, u User, id int64) (Order, error)
	// Exists tells whether there is an order, to a face whose document says so to
	// strangers.
	Exists(ctx context.Context, community, id int64) (bool, error)
	Orders(ctx context.Context, u User, f OrderFilter) ([]Order, int64, error)
	ConfirmPaid(ctx context.Context, u User, id int64, r Request) (Order, *orchestrator.Reply, error)
	ConfirmReceived(ctx context.Context, u User, id int64, r Request) (Order, *orchestrator.Reply, error)
	// Cancel cancels a pending order. With notPaid a buyer takes their claim back; in a
	// dispute either side agrees to cancel so, which happens once both have.
	Cancel(ctx context.Context, u User, id int64, notPaid bool, r Request) (Order, *orchestrator.Reply, error)
	CallOperator(ctx context.Context, u User, id int64, reason string, r Request) (Order, *orchestrator.Reply, error)
	Appeal(ctx context.Context, u User, id int64, reason string, r Request) (Order, *orchestrator.Reply, error)
	Rate(ctx context.Context, u User, id int64, stars int) error
	Say(ctx context.Context, u User, id int64, text string, r MessageRequest) (orchestrator.Message, *orchestrator.Reply, error)
	// Messages returns a page of an order's chat, oldest first, and how many there are.
	Messages(ctx context.Context, u User, id int64, p listings.Page) ([]orchestrator.Message, int64, error)
	Chats(ctx context.Context, u User, p listings.Page) ([]Chat, int64, error)
	// Balance is what a user has, in minor units.
	Balance(ctx context.Context, u User, currency string) (available, frozen int64, err error)
	// Traded tells since when an ad is traded, and since when it is not any more. Both
	// may be zero.
	Traded(ctx context.Context, ad listings.Ad) (from, until time.Time, err error)
	Public(ctx context.Context, community int64, users ...string) (map[string]PublicUser, error)
	Ban(ctx context.Context, operator User, user, reason string) error
	Unban(ctx context.Context, operator User, user, reason string) error

	// Rules are those of a community, or the defaults.
	Rules(ctx context.Context, community int64) (Rules, error)
	// SaveRules replaces them for orders that are opened from now on. actor is who of
	// the marketplace's staff does so, and reason why; both are audited. Faults:
	// invalid_exchange_rules, validation_error without a reason.
	SaveRules(ctx context.Context, community int64, actor string, r Rules, reason string) error
	Block(ctx context.Context, u User, other string, blocked bool) error

	Disputes(ctx context.Context, operator User, p listings.Page) ([]Dispute, int64, error)
	Assign(ctx context.Context, operator User, id int64) (Order, error)
	// Preview tells what a resolution would move and changes nothing.
	Preview(ctx context.Context, operator User, id int64, v Verdict) (orchestrator.Preview, error)
	Resolve(ctx context.Context, operator User, id int64, v Verdict, r Request) (Order, *orchestrator.Reply, error)
}

// Request is what a face knows about the call. Render makes the stored answer.
type Request struct {
	ID     string
	Key    *orchestrator.Key // nil: no idempotency key; its Render is set by the service
	Render func(o Order) (status int, body []byte)
	// DryRun, if it is there, gets what the command would do, and nothing is done. The
	// order in the answer then means nothing.
	DryRun *orchestrator.Preview
}

// MessageRequest is a Request for a message.
type MessageRequest struct {
	ID     string
	Key    *orchestrator.Key
	Render func(m orchestrator.Message) (status int, body []byte)
}

// OrderFilter selects a user's orders. Zero fields do not filter.
type OrderFilter struct {
	Status Status
	Role   string // buyer or seller
	listings.Page
}

// Chat is one line of a chat list.
type Chat struct {
	Order        Order
	Last         *orchestrator.Message
	Counterparty PublicUser
	Unread       int64
}

// Dispute is an order that waits for an operator: disputed, or cancelled and called
// back when nothing was left to freeze.
type Dispute struct {
	Order      Order
	OpenedBy   string // user id; empty: by the release deadline
	Reason     string
	OpenedAt   time.Time
	AssignedTo string // operator's user id; empty: nobody yet
}

// Verdict is an operator's decision. The amounts are for a split.
type Verdict struct {
	Outcome      Outcome
	BuyerAmount  int64
	SellerAmount int64
	Reason       string
}
