package native

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

func (n face) holdRoutes() []web.Route {
	if n.Holds == nil {
		return nil
	}
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/operator/holds", Access: web.Operating,
			Summary: "List what is on hold because the books do not add up", Answer: web.JSON[collection[holdOut]](),
			Serve: n.Backend(n.holds),
		},
		{
			Method: http.MethodPost, Path: "/v1/operator/holds/end", Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "End a hold; the account's balance becomes the sum of its postings", Awaits: true, Body: web.JSON[endingHold](), Status: http.StatusNoContent,
			Serve: n.Kept(n.endHold),
		},
	}
}

// holdOut is something from which nothing is paid.
type holdOut struct {
	Object string `json:"object"` // "account:available:bea:EUR", or "community" for all of it
	Reason string `json:"reason"`
}

// holds lists what is on hold.
func (n face) holds(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	if _, err := web.Parameters(c); err != nil {
		return err
	}
	found, err := n.Holds.Holds(c.Request.Context(), who.Community())
	if err != nil {
		return err
	}
	all := collection[holdOut]{Items: make([]holdOut, len(found))}
	for i, h := range found {
		all.Items[i] = holdOut{h.Object(), h.Reason}
	}
	return web.Send(c, http.StatusOK, all)
}

// endingHold is the body of POST /v1/operator/holds/end.
type endingHold struct {
	Object string `json:"object" required:"true"`
	Reason string `json:"reason" required:"later"`
}

// endHold lets go what is on hold. A person must say why.
func (n face) endHold(c *gin.Context, who deal.Caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	var in endingHold
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	by, err := n.by(c, who.Actor, in.Reason)
	h, wrong := holdOf(n.Assets, who.Community(), in.Object)
	if err := fault.All(web.Text("object", in.Object, web.MaxText), err, wrong); err != nil {
		return err
	}
	if err := n.engine.EndHold(c.Request.Context(), h, who.Actor, by); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// holdOf reads the object of a hold.
func holdOf(known money.Assets, community int64, object string) (orchestrator.Hold, error) {
	h := orchestrator.Hold{CommunityID: community}
	if object == h.Object() {
		return h, nil
	}
	name, ok := strings.CutPrefix(object, "account:")
	at := strings.LastIndexByte(name, ':')
	if !ok || at < 0 {
		return h, web.Invalid("invalid_object", "object", "object must be one that GET /v1/operator/holds shows")
	}
	a, parsed := ledger.ParseAccount(name[:at])
	code, err := deal.Unit(known, "object", name[at+1:])
	if cmp.Or(parsed, err) != nil {
		return h, web.Invalid("invalid_object", "object", "object must be one that GET /v1/operator/holds shows")
	}
	h.Account, h.Currency = a, money.Currency(code)
	return h, nil
}
