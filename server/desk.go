package server

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
	// Calendar knows the listings; default: those that are kept here, if any are.
	Calendar  Calendar
	Mode      apikey.Mode // of keys that are taken; empty: both
	NoDevKeys bool
}

// dealKit is what the faces of deals share: who calls, and commands that are carried
// out once. It is safe for concurrent use.
type dealKit struct {
	*webKit
	Services
	keys     *Limiter // requests by key
	refusals *Limiter // lines in the audit log of what a key may not do
	used     *used    // keys, until that is stored
}

func newDealKit(k *webKit, s Services, kept *listings.Service) *dealKit {
	if s.Calendar == nil && kept != nil {
		s.Calendar = keptListings{kept}
	}
	s.Calendar = cmp.Or[Calendar](s.Calendar, noListings{})
	d := &dealKit{webKit: k, Services: s, keys: k.Limit("keys", 200, 400), refusals: newRefusals(), used: newUsed()}
	k.Waiting = d.waiting
	return d
}

// waiting answers an act that needs a second person.
func (k *dealKit) waiting(err error) (status int, body []byte, waits bool) {
	var a *orchestrator.AwaitsApproval
	if !errors.As(err, &a) {
		return 0, nil, false
	}
	status, body = k.renderApproval(a.Approval)
	return status, body, true
}

// Backend lets a backend with an API key in: authenticate, limit, check the scope and
// the idempotency key, call.
func (k *dealKit) Backend(call func(*gin.Context, caller) error) Handler {
	return func(c *gin.Context, r Route) error {
		who, err := k.admit(c, r)
		if err = untouched(err); err == nil {
			err = call(c, who)
		}
		if err != nil {
			k.refused(c, who, r.Access == Operating || who.actor.Kind == process.Staff, err)
		}
		return err
	}
}

func (k *dealKit) admit(c *gin.Context, r Route) (caller, error) {
	who, err := k.authenticate(c)
	if err != nil {
		return who, err
	}
	who.known(c)
	limit := k.withinLimit(k.keys, who.key.ID)
	k.announce(c, k.keys, who.key.ID)
	if limit != nil {
		return who, limit
	}
	if !who.key.May(apikey.Scope(r.Access)) {
		return who, fault.New(fault.Forbidden, "missing_scope", "this needs an API key with the scope %s", r.Access).With("scope", string(r.Access))
	}
	if who.actor.Kind == process.Staff {
		if err := k.Engine.CheckOperator(c.Request.Context(), who.community(), who.actor.ID, false); err != nil {
			return who, err
		}
	}
	query, err := r.query(c.Request.URL)
	if err != nil {
		return who, err
	}
	if who.dryRun, err = wantsDryRun(query); err != nil || who.dryRun {
		return who, err // which uses no key up
	}
	if r.Keying != "" {
		who.idempotencyKey, err = idempotencyKey(c.Request.Header, r.Keying)
	}
	return who, err
}

// AlsoAnswered are the answers that many routes of deals may give.
func AlsoAnswered() Shapes { return Shapes{Preview: is[previewOut](), Waiting: is[approvalOut]()} }
