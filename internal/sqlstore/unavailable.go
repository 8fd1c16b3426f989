package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/handsel-dev/handsel/fault"
)

// reasonUnavailable is the reason of every fault that says that the database does
// not answer, or takes no writes.
const reasonUnavailable = "database_unavailable"

// unavailable turns what a database answers when it is down, hangs, is full or is
// read-only into a fault that says so. Other errors stay as they are.
func unavailable(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) || !isUnavailable(err) {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, reasonUnavailable, "the database cannot be used now; try again in a few seconds")
}

// unsent is why a commit was not even sent to a server.
type unsent struct{ error }

func (u unsent) Unwrap() error { return u.error }

// unreachable is the fault of an attempt to connect.
func unreachable(err error) error {
	return fault.Wrap(unsent{err}, fault.Unavailable, reasonUnavailable, "the database cannot be reached now; try again in a few seconds")
}

// explained says what to do about a refusal that does not pass.
func explained(err error) error {
	var refusal *pq.Error
	var nobody unsent
	switch {
	case errors.Is(err, pq.ErrSSLNotSupported):
		return fmt.Errorf("the server does not offer TLS: set TLS up there, or add sslmode=disable to the database URL where nobody else can listen: %w", pq.ErrSSLNotSupported)
	case !errors.As(err, &refusal) && errors.As(err, &nobody):
		return fault.Wrap(nobody, fault.Unavailable, reasonUnavailable, "no database server answers there: start it, or correct the database URL")
	case refusal == nil:
		return err
	case sqlState(err).Class() == pqerror.ClassInvalidCatalogName:
		return fmt.Errorf("the database does not exist: create it, or correct the database URL: %w", refusal)
	case sqlState(err).Class() == pqerror.ClassInvalidAuthorizationSpecification:
		return fmt.Errorf("the server does not accept the user or its password: correct the database URL: %w", refusal)
	}
	return err
}

// inDoubt is a commit that was sent and never answered.
func inDoubt(err error) error {
	return fault.Wrap(err, fault.Unavailable, reasonUnavailable,
		"the database did not answer: whether this was done is not known; repeat the request, with the same Idempotency-Key if it had one").WithMoney(fault.MoneyUnknown)
}

func isUnavailable(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false // the caller's time was up, which says nothing about the database
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return true
	}
	for _, broken := range []error{driver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, os.ErrDeadlineExceeded} {
		if errors.Is(err, broken) {
			return true
		}
	}
	var file *sqlite.Error
	if errors.As(err, &file) {
		return isSQLiteUnavailable(file.Code() & 0xff)
	}
	state := sqlState(err)
	if state == "" {
		return false
	}
	switch state.Class() {
	case pqerror.ClassConnectionException, pqerror.ClassInsufficientResources, pqerror.ClassOperatorIntervention, pqerror.ClassSystemError:
		return true
	}
	return state == pqerror.ReadOnlySQLTransaction
}

// isSQLiteUnavailable looks at the first byte of a result code.
func isSQLiteUnavailable(code int) bool {
	switch code {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM:
		return true
	}
	return false
}

// sqlState is the code of PostgreSQL's answer, empty if it is none.
func sqlState(err error) pqerror.Code {
	var e *pq.Error
	if errors.As(err, &e) && len(e.Code) == 5 {
		return e.Code
	}
	return ""
}
