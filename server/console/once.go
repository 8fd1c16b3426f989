package console

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"

	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/server/look"
	"github.com/handsel-dev/handsel/server/web"
)

// mostOnce is how long the field of a form may be that tells it from others.
const mostOnce = 64

// once serves a page. A form that comes twice from the same page, with the same in it, does its work once: the second is led to where
// the first was, or, where the first was shown something once, is told that it was done. One that was refused may be sent again.
func (f face) once(v visit) (err error) {
	if v.Request.Method == http.MethodPost {
		defer func() {
			if page := v.sent(); err != nil && len(page) <= mostSent {
				v.Set(sentKey, page)
			}
		}()
	}
	token := v.PostForm(look.OnceField)
	if v.Request.Method != http.MethodPost || token == "" {
		return v.page.serve(v)
	}
	if err := web.Text(look.OnceField, token, mostOnce); err != nil {
		return err
	}
	forms := idempotency.Requests{Runner: f.Replies, Called: "form", Now: f.Engine.Now}
	reply, again, err := forms.Apart(v.Request.Context(), v.form(token), v.Community, func(ctx context.Context) (int, []byte, error) {
		outside := v.Request
		defer func() { v.Request = outside }()
		v.Request = outside.WithContext(ctx) // which does not end when the browser goes away
		err := v.page.serve(v)
		return v.Writer.Status(), []byte(v.Writer.Header().Get("Location")), err
	})
	switch {
	case err != nil && v.Writer.Written(): // it was done and answered; only its answer could not be kept
		return nil
	case err != nil || !again:
		return err
	case reply.Status == http.StatusSeeOther:
		v.Redirect(http.StatusSeeOther, string(reply.Body))
		return nil
	}
	return f.show(v, v.say("Done already"), v.say("This was sent twice, and was done once."), doneAlready(v.page.whence(v)))
}

// form names a form that was sent: by whom, where to, from which page, and with what in it.
func (v visit) form(token string) idempotency.Key {
	content := token + "\n" + v.Request.URL.Path + "\n" + v.Request.PostForm.Encode()
	return idempotency.Key{Scope: fmt.Sprintf("console %d %s", v.Community, v.Name), Value: pass.HashOf("console form", content), Hash: "form"}
}

// whence is the page that a form stands on.
func (p page) whence(v visit) string {
	if p.from != "" {
		return p.from
	}
	return v.Request.URL.Path
}

// sentKey is where a form that is refused keeps the page with what it had in it, and sentName is the parameter of that page.
const (
	sentKey  = "console.sent"
	sentName = "sent"
)

// mostSent is how long the address of that page may be; a server takes 32 KiB of headers. Of what is longer the browser's way back has it.
const mostSent = 24 << 10

// sent is the page that a form was sent from, with what it had in it. Browsers say which page that was.
func (v visit) sent() string {
	page := url.URL{Path: v.page.whence(v)}
	if from, err := url.Parse(v.GetHeader("Referer")); err == nil && from.Host == v.Request.Host && within(from.Path) == from.Path {
		page.Path, page.RawQuery = from.Path, from.RawQuery
	}
	fields := maps.Clone(v.Request.PostForm)
	fields.Del(look.OnceField)
	query := page.Query()
	text, err := json.Marshal(look.Sent{Action: v.Request.URL.Path, Fields: fields})
	if err != nil {
		return ""
	}
	query.Set(sentName, base64.RawURLEncoding.EncodeToString(text))
	page.RawQuery = query.Encode()
	return page.String()
}

// sentIn reads what that parameter says.
func sentIn(text string) (s look.Sent) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(raw, &s) != nil {
		return look.Sent{}
	}
	return s
}
