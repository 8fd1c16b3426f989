package deal

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

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
	key, keyed := who.keyOf(c, body), k.Keyed(k.Replies)
	if key != nil {
		if stored, err := keyed.Answered(c.Request.Context(), *key); err != nil || stored != nil {
			if stored != nil {
				web.Repeat(c, *stored)
			}
			return err
		}
	}
	return web.Once(c, keyed, key, who.Community(), func() (int, []byte, error) {
		v, err := create()
		if err != nil {
			return 0, nil, err
		}
		shown, err := json.Marshal(v, json.Deterministic(true))
		return http.StatusCreated, shown, err
	})
}
