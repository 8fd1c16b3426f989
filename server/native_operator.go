package server

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// asStaff refuses everybody who does not say which member of staff acts.
func asStaff(who caller) error {
	if who.actor.Kind == process.Staff {
		return nil
	}
	return fault.New(fault.Forbidden, "not_operator", "this is for staff; name who acts in the header Handsel-Operator")
}

func (n native) operatorRoutes() []Route {
	return []Route{
		{
			Method: http.MethodGet, Path: "/v1/operator/transactions", Access: Operating,
			Summary: "List the transactions that wait for staff", Query: []string{"limit", "cursor"}, Answer: is[page[transactionOut]](),
			Serve: n.Backend(n.waiting),
		},
		{
			Method: http.MethodPost, Path: "/v1/operator/transactions/{id}/clear", Access: Operating,
			Summary: "End the hold of a transaction", Awaits: true, Body: is[clearing](), Answer: is[transactionOut](),
			Serve: n.Backend(n.clear),
		},
		{
			Method: http.MethodPost, Path: "/v1/operator/transactions/{id}/take_over", Access: Operating,
			Summary: "Book what the gateway has moved beyond our books", Awaits: true, Body: is[clearing](), Answer: is[transactionOut](),
			Serve: n.Backend(n.takeOver),
		},
	}
}

// waiting lists the transactions that wait for a person.
func (n native) waiting(c *gin.Context, who caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	query, err := parameters(c, "limit", "cursor")
	if err != nil {
		return err
	}
	f := orchestrator.Filter{CommunityID: who.community()}
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
func (n native) clear(c *gin.Context, who caller) error { return n.release(c, who, n.engine.Clear) }

// takeOver books what the gateway has moved beyond our books.
func (n native) takeOver(c *gin.Context, who caller) error {
	return n.release(c, who, n.engine.TakeOver)
}

// clearing is the body of what staff does for a reason.
type clearing struct {
	Reason string `json:"reason" required:"true"`
}

// release ends a hold in one of the ways that the engine has, for a reason.
func (n native) release(c *gin.Context, who caller, do func(context.Context, int64, int64, process.Actor, string, string) (orchestrator.Transaction, error)) error {
	if err := asStaff(who); err != nil {
		return err
	}
	id, err := n.transactionID(c)
	if err != nil {
		return err
	}
	var in clearing
	if _, err := n.readJSON(c, inFreeText, &in); err != nil {
		return err
	}
	if err := text("reason", in.Reason, maxText); err != nil {
		return err
	}
	tx, err := do(c.Request.Context(), who.community(), id, who.actor, in.Reason, requestID(c))
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, n.show(tx, who.actor))
}
