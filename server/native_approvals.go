package server

import (
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
)

// approvalOut is an act of staff above the community's limit.
type approvalOut struct {
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

const approvalsPath = "/v1/operator/approvals"

func (s *Server) showApproval(a orchestrator.Approval) approvalOut {
	id := s.IDs.Seal(publicid.Approval, a.ID)
	n := native{Server: s}
	out := approvalOut{
		ID: id, Number: a.ID, Status: string(a.Status), Act: a.Act, Object: n.objectOut(a.Object), Details: a.Details(), AskedBy: a.AskedBy, Reason: a.Reason,
		AskedAt: a.AskedAt.UTC(), ExpiresAt: a.ExpiresAt.UTC(), DecidedBy: optionalText(a.DecidedBy), DecisionReason: optionalText(a.Decision),
		DecidedAt: optionalTime(a.DecidedAt), Outcome: optionalText(a.Outcome), EndedAt: optionalTime(a.EndedAt),
		ApproveURL: approvalsPath + "/" + id + "/approve", RejectURL: approvalsPath + "/" + id + "/reject",
	}
	if a.TransactionID != 0 {
		out.TransactionID = optionalText(s.IDs.Seal(publicid.Transaction, a.TransactionID))
	}
	if c := a.Amount.Currency(); c != "" {
		minor := a.Amount.Minor()
		out.Amount, out.Currency = &minor, optionalText(string(c))
	}
	return out
}

// renderApproval is the answer to an act that waits for a second person.
func (s *Server) renderApproval(a orchestrator.Approval) (int, []byte) {
	body, err := json.Marshal(s.showApproval(a), json.Deterministic(true))
	if err != nil {
		return renderProblem(fault.As(err), a.RequestID)
	}
	return http.StatusAccepted, body
}

func (n native) approvalRoutes() []Route {
	if n.Engine.Approvals == nil {
		return nil
	}
	const limits, operators = "/v1/community/approval-limits", "/v1/community/operators"
	return []Route{
		{http.MethodGet, approvalsPath, Operating, "", n.approvals},
		{http.MethodGet, approvalsPath + "/{id}", Operating, "", n.approval},
		{http.MethodPost, approvalsPath + "/{id}/approve", Operating, "", n.approve},
		{http.MethodPost, approvalsPath + "/{id}/reject", Operating, "", n.reject},
		{http.MethodGet, limits, Operating, "", n.limits},
		{http.MethodPut, limits, Operating, "", n.saveLimits},
		{http.MethodGet, operators, Operating, "", n.operators},
		{http.MethodPut, operators, Operating, "", n.saveOperators},
	}
}

func approvalOperations() map[string]operation {
	const limits, operators = "/v1/community/approval-limits", "/v1/community/operators"
	return map[string]operation{
		"GET " + approvalsPath: {
			summary: "List what was asked for above the limit, newest first", query: []string{"limit", "cursor", "status"}, answer: is[page[approvalOut]](),
		},
		"GET " + approvalsPath + "/{id}":          {summary: "Read an approval", answer: is[approvalOut]()},
		"POST " + approvalsPath + "/{id}/approve": {summary: "Approve what another operator asked for, and do it", body: is[clearing](), answer: is[approvalOut]()},
		"POST " + approvalsPath + "/{id}/reject":  {summary: "Reject what another operator asked for", body: is[clearing](), answer: is[approvalOut]()},
		"GET " + limits:                           {summary: "Read above which amounts staff needs a second person", answer: is[limitsOut]()},
		"PUT " + limits:                           {awaits: true, summary: "Replace those amounts", body: is[limitsIn](), answer: is[limitsOut]()},
		"GET " + operators:                        {summary: "List who may act as staff", answer: is[operatorsOut]()},
		"PUT " + operators:                        {awaits: true, summary: "Replace that list", body: is[operatorsIn](), answer: is[operatorsOut]()},
	}
}

// approvals lists what was asked for above the limit, newest first.
func (n native) approvals(c *gin.Context, who caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	query, err := parameters(c, "limit", "cursor", "status")
	if err != nil {
		return err
	}
	f := orchestrator.ApprovalFilter{CommunityID: who.community(), Status: orchestrator.ApprovalStatus(query["status"])}
	known := []orchestrator.ApprovalStatus{
		"", orchestrator.ApprovalWaiting, orchestrator.ApprovalApproved, orchestrator.ApprovalDone, orchestrator.ApprovalRefused,
		orchestrator.ApprovalRejected, orchestrator.ApprovalExpired,
	}
	if !slices.Contains(known, f.Status) {
		return invalid("unknown_status", "status", "unknown status; use one of waiting, approved, done, refused, rejected, expired")
	}
	if f.Limit, f.Before, err = n.place(query); err != nil {
		return err
	}
	found, err := n.Engine.Approvals.ListApprovals(c.Request.Context(), f)
	if err != nil {
		return err
	}
	p := page[approvalOut]{Items: make([]approvalOut, len(found))}
	for i, a := range found {
		p.Items[i] = n.showApproval(a)
	}
	if len(found) == f.Limit {
		p.NextCursor = n.cursor(found[len(found)-1].ID)
	}
	return send(c, http.StatusOK, p)
}

func (n native) approvalID(c *gin.Context) (int64, error) {
	id, err := n.IDs.Open(publicid.Approval, c.Param("id"))
	if err != nil {
		return 0, orchestrator.ApprovalNotFound()
	}
	return id, nil
}

func (n native) approval(c *gin.Context, who caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	id, err := n.approvalID(c)
	if err != nil {
		return err
	}
	a, err := n.Engine.Approvals.Approval(c.Request.Context(), who.community(), id)
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, n.showApproval(a))
}

// deciding reads what a second person says.
func (n native) deciding(c *gin.Context, who caller) (id int64, reason string, err error) {
	if err := asStaff(who); err != nil {
		return 0, "", err
	}
	if id, err = n.approvalID(c); err != nil {
		return 0, "", err
	}
	var in clearing
	if _, err := n.readJSON(c, inFreeText, &in); err != nil {
		return 0, "", err
	}
	by, err := n.by(c, who.actor, in.Reason)
	return id, by.Reason, err
}

// approve lets an act be done, and does it.
func (n native) approve(c *gin.Context, who caller) error {
	id, reason, err := n.deciding(c, who)
	if err != nil {
		return err
	}
	a, err := n.engine.Approve(c.Request.Context(), who.community(), id, who.actor, reason, requestID(c))
	if err != nil {
		return n.ofApproval(a, err)
	}
	return send(c, http.StatusOK, n.showApproval(a))
}

// reject ends an approval without the act.
func (n native) reject(c *gin.Context, who caller) error {
	id, reason, err := n.deciding(c, who)
	if err != nil {
		return err
	}
	a, err := n.engine.Decide(c.Request.Context(), who.community(), id, who.actor, reason, requestID(c), orchestrator.ApprovalRejected)
	if err != nil {
		return n.ofApproval(a, err)
	}
	return send(c, http.StatusOK, n.showApproval(a))
}

// ofApproval names in a fault what became of the approval.
func (n native) ofApproval(a orchestrator.Approval, err error) error {
	f := fault.As(err)
	if a.ID == 0 || f.Code == fault.Internal {
		return err
	}
	return f.With("approval_id", n.IDs.Seal(publicid.Approval, a.ID)).With("approval_status", string(a.Status))
}

// limitsOut are the amounts above which two people are needed, in minor units per
// currency.
type limitsOut struct {
	Limits map[string]int64 `json:"limits"`
}

// limitsIn is the body of PUT /v1/community/approval-limits. A person must say why.
type limitsIn struct {
	limitsOut
	Reason string `json:"reason"`
}

func (n native) limits(c *gin.Context, who caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	limits, err := n.Engine.Approvals.ApprovalLimits(c.Request.Context(), who.community())
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, showLimits(limits))
}

func showLimits(limits orchestrator.Limits) limitsOut {
	out := limitsOut{Limits: map[string]int64{}}
	for unit, most := range limits {
		out.Limits[string(unit)] = most
	}
	return out
}

// saveLimits replaces the limits. What loosens them needs a second person itself.
func (n native) saveLimits(c *gin.Context, who caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	var in limitsIn
	if _, err := n.readJSON(c, inFreeText, &in); err != nil {
		return err
	}
	if in.Limits == nil {
		return missing("limits")
	}
	by, err := n.by(c, who.actor, in.Reason)
	if err != nil {
		return err
	}
	limits := orchestrator.Limits{}
	for code, most := range in.Limits {
		known, err := unit(n.Assets, "limits."+code, code)
		if err != nil {
			return invalid("invalid_approval_limits", "limits", "%s is no currency or asset of this server; limits are minor units per currency, such as {\"EUR\":100000}", code)
		}
		limits[known] = most
	}
	if err := n.engine.SaveLimits(c.Request.Context(), who.community(), limits, who.actor, by); err != nil {
		return err
	}
	return send(c, http.StatusOK, showLimits(limits))
}

// operatorsOut are who may act as staff; empty: every well-formed name may.
type operatorsOut struct {
	Operators []string `json:"operators"`
}

// operatorsIn is the body of PUT /v1/community/operators. A person must say why.
type operatorsIn struct {
	operatorsOut
	Reason string `json:"reason"`
}

func (n native) operators(c *gin.Context, who caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	names, err := n.Engine.Approvals.Operators(c.Request.Context(), who.community())
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, operatorsOut{append([]string{}, names...)})
}

// saveOperators replaces the list of operators.
func (n native) saveOperators(c *gin.Context, who caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	var in operatorsIn
	if _, err := n.readJSON(c, inFreeText, &in); err != nil {
		return err
	}
	if in.Operators == nil {
		return missing("operators")
	}
	by, err := n.by(c, who.actor, in.Reason)
	if err != nil {
		return err
	}
	if err := n.engine.SaveOperators(c.Request.Context(), who.community(), in.Operators, who.actor, by); err != nil {
		return err
	}
	return n.operators(c, who)
}
