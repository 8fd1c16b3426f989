// Package portal has the pages on which people look after the webhook endpoints of one community: by a
// link of POST /v1/portal-links, without an account, a script or anything from elsewhere. The rooms are those of
// package hooks.
//
// Reading a page changes nothing. A link is exchanged for a cookie by a button, since programs that look
// at links before a person does would use it up.
package portal

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/hooks"
	"github.com/handsel-dev/handsel/server/languages"
	"github.com/handsel-dev/handsel/server/look"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// Parts are what the face is made of; all are required.
type Parts struct {
	Desk   *outbound.Desk
	Passes *outbound.Passes
	Log    events.Log
	IDs    publicid.Codec
	Now    func() time.Time // the engine's clock
	// Name is what a community calls itself.
	Name func(ctx context.Context, community int64) (string, error)
}

type face struct {
	Parts
	sameSite *http.CrossOriginProtection
}

const (
	home     = "/portal"
	open     = home + "/open/{token}"
	create   = home + "/endpoints"
	one      = create + "/{id}"
	eventLog = home + "/events"
	leave    = home + "/leave"
)

// Face is the face. It refuses with pages.
func Face(p Parts) web.Face {
	f := face{p, http.NewCrossOriginProtection()}
	rooms := hooks.Rooms{Desk: p.Desk, Log: p.Log, IDs: p.IDs, Home: home}
	page := func(method, path, name, summary string, serve web.Handler) web.Route {
		r := web.Route{Method: method, Path: path, Access: web.Public, Tag: "pages", Name: "pages." + name, Summary: summary, AnyQuery: true, Answer: web.Media("text/html"), Serve: serve}
		if method == http.MethodPost {
			r.Body = web.Media(web.FormType)
		}
		return r
	}
	return web.Face{Tag: "pages", Under: []string{home, home + "/"}, Refusal: web.RefusingPage("PortalPage", refuse), Routes: []web.Route{
		page(http.MethodGet, open, "showPortalLink", "Show a person the button that opens the portal of webhooks", f.showLink),
		page(http.MethodPost, open, "openPortal", "Let a person into the portal of webhooks, once for each link", f.changing(f.open)),
		page(http.MethodPost, leave, "leavePortal", "End a visit of the portal", f.changing(f.leave)),
		page(http.MethodGet, home, "showEndpoints", "Show a visitor the webhook endpoints", f.inside(rooms.List)),
		page(http.MethodGet, eventLog, "showEvents", "Show a visitor the newest events", f.inside(rooms.Events)),
		page(http.MethodPost, create, "createEndpoint", "Create a webhook endpoint for a visitor", f.changing(f.inside(rooms.Create))),
		page(http.MethodGet, one, "showEndpoint", "Show a visitor a webhook endpoint and its deliveries", f.inside(rooms.Endpoint)),
		page(http.MethodPost, one+"/{act}", "changeEndpoint", "Change a webhook endpoint for a visitor, or send to it", f.changing(f.inside(rooms.Act))),
	}}
}

// visit is a request of somebody who was let in.
type visit struct {
	*gin.Context
	outbound.Visitor
}

// inside is a visit of the rooms.
func (f face) inside(serve func(hooks.Visit) error) web.Handler {
	return f.visiting(func(v visit) error {
		by := orchestrator.By{Actor: v.Actor, Reason: "in the portal", RequestID: web.RequestID(v.Context), At: f.Now()}
		show := func(title, sentence string, body templ.Component) error { return f.page(v, title, sentence, body) }
		return serve(hooks.Visit{Context: v.Context, Community: v.Community, By: by, Manner: hooks.Manner{May: true}, Show: show})
	})
}

// visiting lets in who has the cookie.
func (f face) visiting(serve func(v visit) error) web.Handler {
	return func(c *gin.Context, _ web.Route) error {
		private(c)
		cookie, err := c.Request.Cookie(f.cookie())
		if err != nil {
			return errNoVisit
		}
		who, err := f.Passes.Visitor(c.Request.Context(), cookie.Value)
		if err != nil {
			return err
		}
		return serve(visit{c, who})
	}
}

var errNoVisit = fault.New(fault.Unauthenticated, "portal_link_invalid", "nobody was let in here, or the visit has ended; ask for a new link where you got the last one")

// changing refuses what pages of other sites send, and reads the form.
func (f face) changing(serve web.Handler) web.Handler {
	return func(c *gin.Context, r web.Route) error {
		private(c)
		if err := f.sameSite.Check(c.Request); err != nil {
			return fault.New(fault.Forbidden, "origin_not_allowed", "only the pages of this portal may send this")
		}
		if err := web.ReadForm(c); err != nil {
			return err
		}
		return serve(c, r)
	}
}

// cookie is the name of the visit. Browsers keep one that begins with __Host- only by TLS, for this host
// and the whole of it, so no neighbour can plant one.
func (f face) cookie() string {
	if f.Passes.Plain {
		return "handsel-portal"
	}
	return "__Host-handsel-portal"
}

func (f face) setCookie(c *gin.Context, value string, seconds int) {
	http.SetCookie(c.Writer, &http.Cookie{Name: f.cookie(), Value: value, Path: "/", MaxAge: seconds, Secure: !f.Passes.Plain, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// greeting is the frame of a page for who is not let in.
func greeting(c *gin.Context, sentence string) look.Frame {
	return look.Frame{Language: languages.Language(c.Request.Context()), Title: "Webhooks", Sentence: sentence}
}

func (f face) showLink(c *gin.Context, _ web.Route) error {
	private(c)
	if err := f.Passes.Check(c.Request.Context(), c.Param("token")); err != nil {
		return err
	}
	return look.Send(c, greeting(c, languages.Say(c.Request.Context(), "You were given a link to look after webhook endpoints. It works once; the visit ends after %d minutes.", int(outbound.PassLife/time.Minute))), openPage(c.Request.URL.Path))
}

func (f face) open(c *gin.Context, _ web.Route) error {
	value, _, err := f.Passes.Open(c.Request.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	f.setCookie(c, value, int(outbound.PassLife/time.Second))
	c.Redirect(http.StatusSeeOther, home)
	return nil
}

func (f face) leave(c *gin.Context, _ web.Route) error {
	if cookie, err := c.Request.Cookie(f.cookie()); err == nil {
		if err := f.Passes.Leave(c.Request.Context(), cookie.Value); err != nil {
			return err
		}
	}
	f.setCookie(c, "", -1)
	return look.Send(c, greeting(c, languages.Say(c.Request.Context(), "The visit has ended.")), leftPage())
}
