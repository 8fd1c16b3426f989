package console

import (
	"context"
	"fmt"
	"net/http"

	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/server/look"
	"github.com/handsel-dev/handsel/server/web"
)

// mostOnce is how long the field of a form may be that tells it from others.
const mostOnce = 64

// once serves a page. A form that comes twice from the same page, with the same in it, does its work once: the second is led to where
// the first was, or, where the first was shown something once, is told that it was done. One that was refused may be sent again.
func (f face) once(v visit) error {
	token := v.PostForm(look.OnceField)
	if v.Request.Method != http.MethodPost || token == "" {
		return v.page.serve(v)
	}
	if err := web.Text(look.OnceField, token, mostOnce); err != nil {
		return err
	}
	forms := idempotency.Requests{Runner: f.Replies, Called: "form", Now: f.Engine.Now}
	reply, again, err := forms.Apart(v.Request.Context(), v.form(token), v.Community, func(context.Context) (int, []byte, error) {
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
