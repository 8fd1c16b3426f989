package server

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
)

func (n native) approvalRoutes() []Route {
	if n.Engine.Approvals == nil {
		return nil
	}
	const limits, operators = "/v1/community/approval-limits", "/v1/community/operators"
	return []Route{
		{
			Method: http.MethodGet, Path: approvalsPath, Access: Operating,
			Summary: "List what was asked for above the limit, newest first", Query: []string{"limit", "cursor", "status"}, Answer: is[page[approvalOut]](),
			Serve: n.Backend(n.approvals),
		},
		{
			Method: http.MethodGet, Path: approvalsPath + "/{id}", Access: Operating,
			Summary: "Read an approval", Answer: is[approvalOut](),
			Serve: n.Backend(n.approval),
		},
		{
			Method: http.MethodPost, Path: approvalsPath + "/{id}/approve", Access: Operating,
			Summary: "Approve what another operator asked for, and do it", Body: is[clearing](), Answer: is[approvalOut](),
			Serve: n.Backend(n.approve),
		},
		{
			Method: http.MethodPost, Path: approvalsPath + "/{id}/reject", Access: Operating,
			Summary: "Reject what another operator asked for", Body: is[clearing](), Answer: is[approvalOut](),
			Serve: n.Backend(n.reject),
		},
		{
			Method: http.MethodGet, Path: limits, Access: Operating,
			Summary: "Read above which amounts staff needs a second person", Answer: is[limitsOut](),
			Serve: n.Backend(n.limits),
		},
		{
			Method: http.MethodPut, Path: limits, Access: Operating,
			Summary: "Replace those amounts", Awaits: true, Body: is[limitsIn](), Answer: is[limitsOut](),
			Serve: n.Backend(n.saveLimits),
		},
		{
			Method: http.MethodGet, Path: operators, Access: Operating,
			Summary: "List who may act as staff", Answer: is[operatorsOut](),
			Serve: n.Backend(n.operators),
		},
		{
			Method: http.MethodPut, Path: operators, Access: Operating,
			Summary: "Replace that list", Awaits: true, Body: is[operatorsIn](), Answer: is[operatorsOut](),
			Serve: n.Backend(n.saveOperators),
		},
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
	Limits map[string]int64 `json:"limits" required:"true"`
}

// limitsIn is the body of PUT /v1/community/approval-limits. A person must say why.
type limitsIn struct {
	limitsOut
	Reason string `json:"reason" required:"true"`
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
	Operators []string `json:"operators" required:"true"`
}

// operatorsIn is the body of PUT /v1/community/operators. A person must say why.
type operatorsIn struct {
	operatorsOut
	Reason string `json:"reason" required:"true"`
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
