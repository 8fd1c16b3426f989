// Package comeback is where people come back to from the login of a gateway.
package comeback

import (
	"bytes"
	"context"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/web"
)

// Logins ends logins that have begun; the engine is one.
type Logins interface {
	// FinishLogin links the account with which a user has logged in. to is where they are led,
	// as far as that is known.
	FinishLogin(ctx context.Context, b orchestrator.LoginBack) (to orchestrator.Return, err error)
}

type face struct{ logins Logins }

// Face is the face with its one route. A person reads what it answers, so it refuses with
// a page.
func Face(l Logins) web.Face {
	return web.Face{Tag: "pages", Under: []string{under}, Refusal: web.RefusingPage("LoginPage", refuse), Routes: []web.Route{{
		Method: http.MethodGet, Path: under + "{gateway}", Access: web.Public, Tag: "pages",
		Name: "pages.finishLogin", Summary: "End a seller's login at a gateway, and lead them back to the marketplace", AnyQuery: true, Status: http.StatusSeeOther,
		Serve: face{l}.back,
	}}}
}

const under = "/logins/"

// againKey is where a request keeps where its user may begin again.
const againKey = "login.again"

// back ends a login. Where the user is led was stored when it began: nothing of the query
// leads anywhere, and nothing in it says whose login it is but the state.
func (f face) back(c *gin.Context, _ web.Route) error {
	plain(c)
	query := c.Request.URL.Query()
	to, err := f.logins.FinishLogin(c.Request.Context(), orchestrator.LoginBack{
		Gateway: c.Param("gateway"), State: query.Get("state"), Code: query.Get("code"), Refused: query.Get("error"), RequestID: web.RequestID(c),
	})
	if err != nil {
		c.Set(againKey, to.Again)
		return err
	}
	c.Redirect(http.StatusSeeOther, to.Done)
	return nil
}

// plain keeps the answer, whose address has a code in it, from being kept, framed or named to
// the next page.
func plain(c *gin.Context) {
	c.Header("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	c.Header("Referrer-Policy", "no-referrer")
	c.Header("Cache-Control", "no-store")
}

var page = template.Must(template.New("login").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Log in</title></head>
<body><h1>This did not work</h1><p>{{.Text}}.</p>{{if .Again}}<p><a href="{{.Again}}">Back to the marketplace</a></p>{{end}}<p><small>{{.Reason}}</small></p></body></html>
`))

func refuse(c *gin.Context, f *fault.Error) (status int, body []byte) {
	plain(c)
	var b bytes.Buffer
	if err := page.Execute(&b, struct{ Text, Again, Reason string }{f.Message, c.GetString(againKey), string(f.Reason)}); err != nil {
		return http.StatusInternalServerError, nil
	}
	return web.StatusOf(f), b.Bytes()
}
