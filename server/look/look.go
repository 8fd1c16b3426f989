// Package look is how the pages of this server look: one style, one frame that answers with a sentence
// first, and one page for what was refused. No page of it loads anything, or runs a script but one that its policy names.
package look

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/languages"
	"github.com/handsel-dev/handsel/server/web"
)

//go:embed look.css
var style string

// The style stands in each page, named in the policy by its hash, so that nothing else is asked of
// this server or of another.
var policy = Policy()

// Policy is the Content-Security-Policy of a page, with what it may do besides.
func Policy(also ...string) string {
	return strings.Join(append([]string{"default-src 'none'", "style-src '" + Hash(style) + "'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"}, also...), "; ")
}

// styled is the style as it stands in each page.
var styled = "<style>" + style + "</style>"

// besides is how many bytes a page has besides its style, as a rule: its buffer is made that large at once.
const besides = 6 << 10

// Hash names a text in a Content-Security-Policy.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Private keeps a page from being kept, framed, looked into or named to others. referrer is what its forms
// and links say of the page that they come from, as Referrer-Policy has it.
func Private(c *gin.Context, referrer string) {
	c.Header("Content-Security-Policy", policy)
	c.Header("X-Frame-Options", "DENY")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Referrer-Policy", referrer)
	c.Header("Cross-Origin-Opener-Policy", "same-origin")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Robots-Tag", "noindex")
}

// Frame is what stands around a page.
type Frame struct {
	Language string // empty: that of who reads
	Title    string
	Sentence string          // answers what most want to know
	English  bool            // the sentence is in English, whatever the rest is in
	Bar      templ.Component // above it; nil: nothing
	// Script stands in the page, and may ask this server; empty: there is none. Main is what it has to know, as attributes of the content.
	Script string
	Main   templ.Attributes
	// Once is sent with every form of the page that changes something, as OnceField, so that one that is sent twice is known; empty: nothing is.
	Once string
	Sent Sent // what a form of the page had in it when it was refused
}

// OnceField is the name of the field that tells a form that is sent twice from two forms.
const OnceField = "once"

// scripted is the policy of a page with a script, which is named by its hash: no other one runs, not even one of this server.
func (f Frame) scripted() string {
	return Policy("script-src '"+Hash(f.Script)+"'", "connect-src 'self'")
}

// Page writes a page with its frame.
func Page(ctx context.Context, f Frame, body templ.Component) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(styled) + besides)
	f.Language = cmp.Or(f.Language, languages.Language(ctx))
	err := framed(f).Render(templ.WithChildren(ctx, body), &b)
	page := b.Bytes()
	if f.Sent.Action != "" {
		page = f.Sent.into(page)
	}
	if f.Once != "" {
		page = inForms(page, `<input type="hidden" name="`+OnceField+`" value="`+templ.EscapeString(f.Once)+`">`)
	}
	return page, err
}

// inForms puts a field at the beginning of each form of a page that changes something, so that none is forgotten. What a page shows has
// no such tag: it is escaped.
func inForms(page []byte, field string) []byte {
	var all bytes.Buffer
	all.Grow(len(page) + 8*len(field))
	for {
		at := bytes.Index(page, []byte(`<form method="post"`))
		if at < 0 {
			break
		}
		at += bytes.IndexByte(page[at:], '>') + 1
		all.Write(page[:at])
		all.WriteString(field)
		page = page[at:]
	}
	all.Write(page)
	return all.Bytes()
}

// Send answers a page.
func Send(c *gin.Context, f Frame, body templ.Component) error {
	b, err := Page(c.Request.Context(), f, body)
	if err == nil {
		web.LeaveTurn(c)
		if f.Script != "" {
			c.Header("Content-Security-Policy", f.scripted())
		}
		c.Data(http.StatusOK, "text/html; charset=utf-8", b)
	}
	return err
}

// Refusal is what a page says of what was refused, besides why.
type Refusal struct {
	Language string // empty: English
	Title    string // empty: This did not work
	Sentence string // why, in that language; empty: what the fault says, in English
	Only     bool   // the sentence is all that its reader needs
	Nothing  string // that nothing was changed, where somebody may fear so
	Back     string // where one may go on; empty: nowhere
	Way      string // the words of that link
	reason   string
	detail   string // what the fault says, where the sentence is another
}

// Refuse is the status and the page of a refusal.
func Refuse(c *gin.Context, f *fault.Error, r Refusal) (status int, body []byte) {
	r.reason = string(f.Reason)
	why := sentence(f.Message)
	if r.Sentence != "" {
		r.detail, why = why, r.Sentence
	}
	if r.Only {
		r.detail = ""
	}
	body, err := Page(c.Request.Context(), Frame{Language: r.Language, Title: cmp.Or(r.Title, "This did not work"), Sentence: why, English: r.Sentence == ""}, refused(r))
	if err != nil {
		return http.StatusInternalServerError, nil
	}
	return web.StatusOf(f), body
}

// sentence makes one of a fault's message.
func sentence(message string) string {
	first := min(1, len(message))
	return strings.ToUpper(message[:first]) + message[first:] + "."
}
