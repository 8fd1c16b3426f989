package native

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

const endpointPath = "/v1/webhook-endpoints/{id}"

func (n face) endpointRoutes() []web.Route {
	if n.Webhooks == nil {
		return nil
	}
	return []web.Route{
		{
			Method: http.MethodPost, Path: "/v1/webhook-endpoints", Access: web.Operating, Keying: web.KeyHonoured, Summary: "Create a webhook endpoint", Body: web.JSON[endpointIn](),
			Answer: web.JSON[endpointOut](), Status: http.StatusCreated, Serve: n.Kept(n.createEndpoint),
		},
		{
			Method: http.MethodGet, Path: "/v1/webhook-endpoints", Access: web.Operating, Summary: "List webhook endpoints", Answer: web.JSON[collection[endpointOut]](),
			Serve: n.Backend(n.listEndpoints),
		},
		{
			Method: http.MethodGet, Path: endpointPath, Access: web.Operating, Summary: "Read a webhook endpoint", Answer: web.JSON[endpointOut](), Serve: n.Backend(n.endpoint),
		},
		{
			Method: http.MethodPatch, Path: endpointPath, Access: web.Operating, Keying: web.KeyHonoured, Summary: "Change a webhook endpoint", Body: web.JSON[endpointChange](), Answer: web.JSON[endpointOut](),
			Serve: n.Kept(n.changeEndpoint),
		},
		{
			Method: http.MethodDelete, Path: endpointPath, Access: web.Operating, Keying: web.KeyHonoured, Summary: "Delete a webhook endpoint", Query: []string{"reason"}, Status: http.StatusNoContent,
			Serve: n.Kept(n.deleteEndpoint),
		},
		{
			Method: http.MethodPost, Path: endpointPath + "/rotate-secret", Access: web.Operating, Keying: web.KeyHonoured, Summary: "Give a webhook endpoint a new secret", Body: web.JSON[secretRotation](),
			Answer: web.JSON[endpointOut](), Serve: n.Kept(n.rotateSecret),
		},
		{
			Method: http.MethodPost, Path: endpointPath + "/enable", Access: web.Operating, Keying: web.KeyHonoured, Summary: "Enable a webhook endpoint", Body: web.JSON[endpointEnabling](), Answer: web.JSON[endpointOut](),
			Serve: n.Kept(n.enableEndpoint),
		},
		{
			Method: http.MethodPost, Path: endpointPath + "/disable", Access: web.Operating, Keying: web.KeyHonoured, Summary: "Disable a webhook endpoint", Body: web.JSON[endpointReason](), Answer: web.JSON[endpointOut](),
			Serve: n.Kept(n.disableEndpoint),
		},
		{
			Method: http.MethodPost, Path: endpointPath + "/test", Access: web.Operating, Keying: web.KeyHonoured, Summary: "Send a test event to a webhook endpoint", Body: web.JSON[endpointReason](), Answer: web.JSON[outbound.Attempt](),
			Serve: n.Apart(n.testEndpoint),
		},
	}
}

// endpointIn is the body of POST /v1/webhook-endpoints. Only the URL has no default.
type endpointIn struct {
	URL         string   `json:"url" required:"true"`
	Types       []string `json:"types"`       // names, "noun.*" or "*"; default all
	Payload     string   `json:"payload"`     // full, thin
	Signature   string   `json:"signature"`   // hmac-sha256, ed25519
	APIVersion  string   `json:"api_version"` // default the newest
	Description string   `json:"description"`
	Reason      string   `json:"reason"` // needed from a person
}

// endpointChange changes the members that it has.
type endpointChange struct {
	URL         *string   `json:"url"`
	Types       *[]string `json:"types"`
	Payload     *string   `json:"payload"`
	APIVersion  *string   `json:"api_version"`
	Description *string   `json:"description"`
	Reason      string    `json:"reason"` // needed from a person
}

// secretRotation says for how long the old secret is valid beside the new one; default a day.
type secretRotation struct {
	OldValidSeconds *int64 `json:"old_valid_seconds"`
	Reason          string `json:"reason"` // needed from a person
}

// endpointEnabling says where an endpoint goes on: where it stopped, or "now".
type endpointEnabling struct {
	From   string `json:"from"`
	Reason string `json:"reason"` // needed from a person
}

type endpointReason struct {
	Reason string `json:"reason"` // needed from a person
}

// endpointOut is where a marketplace has its events sent.
type endpointOut struct {
	ID             string     `json:"id"`
	URL            string     `json:"url"`
	Types          []string   `json:"types"`
	Payload        string     `json:"payload"`
	Signature      string     `json:"signature"`
	APIVersion     string     `json:"api_version"`
	Description    string     `json:"description"`
	Status         string     `json:"status"`          // enabled, disabled
	DisabledReason *string    `json:"disabled_reason"` // by_staff, gone, failing
	Secret         *string    `json:"secret"`          // whsec_…, only when it was made or rotated; of ed25519 the public key, whpk_…, always
	Position       int64      `json:"position"`        // the number of the event up to which it has all
	FailingSince   *time.Time `json:"failing_since"`   // when it failed first since the last delivery
	CreatedAt      time.Time  `json:"created_at"`
	UpdatedAt      time.Time  `json:"updated_at"`
}

func (n face) showEndpoint(e outbound.Endpoint, fresh bool) endpointOut {
	out := endpointOut{
		ID: n.IDs.Seal(publicid.Endpoint, e.ID), URL: e.URL, Types: e.Types, Payload: string(e.Payload), Signature: string(e.Signature), APIVersion: e.APIVersion,
		Description: e.Description, Status: string(e.Status), DisabledReason: web.OptionalText(string(e.Reason)), Position: e.Position,
		FailingSince: web.OptionalTime(e.FailingSince), CreatedAt: e.CreatedAt.UTC(), UpdatedAt: e.UpdatedAt.UTC(),
	}
	if len(e.Secrets) > 0 && (fresh || e.Signature == outbound.Asymmetric) {
		out.Secret = web.OptionalText(e.Secrets[0].Reveal())
	}
	return out
}

func (n face) sendEndpoint(c *gin.Context, status int, e outbound.Endpoint, fresh bool, err error) error {
	if err != nil {
		return err
	}
	return web.Send(c, status, n.showEndpoint(e, fresh))
}

// endpointByStaff is the endpoint in the path, and who asks.
func (n face) endpointByStaff(c *gin.Context, who deal.Caller) (id int64, err error) {
	if _, err := operator(who); err != nil {
		return 0, err
	}
	if id, err = n.IDs.Open(publicid.Endpoint, c.Param("id")); err != nil {
		err = deal.EndpointNotFound()
	}
	return id, err
}

// endpointBody reads a body, and who says why. checks are those of its other members.
func (n face) endpointBody(c *gin.Context, who deal.Caller, in any, reason *string, checks ...func() error) (id int64, by orchestrator.By, err error) {
	staff, err := operator(who)
	if err != nil {
		return 0, by, err
	}
	if _, err = n.ReadJSON(c, web.InFreeText, in); err != nil {
		return 0, by, err
	}
	by, err = n.by(c, staff, *reason)
	for _, check := range checks {
		err = fault.All(err, check())
	}
	if err != nil {
		return 0, by, err
	}
	id, err = n.endpointByStaff(c, who)
	return id, by, err
}

func (n face) createEndpoint(c *gin.Context, who deal.Caller) error {
	staff, err := operator(who)
	if err != nil {
		return err
	}
	var in endpointIn
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	wanted := outbound.Endpoint{
		CommunityID: who.Community(), URL: in.URL, Types: in.Types, Payload: outbound.Payload(in.Payload), Signature: outbound.Signature(in.Signature),
		APIVersion: in.APIVersion, Description: in.Description,
	}
	by, err := n.by(c, staff, in.Reason)
	if err := fault.All(err, n.Webhooks.Check(wanted)); err != nil {
		return err
	}
	e, err := n.Webhooks.Create(c.Request.Context(), wanted, by)
	return n.sendEndpoint(c, http.StatusCreated, e, true, err)
}

func (n face) listEndpoints(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	found, err := n.Webhooks.List(c.Request.Context(), who.Community())
	if err != nil {
		return err
	}
	all := collection[endpointOut]{Items: make([]endpointOut, len(found))}
	for i, e := range found {
		all.Items[i] = n.showEndpoint(e, false)
	}
	return web.Send(c, http.StatusOK, all)
}

func (n face) endpoint(c *gin.Context, who deal.Caller) error {
	id, err := n.endpointByStaff(c, who)
	if err != nil {
		return err
	}
	e, err := n.Webhooks.Get(c.Request.Context(), who.Community(), id)
	return n.sendEndpoint(c, http.StatusOK, e, false, err)
}

func (n face) changeEndpoint(c *gin.Context, who deal.Caller) error {
	var in endpointChange
	id, by, err := n.endpointBody(c, who, &in, &in.Reason)
	if err != nil {
		return err
	}
	e, err := n.Webhooks.Change(c.Request.Context(), who.Community(), id, by, func(e *outbound.Endpoint) {
		replace(&e.URL, in.URL)
		replace(&e.Types, in.Types)
		replace((*string)(&e.Payload), in.Payload)
		replace(&e.APIVersion, in.APIVersion)
		replace(&e.Description, in.Description)
	})
	return n.sendEndpoint(c, http.StatusOK, e, false, err)
}

// replace replaces what was sent.
func replace[T any](at, with *T) {
	if with != nil {
		*at = *with
	}
}

func (n face) deleteEndpoint(c *gin.Context, who deal.Caller) error {
	staff, err := operator(who)
	if err != nil {
		return err
	}
	query, err := web.Parameters(c, "reason")
	if err != nil {
		return err
	}
	by, err := n.by(c, staff, query["reason"])
	if err != nil {
		return err
	}
	id, err := n.endpointByStaff(c, who)
	if err != nil {
		return err
	}
	if err := n.Webhooks.Delete(c.Request.Context(), who.Community(), id, by); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func (n face) rotateSecret(c *gin.Context, who deal.Caller) error {
	var in secretRotation
	id, by, err := n.endpointBody(c, who, &in, &in.Reason, func() error {
		return web.OptionalWhole("old_valid_seconds", in.OldValidSeconds, 0, 30*24*60*60, "invalid_endpoint")
	})
	if err != nil {
		return err
	}
	seconds := int64(24 * 60 * 60)
	replace(&seconds, in.OldValidSeconds)
	e, err := n.Webhooks.Rotate(c.Request.Context(), who.Community(), id, time.Duration(seconds)*time.Second, by)
	return n.sendEndpoint(c, http.StatusOK, e, true, err)
}

func (n face) enableEndpoint(c *gin.Context, who deal.Caller) error {
	var in endpointEnabling
	id, by, err := n.endpointBody(c, who, &in, &in.Reason, func() error {
		if in.From != "" && in.From != "now" {
			return web.Invalid("invalid_endpoint", "from", `from must be "now", or left out`)
		}
		return nil
	})
	if err != nil {
		return err
	}
	e, err := n.Webhooks.Enable(c.Request.Context(), who.Community(), id, in.From == "now", by)
	return n.sendEndpoint(c, http.StatusOK, e, false, err)
}

func (n face) disableEndpoint(c *gin.Context, who deal.Caller) error {
	var in endpointReason
	id, by, err := n.endpointBody(c, who, &in, &in.Reason)
	if err != nil {
		return err
	}
	e, err := n.Webhooks.Disable(c.Request.Context(), who.Community(), id, by)
	return n.sendEndpoint(c, http.StatusOK, e, false, err)
}

func (n face) testEndpoint(c *gin.Context, who deal.Caller) error {
	var in endpointReason
	id, _, err := n.endpointBody(c, who, &in, &in.Reason)
	if err != nil {
		return err
	}
	attempt, err := n.Webhooks.Test(c.Request.Context(), who.Community(), id)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, attempt)
}
