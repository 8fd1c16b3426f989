package handsel

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Error is a refusal. Decide by its code; the detail is for people and may change.
type Error struct {
	Problem
	// Extra is what the refusal says besides, by name, such as current_state.
	Extra map[string]any
}

// Error is the refusal as a text.
func (e *Error) Error() string { return fmt.Sprintf("handsel: %s: %s", e.Code, e.Detail) }

func (e *Error) doubtful() bool { return e.MoneyMoved == MoneyMovedUnknown }

// Refused reports whether an error is a refusal with one of some codes; without codes, any refusal.
func Refused(err error, codes ...Code) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (len(codes) == 0 || slices.Contains(codes, e.Code))
}

// NoAnswer is that no answer came: the request may have been carried out or not.
type NoAnswer struct {
	Err     error
	changes bool
}

// Error says so.
func (e *NoAnswer) Error() string { return "handsel: no answer came: " + e.Err.Error() }

// Unwrap is why.
func (e *NoAnswer) Unwrap() error { return e.Err }

func (e *NoAnswer) doubtful() bool { return e.changes }

func isNoAnswer(err error) bool {
	_, ok := errors.AsType[*NoAnswer](err)
	return ok
}

// Outcome is what came of a request that can move money. One of Value, Waiting and Doubt is there.
type Outcome[T any] struct {
	Value *T
	// Replayed tells that Value is the answer to an earlier request with the same key.
	Replayed bool
	// Waiting is the approval of another operator; nothing is done until then.
	Waiting *Approval
	// Doubt is there when nobody can tell yet whether money moved.
	Doubt *Doubt
}

// Doubt is an unknown outcome. Do not order it under another key: read the deal later, or send the same
// request with the same key.
type Doubt struct {
	Key string
	Err error // *Error or *NoAnswer
}

// Done is the value of an outcome that is done; any other is an error.
func Done[T any](o Outcome[T], err error) (T, error) {
	switch {
	case err != nil:
		return *new(T), err
	case o.Doubt != nil:
		return *new(T), o.Doubt.Err
	case o.Waiting != nil:
		return *new(T), fmt.Errorf("handsel: it waits for another operator: approval %s", o.Waiting.ID)
	}
	return *o.Value, nil
}

// errorOf is the error that an answer is.
func errorOf(a answered, changes bool) error {
	var e Error
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") && json.Unmarshal(a.body, &e.Problem) == nil && json.Unmarshal(a.body, &e.Extra) == nil {
		return &e
	}
	e.Status, e.Code, e.Title = int64(a.status), Code(fmt.Sprintf("http_%d", a.status)), http.StatusText(a.status)
	e.Detail = string(a.body[:min(len(a.body), 200)])
	e.MoneyMoved, e.RetryAfter = MoneyMovedNo, seconds(a.header.Get("Retry-After"))
	if changes && a.status >= http.StatusInternalServerError {
		e.MoneyMoved = MoneyMovedUnknown
	}
	// What passes gateways and proxies on the way has no problem details.
	e.Retryable = slices.Contains([]int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, a.status)
	return &e
}

// repeat says whether a request is sent again after an error, and when.
func repeat(err error, repeatable bool, attempt int) (time.Duration, bool) {
	e, refused := errors.AsType[*Error](err)
	if !refused {
		return backOff(attempt), repeatable && isNoAnswer(err)
	}
	if e.RetryAfter > 0 {
		return time.Duration(e.RetryAfter) * time.Second, e.Retryable
	}
	return backOff(attempt), e.Retryable
}

// backOff is between half and all of 0.25 s, 0.5 s, 1 s … 8 s.
func backOff(attempt int) time.Duration {
	most := min(250*time.Millisecond<<attempt, 8*time.Second)
	return most/2 + rand.N(most/2)
}
