package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// manual is the description of a server's own routes, in both forms.
type manual struct {
	spec, page []byte
}

// manual lists the routes of the description.
func (s *Server) manual() []Route {
	return []Route{
		{http.MethodGet, "/openapi.yaml", Public, "", s.showSpec},
		{http.MethodGet, "/docs", Public, "", s.showDocs},
	}
}

func newManual(routes []Route) (manual, error) {
	page, err := docsPage(routes)
	return manual{yaml(describe(routes)), page}, err
}

func (s *Server) showSpec(c *gin.Context, _ caller) error {
	d, err := s.description()
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, "application/yaml", d.spec)
	return nil
}

func (s *Server) showDocs(c *gin.Context, _ caller) error {
	d, err := s.description()
	if err != nil {
		return err
	}
	c.Header("Content-Security-Policy", "default-src 'none'; style-src '"+docsStyleHash()+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	c.Header("Referrer-Policy", "no-referrer")
	c.Data(http.StatusOK, "text/html; charset=utf-8", d.page)
	return nil
}

const docsStyle = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse;width:100%}td{padding:.2rem .6rem .2rem 0;vertical-align:top}code{font-size:.9em}td:first-child{width:4.5rem}`

// docsStyleHash lets the page's own style through its content security policy.
func docsStyleHash() string {
	sum := sha256.Sum256([]byte(docsStyle))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

var docsTemplate = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Handsel API</title><style>` + docsStyle + `</style></head>
<body><h1>Handsel API</h1><p>{{.Text}}</p><p>The whole description: <a href="/openapi.yaml">openapi.yaml</a> (OpenAPI 3.1).</p>
{{range .Groups}}<h2 id="{{.Name}}">{{.Name}}</h2><table>
{{range .Routes}}<tr><td><code>{{.Method}}</code></td><td><code>{{.Path}}</code></td><td>{{.Summary}}</td><td>{{.Access}}</td></tr>
{{end}}</table>{{end}}</body></html>
`))

type docsRoute struct{ Method, Path, Summary, Access string }

type docsGroup struct {
	Name   string
	Routes []docsRoute
}

// docsPage lists all routes by what they are about. It needs nothing from elsewhere.
func docsPage(routes []Route) ([]byte, error) {
	lines := operations()
	var groups []docsGroup
	for _, r := range routes {
		name := tagOf(r.Path)
		at := slices.IndexFunc(groups, func(g docsGroup) bool { return g.Name == name })
		if at < 0 {
			at, groups = len(groups), append(groups, docsGroup{Name: name})
		}
		row := docsRoute{r.Method, r.Path, lines[r.Method+" "+r.Path].summary, string(r.Access)}
		groups[at].Routes = append(groups[at].Routes, row)
	}
	slices.SortFunc(groups, func(a, b docsGroup) int { return strings.Compare(a.Name, b.Name) })
	var page bytes.Buffer
	err := docsTemplate.Execute(&page, struct {
		Text   string
		Groups []docsGroup
	}{apiText, groups})
	return page.Bytes(), err
}
