package client

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	defaultAttempts  = 3
	defaultBaseDelay = 200 * time.Millisecond
	defaultMaxDelay  = 5 * time.Second
	maxRetryAfter    = 24 * time.Hour
)

// Retry says how often and how patiently a call is repeated. Zero fields take
// the defaults: 3 attempts, 200 ms doubling up to 5 s.
type Retry struct {
	// MaxAttempts counts the first attempt too: 1 never repeats.
	MaxAttempts int
	// BaseDelay is the wait before the second attempt; it doubles each time.
	BaseDelay time.Duration
	// MaxDelay caps the wait, also one that the server asks for.
	MaxDelay time.Duration
	// Sleep waits, or returns early with an error when ctx is done.
	Sleep func(ctx context.Context, d time.Duration) error
	// Jitter spreads a wait so that clients do not return in step. The default
	// takes between half and all of it.
	Jitter func(d time.Duration) time.Duration
}

func (r Retry) withDefaults() Retry {
	if r.MaxAttempts == 0 {
		r.MaxAttempts = defaultAttempts
	}
	if r.BaseDelay == 0 {
		r.BaseDelay = defaultBaseDelay
	}
	if r.MaxDelay == 0 {
		r.MaxDelay = max(defaultMaxDelay, r.BaseDelay)
	}
	if r.Sleep == nil {
		r.Sleep = sleep
	}
	if r.Jitter == nil {
		r.Jitter = func(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
	}
	return r
}

// delay is the wait after the given attempt (1 is the first).
func (r Retry) delay(attempt int, retryAfter time.Duration) time.Duration {
	if retryAfter > 0 {
		return min(retryAfter, r.MaxDelay)
	}
	wait := r.BaseDelay
	for range attempt - 1 {
		if wait >= r.MaxDelay/2 {
			return r.Jitter(r.MaxDelay)
		}
		wait *= 2
	}
	return r.Jitter(min(wait, r.MaxDelay))
}

// retryable decides whether a failed attempt may be followed by another one. It
// looks at nothing else, so this is the whole policy:
func retryable(safe bool, e *Error) bool {
	switch {
	case e.Outcome == OutcomeNotSent:
		// Nothing left this machine, so even a payment cannot happen twice.
		return true
	case !safe:
		// The API has no idempotency key: a repeated POST may do it twice.
		return false
	case e.StatusCode == 0, e.broken:
		// Timeout, reset, cut body: reading again is harmless.
		return true
	}
	switch e.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		// The statuses that say "later"; a plain 500 is a bug that would repeat.
		return true
	}
	return false
}

// parseRetryAfter reads both forms of the header, seconds and HTTP date. Zero
// means absent, unreadable or already past.
func parseRetryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		seconds = min(max(seconds, 0), int64(maxRetryAfter/time.Second))
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
