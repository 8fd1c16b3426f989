package web

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
)

// Pages are the web pages whose scripts may call from a browser, by their origins such as
// "https://market.example.com". Scripts of others get no answer to read, and no websocket.
// Clients that send no Origin are no browsers.
type Pages struct {
	Everywhere []string // for every community
	Local      bool     // those of this machine too, whatever their port; for development
	// Of are the communities that let an origin in. Nil: there are none.
	Of func(ctx context.Context, origin string) ([]int64, error)
}

// Page is one page's standing.
type Page struct {
	everywhere  bool
	communities []int64
}

// May reports whether the page may call a community.
func (p Page) May(community int64) bool {
	return p.everywhere || slices.Contains(p.communities, community)
}

// anywhere reports whether there is a community that it may call.
func (p Page) anywhere() bool { return p.everywhere || len(p.communities) > 0 }

// Page finds the standing of an origin. One that no community lets in is refused with
// origin_not_allowed.
func (p Pages) Page(ctx context.Context, origin string) (Page, error) {
	page := Page{everywhere: slices.Contains(p.Everywhere, origin) || p.Local && isLocal(origin)}
	if !page.everywhere && p.Of != nil && IsOrigin(origin) {
		var err error
		if page.communities, err = p.Of(ctx, origin); err != nil {
			return Page{}, err
		}
	}
	if !page.anywhere() {
		return Page{}, Stranger()
	}
	return page, nil
}

// Stranger is the refusal of a page that may not call.
func Stranger() error {
	return fault.New(fault.Forbidden, "origin_not_allowed", "pages of this origin may not call this; PUT /v1/community/origins lets them")
}

func isLocal(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	return u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
}

// IsOrigin reports whether a text is what browsers send as the origin of a page that a
// marketplace may have: https, or http of this machine.
func IsOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Hostname() == "" || strings.ToLower(text) != text || u.Scheme+"://"+u.Host != text || len(text) > MaxTitle || strings.Contains(text, "*") {
		return false
	}
	if _, port := strconv.ParseUint(u.Port(), 10, 16); port != nil && u.Port() != "" || strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) {
		return false // browsers write names that are not ASCII as xn--…
	}
	return u.Scheme == "https" && u.Port() != "443" || u.Scheme == "http" && isLocal(text) && u.Port() != "80"
}

const (
	pageKey     = "page"
	allowOrigin = "Access-Control-Allow-Origin"
	// sentByPages are the headers that a script may send, and shownToPages those of an answer that it may read.
	sentByPages  = "Authorization, Content-Type, Idempotency-Key, X-Request-Id"
	shownToPages = "Idempotent-Replayed, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
	// keptByPages is for how many seconds a browser need not ask again; our choice.
	keptByPages = "600"
)

// forPages are the methods with which scripts may call a path, by the path.
func forPages(faces []Face) map[string][]string {
	methods := map[string][]string{}
	for _, r := range Listed(faces...) {
		if r.Pages || r.Published {
			methods[ginPath(r.Path)] = append(methods[ginPath(r.Path)], r.Method)
		}
	}
	return methods
}

// showToPages lets the page that makes a request read its answer, refusals too. What does not depend on the page is
// sent whoever asks, so that no cache gives one page the answer to another.
func (k *Kit) showToPages(c *gin.Context) {
	methods, may := k.pageMethods[c.FullPath()]
	if !may {
		return
	}
	header := c.Writer.Header()
	header.Add("Vary", "Origin")
	origin := c.GetHeader("Origin")
	if origin == "" || c.Request.Method == http.MethodOptions || !slices.Contains(methods, c.Request.Method) {
		return
	}
	page, err := k.Pages.Page(c.Request.Context(), origin)
	if err != nil {
		return // a browser keeps the answer from the page
	}
	c.Set(pageKey, page)
	header.Set(allowOrigin, origin)
	header.Set("Access-Control-Expose-Headers", shownToPages)
}

// hideFromPage takes the answer away from a page that the caller's community does not let in.
func hideFromPage(c *gin.Context, community int64) {
	if page, ok := c.Get(pageKey); ok && !page.(Page).May(community) {
		c.Writer.Header().Del(allowOrigin)
	}
}

// preflight answers a browser that asks whether a page may call a path. Nobody has said yet
// for which community.
func (k *Kit) preflight(methods []string) Handler {
	return func(c *gin.Context, _ Route) error {
		header := c.Writer.Header()
		header.Add("Vary", "Access-Control-Request-Method")
		header.Add("Vary", "Access-Control-Request-Headers")
		if err := k.Within(k.preflights, Address(c)); err != nil {
			return err
		}
		origin := c.GetHeader("Origin")
		if _, err := k.Pages.Page(c.Request.Context(), origin); err != nil {
			return err
		}
		header.Set(allowOrigin, origin)
		header.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
		header.Set("Access-Control-Allow-Headers", sentByPages)
		header.Set("Access-Control-Max-Age", keptByPages)
		c.Status(http.StatusNoContent)
		c.Writer.WriteHeaderNow()
		return nil
	}
}
