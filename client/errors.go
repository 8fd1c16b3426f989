package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

var (
	// ErrInvalidInput marks a call that was refused on this side, for example
	// because of an empty join code or a quote that did not come from a quote
	// call. Its outcome is always [OutcomeNotSent].
	ErrInvalidInput = errors.New("invalid input")
	// ErrUnexpectedAnswer marks a 2xx answer that cannot be understood. Its
	// outcome is [OutcomeUnknown].
	ErrUnexpectedAnswer = errors.New("unexpected answer")
	// ErrRedirect marks a 3xx answer, which is never followed: the credential
	// would travel with it.
	ErrRedirect = errors.New("redirect refused")
)

const (
	maxCode      = 64
	maxMessage   = 500
	maxErrorBody = 4 << 10
)

// Outcome says whether a failed call took effect. The zero value is
// [OutcomeUnknown], the careful one.
type Outcome uint8

const (
	// OutcomeUnknown means that the call may or may not have taken effect:
	// timeout, broken connection, 5xx, an answer that cannot be read. Read the
	// state back before repeating it.
	OutcomeUnknown Outcome = iota
	// OutcomeKnown means that the API decided: the call succeeded, or it was
	// refused and changed nothing.
	OutcomeKnown
	// OutcomeNotSent means that nothing was written to a socket, so the call
	// certainly had no effect: no connection, context done before, invalid input.
	OutcomeNotSent
)

// String returns "known", "unknown" or "not_sent".
func (o Outcome) String() string {
	switch o {
	case OutcomeKnown:
		return "known"
	case OutcomeNotSent:
		return "not_sent"
	}
	return "unknown"
}

// OutcomeOf returns the outcome of a call from its error: [OutcomeKnown] for nil,
// and [OutcomeUnknown] for an error that is not an [*Error].
func OutcomeOf(err error) Outcome {
	if err == nil {
		return OutcomeKnown
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Outcome
	}
	return OutcomeUnknown
}

// ErrorCode is the API's stable reason for a refusal. It is an error, so that
// errors.Is(err, CodeNotBuyer) works. A code that is not among the constants
// arrives unchanged.
type ErrorCode string

// Error returns the code.
func (c ErrorCode) Error() string { return string(c) }

// Error is the failure of one call. It holds no credential and no URL.
type Error struct {
	// Op is the method and the path template, "POST /transactions/{transaction_id}/track".
	Op string
	// ID is that of the transaction, or of the notification, that the call named; 0: none, or one that is known by a secret.
	ID int64
	// StatusCode is the HTTP status; 0 when there was no answer.
	StatusCode int
	// Code is the API's reason; empty when the answer had none. A documented 401,
	// 403 or 404 without a body gets [CodeUnauthorized], [CodeForbidden] or
	// [CodeNotFound] (our choice); one with a body that is not of the API, such
	// as the page of a proxy, gets none.
	Code ErrorCode
	// Message is the API's text for people, cut to 500 bytes. Never branch on it.
	Message string
	// RequestID is the answer's X-Request-Id, or else the one of [WithRequestID].
	RequestID string
	// Outcome says whether the call took effect.
	Outcome Outcome
	// RetryAfter is the wait that the server asked for, at most a day; 0 if none.
	RetryAfter time.Duration
	// Attempts counts the requests that were tried; 0 when it did not come so far.
	Attempts int
	// Body is the start of an error answer, at most 4 KiB, for diagnosis. It may
	// hold personal data and is not part of the error text.
	Body []byte
	// Err is the cause when it was not a refusal of the API.
	Err error

	// broken marks a 2xx answer whose body ended too early.
	broken bool
}

// Error describes the failure in one line without secrets.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("client: " + e.Op)
	if e.ID != 0 {
		fmt.Fprintf(&b, " (%d)", e.ID)
	}
	if e.StatusCode != 0 {
		fmt.Fprintf(&b, ": status %d", e.StatusCode)
	}
	if e.Code != "" {
		b.WriteString(": " + string(e.Code))
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Outcome != OutcomeKnown {
		b.WriteString(" (outcome " + e.Outcome.String() + ")")
	}
	return b.String()
}

// Is matches an [ErrorCode] with the error's own code.
func (e *Error) Is(target error) bool {
	code, ok := target.(ErrorCode)
	return ok && code != "" && code == e.Code
}

// Unwrap returns the cause, for example context.DeadlineExceeded.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same call may succeed later without a change:
// no answer, 429, or 502 to 504. It does not say that repeating it is safe; look
// at Outcome for that.
func (e *Error) Temporary() bool { return retryable(true, e) && !errors.Is(e.Err, ErrInvalidInput) }

func (e *Error) readEnvelope(body []byte, secrets []string) {
	e.Body = []byte(clip(scrub(string(body), secrets), maxErrorBody))
	if len(strings.TrimSpace(string(body))) == 0 {
		e.Code = codeOfBareStatus(e.StatusCode)
		return
	}
	var envelope struct {
		Code  string `json:"code"`
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &envelope) != nil {
		e.Message = "answer is not an error of the API"
		return
	}
	e.Code = ErrorCode(clip(oneLine(scrub(envelope.Code, secrets)), maxCode))
	e.Message = clip(oneLine(scrub(envelope.Error, secrets)), maxMessage)
}

func codeOfBareStatus(status int) ErrorCode {
	switch status {
	case http.StatusUnauthorized:
		return CodeUnauthorized
	case http.StatusForbidden:
		return CodeForbidden
	case http.StatusNotFound:
		return CodeNotFound
	}
	return ""
}

func scrub(s string, secrets []string) string {
	for _, secret := range secrets {
		s = strings.ReplaceAll(s, secret, redacted)
	}
	return s
}

// oneLine keeps a hostile text from forging log lines.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
