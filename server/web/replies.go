package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// RequestKey names a request: who asks for what on which route, and with which content.
func RequestKey(c *gin.Context, who, value string, body []byte) idempotency.Key {
	return idempotency.Key{Scope: who + " " + c.Request.Method + " " + c.FullPath(), Value: value, Hash: ContentHash(addressed(c.Request.URL), body)}
}

// addressed is the path with what the query asks for. A dry run uses no key up, so that what says
// whether it is one is no part of the request.
func addressed(u *url.URL) string {
	query := u.Query()
	query.Del(dryRunName)
	if len(query) == 0 {
		return u.Path
	}
	return u.Path + "?" + query.Encode()
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

// Way is how a request with a key is carried out: Requests.Once or Requests.Apart.
type Way func(ctx context.Context, key idempotency.Key, community int64, do idempotency.Doing) (reply idempotency.Reply, again bool, err error)

// Record carries a request out in a way, and answers with what its handler answers. The handler
// may be called again, after a try that was undone, and reads the body each time.
func Record(c *gin.Context, way Way, key idempotency.Key, community int64, body []byte, handle func() error) error {
	outside, answer := c.Request, c.Writer
	restore := func() { c.Request, c.Writer = outside, answer }
	reply, again, err := way(outside.Context(), key, community, func(ctx context.Context) (int, []byte, error) {
		defer restore()
		kept := &record{ResponseWriter: answer, header: http.Header{}, status: http.StatusOK}
		c.Request, c.Writer = outside.WithContext(ctx), kept
		c.Request.Body = io.NopCloser(bytes.NewReader(body))
		err := handle()
		return kept.status, kept.body, err
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

// record keeps an answer instead of sending it: its status and its body, which is all that a
// repeat is answered with.
type record struct {
	gin.ResponseWriter
	header http.Header
	status int
	body   []byte
}

func (r *record) Header() http.Header { return r.header }

func (r *record) WriteHeader(status int) { r.status = status }

func (r *record) WriteHeaderNow() {}

func (r *record) Write(part []byte) (int, error) {
	r.body = append(r.body, part...)
	return len(part), nil
}

func (r *record) WriteString(part string) (int, error) { return r.Write([]byte(part)) }

func (r *record) Status() int { return r.status }

func (r *record) Size() int { return len(r.body) }

func (r *record) Written() bool { return len(r.body) > 0 }

// Answer sends an answer as it is stored.
func Answer(c *gin.Context, status int, body []byte) {
	if len(body) == 0 {
		c.Status(status)
		return
	}
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
