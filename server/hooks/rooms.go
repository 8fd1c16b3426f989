// Package hooks has the rooms in which people look after the webhook endpoints of a community: the portal and the console
// lead there. Who lets people in says where the rooms are, who they are, and how a page is framed. What they do goes through the same
// desk as the routes of /v1/webhook-endpoints.
//
// Reading a page changes nothing.
package hooks

import (
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/languages"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// Rooms are the pages; all parts are required.
type Rooms struct {
	Desk *outbound.Desk
	Log  events.Log
	IDs  publicid.Codec
	// Home is the path of the list. Endpoints are at Home/endpoints, the events at Home/events.
	Home string
}

// Visit is a request of somebody who was let in.
type Visit struct {
	*gin.Context
	Community int64
	By        orchestrator.By // who changes something, and why
	Manner
	// Show frames a page and sends it.
	Show func(title, sentence string, body templ.Component) error
}

// Manner is how somebody may use the rooms.
type Manner struct {
	May   bool // change something, or send
	Asks  bool // forms ask for the reason of a change
	Quiet bool // who looks does not read what people write: what an endpoint answered, which may be the event, is not shown
}

// say is a text in the language of the visitor.
func (v Visit) say(text string, args ...any) string {
	return languages.Say(v.Request.Context(), text, args...)
}

func (r Rooms) endpoints() string { return r.Home + "/endpoints" }

func (r Rooms) path(id int64) string { return r.endpoints() + "/" + r.IDs.Seal(publicid.Endpoint, id) }

// When writes a time as people and copies need it.
func When(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
