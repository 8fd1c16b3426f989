// Package mailstop is where people stop a kind of e-mail, by the link in it and without
// logging in: with one click of their mail program (RFC 8058), or on a page.
package mailstop

import (
	"context"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/server/languages"
	"github.com/handsel-dev/handsel/server/look"
	"github.com/handsel-dev/handsel/server/web"
)

// Desk answers the links; notices.StopDesk is one.
type Desk interface {
	// State is how it stands with what a link is about. Fault: mail_link_invalid.
	State(ctx context.Context, token string) (notices.StopState, error)
	// Set stops it, or lets it come again. Fault: mail_link_invalid.
	Set(ctx context.Context, token string, stopped bool) (notices.StopState, error)
}

type face struct{ Desk }

// maxForm is how much of a form is read: nothing in it is needed.
const maxForm = 4 << 10

const resume = "/mail/resume/"

// Face is the face. Reading a page stops nothing: programs that look at links before a
// person does only get it.
func Face(d Desk) web.Face {
	f := face{d}
	return web.Face{Tag: "pages", Under: []string{"/mail/"}, Refusal: web.RefusingPage("MailPage", refuse), Routes: []web.Route{{
		Method: http.MethodGet, Path: notices.StopPath + "{token}", Access: web.Public, Tag: "pages",
		Name: "pages.showMailStop", Summary: "Show a person the button that stops a kind of e-mail", AnyQuery: true, Answer: web.Media("text/html"),
		Serve: f.show,
	}, {
		Method: http.MethodPost, Path: notices.StopPath + "{token}", Access: web.Public, Tag: "pages",
		Name: "pages.stopMail", Summary: "Stop a kind of e-mail, by one click (RFC 8058)", AnyQuery: true, Body: web.Media("*/*"), Answer: web.Media("text/html"),
		Serve: f.set(true),
	}, {
		Method: http.MethodPost, Path: resume + "{token}", Access: web.Public, Tag: "pages",
		Name: "pages.resumeMail", Summary: "Let a kind of e-mail come again", AnyQuery: true, Body: web.Media("*/*"), Answer: web.Media("text/html"),
		Serve: f.set(false),
	}}}
}

func (f face) show(c *gin.Context, _ web.Route) error {
	state, err := f.State(c.Request.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	return send(c, state)
}

func (f face) set(stopped bool) web.Handler {
	return func(c *gin.Context, _ web.Route) error {
		if _, err := io.Copy(io.Discard, http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)); err != nil {
			return web.BodyError(err, maxForm)
		}
		state, err := f.Set(c.Request.Context(), c.Param("token"), stopped)
		if err != nil {
			return err
		}
		return send(c, state)
	}
}

// send answers the page. Its form goes to this server only.
func send(c *gin.Context, s notices.StopState) error {
	words := said[s.Language]
	text, action, button := words.Ask, notices.StopPath+c.Param("token"), words.Stop
	if s.Stopped {
		text, action, button = words.Stopped, resume+c.Param("token"), words.Resume
	}
	private(c)
	return look.Send(c, look.Frame{Language: s.Language, Title: words.Title, Sentence: s.Marketplace}, page(text, action, button))
}

// private keeps the page, whose address is a link of one person, from being kept, framed or
// named to others.
func private(c *gin.Context) { look.Private(c, "no-referrer") }

// words are what the page says in a language.
type words struct{ Title, Ask, Stop, Stopped, Resume string }

var said = map[string]words{
	"en": {"E-mails", "Do you want no more e-mails of this kind? Receipts, and what is needed for your orders, still come.", "Stop them", "You get no more e-mails of this kind.", "Let them come again"},
	"de": {"E-Mails", "Möchten Sie keine E-Mails dieser Art mehr? Belege und was für Ihre Bestellungen nötig ist, kommen weiterhin.", "Abbestellen", "Sie erhalten keine E-Mails dieser Art mehr.", "Wieder erhalten"},
	"es": {"Correos", "¿No quiere recibir más correos de este tipo? Los justificantes y lo necesario para sus pedidos siguen llegando.", "Dejar de recibirlos", "Ya no recibirá correos de este tipo.", "Volver a recibirlos"},
}

func refuse(c *gin.Context, f *fault.Error) (status int, body []byte) {
	private(c)
	languages.Read(c) // no letter says here which language its reader has
	ctx := c.Request.Context()
	return look.Refuse(c, f, look.Refusal{Language: languages.Language(ctx), Title: languages.Say(ctx, "E-mails"), Sentence: languages.Refusal(ctx, f.Reason)})
}
