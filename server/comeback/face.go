// Package comeback is where people come back to from the login of a gateway.
package comeback

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/languages"
	"github.com/handsel-dev/handsel/server/look"
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
	private(c)
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

// private keeps the answer, whose address has a code in it, from being kept, framed or named to
// the next page.
func private(c *gin.Context) {
	look.Private(c, "no-referrer")
	languages.Read(c)
}

func refuse(c *gin.Context, f *fault.Error) (status int, body []byte) {
	private(c)
	ctx := c.Request.Context()
	return look.Refuse(c, f, look.Refusal{
		Language: languages.Language(ctx), Title: languages.Say(ctx, "Log in"), Sentence: languages.Refusal(ctx, f.Reason), Back: c.GetString(againKey), Way: languages.Say(ctx, "Back to the marketplace"),
	})
}
