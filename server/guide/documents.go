package guide

import (
	"context"
	_ "embed"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/look"
	"github.com/handsel-dev/handsel/server/web"
)

// script moves the focus by keys, shows what is found while one types, and copies blocks. Everything works without it.
//
//go:embed docs.js
var script string

// The script stands in each page of a document, named in the policy by its hash. It asks this server alone.
var (
	scripted     = "<script>" + script + "</script>"
	scriptPolicy = look.Policy("script-src '"+look.Hash(script)+"'", "connect-src 'self'")
)

// documented are the faces of the contents, which is refused as it was when programs read it, and of the documents. routes are
// all of the server.
func documented(routes func() []web.Route) []web.Face {
	made := sync.OnceValues(func() (map[string][]byte, error) { return bound(routes()) })
	kept := func(path func(*gin.Context) string) web.Handler {
		return func(c *gin.Context, _ web.Route) error {
			pages, err := made()
			if err != nil {
				return err
			}
			page, ok := pages[path(c)]
			if !ok {
				return fault.New(fault.NotFound, "route_not_found", "there is no such document here")
			}
			open(c)
			c.Data(http.StatusOK, html+"; charset=utf-8", page)
			return nil
		}
	}
	route := func(path, name, summary string, serve web.Handler) web.Route {
		return web.Route{Method: http.MethodGet, Path: path, Access: web.Public, Name: name, Summary: summary, AnyQuery: true, Answer: web.Media(html), Serve: serve}
	}
	list := route(Documents, "operations.getDocs", "Show the contents of the documents", kept(func(*gin.Context) string { return Documents }))
	return []web.Face{{Tag: "pages", Routes: []web.Route{list}}, {Tag: "pages", Under: []string{Documents + "/"}, Refusal: web.RefusingPage("DocumentPage", lost), Routes: []web.Route{
		route(Documents+"/calls", "pages.listCalls", "Show all calls of this server", kept(func(*gin.Context) string { return Documents + "/calls" })),
		route(Documents+"/search", "pages.searchDocuments", "Search the documents, and the calls", search(routes)),
		route(Documents+"/{document}", "pages.showDocument", "Show a document", kept(func(c *gin.Context) string { return Documents + "/" + c.Param("document") })),
		route(Documents+"/processes/{document}", "pages.showProcess", "Show the states and steps of a process", kept(func(c *gin.Context) string { return Documents + "/processes/" + c.Param("document") })),
	}}}
}

// open lets the script of a page run.
func open(c *gin.Context) {
	private(c)
	c.Header("Content-Security-Policy", scriptPolicy)
}

func lost(c *gin.Context, f *fault.Error) (status int, body []byte) {
	private(c)
	return look.Refuse(c, f, look.Refusal{Title: "Documents", Back: Documents, Way: "All documents"})
}

// bound are the pages of all documents, by their paths.
func bound(routes []web.Route) (map[string][]byte, error) {
	all, err := library()
	if err != nil {
		return nil, err
	}
	pages := map[string][]byte{}
	page := func(path, title string, body templ.Component) {
		if err == nil {
			pages[path], err = look.Page(context.Background(), framed(title), body)
		}
	}
	page(Documents, "Documents", contents(all))
	page(Documents+"/calls", "Calls", calls(all, grouped(routes)))
	for _, d := range all {
		page(d.Path(), d.Title, read(all, d))
	}
	return pages, err
}

func framed(title string) look.Frame {
	return look.Frame{Title: title, Sentence: title, Bar: bar("")}
}

// group is the calls that are about one thing.
type group struct {
	Name   string
	Routes []web.Route
}

func grouped(routes []web.Route) []group {
	var groups []group
	for _, r := range routes {
		name := r.About()
		at := slices.IndexFunc(groups, func(g group) bool { return g.Name == name })
		if at < 0 {
			at, groups = len(groups), append(groups, group{Name: name})
		}
		groups[at].Routes = append(groups[at].Routes, r)
	}
	slices.SortFunc(groups, func(a, b group) int { return strings.Compare(a.Name, b.Name) })
	return groups
}
