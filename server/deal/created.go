package deal

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/web"
)

// Keeping is the keying of routes that answer with created.
func (k *Kit) Keeping() web.Keying {
	if k.Replies == nil {
		return ""
	}
	return web.KeyHonoured
}

// Created makes something that is no transaction, under the request's idempotency
// key if it has one, and answers with it.
func (k *Kit) Created(c *gin.Context, who Caller, body []byte, create func() (any, error)) error {
	var key *orchestrator.Key
	if who.idempotencyKey != "" {
		key = newKey(c, who, body)
	}
	r := web.NewRepeats(k.Replies, k.Now)
	stored, again, err := r.Find(c.Request.Context(), key)
	if err == nil && !again {
		stored, again, err = r.Run(c, key, who.Community(), func() (int, []byte, error) {
			v, err := create()
			if err != nil {
				return 0, nil, err
			}
			shown, err := json.Marshal(v, json.Deterministic(true))
			return http.StatusCreated, shown, err
		})
	}
	switch {
	case err != nil:
		return err
	case again:
		replay(c, stored)
	default:
		answer(c, stored.Status, stored.Body)
	}
	return nil
}
