package native

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

func (n face) approvalRoutes() []web.Route {
	if n.Approvals == nil {
		return nil
	}
	const limits, operators = "/v1/community/approval-limits", "/v1/community/operators"
	return []web.Route{
		{
			Method: http.MethodGet, Path: deal.ApprovalsPath, Access: web.Operating,
			Summary: "List approvals, newest first", Query: []string{"limit", "cursor", "status"}, Answer: web.JSON[page[deal.ApprovalOut]](),
			Serve: n.Backend(n.approvals),
		},
		{
			Method: http.MethodGet, Path: deal.ApprovalsPath + "/{id}", Access: web.Operating,
			Summary: "Read an approval", Answer: web.JSON[deal.ApprovalOut](),
			Serve: n.Backend(n.approval),
		},
		{
			Method: http.MethodPost, Path: deal.ApprovalsPath + "/{id}/approve", Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "Approve what another operator asked for, and do it", Body: web.JSON[clearing](), Answer: web.JSON[deal.ApprovalOut](),
			Serve: n.Apart(n.approve),
		},
		{
			Method: http.MethodPost, Path: deal.ApprovalsPath + "/{id}/reject", Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "Reject what another operator asked for", Body: web.JSON[clearing](), Answer: web.JSON[deal.ApprovalOut](),
			Serve: n.Kept(n.reject),
		},
		{
			Method: http.MethodGet, Path: limits, Access: web.Operating,
			Summary: "Read above which amounts staff needs a second person", Answer: web.JSON[limitsOut](),
			Serve: n.Backend(n.limits),
		},
		{
			Method: http.MethodPut, Path: limits, Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "Replace those amounts", Awaits: true, Body: web.JSON[limitsIn](), Answer: web.JSON[limitsOut](),
			Serve: n.Kept(n.saveLimits),
		},
		{
			Method: http.MethodGet, Path: operators, Access: web.Operating,
			Summary: "List who may act as staff", Answer: web.JSON[operatorsOut](),
			Serve: n.Backend(n.operators),
		},
		{
			Method: http.MethodPut, Path: operators, Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "Replace that list", Awaits: true, Body: web.JSON[operatorsIn](), Answer: web.JSON[operatorsOut](),
			Serve: n.Kept(n.saveOperators),
		},
	}
}

// approvals lists what was asked for above the limit, newest first.
func (n face) approvals(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	query, err := web.Parameters(c, "limit", "cursor", "status")
	if err != nil {
		return err
	}
	f := orchestrator.ApprovalFilter{CommunityID: who.Community(), Status: orchestrator.ApprovalStatus(query["status"])}
	known := []orchestrator.ApprovalStatus{
		"", orchestrator.ApprovalWaiting, orchestrator.ApprovalApproved, orchestrator.ApprovalDone, orchestrator.ApprovalRefused,
		orchestrator.ApprovalRejected, orchestrator.ApprovalExpired,
	}
	if !slices.Contains(known, f.Status) {
		return web.Invalid("unknown_status", "status", "unknown status; use one of waiting, approved, done, refused, rejected, expired")
	}
	if f.Limit, f.Before, err = n.place(query); err != nil {
		return err
	}
	found, err := n.Approvals.ListApprovals(c.Request.Context(), f)
	if err != nil {
		return err
	}
	p := page[deal.ApprovalOut]{Items: make([]deal.ApprovalOut, len(found))}
	for i, a := range found {
		p.Items[i] = n.ShowApproval(a)
	}
	if paging.GoesOn(found, f.Limit) {
		p.NextCursor = n.cursor(found[len(found)-1].ID)
	}
	return web.Send(c, http.StatusOK, p)
}

func (n face) approvalID(c *gin.Context) (int64, error) {
	id, err := n.IDs.Open(publicid.Approval, c.Param("id"))
	if err != nil {
		return 0, orchestrator.ApprovalNotFound()
	}
	return id, nil
}

func (n face) approval(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	id, err := n.approvalID(c)
	if err != nil {
		return err
	}
	a, err := n.Approvals.Approval(c.Request.Context(), who.Community(), id)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, n.ShowApproval(a))
}

// deciding reads what a second person says.
func (n face) deciding(c *gin.Context, who deal.Caller) (id int64, reason string, err error) {
	if err := asStaff(who); err != nil {
		return 0, "", err
	}
	if id, err = n.approvalID(c); err != nil {
		return 0, "", err
	}
	var in clearing
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return 0, "", err
	}
	by, err := n.by(c, who.Actor, in.Reason)
	return id, by.Reason, err
}

// approve lets an act be done, and does it.
func (n face) approve(c *gin.Context, who deal.Caller) error {
	id, reason, err := n.deciding(c, who)
	if err != nil {
		return err
	}
	a, err := n.engine.Approve(c.Request.Context(), who.Community(), id, who.Actor, reason, web.RequestID(c))
	if err != nil {
		return n.ofApproval(a, err)
	}
	return web.Send(c, http.StatusOK, n.ShowApproval(a))
}

// reject ends an approval without the act.
func (n face) reject(c *gin.Context, who deal.Caller) error {
	id, reason, err := n.deciding(c, who)
	if err != nil {
		return err
	}
	a, err := n.engine.Decide(c.Request.Context(), who.Community(), id, who.Actor, reason, web.RequestID(c), orchestrator.ApprovalRejected)
	if err != nil {
		return n.ofApproval(a, err)
	}
	return web.Send(c, http.StatusOK, n.ShowApproval(a))
}

// ofApproval names in a fault what became of the approval.
func (n face) ofApproval(a orchestrator.Approval, err error) error {
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
	Reason string `json:"reason" required:"later"`
}

func (n face) limitsOf(in map[string]int64) (orchestrator.Limits, error) {
	limits := orchestrator.Limits{}
	for code, most := range in {
		known, err := deal.Unit(n.Assets, "limits."+code, code)
		if err != nil {
			return nil, web.Invalid("invalid_approval_limits", "limits", "unknown currency or asset %s; limits are minor units per currency, such as {\"EUR\":100000}", code)
		}
		limits[known] = most
	}
	return limits, nil
}

func (n face) limits(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	limits, err := n.Approvals.ApprovalLimits(c.Request.Context(), who.Community())
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, showLimits(limits))
}

func showLimits(limits orchestrator.Limits) limitsOut {
	out := limitsOut{Limits: map[string]int64{}}
	for unit, most := range limits {
		out.Limits[string(unit)] = most
	}
	return out
}

// saveLimits replaces the limits. What loosens them needs a second person itself.
func (n face) saveLimits(c *gin.Context, who deal.Caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	var in limitsIn
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	by, err := n.by(c, who.Actor, in.Reason)
	limits, wrong := n.limitsOf(in.Limits)
	if err := fault.All(err, wrong); err != nil {
		return err
	}
	if err := n.engine.SaveLimits(c.Request.Context(), who.Community(), limits, who.Actor, by); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, showLimits(limits))
}

// operatorsOut are who may act as staff; empty: every well-formed name may.
type operatorsOut struct {
	Operators []string `json:"operators" required:"true"`
}

// operatorsIn is the body of PUT /v1/community/operators. A person must say why.
type operatorsIn struct {
	operatorsOut
	Reason string `json:"reason" required:"later"`
}

func (n face) operators(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	names, err := n.Approvals.Operators(c.Request.Context(), who.Community())
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, operatorsOut{append([]string{}, names...)})
}

// saveOperators replaces the list of operators.
func (n face) saveOperators(c *gin.Context, who deal.Caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	var in operatorsIn
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	by, err := n.by(c, who.Actor, in.Reason)
	if err := fault.All(err, orchestrator.CheckOperators(in.Operators)); err != nil {
		return err
	}
	if err := n.engine.SaveOperators(c.Request.Context(), who.Community(), in.Operators, who.Actor, by); err != nil {
		return err
	}
	return n.operators(c, who)
}
