package console

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/handsel-dev/handsel/server/hooks"
)

// hooking leads into the rooms of webhook endpoints. What changes something says why; a test event changes nothing.
func (f face) hooking(serve func(hooks.Visit) error) func(visit) error {
	return func(v visit) error {
		reason := "a test event"
		if v.Request.Method == http.MethodPost && v.Param("act") != "test" {
			var err error
			if reason, err = givenReason(v); err != nil {
				return err
			}
		}
		return serve(hooks.Visit{
			Context: v.Context, Community: v.Community, By: f.by(v, reason), Manner: hooks.Manner{May: v.Role.May(Support), Asks: true, Quiet: !v.reads()},
			Show: func(title, sentence string, body templ.Component) error { return f.show(v, title, sentence, body) },
		})
	}
}
