package portal

import (
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/look"
)

// private lets forms say which page they come from: browsers without Sec-Fetch-Site are held to that. It notes the
// language of who reads the page, too.
func private(c *gin.Context) {
	look.Private(c, "same-origin")
	read(c)
}

// page sends a page to a visitor.
func (f face) page(v visit, title, sentence string, body templ.Component) error {
	name, err := f.Name(v.Request.Context(), v.Community)
	if err != nil {
		return err
	}
	return look.Send(v.Context, look.Frame{Language: language(v.Request.Context()), Title: title, Sentence: sentence, Bar: bar(name, when(v.Until)), Skip: v.say("To the content")}, body)
}

func refuse(c *gin.Context, f *fault.Error) (status int, body []byte) {
	private(c)
	ctx := c.Request.Context()
	return look.Refuse(c, f, look.Refusal{
		Language: language(ctx), Title: say(ctx, "This did not work"), Sentence: phrases[language(ctx)][string(f.Reason)], Nothing: say(ctx, "Nothing was changed."), Back: home, Way: say(ctx, "To the endpoints"),
	})
}

// when writes a time as people and copies need it.
func when(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
