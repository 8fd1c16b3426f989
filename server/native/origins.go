package native

import (
	"context"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// Origins keeps the web pages whose scripts may call, by community. Implementations are safe
// for concurrent use.
type Origins interface {
	// Origins are those of a community, in their order.
	Origins(ctx context.Context, community int64) ([]string, error)
	// SaveOrigins replaces them, with a line in the audit log.
	SaveOrigins(ctx context.Context, community int64, origins []string, by orchestrator.By) error
	// OriginCommunities are the communities that let an origin in.
	OriginCommunities(ctx context.Context, origin string) ([]int64, error)
}

// maxOrigins is how many a community may have; our choice.
const maxOrigins = 50

func (n face) originRoutes() []web.Route {
	if n.Origins == nil {
		return nil
	}
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/community/origins", Access: web.Operating,
			Summary: "Read which web pages may call from a browser", Answer: web.JSON[heldOrigins](),
			Serve: n.Backend(n.origins),
		},
		{
			Method: http.MethodPut, Path: "/v1/community/origins", Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "Replace which web pages may call from a browser", Body: web.JSON[newOrigins](), Answer: web.JSON[heldOrigins](),
			Serve: n.Kept(n.saveOrigins),
		},
	}
}

// heldOrigins are the pages of a community.
type heldOrigins struct {
	Origins []string `json:"origins"`
}

// newOrigins replace them.
type newOrigins struct {
	Origins []string `json:"origins" required:"true"`
	Reason  string   `json:"reason"` // needed from a person
}

func (in newOrigins) check() error {
	if len(in.Origins) > maxOrigins {
		return web.Invalid("invalid_origin", "origins", "a community may have at most %d origins", maxOrigins)
	}
	for _, origin := range in.Origins {
		if !web.IsOrigin(origin) {
			return web.Invalid("invalid_origin", "origins", "an origin must be what browsers send, such as https://market.example.com, in small letters, without a path and a default port (http only for a loopback address)")
		}
	}
	return nil
}

func (n face) origins(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	return n.sendOrigins(c, who)
}

func (n face) sendOrigins(c *gin.Context, who deal.Caller) error {
	found, err := n.Origins.Origins(c.Request.Context(), who.Community())
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, heldOrigins{orNone(found)})
}

func (n face) saveOrigins(c *gin.Context, who deal.Caller) error {
	staff, err := operator(who)
	if err != nil {
		return err
	}
	var in newOrigins
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	by, err := n.by(c, staff, in.Reason)
	if err := fault.All(in.check(), err); err != nil {
		return err
	}
	slices.Sort(in.Origins)
	if err := n.Origins.SaveOrigins(c.Request.Context(), who.Community(), slices.Compact(in.Origins), by); err != nil {
		return err
	}
	return n.sendOrigins(c, who)
}
