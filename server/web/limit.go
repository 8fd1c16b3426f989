package web

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
)

// Limiter is a token bucket per name, in this process's memory; replicas tell each
// other what they gave out (see Spent). It keeps for each name only the instant at
// which its bucket is full again.
type Limiter struct {
	Interval time.Duration // one token
	Burst    time.Duration // a full bucket's worth of tokens
	mu       sync.Mutex
	full     map[string]time.Time
	taken    map[string]int64 // tokens that other replicas have not been told of
}

// maxBuckets bounds the memory of a Limiter.
const maxBuckets = 10_000

// NewLimiter makes a limiter of so many tokens a second, with bursts.
func NewLimiter(perSecond, burst int64) *Limiter {
	interval := time.Second / time.Duration(perSecond)
	return &Limiter{Interval: interval, Burst: interval * time.Duration(burst), full: map[string]time.Time{}, taken: map[string]int64{}}
}

// Take takes a token, or tells after how long there will be one.
func (l *Limiter) Take(name string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.full[name]
	if full.Before(now) {
		full = now
	}
	full = full.Add(l.Interval)
	if wait := full.Sub(now) - l.Burst; wait > 0 {
		return wait
	}
	if len(l.full) >= maxBuckets {
		l.sweep(now)
	}
	l.full[name] = full
	l.note(name)
	return 0
}

// spent is how long a name has to wait that has used its tokens up, without taking
// one.
func (l *Limiter) spent(name string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.full[name]
	if full.Before(now) {
		full = now
	}
	return max(full.Add(l.Interval).Sub(now)-l.Burst, 0)
}

// left is how many tokens a name has, and after how long all of them.
func (l *Limiter) left(name string, now time.Time) (tokens int64, whole time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	whole = max(l.full[name].Sub(now), 0)
	return max(int64((l.Burst-whole)/l.Interval), 0), whole
}

// sampled is how many buckets are looked at to make room for another.
const sampled = 32

// sweep makes room by forgetting a few buckets: full ones, or at least the fullest
// of a sample. Whoever makes up names forgets names that asked little; one that has
// used its tokens up is remembered.
func (l *Limiter) sweep(now time.Time) {
	seen, fullest := 0, ""
	for name, full := range l.full { // in no order
		if !full.After(now) {
			delete(l.full, name)
		} else if fullest == "" || full.Before(l.full[fullest]) {
			fullest = name
		}
		if seen++; seen == sampled {
			break
		}
	}
	if len(l.full) >= maxBuckets {
		delete(l.full, fullest)
	}
}

// Address is whom requests without a credential are counted for: one address, or
// the network of 64 bits that an IPv6 user has for himself.
func Address(c *gin.Context) string {
	text := c.ClientIP()
	ip, err := netip.ParseAddr(text)
	if err != nil || !ip.Unmap().Is6() {
		return text
	}
	network, err := ip.Prefix(64)
	if err != nil {
		return text
	}
	return network.String()
}

// Announce tells the caller what is left of its limit, as the IETF's draft of the
// RateLimit fields has it.
func (k *Kit) Announce(c *gin.Context, l *Limiter, name string) {
	if !k.RateLimits {
		return
	}
	left, whole := l.left(name, k.Now())
	c.Header("RateLimit-Policy", fmt.Sprintf(`"default";q=%d;w=%d`, l.Burst/l.Interval, (l.Burst+time.Second-1)/time.Second))
	c.Header("RateLimit", fmt.Sprintf(`"default";r=%d;t=%d`, left, (whole+time.Second-1)/time.Second))
}

// Within is a RateLimited fault when a name has asked too often.
func (k *Kit) Within(l *Limiter, name string) error {
	if !k.RateLimits {
		return nil
	}
	return limited(l.Take(name, k.Now()))
}

// Remember notes a credential that was right.
func (k *Kit) Remember(credential string) { k.known.add(credential, k.Now()) }

// Guessed counts a credential that is not known.
func (k *Kit) Guessed(c *gin.Context) error { return k.Within(k.failures, Address(c)) }

// MayGuess refuses those who sent too many wrong credentials before theirs is even
// looked up. A credential that was right a while ago is no guess: others behind the
// same address do not keep its owner out.
func (k *Kit) MayGuess(c *gin.Context, credential string) error {
	if !k.RateLimits || k.known.has(credential, k.Now()) {
		return nil
	}
	return limited(k.failures.spent(Address(c), k.Now()))
}

// limited is the fault of somebody who has to wait.
func limited(wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	seconds := int64((wait + time.Second - 1) / time.Second)
	return fault.New(fault.RateLimited, "rate_limited", "too many requests; wait %d s", seconds).With("retry_after", seconds)
}
