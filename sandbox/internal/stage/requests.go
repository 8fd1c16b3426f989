package stage

import (
	"net/http"
	"slices"
	"time"
)

// keptRequests bounds the log of requests; the oldest are forgotten first.
const keptRequests = 1_000

// Request is one API call in the log of what was asked. Bodies, queries and credentials are not kept.
type Request struct {
	Number int `json:"number"` // from 1 since New, Reset or Restore
	// At is the virtual time in UTC.
	At     time.Time `json:"at"`
	Route  string    `json:"operation"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	// Status is that of the API's own answer; 0 where a fault kept the call from being made.
	Status int `json:"status"`
	// Fault is the kind of the fault that hit the call.
	Fault string `json:"fault,omitempty"`
}

// Note writes an API call into the log of requests.
func Note[S any](w *World[S], r *http.Request, operation string, status int, fault string) {
	w.stage.mu.Lock()
	defer w.stage.mu.Unlock()
	c := w.core
	c.asked++
	if fault != "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		c.touched++
	}
	if len(c.requests) == keptRequests {
		c.requests = slices.Delete(c.requests, 0, keptRequests/2)
	}
	c.requests = append(c.requests, Request{c.asked, c.Now(), operation, r.Method, r.URL.Path, status, fault})
}

// Requests returns the log of API calls, oldest first.
func (w *World[S]) Requests() []Request {
	requests := []Request{}
	Do(w, func(S) { requests = append(requests, w.core.requests...) })
	return requests
}
