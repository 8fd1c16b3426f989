// Package guide has the pages for who comes with a browser and no link: the front page, the documents, and a page for
// each code of a refusal, to which the type of a problem detail leads.
package guide

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/look"
	"github.com/handsel-dev/handsel/server/web"
)

const html = "text/html"

// Faces are the front page, which refuses programs as other paths do, the pages of refusals and the documents. console tells
// whether this server has one; routes are all of the server.
func Faces(console bool, routes func() []web.Route, key func() string) []web.Face {
	return append([]web.Face{
		{Tag: "pages", Routes: []web.Route{{
			Method: http.MethodGet, Path: "/", Access: web.Public, Name: "pages.showFront", Summary: "Show a browser where to begin; for a program nothing is here",
			AnyQuery: true, Answer: web.Media(html), Serve: front(console),
		}}},
		{Tag: "pages", Under: []string{web.ErrorPages + "/"}, Refusal: web.RefusingPage("GuidePage", refuse), Routes: []web.Route{{
			Method: http.MethodGet, Path: web.ErrorPages, Access: web.Public, Name: "pages.listErrors", Summary: "Show the codes of all refusals",
			AnyQuery: true, Answer: web.Media(html), Serve: kept(look.Frame{Title: "Refusals", Sentence: "What a refusal means, and what to do next", Bar: bar("")}, list(fault.Reasons())),
		}, {
			Method: http.MethodGet, Path: web.ErrorPages + "/{code}", Access: web.Public, Name: "pages.showError", Summary: "Show what a code means, where the money is and what to do next",
			AnyQuery: true, Answer: web.Media(html), Serve: show(routes),
		}}},
	}, documented(routes, key)...)
}

// kept answers a page that never changes. It is made for whoever asks for it first.
func kept(f look.Frame, body templ.Component) web.Handler {
	made := sync.OnceValues(func() ([]byte, error) { return look.Page(context.Background(), f, body) })
	return func(c *gin.Context, _ web.Route) error {
		page, err := made()
		if err == nil {
			private(c)
			c.Data(http.StatusOK, html+"; charset=utf-8", page)
		}
		return err
	}
}

func private(c *gin.Context) { look.Private(c, "no-referrer") }

// front shows the way to who asks for a page.
func front(console bool) web.Handler {
	page := kept(look.Frame{Title: "Handsel", Sentence: "This is Handsel: it holds the money of a deal until both sides have done their part"}, links(console))
	return func(c *gin.Context, r web.Route) error {
		c.Header("Vary", "Accept")
		if !strings.Contains(c.GetHeader("Accept"), html) {
			return web.NoRoute(c, r)
		}
		return page(c, r)
	}
}

func show(routes func() []web.Route) web.Handler {
	calls := sync.OnceValues(func() (*manual, error) { return written(routes()) })
	return func(c *gin.Context, _ web.Route) error {
		all := found(c.Param("code"))
		if len(all) == 0 {
			return fault.New(fault.NotFound, "route_not_found", "there is no such code here")
		}
		m, err := calls()
		if err != nil {
			return err
		}
		private(c)
		reason := string(all[0].Meaning.Reason)
		return look.Send(c, look.Frame{Title: reason, Sentence: reason, Bar: bar("")}, page(all, m))
	}
}

func refuse(c *gin.Context, f *fault.Error) (status int, body []byte) {
	private(c)
	return look.Refuse(c, f, look.Refusal{Title: "Refusals", Back: web.ErrorPages, Way: "All codes"})
}
