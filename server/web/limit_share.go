package web

import (
	"cmp"
	"slices"
	"time"
)

// Spent are requests that one replica let through for somebody.
type Spent struct {
	Limit  string // "keys", "failures", "reads", "writes", "visitors"
	Name   string // whom they were counted for: the id of a key, a user, an address
	Tokens int64
}

// mostDebt is how many bursts of tokens others may have let through for a name before
// no more are counted: a replica that tells nonsense keeps nobody out for long.
const mostDebt = 16

// longestName bounds the names that are told, so that each fits into a message.
const longestName = 512

// Spent returns what this server let through since it was asked last, those first
// that used most of their limit. It is safe for concurrent use.
func (k *Kit) Spent() []Spent {
	var all []Spent
	if !k.RateLimits {
		return nil
	}
	for limit, l := range k.limiters {
		for name, tokens := range l.spending() {
			all = append(all, Spent{limit, name, tokens})
		}
	}
	part := func(x Spent) time.Duration {
		return time.Duration(x.Tokens) * 1000 / (k.limiters[x.Limit].Burst / k.limiters[x.Limit].Interval)
	}
	slices.SortFunc(all, func(a, b Spent) int {
		return cmp.Or(cmp.Compare(part(b), part(a)), cmp.Compare(a.Limit, b.Limit), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// SpentElsewhere counts what another replica let through. It is safe for concurrent use.
func (k *Kit) SpentElsewhere(all []Spent) {
	now := k.Now()
	for _, x := range all {
		if l := k.limiters[x.Limit]; l != nil && x.Tokens > 0 {
			l.owe(x.Name, x.Tokens, now)
		}
	}
}

// spending returns the tokens that were taken since it was asked last, by name.
func (l *Limiter) spending() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.taken
	l.taken = map[string]int64{}
	return taken
}

// note counts a token that is to be told to other replicas. The mutex is held.
func (l *Limiter) note(name string) {
	if _, known := l.taken[name]; known || len(l.taken) < maxBuckets && len(name) <= longestName {
		l.taken[name]++
	}
}

// owe takes tokens that were given out elsewhere: there may be fewer, so the name pays
// them back by waiting.
func (l *Limiter) owe(name string, tokens int64, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.full[name]
	if full.Before(now) {
		full = now
	}
	tokens = min(tokens, mostDebt*int64(l.Burst/l.Interval))
	full = full.Add(time.Duration(tokens) * l.Interval)
	if most := now.Add(mostDebt * l.Burst); full.After(most) {
		full = most
	}
	if _, known := l.full[name]; !known && len(l.full) >= maxBuckets {
		l.sweep(now)
	}
	l.full[name] = full
}
