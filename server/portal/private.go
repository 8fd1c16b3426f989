package portal

import (
	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/hooks"
	"github.com/handsel-dev/handsel/server/languages"
	"github.com/handsel-dev/handsel/server/look"
)

// private lets forms say which page they come from: browsers without Sec-Fetch-Site are held to that. It notes the
// language of who reads the page, too.
func private(c *gin.Context) {
	look.Private(c, "same-origin")
	languages.Read(c)
}

// page sends a page to a visitor.
func (f face) page(v visit, title, sentence string, body templ.Component) error {
	name, err := f.Name(v.Request.Context(), v.Community)
	if err != nil {
		return err
	}
	return look.Send(v.Context, look.Frame{Title: title, Sentence: sentence, Bar: bar(name, hooks.When(v.Until))}, body)
}

func refuse(c *gin.Context, f *fault.Error) (status int, body []byte) {
	private(c)
	ctx := c.Request.Context()
	return look.Refuse(c, f, look.Refusal{
		Language: languages.Language(ctx), Title: languages.Say(ctx, "This did not work"), Sentence: languages.Refusal(ctx, f.Reason), Nothing: languages.Say(ctx, "Nothing was changed."), Back: home, Way: languages.Say(ctx, "To the endpoints"),
	})
}
