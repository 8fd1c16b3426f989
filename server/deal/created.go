package deal

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/server/web"
)

// Kept lets a backend in to a route that changes something here and is no command of a deal. With
// an Idempotency-Key, what the call stores and its answer are one transaction of the store: the
// call asks nobody outside and has no commits of the engine.
func (k *Kit) Kept(call func(*gin.Context, Caller) error) web.Handler {
	return k.keyed(call, func(r idempotency.Requests) web.Way { return r.Once })
}

// Apart is Kept for a call that asks somebody outside or has commits of its own: the key is
// reserved before it, and the answer is stored after it. When the process dies between the two,
// the call is made once more; see idempotency.Requests.
func (k *Kit) Apart(call func(*gin.Context, Caller) error) web.Handler {
	return k.keyed(call, func(r idempotency.Requests) web.Way { return r.Apart })
}

func (k *Kit) keyed(call func(*gin.Context, Caller) error, way func(idempotency.Requests) web.Way) web.Handler {
	return k.Backend(func(c *gin.Context, who Caller) error {
		if who.idempotencyKey == "" {
			return call(c, who)
		}
		body, err := web.ReadBody(c, k.MaxBody)
		if err != nil {
			return err
		}
		key := *who.keyOf(c, body)
		if done, err := k.answered(c, key); done || err != nil {
			return err
		}
		return web.Record(c, way(k.Keyed(k.Replies)), key, who.Community(), body, func() error {
			err := call(c, who)
			if status, body, waits := k.waiting(err); waits { // that it was asked for is stored, too
				web.Answer(c, status, body)
				return nil
			}
			return err
		})
	})
}

// answered answers a request that was answered before.
func (k *Kit) answered(c *gin.Context, key idempotency.Key) (done bool, err error) {
	stored, err := k.Keyed(k.Replies).Answered(c.Request.Context(), key)
	if stored != nil {
		web.Repeat(c, *stored)
	}
	return stored != nil, err
}

// Created makes something that is no transaction of a body that is read by its route, under
// the request's idempotency key if it has one, and answers with it.
func (k *Kit) Created(c *gin.Context, who Caller, body []byte, create func() (any, error)) error {
	key := who.keyOf(c, body)
	if key != nil {
		if done, err := k.answered(c, *key); done || err != nil {
			return err
		}
	}
	return web.Once(c, k.Keyed(k.Replies), key, who.Community(), func() (int, []byte, error) {
		v, err := create()
		if err != nil {
			return 0, nil, err
		}
		shown, err := json.Marshal(v, json.Deterministic(true))
		return http.StatusCreated, shown, err
	})
}
