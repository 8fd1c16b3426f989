package orchestrator

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Gateway moves money in the world. Implementations are safe for concurrent use,
// keep to the deadline of ctx and never retry a doubtful operation themselves:
// what is doubtful is answered Unknown and looked up by the engine.
type Gateway interface {
	Name() string // of its Kind
	// CanReceive reports whether a user can be paid through this gateway, so that
	// a transaction with them as the payee can be opened.
	CanReceive(ctx context.Context, community int64, user string) (bool, error)
	// Perform carries out one operation.
	Perform(ctx context.Context, op Operation) Outcome
	// Lookup reads the truth about a payment, by the gateway's id or, when that is
	// not known yet, by the reference that was sent along when it was made.
	Lookup(ctx context.Context, ref PaymentRef) (Snapshot, error)
}

// KeyKeeper is a Gateway that recognises a repeated operation by its key and
// answers it like the first one. Within that time the engine sends a doubtful
// operation again at once; at other gateways it waits until what was sent must
// have arrived or be lost.
type KeyKeeper interface {
	KeepsKeys() time.Duration
}

// Charging is a Gateway that sets fees of its own; the marketplace's policy then
// does not apply.
type Charging interface {
	SetsFees()
}

// Stateful is a Gateway that keeps states of its own and moves the money of each
// payment itself, once. It need not tell Snapshot.Totals: before money leaves, what
// it reports must have been merged. Every other gateway that is asked to let money
// leave has to tell Totals, or nothing is sent.
type Stateful interface {
	KeepsStates()
}

// Statement is a Gateway that can list its payments, for reconciliation.
type Statement interface {
	// Payments lists the payments made in [from, to), in no particular order.
	Payments(ctx context.Context, from, to time.Time) iter.Seq2[StatementLine, error]
}

// StatementLine is one payment on a gateway's statement.
type StatementLine struct {
	Reference string // what Operation.Reference gave when it was made; empty if it is not ours
	Captured  int64  // taken from the payer, minor units of Snapshot.Price's currency
	Refunded  int64
	Released  int64 // paid out to the payee
	// MadeAt is when the payment was made; zero: the gateway does not tell.
	MadeAt time.Time
	Snapshot
}

// references are all that a line bears.
func (l StatementLine) references() []Reference {
	return append(slices.Clone(l.References), Reference{Text: l.Reference, MadeAt: l.MadeAt})
}

// Operation is one verb to be carried out for a transaction.
type Operation struct {
	IntentID    string
	Generation  int // of the idempotency key, see Key
	Verb        process.Verb
	Actor       process.Actor
	Input       map[string]string
	Transaction Transaction // as it was when the operation was claimed
	// Amount is what the verb moves: the payer's total for authorize, capture and
	// charge, what goes back for refund, what the payee gets for transfer. Zero for
	// verbs that move nothing.
	Amount money.Amount
	// Whole tells that nothing is held for the deal afterwards.
	Whole bool
	// Seen is the payment as the look before money leaves has just shown it, so that the
	// gateway need not read it again; not Found where there was no look.
	Seen Snapshot
}

// Key is the idempotency key: the same for every attempt, until the gateway has ended
// it without effect and another one is made.
func (op Operation) Key() string {
	if op.Generation == 0 {
		return op.IntentID
	}
	return op.IntentID + "-g" + strconv.Itoa(op.Generation)
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
	// Unasked tells that the gateway was not even asked: the outcome says nothing
	// about earlier attempts. NotSent implies it.
	Unasked bool
	// Kept tells of an Unknown outcome that the gateway answered what it keeps under the
	// key: whatever else arrives with that key is not carried out any more.
	Kept bool
	Err  error // cause, for logs

	hold string // why the deal is put on hold with this outcome; empty: it is not
}

// PaymentRef names a payment at a gateway.
type PaymentRef struct {
	CommunityID int64
	PaymentID   string    // the gateway's id, if known
	Reference   string    // else what Operation.Reference gave
	Since       time.Time // and not made before this time,
	Until       time.Time // nor after this one; zero: it is not known
	Buyer       string    // user ids of the parties, for gateways that list per user
	Seller      string
}

// Snapshot is what a gateway knows about a payment now. Amounts are minor units
// of Price's currency.
type Snapshot struct {
	Found     bool
	PaymentID string
	// Charge is what took the money, by an id of the gateway; only the gateway reads it.
	Charge    string
	Facts     map[process.Fact]time.Time
	Deadlines map[process.Deadline]time.Time
	// Price is the goods total as the gateway has it; the zero Amount when it knows
	// of none yet. It is compared with what was agreed.
	Price money.Amount
	// Deposit is what is paid in advance of Price, in a deal with a deposit.
	Deposit int64
	// Fees are the gateway's own; nil when it sets none and the marketplace's hold.
	Fees *Fees
	// Totals is what the gateway moved for the payment altogether; nil when it cannot
	// tell. Where it can, our books are held against it.
	Totals *Totals
	// References are what Operation.Reference gave for the payment and whatever was done
	// with it, and when, where the gateway keeps them.
	References []Reference
	// Payer and Payee are the accounts at the gateway that the payment is from and for,
	// and Deal is the Transaction.Tag that it was opened with. Empty: the gateway does not
	// tell. They are compared before a deal gets a payment by its reference.
	Payer, Payee, Deal string
	// Kept is what the gateway keeps for its services, for processing and for disputes,
	// out of the platform's own account; nil when it does not tell.
	Kept *int64
	// Note is the gateway's remark on what happened, e.g. why a capture is pending.
	Note         string
	RedirectURL  string // where the buyer pays, while that is open
	ClientSecret string
}

// Totals are sums of a payment in minor units of its currency: taken from the
// payer with all fees, gone back to the payer (by their bank, too), paid out to the
// payee.
type Totals struct {
	Captured int64
	Refunded int64
	Released int64
	Disputed int64 // what the payer's bank has taken back and may still give up
	// ByBank is what of Refunded and Disputed the payer's bank took: only that can be won
	// back. The rest was refunded, and falls when a refund fails later.
	ByBank int64
}

// Fees are what is kept of a payment, in minor units of its currency.
type Fees struct {
	Buyer   int64 // on top of the price
	Seller  int64 // out of the price
	Deposit int64 // the part of Buyer that is paid with the deposit
}
