package deal

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/web"
)

// MaxMessage is how many characters a message may have (customer's document).
const MaxMessage = 10_000

// Posting is a message to be said, and how its face shows it.
type Posting struct {
	orchestrator.SayInput
	View func(orchestrator.Message) any
}

// Post says a message under the request's idempotency key, if it has one.
func (k *Kit) Post(c *gin.Context, who Caller, body []byte, p Posting) error {
	p.RequestID = web.RequestID(c)
	render := func(m orchestrator.Message) (int, []byte) {
		body, err := json.Marshal(p.View(m), json.Deterministic(true))
		if err != nil {
			return web.RenderProblem(web.HTTPFault(c.Request, err), web.RequestID(c))
		}
		return http.StatusCreated, body
	}
	var written web.Written
	if key := who.keyOf(c, body); key != nil {
		p.Key = &orchestrator.Key{Key: *key}
		p.Render = func(m orchestrator.Message) (int, []byte) { return written.Keep(render(m)) }
	}
	said, result, err := k.Engine.Say(c.Request.Context(), p.SayInput)
	switch {
	case err != nil:
		return err
	case result.Replay != nil:
		web.Repeat(c, *result.Replay)
	default:
		written.Send(c, func() (int, []byte) { return render(said) })
	}
	return nil
}
