// Package fault is the one error type of Handsel. A fault carries a Code, which
// decides how a caller should react (and the HTTP status), a Reason, the stable
// machine-readable string of the API, and a Message for people that says what
// to do. Anything that is not a fault is an internal error and is never shown.
package fault

import (
	"errors"
	"fmt"
)

// Code is the class of a fault. It is small on purpose: Reason tells the rest.
type Code string

// The classes. Each maps to one HTTP status in package server.
const (
	Invalid         Code = "invalid"         // the request is malformed or a field is wrong
	Unauthenticated Code = "unauthenticated" // no credential, or one that is not known
	Declined        Code = "declined"        // the gateway said no to a payment
	Forbidden       Code = "forbidden"       // known caller, wrong role or scope
	NotFound        Code = "not_found"       // unknown, or not visible to the caller
	Conflict        Code = "conflict"        // illegal in this state, or a lost race
	TooLarge        Code = "too_large"       // the request is over a size limit
	KeyReused       Code = "key_reused"      // idempotency key used again with another request
	RateLimited     Code = "rate_limited"    // too many requests
	Unavailable     Code = "unavailable"     // try again later; nothing was done
	Unknown         Code = "unknown"         // the outcome of a money operation is not known yet
	Internal        Code = "internal"        // a bug or a broken dependency
)

// Money says whether money moved before the fault was raised.
type Money string

// What a caller may assume about the money after a fault.
const (
	MoneyNo      Money = "no"
	MoneyYes     Money = "yes"
	MoneyUnknown Money = "unknown"
)

// Error is a fault. The zero Money means MoneyNo.
type Error struct {
	Code    Code
	Reason  Reason         // stable, lower snake case: "illegal_transition"
	Message string         // for people; says what to do; never holds secrets
	Moved   Money          // did money move?
	Details map[string]any // additional members of the answer, such as the current state
	Errors  []FieldError   // what is wrong with a body, the first of it in Reason and Message
	Err     error          // the cause, for logs only
}

// FieldError is a member of a body that is wrong.
type FieldError struct {
	Pointer string `json:"pointer"` // to the member (RFC 6901)
	Code    Reason `json:"code"`
	Detail  string `json:"detail"` // for people
}

// New returns a fault with a formatted message.
func New(code Code, reason Reason, format string, args ...any) *Error {
	return &Error{Code: code, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns a fault that keeps err as its cause.
func Wrap(err error, code Code, reason Reason, format string, args ...any) *Error {
	f := New(code, reason, format, args...)
	f.Err = err
	return f
}

// With returns a copy of the fault with one more detail.
func (e *Error) With(key string, value any) *Error {
	c := *e
	c.Details = make(map[string]any, len(e.Details)+1)
	for k, v := range e.Details {
		c.Details[k] = v
	}
	c.Details[key] = value
	return &c
}

// WithMoney returns a copy of the fault that states whether money moved.
func (e *Error) WithMoney(m Money) *Error {
	c := *e
	c.Moved = m
	return &c
}

// Error implements error. It includes the cause and is meant for logs.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Reason, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Reason, e.Message)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is a fault with the same code and, when target
// names one, the same reason. Sentinels such as fault.New(Conflict, "", "")
// therefore match a whole class.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	if !ok {
		return false
	}
	return e.Code == t.Code && (t.Reason == "" || e.Reason == t.Reason)
}

// As returns err as a fault. An error that is none becomes an Internal fault
// with that error as its cause, so that nothing internal reaches a caller.
func As(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return Wrap(err, Internal, "internal_error", "an internal error occurred; report it with the request id")
}

// CodeOf returns the class of err; Internal for errors that are no faults.
func CodeOf(err error) Code { return As(err).Code }

// ReasonOf returns the reason of err.
func ReasonOf(err error) Reason { return As(err).Reason }

// Money returns whether money moved, MoneyNo when the fault does not say.
func (e *Error) Money() Money {
	if e.Moved == "" {
		return MoneyNo
	}
	return e.Moved
}
