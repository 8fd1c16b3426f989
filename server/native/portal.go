package native

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

func (n face) portalRoutes() []web.Route {
	if n.Webhooks == nil || n.Passes == nil || n.Audit == nil {
		return nil
	}
	return []web.Route{{
		Method: http.MethodPost, Path: "/v1/portal-links", Access: web.Operating, Keying: web.KeyHonoured, Summary: "Make a link to the portal of webhooks", Body: web.JSON[endpointReason](),
		Text:   "The link works once, within 15 minutes. Who opens it looks after the endpoints of the marketplace for 15 minutes",
		Answer: web.JSON[portalLink](), Status: http.StatusCreated, Serve: n.Kept(n.linkToPortal),
	}}
}

// portalLink lets one person into the portal.
type portalLink struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (n face) linkToPortal(c *gin.Context, who deal.Caller) error {
	staff, err := operator(who)
	if err != nil {
		return err
	}
	var in endpointReason
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	by, err := n.by(c, staff, in.Reason)
	if err != nil {
		return err
	}
	if err := n.Audit.AddAct(c.Request.Context(), by.Act(who.Community(), "portal.link", fmt.Sprintf("community:%d", who.Community()), nil)); err != nil {
		return err
	}
	token, until, err := n.Passes.Link(c.Request.Context(), who.Community(), by.Actor)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusCreated, portalLink{URL: n.origin(c) + "/portal/open/" + token, ExpiresAt: until})
}

// origin is where people reach this server: what is set, or else where this request came to. Outside development
// that is by TLS, which a proxy may end.
func (n face) origin(c *gin.Context) string {
	switch {
	case n.Passes.Origin != "":
		return strings.TrimSuffix(n.Passes.Origin, "/")
	case n.Passes.Plain:
		return "http://" + c.Request.Host
	}
	return "https://" + c.Request.Host
}
