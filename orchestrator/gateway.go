package orchestrator

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Gateway moves money in the world. Implementations are safe for concurrent use,
// keep to the deadline of ctx and never retry a doubtful operation themselves:
// what is doubtful is answered Unknown and looked up by the engine.
type Gateway interface {
	Name() string
	// Verbs lists what the gateway can be asked to do.
	Verbs() []process.Verb
	// CanReceive reports whether a user can be paid through this gateway, so that
	// a transaction with them as the payee can be opened.
	CanReceive(ctx context.Context, community int64, user string) (bool, error)
	// Perform carries out one operation.
	Perform(ctx context.Context, op Operation) Outcome
	// Lookup reads the truth about a payment, by the gateway's id or, when that is
	// not known yet, by the reference that was sent along when it was made.
	Lookup(ctx context.Context, ref PaymentRef) (Snapshot, error)
}

// Operation is one verb to be carried out for a transaction.
type Operation struct {
	IntentID    string // idempotency key; the same for every attempt
	Verb        process.Verb
	Actor       process.Actor
	Input       map[string]string
	Transaction Transaction // as it was when the operation was claimed
}

// Reference is what the gateway is told so that a payment can be found again
// when the answer of the call that made it was lost.
func (op Operation) Reference() string { return op.IntentID }

// Outcome is how an operation ended.
type Outcome struct {
	Status process.Status
	Code   string // the gateway's reason when declined, for people and programs
	// Snapshot is the payment after the operation, where the gateway told it.
	Snapshot Snapshot
	Err      error // cause, for logs
}

// PaymentRef names a payment at a gateway.
type PaymentRef struct {
	CommunityID int64
	PaymentID   string    // the gateway's id, if known
	Reference   string    // else what Operation.Reference gave
	Since       time.Time // and not made before this time
	Buyer       string    // user ids of the parties, for gateways that list per user
	Seller      string
}

// Snapshot is what a gateway knows about a payment now. Amounts are minor units
// of Price's currency.
type Snapshot struct {
	Found        bool
	PaymentID    string
	Facts        map[process.Fact]time.Time
	Deadlines    map[process.Deadline]time.Time
	Price        money.Amount // goods total as the gateway has it
	BuyerFee     int64
	SellerFee    int64
	RedirectURL  string // where the buyer pays, while that is open
	ClientSecret string
}
