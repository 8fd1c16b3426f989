package server

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/exchange"
)

// rulesIn are a community's rules for traders; members that are left out have their
// defaults.
type rulesIn struct {
	exchange.Rules
	Reason *string `json:"reason"`
}

// rulesRoutes read and write what a community asks of its traders.
func (n native) rulesRoutes() []Route {
	if n.Config.Exchange == nil {
		return nil
	}
	const path = "/v1/community/exchange-rules"
	return []Route{
		{http.MethodGet, path, Operating, "", n.rules},
		{http.MethodPut, path, Operating, "", n.saveRules},
	}
}

func (n native) rules(c *gin.Context, who caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	r, err := n.Config.Exchange.Trading.Rules(c.Request.Context(), who.community())
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
	if err := n.Config.Exchange.Trading.SaveRules(c.Request.Context(), who.community(), who.actor.ID, in.Rules, *in.Reason); err != nil {
		return err
	}
	return send(c, http.StatusOK, in.Rules)
}
