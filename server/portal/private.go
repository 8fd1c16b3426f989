package portal

import (
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/look"
)

// private lets forms say which page they come from: browsers without Sec-Fetch-Site are held to that.
func private(c *gin.Context) { look.Private(c, "same-origin") }

// page sends a page to a visitor.
func (f face) page(v visit, title, sentence string, body templ.Component) error {
	name, err := f.Name(v.Request.Context(), v.Community)
	if err != nil {
		return err
	}
	return look.Send(v.Context, look.Frame{Title: title, Sentence: sentence, Bar: bar(name, when(v.Until))}, body)
}

func refuse(c *gin.Context, f *fault.Error) (status int, body []byte) {
	private(c)
	return look.Refuse(c, f, look.Refusal{Nothing: "Nothing was changed.", Back: home, Way: "To the endpoints"})
}

// when writes a time as people and copies need it.
func when(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
