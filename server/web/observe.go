package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
)

// Keys of values that a request's gin context carries.
const (
	requestIDKey = "request_id"
	callerKey    = "caller"
	faultKey     = "fault"
)

// Identify tells the log who makes a request.
func Identify(c *gin.Context, community int64, key, actor string) {
	hideFromPage(c, community)
	c.Set(callerKey, []slog.Attr{slog.Int64("community", community), slog.String("key", key), slog.String("actor", actor)})
}

// RequestID is the id of a request, which its answer and the log have.
func RequestID(c *gin.Context) string { return c.GetString(requestIDKey) }

// observe gives a request its id, catches panics, and logs and counts it. The
// log has the route and not the path, the query or any header: those may hold
// secrets and personal data.
func (k *Kit) observe(c *gin.Context) {
	id := c.GetHeader("X-Request-Id")
	if !saneRequestID(id) {
		id = k.NewID()
	}
	c.Set(requestIDKey, id)
	header := c.Writer.Header()
	header.Set("X-Request-Id", id)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	start := k.Now()
	k.recoverPanic(c)
	took := k.Now().Sub(start)
	k.metrics.observe(c.Request.Method, routeOf(c), c.Writer.Status(), took)
	k.logRequest(c, id, took)
}

// recoverPanic runs the rest of the chain.
func (k *Kit) recoverPanic(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p == http.ErrAbortHandler {
			panic(p)
		}
		k.Log.ErrorContext(c, "panic", "request_id", RequestID(c), "panic", p, "stack", string(debug.Stack()))
		k.fail(c, fmt.Errorf("panic in %s", routeOf(c)))
	}()
	c.Next()
}

func (k *Kit) limitTime(c *gin.Context) {
	if k.lasting[c.Request.Method+c.FullPath()] {
		// The deadline of the request's body would end a request that has none, too.
		_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Time{}) // a connection that has none is a test's
		c.Next()
		return
	}
	k.working.Add(1)
	defer func() {
		k.answered.Store(k.Now().UnixNano())
		k.working.Add(-1)
	}()
	ctx, cancel := context.WithTimeout(c.Request.Context(), k.RequestTimeout)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

// routeOf is the route's template; paths without a route are all one.
func routeOf(c *gin.Context) string {
	if route := c.FullPath(); route != "" {
		return route
	}
	return "none"
}

// Draining is the reason of a server that is shutting down, which is no failure.
const Draining = "draining"

// logRequest writes the line of a request. A body that is not there has no bytes: gin calls that -1.
func (k *Kit) logRequest(c *gin.Context, id string, took time.Duration) {
	attrs := []slog.Attr{
		slog.String("method", c.Request.Method), slog.String("route", routeOf(c)), slog.Int("status", c.Writer.Status()),
		slog.Duration("took", took), slog.Int("bytes", max(0, c.Writer.Size())), slog.String("request_id", id),
	}
	if who, ok := c.Value(callerKey).([]slog.Attr); ok {
		attrs = append(attrs, who...)
	}
	level := slog.LevelInfo
	if f, ok := c.Value(faultKey).(*fault.Error); ok {
		attrs = append(attrs, slog.String("code", string(f.Reason)))
		if StatusOf(f) >= http.StatusInternalServerError && f.Reason != Draining {
			level = slog.LevelError
			attrs = append(attrs, slog.Any("error", f))
		}
	}
	k.Log.LogAttrs(c, level, "request", attrs...)
}

// saneRequestID accepts 1 to 64 letters, digits, dots, dashes and underscores.
func saneRequestID(id string) bool {
	if id == "" || len(id) > 64 || HoldsCardID(id) {
		return false
	}
	for _, r := range []byte(id) {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
		default:
			return false
		}
	}
	return true
}
