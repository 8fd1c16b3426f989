package portal

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/web"
)

//go:embed pages.html
var source string

//go:embed portal.css
var style string

// pages are all pages. Their style stands in each, named in the policy by its hash, so that nothing
// else is asked of this server or of another.
var pages = template.Must(template.New("").Funcs(template.FuncMap{"when": when, "list": func(all []string) string { return strings.Join(all, ", ") }}).Parse(strings.Replace(source, "/* style */", style, 1)))

var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}()

// private keeps a page from being kept, framed, looked into or named to others. Forms still say which page
// they come from: browsers without Sec-Fetch-Site are held to that.
func private(c *gin.Context) {
	c.Header("Content-Security-Policy", policy)
	c.Header("X-Frame-Options", "DENY")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Referrer-Policy", "same-origin")
	c.Header("Cross-Origin-Opener-Policy", "same-origin")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Robots-Tag", "noindex")
}

// frame is a page: one sentence that answers first, and then what it is about.
type frame struct {
	Title    string
	Sentence string
	Name     string    // of the marketplace
	Until    time.Time // when the visit ends; zero: there is none
	Now      time.Time
	Body     any
}

func send(c *gin.Context, name string, f frame) error {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, f); err != nil {
		return err
	}
	c.Data(http.StatusOK, "text/html; charset=utf-8", b.Bytes())
	return nil
}

// page sends a page to a visitor.
func (f face) page(v visit, name string, p frame) error {
	var err error
	if p.Name, err = f.Name(v.Request.Context(), v.Community); err != nil {
		return err
	}
	p.Until, p.Now = v.Until, f.Now()
	return send(v.Context, name, p)
}

func refuse(c *gin.Context, f *fault.Error) (status int, body []byte) {
	private(c)
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, "refused", frame{Title: "This did not work", Sentence: sentence(f.Message), Body: f.Reason}); err != nil {
		return http.StatusInternalServerError, nil
	}
	return web.StatusOf(f), b.Bytes()
}

// sentence makes one of a fault's message.
func sentence(message string) string {
	return strings.ToUpper(message[:min(1, len(message))]) + message[min(1, len(message)):] + "."
}

// when writes a time as people and copies need it.
func when(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
