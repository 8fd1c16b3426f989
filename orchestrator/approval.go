package orchestrator

import (
	"context"
	"maps"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// ApprovalTime is how long an approval waits for a second person; our choice: it
// outlives a weekend.
const ApprovalTime = 72 * time.Hour

// Limits are amounts in minor units above which an act of staff needs a second
// person, by currency. A currency that is missing has no limit.
type Limits map[money.Currency]int64

// Validate is a fault invalid_approval_limits that names the currency whose limit is
// no amount, or that cannot be one. Which currencies and assets there are is known to
// the faces.
func (l Limits) Validate() error {
	for c, most := range l {
		if !c.WellFormed() {
			return fault.New(fault.Invalid, "invalid_approval_limits", "limits are minor units per currency or asset, such as {\"EUR\":100000}").With("field", "limits")
		}
		if most < 0 || most > maxLimit {
			return fault.New(fault.Invalid, "invalid_approval_limits", "the limit of %s must be 0 to %d minor units; leave the currency out for no limit", c, int64(maxLimit)).With("field", "limits."+string(c))
		}
	}
	return nil
}

const maxLimit = 1 << 53

// loosen reports whether others allow something that l does not.
func (l Limits) loosen(others Limits) bool {
	for c, most := range l {
		if now, there := others[c]; !there || now > most {
			return true
		}
	}
	return false
}

// ApprovalStatus is where an approval stands.
type ApprovalStatus string

// The statuses of an approval. Waiting and approved ones go on; the others are final.
const (
	ApprovalWaiting  ApprovalStatus = "waiting"  // for a second person
	ApprovalApproved ApprovalStatus = "approved" // and not carried out yet
	ApprovalDone     ApprovalStatus = "done"
	ApprovalRefused  ApprovalStatus = "refused"  // it could not be carried out any more; nothing was done
	ApprovalRejected ApprovalStatus = "rejected" // by the second person
	ApprovalExpired  ApprovalStatus = "expired"  // nobody decided in time
)

// Approval is an act of staff above the community's limit. It is done once a second
// person has approved it.
type Approval struct {
	ID            int64
	CommunityID   int64
	Status        ApprovalStatus
	Act           string       // as the audit log calls it: "withdrawal", "transaction.refund"
	Object        string       // what it is done to: "transaction:12", "user:bea", "community:7"
	TransactionID int64        // the deal; of an act that opens one, once that is done
	Amount        money.Amount // what it moves or lets go; zero for rules of the community
	AskedBy       string       // as in Act: "operator:olga", "operator:key:0123456789abcdef"
	Reason        string
	RequestID     string
	AskedAt       time.Time
	ExpiresAt     time.Time
	Request       []byte // the canonical request as JSON; empty once the approval has ended, and where its key is not known
	Same          string // equal for equal requests without a key, so that one waits only once
	DecidedBy     string // "operator:ann"; empty while it waits
	Decision      string // why
	DecidedAt     time.Time
	Outcome       fault.Reason // the code of the refusal when it was carried out
	EndedAt       time.Time
	Due           time.Time // the end of the lease, where it is claimed
}

// ObjectOfApproval names an approval in the audit log.
func ObjectOfApproval(id int64) string { return "approval:" + strconv.FormatInt(id, 10) }

// ByItself begins the id of a staff actor that is an API key and no person.
const ByItself = process.ByItself

// note tells the audit log who approved what is done.
func (a *Approval) note(data map[string]string) {
	if a != nil {
		data["approval"], data["approved_by"] = strconv.FormatInt(a.ID, 10), a.DecidedBy
	}
}

// request names an approved act, so that it is done once.
func (a Approval) request() idempotency.Key {
	return idempotency.Key{Scope: "approval " + strconv.FormatInt(a.CommunityID, 10), Value: strconv.FormatInt(a.ID, 10), Hash: ObjectOfApproval(a.ID)}
}

// The statuses of an approved act's own answer, which nobody is sent.
const (
	carriedOut    = 200
	notCarriedOut = 409
	wasDone       = "done"
)

// done is the answer that is stored with an approved act that is about no deal.
func (a Approval) done(at time.Time) *idempotency.Reply {
	return new(a.request().For(idempotency.Reply{CommunityID: a.CommunityID, Status: carriedOut, Body: []byte(wasDone), At: at}))
}

// AwaitsApproval is the answer to an act that waits for a second person. Nothing was
// done. It is no fault: the request is kept.
type AwaitsApproval struct{ Approval Approval }

// Error implements error.
func (a *AwaitsApproval) Error() string {
	return "the act is above the community's limit and waits for the approval of a second person"
}

// By says who does something with a privilege, and why.
type By struct {
	Actor     string // as in Act
	Reason    string
	RequestID string
	At        time.Time

	approval *Approval // that allows it; nil: none was needed
}

// Act is the line of the audit log for what is done.
func (b By) Act(community int64, name, object string, data map[string]string) Act {
	a := Act{
		CommunityID: community, Actor: b.Actor, Name: name, Object: object, Reason: b.Reason, RequestID: b.RequestID,
		Data: data, At: b.At.UTC().Truncate(time.Microsecond),
	}
	if b.approval != nil {
		if a.Data = maps.Clone(data); a.Data == nil {
			a.Data = map[string]string{}
		}
		b.approval.note(a.Data)
		a.Once = b.approval.done(a.At)
	}
	return a
}

// Staff keeps what a community asks of its staff: who they are, and above which amount two
// of them are needed. Implementations are safe for concurrent use.
type Staff interface {
	// ApprovalLimits are a community's; none unless they were set.
	ApprovalLimits(ctx context.Context, community int64) (Limits, error)
	// SaveApprovalLimits replaces them. An unknown community is a NotFound fault.
	SaveApprovalLimits(ctx context.Context, community int64, l Limits, by By) error
	// Operators are the names that may act as a community's staff, in order. None: every
	// well-formed name may.
	Operators(ctx context.Context, community int64) ([]string, error)
	// SaveOperators replaces them. An unknown community is a NotFound fault.
	SaveOperators(ctx context.Context, community int64, names []string, by By) error
}

// Approvals keeps what waits for a second person. Implementations are safe for concurrent
// use.
type Approvals interface {
	// AskApproval stores an approval with its line of the audit log and the reply that
	// answers the request's key, if it has one. An equal one that waits already is
	// returned instead. idempotency.ErrTaken: the request was made before.
	AskApproval(ctx context.Context, a Approval, r *idempotency.Reply, line Act) (Approval, error)
	// Approval finds one of a community's, or is a NotFound fault.
	Approval(ctx context.Context, community, id int64) (Approval, error)
	// ListApprovals returns a community's, newest first.
	ListApprovals(ctx context.Context, f ApprovalFilter) ([]Approval, error)
	// ClaimApprovals leases approvals of all communities that wait since before now's
	// deadline, or that were approved before and not carried out, by moving Due to lease.
	ClaimApprovals(ctx context.Context, now, lease, approved time.Time, limit int) ([]Approval, error)
	// RetryApproval moves Due of a claimed approval; nothing happens when it has ended, or
	// somebody else has claimed it since.
	RetryApproval(ctx context.Context, a Approval, due time.Time) error
	// ChangeApproval stores how an approval goes on from a status, with its line of the
	// audit log; changed is false if it has another status by now. One that has ended
	// forgets its request.
	ChangeApproval(ctx context.Context, a Approval, from ApprovalStatus, line Act) (changed bool, err error)
}

// ApprovalFilter selects approvals of a community, newest first.
type ApprovalFilter struct {
	CommunityID int64
	Status      ApprovalStatus // empty: any
	// TransactionID is the deal that it is about; 0: any, or none.
	TransactionID int64
	Before        int64 // only those behind the one with this id; 0: from the newest
	Limit         int   // at most this many; 1 to 100
}

// ApprovalNotFound is the answer for an approval that a community does not have.
func ApprovalNotFound() error {
	return fault.New(fault.NotFound, "approval_not_found", "there is no such approval; GET /v1/operator/approvals lists them")
}

// UnknownOperator is the refusal of a name that is not on a community's list.
func UnknownOperator() *fault.Error {
	return fault.New(fault.Forbidden, "unknown_operator", "this name is not on the community's list of operators; add it with: handsel operators add NAME --community ID --reason TEXT, or with PUT /v1/community/operators")
}
