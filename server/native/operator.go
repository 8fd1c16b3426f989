package native

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// asStaff refuses everybody who does not say which member of staff acts.
func asStaff(who deal.Caller) error {
	if who.Actor.Kind == process.Staff {
		return nil
	}
	return fault.New(fault.Forbidden, "not_operator", "only staff may do this; name the operator in the header Handsel-Operator")
}

func (n face) operatorRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/operator/transactions", Access: web.Operating,
			Summary: "List the transactions that wait for staff", Query: []string{"limit", "cursor"}, Answer: web.JSON[page[transactionOut]](),
			Serve: n.Backend(n.waiting),
		},
		{
			Method: http.MethodPost, Path: "/v1/operator/transactions/{id}/clear", Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "End the hold of a transaction", Awaits: true, Body: web.JSON[clearing](), Answer: web.JSON[transactionOut](),
			Serve: n.Apart(n.clear),
		},
		{
			Method: http.MethodPost, Path: "/v1/operator/transactions/{id}/take_over", Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "Book what was moved at the gateway and is missing in the books", Awaits: true, Body: web.JSON[clearing](), Answer: web.JSON[transactionOut](),
			Serve: n.Apart(n.takeOver),
		},
		{
			Method: http.MethodPost, Path: "/v1/operator/transactions/{id}/outcome", Access: web.Operating, Keying: web.KeyHonoured,
			Name: "operator.tellOutcome", Summary: "Tell the outcome of a refund that the gateway cannot show", Awaits: true, Body: web.JSON[tellingOutcome](), Answer: web.JSON[transactionOut](),
			Serve: n.Apart(n.tellOutcome),
		},
	}
}

// waiting lists the transactions that wait for a person.
func (n face) waiting(c *gin.Context, who deal.Caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	query, err := web.Parameters(c, "limit", "cursor")
	if err != nil {
		return err
	}
	f := orchestrator.Filter{CommunityID: who.Community()}
	if f.Limit, f.Before, err = n.place(query); err != nil {
		return err
	}
	found, err := n.engine.Waiting(c.Request.Context(), f)
	if err != nil {
		return err
	}
	return n.sendPage(c, found, f.Limit, who)
}

// clear lets a transaction that is on hold go on.
func (n face) clear(c *gin.Context, who deal.Caller) error { return n.release(c, who, n.engine.Clear) }

// takeOver books what the gateway has moved beyond our books.
func (n face) takeOver(c *gin.Context, who deal.Caller) error {
	return n.release(c, who, n.engine.TakeOver)
}

// clearing is the body of what staff does for a reason.
type clearing struct {
	Reason string `json:"reason" required:"later"`
}

// release ends a hold in one of the ways that the engine has, for a reason.
func (n face) release(c *gin.Context, who deal.Caller, do func(context.Context, int64, int64, process.Actor, string, string) (orchestrator.Transaction, error)) error {
	if err := asStaff(who); err != nil {
		return err
	}
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	var in clearing
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	if err := web.Text("reason", in.Reason, web.MaxText); err != nil {
		return err
	}
	tx, err := do(c.Request.Context(), who.Community(), id, who.Actor, in.Reason, web.RequestID(c))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, n.show(tx, who.Actor))
}

// tellingOutcome is the body of POST /v1/operator/transactions/{id}/outcome.
type tellingOutcome struct {
	Outcome string `json:"outcome" required:"true"` // arrived, or not_arrived
	Reason  string `json:"reason" required:"later"`
}

// tellOutcome says what came of a refund whose message was lost.
func (n face) tellOutcome(c *gin.Context, who deal.Caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	var in tellingOutcome
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	if err := fault.All(web.Text("reason", in.Reason, web.MaxText), orchestrator.CheckOutcome(in.Outcome)); err != nil {
		return err
	}
	tx, err := n.engine.TellOutcome(c.Request.Context(), who.Community(), id, who.Actor, in.Outcome, in.Reason, web.RequestID(c))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, n.show(tx, who.Actor))
}
