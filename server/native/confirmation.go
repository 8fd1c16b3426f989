package native

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

func (n face) confirmationRoutes() []web.Route {
	if n.Terms == nil {
		return nil
	}
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/community/confirmation", Access: web.Operating,
			Summary: "Read when deals are confirmed automatically", Answer: web.JSON[confirmation](),
			Serve: n.Backend(n.confirmation),
		},
		{
			Method: http.MethodPut, Path: "/v1/community/confirmation", Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "Replace when deals are confirmed automatically", Body: web.JSON[confirmationIn](), Answer: web.JSON[confirmation](),
			Serve: n.Kept(n.saveConfirmation),
		},
	}
}

// confirmation is after how many days a paid deal is confirmed where the call that opens it
// does not say. null leaves it to each process: GET /v1/processes tells its days.
type confirmation struct {
	Days *int64 `json:"automatic_confirmation_after_days"`
}

// confirmationIn is the body of PUT /v1/community/confirmation. A person must say why.
type confirmationIn struct {
	confirmation
	Reason string `json:"reason"`
}

func (n face) confirmation(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	t, err := n.Terms.DealTerms(c.Request.Context(), who.Community())
	if err != nil {
		return err
	}
	var out confirmation
	if days := int64(t.ConfirmAfterDays); days > 0 {
		out.Days = &days
	}
	return web.Send(c, http.StatusOK, out)
}

// saveConfirmation replaces the days for deals that are opened from now on.
func (n face) saveConfirmation(c *gin.Context, who deal.Caller) error {
	staff, err := operator(who)
	if err != nil {
		return err
	}
	var in confirmationIn
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	by, err := n.by(c, staff, in.Reason)
	if err := fault.All(web.OptionalWhole("automatic_confirmation_after_days", in.Days, 1, orchestrator.MaxConfirmDays, "invalid_confirm_after_days"), err); err != nil {
		return err
	}
	days := 0
	if in.Days != nil {
		days = int(*in.Days)
	}
	if err := n.Terms.SaveConfirmDays(c.Request.Context(), who.Community(), days, by); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, in.confirmation)
}
