package native

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// Rules keeps what communities ask of their traders; exchange.Service does.
type Rules interface {
	Rules(ctx context.Context, community int64) (exchange.Rules, error)
	SaveRules(ctx context.Context, community int64, operator string, r exchange.Rules, reason string) error
}

// rulesIn are a community's rules for traders; members that are left out have their
// defaults.
type rulesIn struct {
	exchange.Rules
	Reason *string `json:"reason" required:"true"`
}

// rulesRoutes read and write what a community asks of its traders.
func (n face) rulesRoutes() []web.Route {
	if n.Rules == nil {
		return nil
	}
	const path = "/v1/community/exchange-rules"
	return []web.Route{
		{
			Method: http.MethodGet, Path: path, Access: web.Operating,
			Summary: "Read the rules of the exchange", Answer: web.JSON[exchange.Rules](),
			Serve: n.Backend(n.rules),
		},
		{
			Method: http.MethodPut, Path: path, Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "Replace the rules of the exchange", Body: web.JSON[rulesIn](), Answer: web.JSON[exchange.Rules](),
			Serve: n.Kept(n.saveRules),
		},
	}
}

func (n face) rules(c *gin.Context, who deal.Caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	r, err := n.Rules.Rules(c.Request.Context(), who.Community())
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, r)
}

// saveRules replaces the rules for orders that are opened from now on.
func (n face) saveRules(c *gin.Context, who deal.Caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	in := rulesIn{Rules: exchange.DefaultRules()}
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	if err := n.Rules.SaveRules(c.Request.Context(), who.Community(), who.Actor.ID, in.Rules, *in.Reason); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, in.Rules)
}
