package native

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// Letterheads keeps how communities write to people. Implementations are safe for
// concurrent use.
type Letterheads interface {
	notices.Letterheads
	// OwnLetterhead is what a community has set itself.
	OwnLetterhead(ctx context.Context, community int64) (notices.Letterhead, error)
	// SaveLetterhead replaces it, with a line in the audit log. Faults:
	// invalid_letterhead, unknown_language.
	SaveLetterhead(ctx context.Context, community int64, l notices.Letterhead, by orchestrator.By) error
}

func (n face) letterheadRoutes() []web.Route {
	if n.Letterheads == nil {
		return nil
	}
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/community/letterhead", Access: web.Operating,
			Summary: "Read how the community writes to people", Answer: web.JSON[heldLetterhead](),
			Serve: n.Backend(n.letterhead),
		},
		{
			Method: http.MethodPut, Path: "/v1/community/letterhead", Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "Replace how the community writes to people", Body: web.JSON[newLetterhead](), Answer: web.JSON[heldLetterhead](),
			Serve: n.Kept(n.saveLetterhead),
		},
	}
}

// heldLetterhead is what a community has set, and what holds with the server's settings.
type heldLetterhead struct {
	notices.Letterhead
	InEffect notices.Letterhead `json:"in_effect"`
}

// newLetterhead replaces it; members that are left out are the server's again.
type newLetterhead struct {
	notices.Letterhead
	Reason string `json:"reason"` // needed from a person
}

func (n face) letterhead(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	return n.sendLetterhead(c, who)
}

func (n face) sendLetterhead(c *gin.Context, who deal.Caller) error {
	var out heldLetterhead
	var err error
	if out.Letterhead, err = n.Letterheads.OwnLetterhead(c.Request.Context(), who.Community()); err != nil {
		return err
	}
	if out.InEffect, err = n.Letterheads.Letterhead(c.Request.Context(), who.Community()); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, out)
}

func (n face) saveLetterhead(c *gin.Context, who deal.Caller) error {
	staff, err := operator(who)
	if err != nil {
		return err
	}
	var in newLetterhead
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	by, err := n.by(c, staff, in.Reason)
	if err := fault.All(err, in.Letterhead.Validate()); err != nil {
		return err
	}
	if err := n.Letterheads.SaveLetterhead(c.Request.Context(), who.Community(), in.Letterhead, by); err != nil {
		return err
	}
	return n.sendLetterhead(c, who)
}
