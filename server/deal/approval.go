package deal

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
)

// ApprovalOut is an act of staff above the community's limit.
type ApprovalOut struct {
	ID             string            `json:"id"`
	Number         int64             `json:"number"` // as handsel approvals and handsel audit call it
	Status         string            `json:"status"` // waiting, approved, done, refused, rejected, expired
	Act            string            `json:"act"`    // as the audit log calls it
	Object         string            `json:"object"`
	TransactionID  *string           `json:"transaction_id"` // null: the act opens a deal that is not there yet, or is about none
	Amount         *int64            `json:"amount"`         // minor units; null: the act is about no amount
	Currency       *string           `json:"currency"`
	Details        map[string]string `json:"details"` // what else is asked for: parts of a split, new limits or operators
	AskedBy        string            `json:"asked_by"`
	Reason         string            `json:"reason"`
	AskedAt        time.Time         `json:"asked_at"`
	ExpiresAt      time.Time         `json:"expires_at"`
	DecidedBy      *string           `json:"decided_by"`
	DecisionReason *string           `json:"decision_reason"`
	DecidedAt      *time.Time        `json:"decided_at"`
	Outcome        *string           `json:"outcome"` // the code with which the act was refused after all
	EndedAt        *time.Time        `json:"ended_at"`
	ApproveURL     string            `json:"approve_url"` // where another operator approves it
	RejectURL      string            `json:"reject_url"`
}

// ApprovalsPath is where approvals are listed, read and decided.
const ApprovalsPath = "/v1/operator/approvals"

// ShowApproval is an approval as callers see it.
func (k *Kit) ShowApproval(a orchestrator.Approval) ApprovalOut {
	id := k.IDs.Seal(publicid.Approval, a.ID)
	out := ApprovalOut{
		ID: id, Number: a.ID, Status: string(a.Status), Act: a.Act, Object: k.ObjectOut(a.Object), Details: a.Details(), AskedBy: a.AskedBy, Reason: a.Reason,
		AskedAt: a.AskedAt.UTC(), ExpiresAt: a.ExpiresAt.UTC(), DecidedBy: web.OptionalText(a.DecidedBy), DecisionReason: web.OptionalText(a.Decision),
		DecidedAt: web.OptionalTime(a.DecidedAt), Outcome: web.OptionalText(string(a.Outcome)), EndedAt: web.OptionalTime(a.EndedAt),
		ApproveURL: ApprovalsPath + "/" + id + "/approve", RejectURL: ApprovalsPath + "/" + id + "/reject",
	}
	if a.TransactionID != 0 {
		out.TransactionID = web.OptionalText(k.IDs.Seal(publicid.Transaction, a.TransactionID))
	}
	if c := a.Amount.Currency(); c != "" {
		minor := a.Amount.Minor()
		out.Amount, out.Currency = &minor, web.OptionalText(string(c))
	}
	return out
}

// RenderApproval is the answer to an act that waits for a second person.
func (k *Kit) RenderApproval(a orchestrator.Approval) (int, []byte) {
	body, err := json.Marshal(k.ShowApproval(a), json.Deterministic(true))
	if err != nil {
		return web.RenderProblem(fault.As(err), a.RequestID)
	}
	return http.StatusAccepted, body
}

// Sealed are the objects that are shown by their public ids.
var Sealed = []struct {
	Prefix string
	Kind   publicid.Kind
	None   func() error
}{
	{"transaction:", publicid.Transaction, func() error { return process.NotFound() }},
	{"approval:", publicid.Approval, orchestrator.ApprovalNotFound},
	{"endpoint:", publicid.Endpoint, EndpointNotFound},
}

// EndpointNotFound is the refusal of an endpoint that is not the community's.
func EndpointNotFound() error {
	return fault.New(fault.NotFound, "endpoint_not_found", "no such webhook endpoint")
}

// ObjectOut names a deal, an approval or an endpoint by its public id.
func (k *Kit) ObjectOut(object string) string {
	for _, s := range Sealed {
		number, ok := strings.CutPrefix(object, s.Prefix)
		if id, err := strconv.ParseInt(number, 10, 64); ok && err == nil {
			return s.Prefix + k.IDs.Seal(s.Kind, id)
		}
	}
	return object
}
