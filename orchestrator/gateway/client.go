package gateway

import (
	"errors"
	"net/url"
	"strings"
)

// NotSentError marks a failure before anything was written to a socket.
type NotSentError struct{ Err error }

// Error implements error.
func (e *NotSentError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *NotSentError) Unwrap() error { return e.Err }

// WithoutURL drops the URL that net/http puts into its errors: it may hold what no log may.
func WithoutURL(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// Printable is a text of a gateway's as far as it may stand in a log; else empty.
func Printable(text string) string {
	if len(text) > 100 || strings.ContainsFunc(text, func(r rune) bool { return r < '-' || r > 'z' }) {
		return ""
	}
	return text
}

// Silent keeps an HTTP client from writing URLs to the standard error. It is a logger of resty.
type Silent struct{}

// Errorf writes nothing.
func (Silent) Errorf(string, ...any) {}

// Warnf writes nothing.
func (Silent) Warnf(string, ...any) {}

// Debugf writes nothing.
func (Silent) Debugf(string, ...any) {}
