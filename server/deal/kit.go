// Package deal has what the faces of deals share: callers with an API key, commands that
// are carried out once, previews, approvals, and what a new deal takes of its listing.
//
// Every request is made with an API key, as "Authorization: Bearer hsk_…" or as
// the user name of HTTP basic authentication. The key names the community. A
// backend may say for whom it acts:
//
//	Handsel-Actor: <user id>       acts as that user, and may do what that user may
//	Handsel-Operator: <staff id>   acts as the marketplace's staff; the key needs the scope "operator"
//
// Without either the key acts as the marketplace's backend, for either side.
package deal

import (
	"cmp"
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
)

// Keys finds stored API keys.
type Keys interface {
	// FindKey finds the key with a public id (apikey.ID).
	FindKey(ctx context.Context, id string) (k apikey.Key, found bool, err error)
}

// Services are what the faces of deals ask.
type Services struct {
	Engine *orchestrator.Engine
	Keys   Keys
	IDs    publicid.Codec
	Assets money.Assets
	Audit  orchestrator.Auditor // nil: refused calls leave no line
	// Source knows the listings; default: those that are kept here, if any are.
	Source    ListingSource
	Mode      apikey.Mode // of keys that are taken; empty: both
	NoDevKeys bool
}

// Kit is what the faces of deals share: who calls, and commands that are carried
// out once. It is safe for concurrent use.
type Kit struct {
	*web.Kit
	Services
	keys     *web.Limiter // requests by key
	refusals *web.Limiter // lines in the audit log of what a key may not do
	used     *used        // keys, until that is stored
}

// NewKit makes the kit; kept is the default calendar, nil where no listing is kept.
func NewKit(k *web.Kit, s Services, kept *listings.Service) *Kit {
	if s.Source == nil && kept != nil {
		s.Source = keptListings{kept}
	}
	s.Source = cmp.Or[ListingSource](s.Source, noListings{})
	d := &Kit{Kit: k, Services: s, keys: k.Limit("keys", 200, 400), refusals: newRefusals(), used: newUsed()}
	k.Waiting = d.waiting
	return d
}

// waiting answers an act that needs a second person.
func (k *Kit) waiting(err error) (status int, body []byte, waits bool) {
	var a *orchestrator.AwaitsApproval
	if !errors.As(err, &a) {
		return 0, nil, false
	}
	status, body = k.RenderApproval(a.Approval)
	return status, body, true
}

// Backend lets a backend with an API key in: authenticate, limit, check the scope and
// the idempotency key, call.
func (k *Kit) Backend(call func(*gin.Context, Caller) error) web.Handler {
	return func(c *gin.Context, r web.Route) error {
		who, err := k.admit(c, r)
		if err = web.Untouched(err); err == nil {
			err = call(c, who)
		}
		if err != nil {
			k.Refused(c, who, r.Access == web.Operating || who.Actor.Kind == process.Staff, err)
		}
		return err
	}
}

func (k *Kit) admit(c *gin.Context, r web.Route) (Caller, error) {
	who, err := k.authenticate(c)
	if err != nil {
		return who, err
	}
	who.known(c)
	counted := who.Key.ID
	if who.Public() {
		counted += " " + web.Address(c) // the key stands in a page: whoever has it would use it up for all
	}
	limit := k.Within(k.keys, counted)
	k.Announce(c, k.keys, counted)
	if limit != nil {
		return who, limit
	}
	if !who.Key.May(apikey.Scope(r.Access)) && !(r.Published && who.Public()) {
		return who, fault.New(fault.Forbidden, "missing_scope", "this needs an API key with the scope %s", r.Access).With("scope", string(r.Access))
	}
	if who.Actor.Kind == process.Staff {
		if err := k.Engine.CheckOperator(c.Request.Context(), who.Community(), who.Actor.ID, false); err != nil {
			return who, err
		}
	}
	query, err := r.ReadQuery(c.Request.URL)
	if err != nil {
		return who, err
	}
	if who.DryRun, err = web.WantsDryRun(query); err != nil || who.DryRun {
		return who, err // which uses no key up
	}
	if r.Keying != "" {
		who.idempotencyKey, err = web.IdempotencyKey(c.Request.Header, r.Keying)
	}
	return who, err
}

// Visitor is the community of a web page that sends its publishable key where visitors may
// call; is reports whether it sends one.
func (k *Kit) Visitor(c *gin.Context) (community int64, is bool, err error) {
	text, err := presentedKey(c.Request)
	if err != nil || !apikey.Published(text) {
		return 0, false, nil
	}
	who, err := k.authenticate(c)
	if err == nil {
		who.known(c)
	}
	return who.Community(), true, err
}

// AlsoAnswered are the answers that many routes of deals may give.
func AlsoAnswered() web.Shapes {
	return web.Shapes{Preview: web.JSON[PreviewOut](), Waiting: web.JSON[ApprovalOut]()}
}
