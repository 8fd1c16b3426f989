package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
)

// manual describes the routes of a server, in two forms. It is made for whoever asks
// for it first.
type manual struct {
	spec, page []byte
}

// Manual is the face that describes all others, and itself.
func Manual(also Shapes, words func() (Words, error), others ...Face) Face {
	var m func() (manual, error)
	show := func(send func(*gin.Context, manual)) Handler {
		return func(c *gin.Context, _ Route) error {
			d, err := m()
			if err == nil {
				send(c, d)
			}
			return err
		}
	}
	own := Face{Tag: "operations", Routes: []Route{
		{Method: http.MethodGet, Path: "/openapi.yaml", Access: Public, Name: "operations.getDescription", Summary: "Read this description", AnyQuery: true, Answer: Media("application/yaml"), Serve: show(showSpec)},
		{Method: http.MethodGet, Path: "/docs", Access: Public, Summary: "Read this description as a page", AnyQuery: true, Answer: Media("text/html"), Serve: show(showDocs)},
	}}
	all := Listed(append(slices.Clone(others), own)...)
	m = sync.OnceValues(func() (manual, error) { return newManual(all, also, words) })
	return own
}

func newManual(routes []Route, also Shapes, words func() (Words, error)) (manual, error) {
	page, err := docsPage(routes)
	if err != nil {
		return manual{}, err
	}
	all, err := words()
	if err != nil {
		return manual{}, err
	}
	spec, err := yaml(describe(routes, also, all))
	return manual{spec, page}, err
}

func showSpec(c *gin.Context, d manual) { c.Data(http.StatusOK, "application/yaml", d.spec) }

func showDocs(c *gin.Context, d manual) {
	c.Header("Content-Security-Policy", "default-src 'none'; style-src '"+docsStyleHash()+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	c.Header("Referrer-Policy", "no-referrer")
	c.Data(http.StatusOK, "text/html; charset=utf-8", d.page)
}

const docsStyle = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse;width:100%}td{padding:.2rem .6rem .2rem 0;vertical-align:top}code{font-size:.9em}td:first-child{width:4.5rem}`

// docsStyleHash lets the page's own style through its content security policy.
func docsStyleHash() string {
	sum := sha256.Sum256([]byte(docsStyle))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

type docsRoute struct{ Method, Path, Summary, Access string }

type docsGroup struct {
	Name   string
	Routes []docsRoute
}

// docsPage lists all routes by what they are about. It needs nothing from elsewhere.
func docsPage(routes []Route) ([]byte, error) {
	var groups []docsGroup
	for _, r := range routes {
		name := r.tag()
		at := slices.IndexFunc(groups, func(g docsGroup) bool { return g.Name == name })
		if at < 0 {
			at, groups = len(groups), append(groups, docsGroup{Name: name})
		}
		row := docsRoute{r.Method, r.Path, r.Summary, string(r.Access)}
		groups[at].Routes = append(groups[at].Routes, row)
	}
	slices.SortFunc(groups, func(a, b docsGroup) int { return strings.Compare(a.Name, b.Name) })
	var page bytes.Buffer
	err := docs(apiText, groups).Render(context.Background(), &page)
	return page.Bytes(), err
}
