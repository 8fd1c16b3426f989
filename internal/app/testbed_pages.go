package app

import (
	"bytes"
	"context"
	"net/http"
	"time"
)

// Prompt lets the engine hear of what somebody does on a sandbox's page, or with
// its controls, before they get their answer. In real life there is a moment between
// the two; a script that plays the buyer should not have to wait for it.
func (w *Testbed) Prompt(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		gateway, is := next.(interface{ IsAPI(r *http.Request) bool })
		if is && gateway.IsAPI(r) || r.Method != http.MethodPost {
			next.ServeHTTP(rw, r)
			return
		}
		answer := &held{header: http.Header{}, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := w.Settle(ctx); err != nil {
			w.log.WarnContext(ctx, "after a sandbox's page", "error", err)
		}
		answer.send(rw)
	})
}

// held is an answer that is sent later.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *held) Header() http.Header         { return h.header }
func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }

func (h *held) send(rw http.ResponseWriter) {
	for name, values := range h.header {
		rw.Header()[name] = values
	}
	rw.WriteHeader(h.status)
	_, _ = rw.Write(h.body.Bytes()) // fails only when the reader is gone
}
