package outbound

import (
	"context"
	"errors"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/pass"
)

// PassLife is how long a link to the portal waits to be opened, and then how long the visit lasts
// (issue 12, point 7). It is counted on the real clock.
const PassLife = 15 * time.Minute

// Visitor is who may look after the endpoints of a community for a while.
type Visitor struct {
	Community int64     `json:"community"`
	Actor     string    `json:"actor"` // who made the link, as in the audit log
	Until     time.Time `json:"until"`
}

// Passes let people into the portal. A link works once, and a visit ends everywhere at once. It is safe for
// concurrent use.
type Passes struct {
	Book pass.Book[Visitor]
	// Origin is where people reach this server; empty: where the request for a link came to.
	Origin string
	// Plain lets browsers send the visit without TLS; only for development.
	Plain bool
	Now   func() time.Time
}

// A link is no visit.
const (
	aLink  pass.Kind = "portal link"
	aVisit pass.Kind = "portal visit"
)

// errPass does not say what is wrong with a link: who has none learns nothing.
var errPass = fault.New(fault.Unauthenticated, "portal_link_invalid", "this link was used already, or it is older than %d minutes; ask for a new one where you got it", int(PassLife/time.Minute))

// Link makes what the end of a link to the portal is, and says until when it works.
func (p *Passes) Link(ctx context.Context, community int64, actor string) (token string, until time.Time, err error) {
	if actor == "" {
		return "", until, errors.New("outbound: a link to the portal needs an actor")
	}
	v := Visitor{Community: community, Actor: actor, Until: p.ends()}
	token, err = p.Book.Give(ctx, aLink, v, v.Until)
	return token, v.Until, err
}

func (p *Passes) ends() time.Time { return p.Now().UTC().Add(PassLife).Truncate(time.Second) }

// Open uses a link up. What it returns lets its visitor in until Until. Fault: portal_link_invalid.
func (p *Passes) Open(ctx context.Context, token string) (visit string, v Visitor, err error) {
	if v, err = known(p.Book.Take(ctx, aLink, token, p.Now())); err != nil {
		return "", v, err
	}
	v.Until = p.ends()
	visit, err = p.Book.Give(ctx, aVisit, v, v.Until)
	return visit, v, err
}

// Check reports whether a link may still be opened, without using it up. Fault: portal_link_invalid.
func (p *Passes) Check(ctx context.Context, token string) error {
	_, err := known(p.Book.Read(ctx, aLink, token, p.Now()))
	return err
}

// Visitor is who comes with what Open returned. Fault: portal_link_invalid.
func (p *Passes) Visitor(ctx context.Context, visit string) (Visitor, error) {
	return known(p.Book.Read(ctx, aVisit, visit, p.Now()))
}

// Leave ends a visit everywhere.
func (p *Passes) Leave(ctx context.Context, visit string) error {
	_, _, err := p.Book.Take(ctx, aVisit, visit, p.Now())
	return err
}

func known(v Visitor, found bool, err error) (Visitor, error) {
	if err == nil && !found {
		err = errPass
	}
	return v, err
}
