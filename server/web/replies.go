package web

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// RequestKey names a request: who asks for what on which route, and with which content.
func RequestKey(c *gin.Context, who, value string, body []byte) idempotency.Key {
	return idempotency.Key{Scope: who + " " + c.Request.Method + " " + c.FullPath(), Value: value, Hash: ContentHash(c.Request.URL.Path, body)}
}

// Keyed are requests with a key that are no commands of the engine, which keeps its own answers.
func (k *Kit) Keyed(r idempotency.Runner) idempotency.Requests {
	return idempotency.Requests{Runner: r, Called: "Idempotency-Key", Now: k.Now}
}

// Once carries out a request that is no command of the engine and answers. With a key that is once,
// and what is done is stored together with the answer: for as long, the request's
// context is that of one transaction of the store. One that fails may be repeated.
func Once(c *gin.Context, keyed idempotency.Requests, key *idempotency.Key, community int64, do func() (status int, body []byte, err error)) error {
	if key == nil {
		status, body, err := do()
		if err == nil {
			Answer(c, status, body)
		}
		return err
	}
	outside := c.Request
	reply, again, err := keyed.Once(outside.Context(), *key, community, func(ctx context.Context) (int, []byte, error) {
		c.Request = outside.WithContext(ctx)
		defer func() { c.Request = outside }()
		return do()
	})
	switch {
	case err != nil:
		return err
	case again:
		Repeat(c, reply)
	default:
		Answer(c, reply.Status, reply.Body)
	}
	return nil
}

// Repeat answers like the first time.
func Repeat(c *gin.Context, stored idempotency.Reply) {
	c.Header("Idempotent-Replayed", "true")
	Answer(c, stored.Status, stored.Body)
}

// Answer sends an answer as it is stored.
func Answer(c *gin.Context, status int, body []byte) {
	kind := JSONType
	if status >= http.StatusBadRequest {
		kind = ProblemType
	}
	c.Data(status, kind, body)
}

// Written is the answer that was rendered last, so that the first answer and its repetitions
// are the same bytes: what was rendered for the store is what is sent.
type Written struct {
	status int
	body   []byte
}

// Keep notes an answer and returns it.
func (w *Written) Keep(status int, body []byte) (int, []byte) {
	w.status, w.body = status, body
	return status, body
}

// Send answers with what was rendered for the store, or with what render makes where
// nothing was stored.
func (w *Written) Send(c *gin.Context, render func() (int, []byte)) {
	if w.body == nil {
		w.Keep(render())
	}
	Answer(c, w.status, w.body)
}
