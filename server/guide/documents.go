package guide

import (
	"context"
	_ "embed"
	"errors"
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

// script moves the focus by keys, shows what is found while one types, copies blocks, shows the code in one language and
// tries calls. All else works without it.
//
//go:embed docs.js
var script string

// The script stands in each page of a document, named in the policy by its hash. It asks this server alone.
var (
	scripted     = "<script>" + script + "</script>"
	scriptPolicy = look.Policy("script-src '"+look.Hash(script)+"'", "connect-src 'self'")
)

// documented are the faces of the contents, which is refused as it was when programs read it, and of the documents. routes are
// all of the server. key is what calls are tried with, for development: only who asks by a name of this machine is shown it.
func documented(routes func() []web.Route, key func() string) []web.Face {
	kept := func(key func() string) func(string) ([]byte, bool, error) {
		made := sync.OnceValues(func() (map[string][]byte, error) { return bound(routes(), key()) })
		return func(path string) ([]byte, bool, error) {
			pages, err := made()
			page, ok := pages[path]
			return page, ok, err
		}
	}
	open := kept(func() string { return "" })
	here := open
	if key != nil {
		here = kept(key)
	}
	serve := func(path func(*gin.Context) string) web.Handler {
		return func(c *gin.Context, _ web.Route) error {
			find := open
			if local(c.Request.Host) && !forwarded(c.Request.Header) {
				find = here
			}
			page, ok, err := find(path(c))
			if err == nil && !ok {
				err = fault.New(fault.NotFound, "route_not_found", "there is no such document here")
			}
			if err == nil {
				scripts(c)
				c.Data(http.StatusOK, html+"; charset=utf-8", page)
			}
			return err
		}
	}
	route := func(path, name, summary string, serve web.Handler) web.Route {
		return web.Route{Method: http.MethodGet, Path: path, Access: web.Public, Name: name, Summary: summary, AnyQuery: true, Answer: web.Media(html), Serve: serve}
	}
	list := route(Documents, "operations.getDocs", "Show the contents of the documents", serve(func(*gin.Context) string { return Documents }))
	return []web.Face{{Tag: "pages", Routes: []web.Route{list}}, {Tag: "pages", Under: []string{Documents + "/"}, Refusal: web.RefusingPage("DocumentPage", lost), Routes: []web.Route{
		route(Documents+"/calls", "pages.listCalls", "Show all calls of this server", serve(func(*gin.Context) string { return Documents + "/calls" })),
		route(Documents+"/search", "pages.searchDocuments", "Search the documents, and the calls", search(routes)),
		route(Documents+"/{document}", "pages.showDocument", "Show a document", serve(func(c *gin.Context) string { return Documents + "/" + c.Param("document") })),
		route(Calls+"/{subject}", "pages.showCalls", "Show the calls about one thing, and let one try them", serve(func(c *gin.Context) string { return Calls + "/" + c.Param("subject") })),
		route(Documents+"/processes/{document}", "pages.showProcess", "Show the states and steps of a process", serve(func(c *gin.Context) string { return Documents + "/processes/" + c.Param("document") })),
	}}}
}

// scripts lets the script of a page run.
func scripts(c *gin.Context) {
	private(c)
	c.Header("Content-Security-Policy", scriptPolicy)
}

func lost(c *gin.Context, f *fault.Error) (status int, body []byte) {
	private(c)
	return look.Refuse(c, f, look.Refusal{Title: "Documents", Back: Documents, Way: "All documents"})
}

// bound are the pages of all documents, by their paths.
func bound(routes []web.Route, key string) (map[string][]byte, error) {
	all, err := library()
	m, also := written(routes)
	if err = errors.Join(err, also); err != nil {
		return nil, err
	}
	pages := map[string][]byte{}
	page := func(path, title string, body templ.Component) {
		if err == nil {
			pages[path], err = look.Page(context.Background(), framed(title), body)
		}
	}
	page(Documents, "Documents", contents(all, m))
	page(Documents+"/calls", "Calls", calls(m, grouped(routes)))
	for _, d := range all {
		page(d.Path(), d.Title, read(all, d))
	}
	for _, s := range m.subjects {
		page(Calls+"/"+s.Slug, s.Title, subject(m, s, key))
	}
	page(Calls+"/"+objects, "Objects and codes", types(m))
	return pages, err
}

// heading is a place of a page.
type heading struct{ ID, Title string }

// headings are those of the parts of a document.
func headings(d document) (all []heading) {
	for _, s := range d.Sections {
		if s.Level == 2 {
			all = append(all, heading{s.ID, s.Title})
		}
	}
	return all
}

// called are the headings of the calls about something, and of their objects.
func called(s matter) (all []heading) {
	for _, c := range s.Calls {
		all = append(all, heading{c.Operation, c.Title})
	}
	for _, o := range s.own {
		all = append(all, heading{o.Name, o.Name})
	}
	return all
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
