package orchestrator

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/fault"
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

// Limited is a Gateway that takes some amounts only.
type Limited interface {
	// Takes is nil for an amount that a verb can move there, else the fault
	// amount_not_supported, whose text names the limit.
	Takes(v process.Verb, a money.Amount) error
}

// SendingOnce is a Gateway that cannot show whether an operation was carried out. A doubtful
// one is never sent again, whatever a look shows: it stays unknown until the gateway tells its
// outcome (Snapshot.Ended).
type SendingOnce interface {
	SendsOnce(v process.Verb) bool
}

// sendsOnce reports whether a gateway is asked for a verb once, because it cannot show what came
// of it.
func sendsOnce(g Gateway, v process.Verb) bool {
	once, ok := g.(SendingOnce)
	return ok && once.SendsOnce(v)
}

// GivingUp is a SendingOnce at which some operations take no money: what came of one that nothing shows
// of is let go when it shows, and ends automatically if it never does.
type GivingUp interface {
	// GivesUp is after which time such an operation counts as not carried out, from when it began; 0: never.
	GivesUp(v process.Verb) time.Duration
}

// PayingSome is a Gateway that pays some sellers and leaves others to the marketplace, of whose deals it is as if the
// gateway paid no sellers (Kind.PaysNoSellers).
type PayingSome interface {
	// LeavesPayout reports whether the marketplace itself has to pay a user whose deal is opened now. It opens no
	// account.
	LeavesPayout(ctx context.Context, community int64, user string) (bool, error)
}

// RefundingWhole is a Gateway that gives some payments back, and lets them go to the seller, as a whole or not at all. What would
// move a part of one is refused before anything is booked.
type RefundingWhole interface {
	// RefundsWhole reports whether it does so with the payment of a deal.
	RefundsWhole(tx Transaction) bool
}

type dryKey struct{}

// IsDryRun tells a gateway that it is asked for a dry run, and must change nothing
// to find its answer.
func IsDryRun(ctx context.Context) bool { return ctx.Value(dryKey{}) != nil }

// Itemizing is a Gateway that is told the rows of an invoice.
type Itemizing interface {
	TakesRows()
}

// Particular is a Gateway that does not open a payment with every method, or without one.
type Particular interface {
	// TakesMethod refuses, as invalid_payment_method, the input payment_method of an operation with which no
	// payment could ever be opened. Empty: none was given. It asks nobody.
	TakesMethod(v process.Verb, method string) error
}

// Statement is a Gateway that can list its payments, for reconciliation.
type Statement interface {
	// Payments lists the payments made in [from, to), in no particular order.
	Payments(ctx context.Context, from, to time.Time) iter.Seq2[StatementLine, error]
}

// StatementLine is one payment on a gateway's statement. Where the statement does not tell how a
// payment is, the Snapshot is not Found and its sums are not told: the payment is looked up where
// that matters.
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

// totals are the sums of a line, with what only its payment tells of them.
func (l StatementLine) totals() *process.Totals {
	t := process.Totals{}
	if l.Totals != nil {
		t = *l.Totals
	}
	t.Captured, t.Refunded, t.Released = l.Captured, l.Refunded, l.Released
	return &t
}

// Operation is one verb to be carried out for a transaction.
type Operation struct {
	IntentID   string
	Generation int // of the idempotency key, see Key
	Attempt    int // how often it is sent with this time, as far as is known; 1 at first
	// Age is how long ago the operation began: how long a gateway knows a key may be limited.
	Age         time.Duration
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
	// Rows are those of the invoice, for a gateway that takes them; they add up to the price.
	// None: there are none, or too many to be kept.
	Rows []Row
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
	Code   fault.Reason // the gateway's reason when declined, for people and programs
	// Snapshot is the payment after the operation, where the gateway told it.
	Snapshot Snapshot
	// Unasked tells that the gateway was not even asked: the outcome says nothing
	// about earlier attempts. NotSent implies it.
	Unasked bool
	// Kept tells of an Unknown outcome that the gateway answered what it keeps under the
	// key: whatever else arrives with that key is not carried out any more.
	Kept bool
	Err  error // cause, for logs

	hold process.Attention // why the deal is put on hold with this outcome
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
	Payer       string // the account there that the payment is from, if that is known
	// Booked is where the money is by our books, for gateways that do not show all of it. They
	// repeat what they cannot tell; nil: only a payment is known, or the books are in doubt.
	Booked *process.Funds
	// Awaited tells that the deal waits for this payment and that nothing else is being done: a
	// gateway at which a payer only approves may now reserve what was approved.
	Awaited bool

	of version // the deal that is asked about; zero: only a payment is known
}

// version is a deal as it was at one time.
type version struct{ deal, revision int64 }

func (tx Transaction) version() version { return version{tx.ID, tx.Revision} }

// Snapshot is what a gateway knows about a payment now.
type Snapshot struct {
	process.Payment
	PaymentID string
	// Charge is what took the money, by an id of the gateway; only the gateway reads it.
	Charge string
	// References are what Operation.Reference gave for the payment and whatever was done
	// with it, and when, where the gateway keeps them.
	References []Reference
	// Payer and Payee are the accounts at the gateway that the payment is from and for,
	// and Deal is the Transaction.Tag that it was opened with. Empty: the gateway does not
	// tell. They are compared before a deal gets a payment by its reference.
	Payer, Payee, Deal string
	// Note is the gateway's remark on what happened, e.g. why a capture is pending.
	Note         string
	RedirectURL  string // where the buyer pays, while that is open
	ClientSecret string

	// Declined is why the payer's bank, or the gateway, refused the payment when it was opened, as the operation would have been
	// answered; empty: it did not, or it is not told.
	Declined fault.Reason

	// Ended is what came of an operation that a payment does not show; nil: it is not told.
	Ended *Ending

	// of is the deal as it was before the gateway was asked; zero if no look at a deal told
	// this. Whoever compares sums has to hold that very version.
	of version
}

// Ending is what came of one operation.
type Ending struct {
	Reference string       // what Operation.Reference gave
	Code      fault.Reason // why it did not come about; empty: it was carried out
}
