package server

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/orchestrator"
)

// keeping is the keying of routes that answer with created.
func (k *dealKit) keeping() Keying {
	if k.Replies == nil {
		return ""
	}
	return KeyHonoured
}

// created makes something that is no transaction, under the request's idempotency
// key if it has one, and answers with it.
func (k *dealKit) created(c *gin.Context, who caller, body []byte, create func() (any, error)) error {
	var key *orchestrator.Key
	if who.idempotencyKey != "" {
		key = newKey(c, who, body)
	}
	r := repeats{k.Replies, k.Now}
	stored, again, err := r.find(c.Request.Context(), key)
	if err == nil && !again {
		stored, again, err = r.run(c, key, who.community(), func() (int, []byte, error) {
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
