package portal

import (
	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/hooks"
	"github.com/handsel-dev/handsel/server/look"
)

// private lets forms say which page they come from: browsers without Sec-Fetch-Site are held to that. It notes the
// language of who reads the page, too.
func private(c *gin.Context) {
	look.Private(c, "same-origin")
	hooks.Read(c)
}

// page sends a page to a visitor.
func (f face) page(v visit, title, sentence string, body templ.Component) error {
	name, err := f.Name(v.Request.Context(), v.Community)
	if err != nil {
		return err
	}
	return look.Send(v.Context, look.Frame{Language: hooks.Language(v.Request.Context()), Title: title, Sentence: sentence, Bar: bar(name, hooks.When(v.Until)), Skip: hooks.Say(v.Request.Context(), "To the content")}, body)
}

func refuse(c *gin.Context, f *fault.Error) (status int, body []byte) {
	private(c)
	ctx := c.Request.Context()
	return look.Refuse(c, f, look.Refusal{
		Language: hooks.Language(ctx), Title: hooks.Say(ctx, "This did not work"), Sentence: hooks.Refusal(ctx, f.Reason), Nothing: hooks.Say(ctx, "Nothing was changed."), Back: home, Way: hooks.Say(ctx, "To the endpoints"),
	})
}
