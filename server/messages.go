package server

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/orchestrator"
)

// maxMessage is how many characters a message may have (customer's document).
const maxMessage = 10_000

// posting is a message to be said, and how its face shows it.
type posting struct {
	orchestrator.SayInput
	view func(orchestrator.Message) any
}

// post says a message under the request's idempotency key, if it has one.
func (k *dealKit) post(c *gin.Context, who caller, body []byte, p posting) error {
	p.RequestID = requestID(c)
	render := func(m orchestrator.Message) (int, []byte) {
		body, err := json.Marshal(p.view(m), json.Deterministic(true))
		if err != nil {
			return renderProblem(httpFault(c.Request, err), requestID(c))
		}
		return http.StatusCreated, body
	}
	if who.idempotencyKey != "" {
		p.Key, p.Render = newKey(c, who, body), render
	}
	said, result, err := k.Engine.Say(c.Request.Context(), p.SayInput)
	switch {
	case err != nil:
		return err
	case result.Replay != nil:
		replay(c, *result.Replay)
	default:
		status, body := render(said)
		answer(c, status, body)
	}
	return nil
}
