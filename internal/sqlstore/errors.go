package sqlstore

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// ErrClosed is the answer of a store that was closed.
var ErrClosed = fault.New(fault.Unavailable, "draining", "this server is shutting down; ask another one")

// ErrPaymentTaken is a commit that gives a transaction the payment of another
// one. Nothing was written.
var ErrPaymentTaken = fault.New(fault.Conflict, "payment_taken", "this gateway payment belongs to another transaction")

// ErrTooLarge is a commit that makes a balance larger than 63 bits can hold. Nothing was
// written.
var ErrTooLarge = fault.New(fault.Invalid, "amount_out_of_range", "the balance would be larger than a balance can be; use smaller amounts")

var (
	errText    = fault.New(fault.Invalid, "invalid_text", "text must be valid UTF-8 without zero bytes")
	errWritten = errors.New("this commit has already been written")
)

func notFound() error { return process.NotFound() }

// storable reports whether both databases can store a text.
func storable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// checkTexts refuses what a request brought and only SQLite would take, before a
// database is asked.
func checkTexts(args []any) error {
	for _, arg := range args {
		if s, ok := arg.(string); ok && !storable(s) {
			return errText
		}
	}
	return nil
}

// fileBusy reports whether SQLite refused something because somebody else had the file.
func fileBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// Constraints with a meaning of their own.
const (
	constraintPayment = "transactions_payment"
	constraintLog     = "transaction_log_pkey"
	constraintEvents  = "events_pkey" // any of these three may be the first to notice a race
	constraintEntries = "postings_pkey"
	constraintReply   = "replies_pkey"
	constraintBalance = "accounts_not_negative"
	constraintFree    = "resources_not_negative"
	constraintSource  = "resources_pkey"
	constraintNamed   = "transactions_reference"
)

// trouble is what a failed statement means for whoever waits for it.
type trouble int

const (
	rejected trouble = iota // not written, and repeating does not help
	raced                   // not written because of a commit at the same moment
	astray                  // not written because this session is at a server that takes no writes
	lost                    // written or not: the connection broke before the answer
)

// diagnose classifies what went wrong with a statement on PostgreSQL. Whatever
// is neither a verdict nor an orderly answer of the server leaves the outcome open.
func diagnose(err error) trouble {
	var f *fault.Error
	if errors.As(err, &f) && f.Reason != reasonUnavailable || errors.Is(err, errWritten) {
		return rejected
	}
	var e *pq.Error
	if !errors.As(err, &e) {
		return lost
	}
	switch e.Code {
	case pqerror.TRSerializationFailure, pqerror.TRDeadlockDetected:
		return raced
	case pqerror.UniqueViolation, pqerror.CheckViolation:
		switch e.Constraint {
		case constraintLog, constraintEvents, constraintEntries, constraintReply, constraintBalance, constraintFree, constraintSource, constraintNamed:
			return raced
		}
		return rejected
	case pqerror.ReadOnlySQLTransaction:
		return astray
	case pqerror.TRStatementCompletionUnknown, pqerror.AdminShutdown, pqerror.CrashShutdown, pqerror.CannotConnectNow:
		return lost
	}
	if e.Code.Class() == pqerror.ClassConnectionException {
		return lost
	}
	return rejected
}

// endsSession reports whether a session in trouble cannot be used any more.
func (t trouble) endsSession() bool { return t == astray || t == lost }

// named turns the violation of a constraint that callers know into its fault.
func named(err error) error {
	var p *pq.Error
	if errors.As(err, &p) && p.Code == pqerror.UniqueViolation && p.Constraint == constraintPayment {
		return ErrPaymentTaken
	}
	// SQLite does not name the constraint; it is the only unique index, other
	// than primary keys, on the tables that a commit writes.
	var s *sqlite.Error
	if errors.As(err, &s) && s.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		return ErrPaymentTaken
	}
	// A sum of more than 63 bits: SQLite would make a fraction of it, which no column of
	// whole numbers takes.
	if p != nil && p.Code == pqerror.NumericValueOutOfRange || s != nil && s.Code() == sqlite3.SQLITE_CONSTRAINT_DATATYPE {
		return ErrTooLarge
	}
	return err
}
