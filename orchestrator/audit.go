package orchestrator

import (
	"context"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// Act is a line of the audit log: what was done with a privilege, by whom and why.
// Lines are only ever added, and sealed like the history of deals.
type Act struct {
	ID          int64 // given by the store
	CommunityID int64
	// Actor is who did it: "operator:olga", "operator:key:0123456789abcdef" for a key
	// that names nobody, "command:root" for a command of this machine's user, "system".
	Actor     string
	Name      string // "transaction.refund", "fees.set", "key.revoke"
	Object    string // "transaction:12", "key:0123456789abcdef", "user:bea"
	Reason    string
	RequestID string
	Data      map[string]string // what was changed, without secrets
	At        time.Time         // UTC
	// Once is stored with the line as the answer to its key, so that the act is done once;
	// idempotency.ErrTaken: it was done before. Nil: there is no key.
	Once *idempotency.Reply
}

// Auditor keeps the audit log. What is done in a deal is in its commits already.
type Auditor interface {
	// AddAct writes a line for something that is done elsewhere than in the store; it is
	// written first, so that nothing is done without its line.
	AddAct(ctx context.Context, a Act) error
	// Acts returns lines of a community's audit log, newest first.
	Acts(ctx context.Context, f ActFilter) ([]Act, error)
}

// ActFilter selects lines of a community's audit log, newest first.
type ActFilter struct {
	CommunityID int64
	Object      string // only about this object; empty: about all
	Actor, Name string // only of this actor, only acts of this name; empty: of all
	Since       time.Time
	Before      int64 // only those behind the one with this id; 0: from the newest
	Limit       int   // at most this many; 1 to 100
}

// ObjectOf names a deal in the audit log.
func ObjectOf(transaction int64) string { return "transaction:" + strconv.FormatInt(transaction, 10) }
