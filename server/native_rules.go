package server

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/exchange"
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
func (n native) rulesRoutes() []Route {
	if n.Rules == nil {
		return nil
	}
	const path = "/v1/community/exchange-rules"
	return []Route{
		{
			Method: http.MethodGet, Path: path, Access: Operating,
			Summary: "Read the rules of the exchange", Answer: is[exchange.Rules](),
			Serve: n.Backend(n.rules),
		},
		{
			Method: http.MethodPut, Path: path, Access: Operating,
			Summary: "Replace the rules of the exchange", Body: is[rulesIn](), Answer: is[exchange.Rules](),
			Serve: n.Backend(n.saveRules),
		},
	}
}

func (n native) rules(c *gin.Context, who caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	r, err := n.Rules.Rules(c.Request.Context(), who.community())
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, r)
}

// saveRules replaces the rules for orders that are opened from now on.
func (n native) saveRules(c *gin.Context, who caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	in := rulesIn{Rules: exchange.DefaultRules()}
	if _, err := n.readJSON(c, inFreeText, &in); err != nil {
		return err
	}
	if in.Reason == nil {
		return missing("reason")
	}
	if err := n.Rules.SaveRules(c.Request.Context(), who.community(), who.actor.ID, in.Rules, *in.Reason); err != nil {
		return err
	}
	return send(c, http.StatusOK, in.Rules)
}
