package web

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

const (
	ProblemType = "application/problem+json"
	JSONType    = "application/json"
)

// statuses are the HTTP statuses of the classes of faults.
var statuses = map[fault.Code]int{
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Declined:        http.StatusPaymentRequired,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.KeyReused:       http.StatusUnprocessableEntity,
	fault.RateLimited:     http.StatusTooManyRequests,
	fault.Unknown:         http.StatusBadGateway,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// StatusOf is the HTTP status of a fault.
func StatusOf(f *fault.Error) int {
	switch f.Reason { // classes that only HTTP knows
	case MethodNotAllowed:
		return http.StatusMethodNotAllowed
	case UnsupportedMediaType:
		return http.StatusUnsupportedMediaType
	}
	return cmp.Or(statuses[f.Code], http.StatusInternalServerError)
}

const (
	databaseUnavailable  = "database_unavailable"
	MethodNotAllowed     = "method_not_allowed"
	UnsupportedMediaType = "unsupported_media_type"
)

// Where the pages that explain refusals are. OtherCodes is on the list of them, about the codes that are gateways' own.
const (
	ErrorPages = "/docs/errors"
	OtherCodes = "other-codes"
)

// problemType is the reference of RFC 9457, section 3.1.1, to the page of a reason. It has no origin: equal faults make equal
// answers, which are stored, and a server does not always know under which of its names it was called.
func problemType(r fault.Reason) string {
	if len(fault.MeaningsOf(string(r))) == 0 {
		return ErrorPages + "#" + OtherCodes
	}
	return ErrorPages + "/" + string(r)
}

// Problem is an RFC 9457 problem detail with the members of this API.
type Problem struct {
	Type       string      `json:"type"`
	Title      string      `json:"title"`
	Status     int         `json:"status"`
	Detail     string      `json:"detail"`
	Code       string      `json:"code"`
	RequestID  string      `json:"request_id"`
	MoneyMoved fault.Money `json:"money_moved"`
	Retryable  bool        `json:"retryable"`            // the same request may be taken when it is sent again
	RetryAfter int64       `json:"retry_after,omitzero"` // seconds
	// Errors are the members of the body that are wrong, Detail about the first of them.
	Errors []fault.FieldError `json:"errors,omitempty"`
	// NextActions are operations with which the caller may go on, the first of them first.
	NextActions []string       `json:"next_actions,omitempty"`
	Extra       map[string]any `json:",embed"`
}

// RenderProblem makes the answer for a fault. Equal faults of one request make
// equal bytes: a stored answer is repeated as it was.
func RenderProblem(f *fault.Error, requestID string) (int, []byte) {
	p := ProblemOf(f, requestID)
	body, err := json.Marshal(p, json.Deterministic(true))
	if err != nil { // a detail that is no JSON, or that has a problem member's name
		p.Extra = nil
		body, _ = json.Marshal(p)
	}
	return p.Status, body
}

// ProblemOf is the problem detail of a fault.
func ProblemOf(f *fault.Error, requestID string) Problem {
	status := StatusOf(f)
	meaning, _ := fault.MeaningOf(f.Reason, f.Code)
	return Problem{
		Type: problemType(f.Reason), Title: http.StatusText(status), Status: status,
		Detail: f.Message, Code: string(f.Reason), RequestID: requestID, MoneyMoved: f.Money(),
		Retryable: meaning.Repeat == fault.Later, RetryAfter: retryAfter(f), Errors: f.Errors, NextActions: fault.NextCalls(f.Reason), Extra: besides(f.Details, "retry_after"),
	}
}

// besides are details without the one that has a member of its own.
func besides(details map[string]any, member string) map[string]any {
	if _, ok := details[member]; !ok {
		return details
	}
	rest := maps.Clone(details)
	delete(rest, member)
	return rest
}

// fail answers a request with an error.
func (k *Kit) fail(c *gin.Context, err error) {
	refuseBody(c)
	if k.Waiting != nil {
		if status, body, waits := k.Waiting(err); waits {
			c.Data(status, JSONType, body)
			c.Abort()
			return
		}
	}
	f := pointed(c, HTTPFault(c.Request, err))
	c.Set(faultKey, f)
	switch {
	case f.Code == fault.Unauthenticated:
		c.Header("WWW-Authenticate", `Bearer realm="handsel"`)
	case retryAfter(f) > 0:
		c.Header("Retry-After", strconv.FormatInt(retryAfter(f), 10))
	}
	status, kind, body := k.Failure(c, f)
	c.Data(status, kind, body)
	c.Abort()
}

// Failure makes the answer for a fault in the words of the face that was called.
func (k *Kit) Failure(c *gin.Context, f *fault.Error) (status int, kind string, body []byte) {
	for _, face := range k.faces {
		if face.Refusal != nil && face.covers(c.Request.URL.Path) {
			status, body = face.Refusal.render(c, f)
			return status, face.Refusal.media, body
		}
	}
	status, body = RenderProblem(f, RequestID(c))
	return status, ProblemType, body
}

// covers reports whether a path is this face's.
func (f Face) covers(path string) bool {
	return slices.ContainsFunc(f.Under, func(under string) bool {
		return path == under || strings.HasSuffix(under, "/") && strings.HasPrefix(path, under)
	})
}

// HTTPFault makes a fault of an error. A request that was cut off in the middle
// of a change may have taken effect, and says so.
func HTTPFault(r *http.Request, err error) *fault.Error {
	f := fault.As(err)
	if errors.Is(err, context.DeadlineExceeded) && f.Code == fault.Internal {
		f = fault.Wrap(err, fault.Unavailable, "request_timeout", "this took too long; repeat the request, with the same Idempotency-Key if it had one")
	}
	unfinished := f.Code == fault.Internal || f.Reason == "request_timeout" || f.Reason == databaseUnavailable
	if unfinished && r.Method != http.MethodGet && f.Moved == "" {
		f = f.WithMoney(fault.MoneyUnknown)
	}
	return f
}

// retryAfter is how many seconds a caller should wait, 0 if waiting is no help.
func retryAfter(f *fault.Error) int64 {
	if seconds, ok := f.Details["retry_after"].(int64); ok {
		return seconds
	}
	switch f.Reason {
	case "operation_in_progress", idempotency.ReasonRunning, "busy":
		return 1
	}
	if f.Code == fault.Unknown || f.Code == fault.Unavailable {
		return 5
	}
	return 0
}

// Send answers a request with a value as JSON.
func Send(c *gin.Context, status int, v any) error {
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return err
	}
	LeaveTurn(c)
	c.Data(status, JSONType, body)
	return nil
}
