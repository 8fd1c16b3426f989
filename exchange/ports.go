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
	Entries(ctx context.Context, orders ...int64) ([]orchestrator.PostedEntry, error)
	Balance(ctx context.Context, community int64, account ledger.Account, c money.Currency) (int64, error)
	// Free tells how much of resources is left, of those that were ever reserved.
	Free(ctx context.Context, community int64, resources []string) (map[string]int64, error)
}

// Request is what a face knows about the call. Render makes the stored answer. A request
// that was made before under its key is answered by the reply that comes back instead of
// an order.
type Request struct {
	ID     string
	Key    *orchestrator.Key // nil: no idempotency key; its Render is set by the service
	Render func(o Order) (status int, body []byte)
	// DryRun, if it is there, gets what the command would do, and nothing is done. The
	// order in the answer then means nothing.
	DryRun *orchestrator.Preview
	// Only refuses an order that is no longer as the caller has seen it; nil refuses none.
	Only func(orchestrator.Transaction) error
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
