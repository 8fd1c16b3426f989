package server

import (
	"sync"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// limiter is a token bucket per name, in this process's memory. It keeps for
// each name only the instant at which its bucket is full again.
type limiter struct {
	interval time.Duration // one token
	burst    time.Duration // a full bucket's worth of tokens
	mu       sync.Mutex
	full     map[string]time.Time
}

// maxBuckets bounds the memory of a limiter.
const maxBuckets = 10_000

func newLimiter(perSecond, burst int64) *limiter {
	interval := time.Second / time.Duration(perSecond)
	return &limiter{interval: interval, burst: interval * time.Duration(burst), full: map[string]time.Time{}}
}

// take takes a token, or tells after how long there will be one.
func (l *limiter) take(name string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.full[name]
	if full.Before(now) {
		full = now
	}
	full = full.Add(l.interval)
	if wait := full.Sub(now) - l.burst; wait > 0 {
		return wait
	}
	if len(l.full) >= maxBuckets {
		l.sweep(now)
	}
	l.full[name] = full
	return 0
}

// sweep forgets full buckets, and all of them when that is not enough: memory
// stays bounded at the price of forgiving.
func (l *limiter) sweep(now time.Time) {
	for name, full := range l.full {
		if !full.After(now) {
			delete(l.full, name)
		}
	}
	if len(l.full) >= maxBuckets {
		clear(l.full)
	}
}

// withinLimit is a RateLimited fault when a name has asked too often.
func (s *Server) withinLimit(l *limiter, name string) error {
	if !s.RateLimits {
		return nil
	}
	wait := l.take(name, s.Now())
	if wait <= 0 {
		return nil
	}
	seconds := int64((wait + time.Second - 1) / time.Second)
	return fault.New(fault.RateLimited, "rate_limited", "too many requests; wait %d s", seconds).With("retry_after", seconds)
}
